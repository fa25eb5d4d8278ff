//! Pages that help when something is wrong, in the visitor's language, and the same for programs.

use crate::common::{Answer, Request, shared};
use crate::{ask, get};

/// An error as a reader sees it, then as a program does.
#[track_caller]
fn check_error(request: &Request, status: u16, zh: &str, en: &str) {
    for (accept, tag, heading) in [("zh-CN", "zh-Hans", zh), ("en", "en", en)] {
        let page = request.clone().header("Accept-Language", accept).send().assert_status(status);
        let page =
            page.assert_header("content-type", "text/html; charset=utf-8").assert_header("cache-control", "no-store");
        let page = page.assert_text("h1", heading).assert_text(".code", &status.to_string());
        let page =
            page.assert_count("meta[name=robots][content=noindex]", 1).assert_count("form[role=search] [name=q]", 2);
        assert_eq!(page.attributes("html", "lang"), [tag]);
        let home = format!("/{}/", &tag[..2]);
        assert!(page.attributes("main a", "href").contains(&home), "{}: no way home", page.asked);
        crate::transport::assert_secure(&page);
        let problem = request.clone().header("Accept-Language", accept).header("Accept", "application/json").send();
        check_problem(&problem, status, heading);
    }
}

/// RFC 9457.
#[track_caller]
fn check_problem(answer: &Answer, status: u16, title: &str) {
    assert_eq!(answer.status, status, "{}", answer.asked);
    assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{}", answer.asked);
    let json = answer.json();
    assert_eq!(json["status"], status, "{}", answer.asked);
    assert_eq!(json["title"], title, "{}", answer.asked);
    assert_eq!(json["type"], "about:blank", "{}", answer.asked);
    crate::transport::assert_secure(answer);
}

/// A form of `size` bytes.
fn form(target: &str, size: usize) -> Request {
    ask("POST", target)
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body("q=".to_owned() + &"a".repeat(size - 2))
}

#[test]
fn what_does_not_exist_is_404() {
    for path in ["/nothing", "/zz/cases", "/files/x/y", "/static/0/js/nothing.js", "/.env", "/index.html", "/metrics"] {
        check_error(&ask("GET", path), 404, "没有这个页面", "No such page");
    }
    let title = "没有这个页面";
    for path in [
        "/zh/nothing",
        "/zh/cases/nothing",
        "/zh/signals/state.nothing",
        "/zh/cases/Nothing",
        "/zh/cases/%00",
        "/zh/cases/a/b",
        "/zh/legend/x",
    ] {
        get(path).assert_status(404).assert_text("h1", title).assert_count("html[lang=zh-Hans]", 1);
        let deep = ask("GET", path).header("Accept-Language", "en").send();
        deep.assert_text("h1", title);
    }
}

#[test]
fn a_page_that_is_missing_offers_the_nearest_ones() {
    let slug = crate::common::some_slug();
    let misspelt = slug.split('-').rev().collect::<Vec<_>>().join("_");
    let page = get(&format!("/en/cases/{misspelt}")).assert_status(404);
    assert!(
        page.attributes("main ul.rel a", "href").contains(&format!("/en/cases/{slug}")),
        "{:?}",
        page.attributes("main a", "href")
    );
    assert_eq!(page.attributes("main input[name=q]", "value"), [misspelt.replace('_', " ")]);
}

#[test]
fn programs_that_do_not_say_what_they_take_get_json_under_api() {
    check_problem(&get("/api/v1/nothing"), 404, "No such page");
    check_problem(&shared().ask("DELETE", "/api/v1/search").send(), 405, "This address does not take such requests");
    get("/nothing").assert_header("content-type", "text/html; charset=utf-8");
    let browser = "text/html,application/xhtml+xml,application/json;q=0.9,*/*;q=0.8";
    ask("GET", "/nothing").header("Accept", browser).send().assert_header("content-type", "text/html; charset=utf-8");
}

#[test]
fn a_method_that_an_address_does_not_take_is_405_and_names_those_it_does() {
    let slug = crate::common::some_slug();
    for (method, path, allow) in [
        ("POST", "/".to_owned(), "GET,HEAD"),
        ("POST", "/sitemap.xml".to_owned(), "GET,HEAD"),
        ("DELETE", "/healthz".to_owned(), "GET,HEAD"),
        ("TRACE", "/robots.txt".to_owned(), "GET,HEAD"),
    ] {
        check_error(&ask(method, &path), 405, "这个地址不接受这种请求", "This address does not take such requests");
        assert_eq!(ask(method, &path).send().joined("allow"), allow, "{method} {path}");
    }
    for (method, path, allow) in [
        ("POST", "/en/".to_owned(), "GET,HEAD"),
        ("POST", "/en/about".to_owned(), "GET,HEAD"),
        ("PUT", "/en/cases".to_owned(), "GET,HEAD"),
        ("PATCH", format!("/en/cases/{slug}"), "GET,HEAD"),
        ("DELETE", "/en/search".to_owned(), "GET,HEAD,POST"),
        ("GET", format!("/en/cases/{slug}/feedback"), "POST"),
        ("BREW", "/en/signals/state.close-wait".to_owned(), "GET,HEAD"),
    ] {
        let page =
            ask(method, &path).send().assert_status(405).assert_text("h1", "This address does not take such requests");
        assert_eq!(page.joined("allow"), allow, "{method} {path}");
    }
}

#[test]
fn a_body_that_is_too_long_is_413() {
    form("/zh/search", 200 * 1024).send().assert_status(200);
    form("/zh/search", 300 * 1024).send().assert_status(413).assert_text("h1", "内容太长");
    form("/en/search", 300 * 1024).send().assert_status(413).assert_text("h1", "Too much at once");
    check_problem(&form("/api/v1/search", 300 * 1024).send(), 413, "Too much at once");
    let slug = crate::common::some_slug();
    form(&format!("/en/cases/{slug}/feedback"), 300 * 1024).send().assert_status(413);
    // Without a length, the body is counted as it comes.
    let chunk = format!("{:x}\r\n{}\r\n", 64 * 1024, "a".repeat(64 * 1024));
    let head = "POST /en/search HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n";
    let media = "Content-Type: application/x-www-form-urlencoded\r\n\r\n";
    let bytes = [head, media, &chunk.repeat(5), "0\r\n\r\n"].concat();
    shared().raw(bytes.as_bytes()).assert_status(413);
}

#[test]
fn headers_that_are_too_long_or_too_many_are_431() {
    // The request cannot be read to its end, so the answer has no language and no page.
    let long = |size: usize| ask("GET", "/zh/").header("X-Long", &"a".repeat(size)).send();
    long(8 * 1024).assert_status(200);
    long(100 * 1024).assert_status(431);
    let many = (0..100).fold(ask("GET", "/zh/"), |request, n| request.header(&format!("X-{n}"), "a")).send();
    many.assert_status(431);
    get(&format!("/zh/search?q={}", "a".repeat(1024 * 1024))).assert_status(431);
}

#[test]
fn a_request_that_makes_no_sense_is_400() {
    let odd = ask("POST", "/zh/search").header("Content-Type", "application/json").body("{}").send();
    odd.assert_status(400).assert_text("h1", "这个请求看不懂");
    get("/en/cases/%ff").assert_status(400).assert_text("h1", "This request makes no sense");
    for bytes in [
        "GARBAGE\r\n\r\n",
        "GET /zh/ HTTP/9.9\r\n\r\n",
        "GET /zh/\u{0} HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nno colon\r\n\r\n",
        "GET /<> HTTP/1.1\r\n\r\n",
    ] {
        shared().raw(bytes.as_bytes()).assert_status(400);
    }
}

#[test]
fn odd_but_lawful_requests_are_answered() {
    for (bytes, status) in [
        ("GET /zh/ HTTP/1.0\r\n\r\n", 200),
        ("GET http://somewhere.example/zh/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 200),
        ("OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 404),
        ("CONNECT somewhere.example:80 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 404),
        ("GET /zh/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello", 200),
    ] {
        assert_eq!(shared().raw(bytes.as_bytes()).status, status, "{bytes}");
    }
}

#[test]
fn health_and_readiness_are_told() {
    assert_eq!(get("/healthz").assert_status(200).text(), "ok\n");
    let ready = get("/readyz").assert_status(200).json();
    assert_eq!(ready["ready"], true);
    assert_eq!(ready["cases"], crate::common::library().cases().len());
    assert_eq!(ready["content"], "current");
    assert_eq!(ready["problems"], serde_json::json!([]));
}
