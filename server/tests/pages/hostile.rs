//! What strangers send and what content says is shown as words, never acted on, and never breaks the server.

use crate::common::client::encoded;
use crate::common::{Answer, Fixture, Server, html, shared, some_slug};
use crate::{ask, get};

const MARKS: &str = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{7*7}}</textarea></title>";

/// No element and no attribute but our own.
#[track_caller]
fn assert_unhurt(page: &Answer) {
    assert!(page.status < 500, "{}: {}", page.asked, page.status);
    if !page.header("content-type").is_some_and(|media| media.starts_with("text/html")) {
        return;
    }
    let parsed = page.html();
    for script in parsed.select(&html::css("script")) {
        let ours = script.attr("src").is_some_and(|src| src.starts_with("/static/"))
            || matches!(script.attr("type"), Some("application/ld+json" | "application/json"));
        assert!(ours, "{}: {}", page.asked, script.html());
    }
    for element in parsed.select(&html::css("*")) {
        for (name, value) in element.value().attrs() {
            assert!(!name.starts_with("on") && name != "style", "{}: {name}={value:?}", page.asked);
            let address = matches!(name, "href" | "src" | "action" | "formaction");
            assert!(
                !address || ["/", "#", "https://", "http://127.0.0.1:"].iter().any(|start| value.starts_with(start)),
                "{}: {name}={value:?}",
                page.asked
            );
        }
    }
    assert_eq!(parsed.select(&html::css("img[src=x], iframe, object, embed, base")).count(), 0, "{}", page.asked);
}

#[test]
fn query_strings_are_shown_as_words() {
    for lang in ["zh", "en"] {
        let page = get(&format!("/{lang}/search?q={}", encoded(MARKS))).assert_status(200);
        assert_unhurt(&page);
        page.assert_text("textarea[name=q]", MARKS);
        for facet in ["layer", "symptom", "tool", "runtime"] {
            for base in [format!("/{lang}/cases?"), format!("/{lang}/search?q=close_wait&")] {
                assert_unhurt(&get(&format!("{base}{facet}={}", encoded(MARKS))).assert_status(200));
                let short = "<script>alert(1)</script>\"'>";
                let page = get(&format!("{base}{facet}={}", encoded(short))).assert_status(200);
                assert_unhurt(&page);
                page.assert_count("a.ck[aria-current]", 0);
            }
        }
    }
}

#[test]
fn addresses_that_do_not_exist_are_shown_as_words() {
    let slug = some_slug();
    for path in [
        format!("/zh/{}", encoded(MARKS)),
        format!("/{}", encoded(MARKS)),
        format!("/en/cases/{}", encoded(MARKS)),
        format!("/files/{slug}/{}", encoded(MARKS)),
    ] {
        assert_unhurt(&get(&path).assert_status(404));
    }
}

#[test]
fn programs_get_hostile_words_back_as_json() {
    let json = get(&format!("/api/v1/search?q={}", encoded(MARKS)))
        .assert_status(200)
        .assert_header("content-type", "application/json")
        .json();
    assert_eq!(json["query"], MARKS);
    let problem = get(&format!("/api/v1/search?lang={}", encoded(MARKS))).assert_status(400).json();
    assert!(problem["detail"].as_str().unwrap().contains(MARKS));
}

#[test]
fn no_query_string_breaks_a_page() {
    let slug = some_slug();
    let queries = [
        "q=%00",
        "q=%",
        "q=%z",
        "q=%ff%fe",
        "q=%c3%28",
        "q=%f0%9f%92%a9",
        "q=%E2%80%AE",
        "q=\\",
        "q=../../etc/passwd",
        "q=*:*",
        "q=%22",
        "q=AND+OR+NOT",
        "q=%5B%5B%5B",
        "q=%28%28%28",
        "q=a%7Eb%5E2",
        "q=-%2B-",
        "q=%0d%0aX:%20y",
        "q=%2500",
        "q=%u0041",
        "q[]=a",
        "q=a;b=c",
        "q=%20",
        "q=%EF%BB%BF",
        "q=%E4%B8",
        "&&&&",
        "====",
        "q",
        "%00=%00",
        "q=${7*7}",
        "q='%20or%20'1'='1",
        "layer=%00",
        "tool=%ff",
        "symptom=.",
        "runtime=%E4%B8",
        "keepalive_time=%00",
        "lang=%ff",
        "limit=%00",
    ];
    let mut long: Vec<String> = ["a", "%E4%B8%AD", "a+", "close_wait+", "%00", "layer=tcp&", "1"]
        .iter()
        .map(|piece| format!("q={}", piece.repeat(24_000 / piece.len())))
        .collect();
    long.push((0..2_000).map(|n| format!("a{n}=b&")).collect());
    long.push((0..400).map(|n| format!("tool=t{n}&")).collect());
    for path in [
        "/".to_owned(),
        "/zh/".to_owned(),
        "/zh/cases".to_owned(),
        "/en/search".to_owned(),
        format!("/en/cases/{slug}"),
        "/api/v1/search".to_owned(),
        "/nothing".to_owned(),
        "/en/signals".to_owned(),
    ] {
        for query in queries.iter().map(|q| (*q).to_owned()).chain(long.clone()) {
            assert_unhurt(&get(&format!("{path}?{query}")));
        }
    }
}

#[test]
fn requests_of_megabytes_are_cut_off_and_the_next_one_answered() {
    for size in [64 * 1024, 1024 * 1024, 8 * 1024 * 1024] {
        let answer = get(&format!("/zh/search?q={}", "%E4".repeat(size / 3)));
        assert_eq!(answer.status, 431, "{size}");
        let answer = ask("GET", "/zh/").header("Cookie", &"a".repeat(size)).send();
        assert_eq!(answer.status, 431, "{size}");
        get("/zh/").assert_status(200);
    }
}

#[test]
fn bytes_that_are_no_request_are_refused() {
    for bytes in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"\0\0\0\0\r\n\r\n",
        b"\xff\xfe\r\n\r\n",
        b"GET\r\n\r\n",
        b"\r\n\r\n\r\n\r\nGET\r\n\r\n",
    ] {
        let answer = shared().raw(bytes);
        assert_eq!(answer.status, 400, "{bytes:?}");
    }
    let smuggled = "POST /en/search HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\nConnection: close\r\n\r\nq=abcd";
    shared().raw(smuggled.as_bytes()).assert_status(400);
    let smuggled = "POST /en/search HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\nConnection: close\r\n\r\n0\r\n\r\n";
    shared().raw(smuggled.as_bytes()).assert_status(400);
}

/// A library whose every text holds markup, as far as content may.
fn hostile_library() -> Fixture {
    let toml = MARKS.replace('\\', "\\\\").replace('"', "\\\"");
    let facts = |fixture: Fixture, from: &str, to: &str| {
        fixture.edit("cases/alpha/case.toml", from, &to.replace("MARKS", &toml))
    };
    let fixture = facts(Fixture::good(), "with = [\"Linux 6.18\"]", "with = [\"MARKS\"]");
    let fixture = facts(fixture, "value  = \"×513\"", "value  = \"MARKS\"");
    let fixture = facts(fixture, "title = \"RFC 9293\"", "title = \"MARKS\"");
    let fixture = facts(fixture, "en = \"The same state, another cause\"", "en = \"MARKS\"");
    let fixture = facts(fixture, "en = [\"requests time out\"", "en = [\"MARKS\"");
    let fixture = facts(fixture, "command = \"ss -ltn 'sport = :8080'\"", "command = \"MARKS\"");
    let fixture = facts(fixture, "host    = \"server\"", "host    = \"MARKS\"");
    let fixture = facts(fixture, "label = \"app.log\"", "label = \"MARKS\"");
    let fixture = facts(fixture, "tools      = [\"ss\"]", "tools      = [\"MARKS\"]");
    let fixture = facts(fixture, "runtimes   = [\"Go\"]", "runtimes   = [\"MARKS\"]");
    let plain =
        |fixture: Fixture, path: &str, from: &str, to: &str| fixture.edit(path, from, &to.replace("MARKS", &toml));
    let fixture = plain(fixture, "vocabulary.toml", "[\"ss\"]", "[\"ss\", \"MARKS\"]");
    let fixture = plain(fixture, "vocabulary.toml", "[\"Go\"]", "[\"Go\", \"MARKS\"]");
    let fixture = plain(fixture, "signals.toml", "en = \"CLOSE_WAIT pile-up\"", "en = \"MARKS\"");
    let fixture = plain(fixture, "signals.toml", "short = \"CLOSE_WAIT\"", "short = \"MARKS\"");
    let fixture = plain(fixture, "signals.toml", "\"CLOSE-WAIT\"]", "\"CLOSE-WAIT\", \"MARKS\"]");
    let fixture = plain(fixture, "signals.toml", "en = \"The peer closed", "en = \"MARKS The peer closed");
    let fixture = plain(fixture, "signals.toml", "command = \"ss -tan state close-wait\"", "command = \"MARKS\"");
    let fixture = plain(fixture, "glossary.toml", "en = \"Connections that", "en = \"MARKS Connections that");
    let sequence = "cases/alpha/sequences/main.toml";
    let fixture = plain(fixture, sequence, "en = \"Sequence: the", "en = \"MARKS the");
    let fixture = plain(fixture, sequence, "address = \"10.0.9.4:52644\"", "address = \"MARKS\"");
    let fixture = plain(fixture, sequence, "name = \"nginx\"", "name = \"MARKS\"");
    let fixture = plain(fixture, sequence, "label = \"SYN\"", "label = \"MARKS\"");
    let fixture = plain(fixture, sequence, "state = \"CLOSE_WAIT\"", "state = \"MARKS\"");
    let fixture = plain(fixture, sequence, "call = \"close()\"", "call = \"MARKS\"");
    let fixture = plain(fixture, sequence, "at = 0.0", "at = \"MARKS\"");
    let (en, code) = ("cases/alpha/en.md", format!("`{MARKS}`"));
    let fixture = fixture.edit(
        en,
        "title       = \"Many CLOSE_WAIT",
        "title       = \"`</script><script>alert(1)</script>` CLOSE_WAIT",
    );
    let fixture =
        fixture.edit(en, "description = \"Sockets stay", "description = \"`</script><script>alert(1)</script>` stay");
    let fixture = fixture.edit(en, "Requests time out", &format!("{code} Requests time out"));
    let fixture = fixture.edit(en, "Read the `Recv-Q`", &format!("{code} Read the `Recv-Q`"));
    let fixture = fixture.edit(en, "2: the queue is full", "2: <b onclick=x>\"'");
    let fixture = fixture.edit(en, "- `ss -ltn`: Recv-Q", &format!("- {code}: Recv-Q"));
    let fixture = fixture.edit(en, "tab=\"nginx\"", "tab=\"<b onclick=x>\"");
    let fixture = fixture.edit(en, "keepalive 64;", MARKS);
    let fixture = fixture.edit("cases/alpha/zh.md", "keepalive 64;", MARKS);
    fixture
        .with("cases/alpha/evidence/log.txt", format!("{MARKS}\n{MARKS}\n3\n{MARKS}\n"))
        .with("cases/alpha/repro/run.sh", format!("{MARKS}\n# {MARKS}\n"))
}

#[test]
fn whatever_content_says_stays_words() {
    let folder = tempfile::tempdir().unwrap();
    let fixture = hostile_library();
    assert_eq!(fixture.problems(), []);
    fixture.write_to(folder.path());
    let server = Server::of(folder.path(), &[]);
    let mut told = 0;
    for path in [
        "/zh/",
        "/en/",
        "/en/cases",
        "/en/cases/alpha",
        "/zh/cases/alpha",
        "/zh-en/cases/alpha",
        "/en/cases/beta",
        "/en/signals",
        "/en/signals/state.close-wait",
        "/en/search?q=close_wait+timeout+script",
        "/en/cases?layer=tcp",
        "/en/nothing-alpha",
    ] {
        let page = server.get(path);
        assert_unhurt(&page);
        told += page.html().root_element().text().collect::<String>().matches("<script>alert(1)</script>").count();
    }
    assert!(told > 60, "the marks are shown as words, {told} times");
    let json = server.get("/api/v1/search?q=close_wait&lang=en").assert_status(200).json();
    assert!(json["results"][0]["why"].to_string().contains("alert(1)"), "{json}");
    for path in ["/en/feed.xml", "/sitemap.xml"] {
        crate::common::xml::parse(&server.get(path).text());
    }
    let file = server.get("/files/alpha/repro/run.sh").assert_status(200);
    assert!(file.text().starts_with(MARKS));
}

#[test]
fn files_that_could_act_are_served_as_data() {
    let folder = tempfile::tempdir().unwrap();
    let html = "<!doctype html><script src=\"/files/alpha/repro/x.js\"></script>";
    let picture = "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
    let fixture = Fixture::good()
        .with("cases/alpha/repro/x.html", html)
        .with("cases/alpha/repro/x.js", "alert(1)")
        .with("cases/alpha/evidence/x.svg", picture);
    assert_eq!(fixture.problems(), []);
    fixture.write_to(folder.path());
    let server = Server::of(folder.path(), &[]);
    for path in ["/files/alpha/repro/x.html", "/files/alpha/repro/x.js", "/files/alpha/evidence/x.svg"] {
        let file = server.get(path).assert_status(200).assert_header("x-content-type-options", "nosniff");
        let policy = file.header("content-security-policy").unwrap();
        assert!(policy.contains("sandbox") && !policy.contains("script-src"), "{path}: {policy}");
    }
    for path in [
        "/files/alpha/zh.md",
        "/files/alpha/case.toml",
        "/files/alpha/../beta/zh.md",
        "/files/alpha/repro/..%2f..%2fcase.toml",
        "/files/alpha/repro/",
        "/files/alpha/sequences/main.toml",
    ] {
        server.get(path).assert_status(404);
    }
}
