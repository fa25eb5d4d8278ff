//! How answers travel: encodings, entity tags, `HEAD`, caching, and the headers that protect readers.

use crate::common::{Answer, Fixture, Server, html, library, shared, some_slug};
use crate::{ask, get};

/// The headers that every answer of a path must have.
#[track_caller]
pub fn assert_secure(answer: &Answer) {
    let (_, path) = answer.asked.split_once(' ').unwrap_or(("", &answer.asked));
    let header = |name: &str| answer.header(name).unwrap_or_else(|| panic!("{}: no {name}", answer.asked)).to_owned();
    assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
    assert_eq!(header("referrer-policy"), "strict-origin-when-cross-origin", "{path}");
    let permissions = header("permissions-policy");
    for feature in ["camera", "geolocation", "microphone"] {
        assert!(permissions.contains(&format!("{feature}=()")), "{path}: {permissions}");
    }
    let policy = header("content-security-policy");
    let directives: Vec<&str> = policy.split(';').map(str::trim).collect();
    assert_eq!(directives[0], "default-src 'none'", "{path}: {policy}");
    for dangerous in ["'unsafe-inline'", "'unsafe-eval'", "http:", "https:", "data:", "blob:"] {
        assert!(!policy.contains(dangerous), "{path}: {policy}");
    }
    if path.starts_with("/files/") {
        assert!(directives.contains(&"sandbox"), "{path}: {policy}");
    } else {
        for needed in
            ["script-src 'self' 'wasm-unsafe-eval'", "style-src 'self'", "form-action 'self'", "base-uri 'none'"]
        {
            assert!(directives.contains(&needed), "{path}: {policy}");
        }
    }
    if path.starts_with("/embed/") {
        assert!(directives.contains(&"frame-ancestors *"), "{path}: {policy}");
        assert_eq!(answer.header("x-frame-options"), None, "{path}");
    } else {
        assert!(directives.contains(&"frame-ancestors 'none'"), "{path}: {policy}");
        assert_eq!(header("x-frame-options"), "DENY", "{path}");
        assert_eq!(header("cross-origin-opener-policy"), "same-origin", "{path}");
    }
    assert_eq!(answer.header("server"), None, "{path} says what it is made with");
    assert!(answer.header("cache-control").is_some(), "{path} says nothing about caches");
    assert!(answer.header("date").is_some(), "{path}");
}

/// One address of each kind.
fn one_of_each() -> Vec<String> {
    let slug = some_slug();
    let case = library().cases().find(|case| case.files.keys().any(|path| path.ends_with(".sh"))).unwrap();
    let script = case.files.keys().find(|path| path.ends_with(".sh")).unwrap();
    let home = get("/en/");
    let mut all: Vec<String> = [
        "/zh/",
        "/en/cases",
        "/en/signals",
        "/zh/signals/state.close-wait",
        "/zh/legend",
        "/en/about",
        "/zh/feed.xml",
        "/sitemap.xml",
        "/robots.txt",
        "/favicon.svg",
    ]
    .map(str::to_owned)
    .into();
    all.extend([format!("/en/cases/{slug}"), format!("/zh-en/cases/{slug}"), format!("/files/{}/{script}", case.slug)]);
    for (selector, name) in [
        ("link[rel=stylesheet]", "href"),
        ("script[type=module]", "src"),
        ("link[rel=preload]", "href"),
        ("link[rel=apple-touch-icon]", "href"),
    ] {
        all.push(home.attributes(selector, name).remove(0));
    }
    all
}

#[test]
fn answers_of_every_kind_have_the_headers_that_protect_readers() {
    let slug = some_slug();
    for path in one_of_each() {
        assert_secure(&get(&path).assert_status(200));
    }
    for (method, path) in [
        ("GET", "/".to_owned()),
        ("GET", "/zh".to_owned()),
        ("GET", "/nothing".to_owned()),
        ("GET", "/zh/search?q=x".to_owned()),
        ("GET", "/api/v1/search?q=x".to_owned()),
        ("GET", "/api/v1/search?limit=x".to_owned()),
        ("GET", "/healthz".to_owned()),
        ("GET", "/readyz".to_owned()),
        ("GET", "/zh/cases?layer=tcp".to_owned()),
        ("GET", format!("/zh/cases/{slug}/thanks")),
        ("POST", "/zh/".to_owned()),
        ("POST", format!("/zh/cases/{slug}/feedback")),
        ("HEAD", "/zh/".to_owned()),
    ] {
        assert_secure(&ask(method, &path).send());
    }
    let known = get("/zh/");
    assert_secure(&ask("GET", "/zh/").header("If-None-Match", known.header("etag").unwrap()).send().assert_status(304));
}

#[test]
fn only_pages_under_embed_may_stand_in_frames() {
    for path in ["/embed/x", "/embed/", "/embed/zh/cases/x"] {
        assert_secure(&get(path).assert_status(404));
    }
    for path in ["/embed", "/embedded/x", "/zh/embed/x", "//embed/x"] {
        assert_secure(&get(path).assert_status(404));
    }
}

#[test]
fn behind_tls_browsers_are_told_to_stay_there() {
    let folder = tempfile::tempdir().unwrap();
    Fixture::good().write_to(folder.path());
    let server = Server::of(folder.path(), &["--base-url", "https://clinic.example"]);
    for path in ["/zh/", "/nothing", "/healthz", "/", "/files/alpha/repro/run.sh", "/zh/search?q=x"] {
        let header = server.get(path).header("strict-transport-security").unwrap_or_default().to_owned();
        let seconds: u64 = header.strip_prefix("max-age=").and_then(|h| h.split(';').next()?.parse().ok()).unwrap_or(0);
        assert!(seconds >= 31_536_000, "{path}: {header:?}");
        assert_eq!(get(path).header("strict-transport-security"), None, "{path} without TLS");
    }
}

#[test]
fn encodings_carry_the_same_bytes() {
    for path in one_of_each() {
        let plain = get(&path).assert_status(200);
        assert_eq!(plain.header("content-encoding"), None, "{path}");
        for (accept, coding) in [
            ("br", "br"),
            ("gzip", "gzip"),
            ("gzip, deflate, br, zstd", "br"),
            ("br;q=0, gzip", "gzip"),
            ("gzip;q=0.5", "gzip"),
        ] {
            let answer = ask("GET", &path).header("Accept-Encoding", accept).send().assert_status(200);
            let packed = [".woff2", ".png"].iter().any(|end| path.ends_with(end));
            assert_eq!(answer.header("content-encoding"), (!packed).then_some(coding), "{path}: {accept}");
            assert!(answer.decoded() == plain.body, "{path} differs in {coding}");
            let length = answer.header("content-length").and_then(|l| l.parse().ok());
            assert_eq!(length, Some(answer.body.len()), "{path}: {accept}");
            assert_eq!(answer.joined("vary").contains("accept-encoding"), !packed, "{path}");
            assert!(packed || answer.body.len() < plain.body.len() || plain.body.len() < 500, "{path} does not shrink");
        }
        for accept in ["identity", "deflate", "br;q=0", "zstd", "brotli", "\u{e9}"] {
            assert_eq!(
                ask("GET", &path).header("Accept-Encoding", accept).send().header("content-encoding"),
                None,
                "{path}: {accept}"
            );
        }
    }
}

#[test]
fn routed_answers_are_compressed_too() {
    for path in ["/en/search?q=close_wait", "/en/cases?layer=tcp", "/api/v1/search?q=close_wait", "/nothing"] {
        let plain = get(path);
        for coding in ["br", "gzip"] {
            let answer = ask("GET", path).header("Accept-Encoding", coding).send();
            assert_eq!(answer.header("content-encoding"), Some(coding), "{path}");
            assert!(answer.decoded() == plain.decoded(), "{path} differs in {coding}");
            assert!(answer.joined("vary").contains("accept-encoding"), "{path}");
        }
    }
}

#[test]
fn pages_are_kept_a_minute_and_then_asked_about() {
    for path in ["/zh/", "/en/cases", "/zh/feed.xml", "/favicon.svg"] {
        let seconds = get(path)
            .header("cache-control")
            .and_then(|h| h.strip_prefix("public, max-age=")?.split(',').next()?.parse::<u32>().ok());
        assert_eq!(seconds, Some(60), "{path}");
    }
    for path in ["/", "/zh/search?q=x", "/en/cases?layer=tcp", "/nothing", "/readyz", "/api/v1/search?q=x"] {
        assert_eq!(get(path).header("cache-control"), Some("no-store"), "{path}");
    }
}

#[test]
fn an_entity_tag_spares_the_body() {
    for path in one_of_each() {
        for accept in ["br", "gzip", "identity"] {
            let first = ask("GET", &path).header("Accept-Encoding", accept).send();
            let tag = first.header("etag").unwrap_or_else(|| panic!("{path} has no tag")).to_owned();
            let again =
                |tags: &str| ask("GET", &path).header("Accept-Encoding", accept).header("If-None-Match", tags).send();
            for tags in
                [tag.clone(), "*".to_owned(), format!("W/{tag}"), format!("\"x\", {tag}"), format!("{tag},\"y\"")]
            {
                let answer = again(&tags).assert_status(304);
                assert!(answer.body.is_empty());
                assert_eq!(answer.header("etag"), Some(tag.as_str()), "{path}");
                assert_eq!(answer.header("cache-control"), first.header("cache-control"), "{path}");
                assert_eq!(answer.joined("vary"), first.joined("vary"), "{path}");
            }
            for tags in ["\"x\"", "", "x", &tag.replace('"', ""), "\"\u{e9}\""] {
                again(tags).assert_status(200);
            }
        }
    }
}

#[test]
fn each_encoding_has_a_tag_of_its_own() {
    let tag =
        |accept: &str| ask("GET", "/zh/").header("Accept-Encoding", accept).send().header("etag").unwrap().to_owned();
    let tags = ["br", "gzip", "identity"].map(tag);
    assert!(tags[0] != tags[1] && tags[1] != tags[2] && tags[0] != tags[2], "{tags:?}");
    assert_ne!(get("/zh/").header("etag"), get("/en/").header("etag"));
    assert_eq!(get("/zh/").header("etag"), get("/zh/").header("etag"), "the same bytes, the same tag");
}

#[test]
fn head_is_get_without_the_body() {
    let routed = ["/zh/search?q=close_wait", "/nothing", "/", "/healthz", "/api/v1/search?q=x"].map(str::to_owned);
    for path in one_of_each().into_iter().chain(routed) {
        for accept in ["br", "identity"] {
            let get = ask("GET", &path).header("Accept-Encoding", accept).send();
            let head = ask("HEAD", &path).header("Accept-Encoding", accept).send();
            assert_eq!(head.status, get.status, "{path}");
            assert!(head.body.is_empty(), "{path}");
            for name in ["content-type", "content-encoding", "etag", "cache-control", "location"] {
                assert_eq!(head.header(name), get.header(name), "{path}: {name}");
            }
            if get.header("etag").is_some() {
                assert_eq!(head.header("content-length"), get.header("content-length"), "{path}");
            }
        }
    }
}

#[test]
fn assets_lie_under_their_hash_and_are_kept_for_ever() {
    let home = get("/en/");
    let mut assets: Vec<String> = home.attributes("head link[href^='/static/']", "href");
    assets.extend(home.attributes("head script[src]", "src"));
    assert!(assets.len() >= 5, "{assets:?}");
    let prefix = |path: &str| path.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
    for path in &assets {
        assert_eq!(prefix(path), prefix(&assets[0]), "one hash for all");
        get(path).assert_status(200).assert_header("cache-control", "public, max-age=31536000, immutable");
        // A page that a proxy kept over an update names the assets of its own build.
        get(&path.replacen("/static/", "/static/0", 1))
            .assert_status(307)
            .assert_header("location", path)
            .assert_header("cache-control", "no-store");
    }
    for bundle in ["home", "case", "page", "search"] {
        get(&format!("{}/css/{bundle}.css", prefix(&assets[0])))
            .assert_status(200)
            .assert_header("content-type", "text/css; charset=utf-8");
    }
    for hidden in
        ["css/bundles.toml", "js/tsconfig.json", "js/types/site.d.ts", "", "css", "../Cargo.toml", "%2e%2e/Cargo.toml"]
    {
        get(&format!("{}/{hidden}", prefix(&assets[0]))).assert_status(404);
    }
}

#[test]
fn scripts_and_styles_find_what_they_import() {
    let home = get("/en/");
    let mut open: Vec<String> = home.attributes("head script[src]", "src");
    let root = open[0].split_once("/js/").unwrap().0.to_owned();
    open.extend(["home", "case", "page", "search"].map(|bundle| format!("{root}/css/{bundle}.css")));
    let mut seen = std::collections::BTreeSet::new();
    while let Some(path) = open.pop() {
        if !seen.insert(path.clone()) {
            continue;
        }
        let answer = get(&path).assert_status(200);
        if !path.ends_with(".js") && !path.ends_with(".css") {
            continue;
        }
        let text = answer.text();
        let quoted = text
            .match_indices(['"', '\'', '('])
            .filter_map(|(at, _)| text[at + 1..].split(['"', '\'', ')', '`']).next());
        for import in quoted.filter(|q| {
            (q.starts_with("./") || q.starts_with("../")) && q.rsplit('/').next().is_some_and(|f| f.contains('.'))
        }) {
            let mut folder: Vec<&str> = path.split('/').collect();
            folder.pop();
            for part in import.split('/') {
                match part {
                    "." => {}
                    ".." => drop(folder.pop()),
                    name => folder.push(name),
                }
            }
            open.push(folder.join("/"));
        }
    }
    assert!(seen.len() >= 8, "{seen:?}");
}

#[test]
fn a_connection_is_kept_and_answers_in_order() {
    use std::io::Write;
    let mut stream = shared().connect();
    let ask = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n");
    // Two at once, then one more.
    stream.write_all((ask("/healthz") + &ask("/robots.txt")).as_bytes()).unwrap();
    let first = crate::common::client::read_exact_answer(&mut stream);
    assert_eq!(first.text(), "ok\n");
    let second = crate::common::client::read_exact_answer(&mut stream);
    assert!(second.text().starts_with("User-agent"));
    stream.write_all(ask("/zh/").as_bytes()).unwrap();
    let third = crate::common::client::read_exact_answer(&mut stream);
    assert_eq!(third.html().select(&html::css("h1")).count(), 1);
}
