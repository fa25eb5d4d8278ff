//! Which address answers: language negotiation at `/`, slashes too many or too few, query strings that mean nothing.

use crate::common::{Answer, library, some_slug};
use crate::{ask, get};

fn negotiate(headers: &[(&str, &str)], target: &str) -> Answer {
    headers
        .iter()
        .fold(ask("GET", target), |request, (name, value)| request.header(name, value))
        .send()
        .assert_status(302)
}

#[test]
fn the_root_follows_the_browsers_languages() {
    for (accept, expected) in [
        ("zh-CN,zh;q=0.9,en;q=0.8", "/zh/"),
        ("zh-TW", "/zh/"),
        ("en-GB,en;q=0.9,zh;q=0.8", "/en/"),
        ("fr-FR,zh;q=0.5,en;q=0.4", "/zh/"),
        ("de", "/en/"),
        ("", "/en/"),
        (";;;q=,,\u{e9}", "/en/"),
    ] {
        let answer = negotiate(&[("Accept-Language", accept)], "/").assert_header("location", expected);
        let vary = answer.joined("vary").to_ascii_lowercase();
        assert!(vary.contains("accept-language") && vary.contains("cookie"), "{vary}");
        assert!(!answer.header("cache-control").unwrap_or_default().contains("public"));
    }
    negotiate(&[], "/").assert_header("location", "/en/");
}

#[test]
fn a_choice_is_remembered_and_outweighs_the_browser() {
    for lang in ["zh", "en"] {
        let chosen = negotiate(&[("Accept-Language", "en")], &format!("/?lang={lang}"))
            .assert_header("location", &format!("/{lang}/"));
        let cookie = chosen.header("set-cookie").unwrap();
        assert!(
            cookie.starts_with(&format!("lang={lang};"))
                && cookie.contains("SameSite=Lax")
                && cookie.contains("Path=/"),
            "{cookie}"
        );
        assert!(cookie.contains("Max-Age="), "it outlives the browser's session: {cookie}");
        let again = format!("theme=dark; lang={lang}; x=y");
        let other = if lang == "zh" { "en" } else { "zh" };
        let answer = negotiate(&[("Accept-Language", other), ("Cookie", &again)], "/")
            .assert_header("location", &format!("/{lang}/"));
        assert_eq!(answer.header("set-cookie"), None, "nothing new to remember");
    }
    for bad in ["/?lang=fr", "/?lang=", "/?lang=zh%0d%0aSet-Cookie:x=y", "/?lang=../en"] {
        let answer = negotiate(&[("Cookie", "lang=fr")], bad).assert_header("location", "/en/");
        assert_eq!(answer.header("set-cookie"), None, "{bad}");
    }
}

#[test]
fn deep_links_never_change_their_language() {
    let slug = some_slug();
    for lang in ["zh", "en"] {
        let other = if lang == "zh" { "en" } else { "zh" };
        let page = ask("GET", &format!("/{lang}/cases/{slug}"))
            .header("Accept-Language", other)
            .header("Cookie", &format!("lang={other}"))
            .send();
        page.assert_status(200).assert_count(&format!("html[lang^={lang}]"), 1);
    }
}

#[test]
fn a_slash_too_many_or_too_few_leads_to_the_right_address() {
    let slug = some_slug();
    for (asked, right) in [
        ("/zh".to_owned(), "/zh/".to_owned()),
        ("/en".to_owned(), "/en/".to_owned()),
        ("/zh/cases/".to_owned(), "/zh/cases".to_owned()),
        ("/en/search/".to_owned(), "/en/search".to_owned()),
        ("/en/search/?q=a+b".to_owned(), "/en/search?q=a+b".to_owned()),
        (format!("/en/cases/{slug}/"), format!("/en/cases/{slug}")),
        (format!("/zh-en/cases/{slug}/"), format!("/zh-en/cases/{slug}")),
        ("/en/signals/".to_owned(), "/en/signals".to_owned()),
        ("/en/signals/state.close-wait/".to_owned(), "/en/signals/state.close-wait".to_owned()),
        ("/en/about/".to_owned(), "/en/about".to_owned()),
        ("/zh/cases/?layer=udp&x=%20".to_owned(), "/zh/cases?layer=udp&x=%20".to_owned()),
    ] {
        get(&asked).assert_status(308).assert_header("location", &right);
        get(&right).assert_status(200);
    }
}

#[test]
fn nobody_is_sent_to_another_site() {
    for path in [
        "//evil.example/",
        "//evil.example",
        "///evil.example/..",
        "/\\evil.example/",
        "/zh//",
        "//zh/",
        "/%2f%2fevil.example/",
        "/zh/cases//",
    ] {
        let answer = get(path);
        let to = answer.header("location").unwrap_or("/");
        assert!(to.starts_with('/') && !to.starts_with("//") && !to.starts_with("/\\"), "{path} leads to {to}");
        assert!(matches!(answer.status, 308 | 404), "{path}: {}", answer.status);
    }
    let answer = ask("GET", "http://evil.example/zh").send().assert_status(308);
    assert_eq!(answer.header("location"), Some("/zh/"));
}

#[test]
fn what_others_append_to_a_link_changes_nothing() {
    let slug = some_slug();
    let (asset, file) = {
        let case = library().cases().find(|case| !case.files.is_empty()).unwrap();
        let file = case.files.keys().next().unwrap();
        (get("/en/").attributes("link[rel=stylesheet]", "href").remove(0), format!("/files/{}/{file}", case.slug))
    };
    let pages = [
        "/zh/",
        "/en/about",
        "/en/legend",
        "/zh/signals",
        "/en/signals/state.close-wait",
        "/en/feed.xml",
        "/sitemap.xml",
        "/robots.txt",
        "/favicon.svg",
    ];
    for page in pages.map(str::to_owned).into_iter().chain([
        format!("/zh/cases/{slug}"),
        format!("/zh-en/cases/{slug}"),
        "/en/cases".to_owned(),
        asset,
        file,
    ]) {
        let plain = get(&page).assert_status(200);
        for query in ["?", "?utm_source=x&utm_medium=y", "?fbclid=%00%ff", "?q=%3Cscript%3E"] {
            let answer = get(&format!("{page}{query}")).assert_status(200);
            assert_eq!(answer.header("content-type"), plain.header("content-type"), "{page}{query}");
            assert!(answer.decoded() == plain.decoded(), "{page}{query} is another page");
        }
    }
}
