//! Queries as bad as they come, at every door: an answer or a clear refusal, and nothing that was typed is lost.

use crate::common::bad_input;
use crate::common::client::encoded;
use crate::common::{Answer, html, shared};
use crate::{ask, get};

/// What a query line may hold of them, encoded.
const MOST_IN_ADDRESS: usize = 24 * 1024;
/// What a form may hold, encoded.
const MOST_IN_FORM: usize = 256 * 1024 - 16;

/// What stands in the box.
fn kept(page: &Answer) -> String {
    page.html().select(&html::css("main textarea[name=q]")).flat_map(|e| e.text()).collect()
}

/// The first of a text that fit encoded into so many bytes.
fn fitting(text: &str, most: usize) -> &str {
    let size = |c: char| if c.is_ascii_alphanumeric() { 1 } else { 3 * c.len_utf8() };
    let mut left = most;
    let end = text.char_indices().find(|(_, c)| left.checked_sub(size(*c)).map(|rest| left = rest).is_none());
    &text[..end.map_or(text.len(), |(at, _)| at)]
}

#[test]
fn every_bad_query_in_an_address_is_answered() {
    for (what, query) in bad_input::all() {
        let query = encoded(fitting(&query, MOST_IN_ADDRESS));
        for path in ["/zh/search", "/api/v1/search"] {
            assert_eq!(get(&format!("{path}?q={query}")).status, 200, "{what}: {path}");
        }
    }
}

#[test]
fn every_bad_query_in_a_form_is_answered_and_stays_in_the_box() {
    for (what, query) in bad_input::all() {
        let query = fitting(&query, MOST_IN_FORM);
        let page = shared().post("/en/search", &[("q", query)]);
        assert_eq!(page.status, 200, "{what}");
        // HTML has no NUL and one kind of line end, and leaves out the first one of a box.
        let lines = |text: &str| text.replace('\r', "\n").replace(['\0', '\u{fffd}'], "").trim().replace('\n', "");
        assert!(lines(&kept(&page)) == lines(query), "{what}: {} bytes of {}", kept(&page).len(), query.len());
        assert_eq!(shared().post("/api/v1/search", &[("q", query)]).status, 200, "{what}");
    }
}

#[test]
fn a_megabyte_is_refused_in_words() {
    for (what, query) in bad_input::all().into_iter().filter(|(_, query)| query.len() > 512 * 1024) {
        let target = format!("/zh/search?q={}", encoded(&query));
        assert!(matches!(get(&target).status, 414 | 431), "{what}");
        for (lang, words) in [("zh", "一次最多收 256 KB"), ("en", "At most 256 KB are taken at once")] {
            let page = shared().post(&format!("/{lang}/search"), &[("q", &query)]);
            page.assert_status(413).assert_holds("main p", words);
        }
    }
    let problem = shared().post("/api/v1/search", &[("q", &"a".repeat(1 << 20))]).assert_status(413).json();
    assert!(problem["detail"].as_str().is_some_and(|words| words.contains("256 KB")), "{problem}");
}

#[test]
fn bytes_that_are_no_text_are_answered() {
    // Lone surrogates as CESU-8, overlong forms, cut characters, bytes that UTF-8 never has.
    for bytes in
        ["%ED%A0%80", "%ED%A0%80%ED%B0%80", "%C0%80", "%F5%80%80%80", "%E4%BD", "%FF%FE", "%80", "%00", "%u0041"]
    {
        for path in ["/en/search", "/api/v1/search"] {
            assert_eq!(get(&format!("{path}?q=close_wait+{bytes}")).status, 200, "{path} {bytes}");
            let form = ask("POST", path).header("Content-Type", "application/x-www-form-urlencoded");
            assert_eq!(form.body(format!("q=close_wait+{bytes}")).send().status, 200, "{path} {bytes}");
        }
    }
    let form = ask("POST", "/en/search").header("Content-Type", "application/x-www-form-urlencoded");
    assert!(matches!(form.body(b"q=\xed\xa0\x80\xff".to_vec()).send().status, 200 | 400));
}

/// As `ss -tan` prints them.
fn rows_of_ss(rows: usize) -> String {
    let row = |n: usize| {
        format!("ESTAB      0      0            10.0.{}.{}:8080          10.0.9.4:{}\n", n / 250, n % 250, 30_000 + n)
    };
    (0..rows).map(row).collect()
}

#[test]
fn two_hundred_lines_of_ss_fit_in_an_address_and_the_last_one_counts() {
    let query = rows_of_ss(199) + "LISTEN     513    512                *:8080               *:*";
    let typed: String =
        query.chars().map(|c| if c == ' ' { "+".to_owned() } else { encoded(&c.to_string()) }).collect();
    let page = get(&format!("/en/search?q={typed}")).assert_status(200);
    assert_eq!(kept(&page), query);
    let read = page.texts(".read .sig b");
    assert!(read.iter().any(|name| name.contains("Recv-Q")), "{read:?}");
    page.assert_holds("form.ask [role=note]", "carry only the first 8 KB");
}

#[test]
fn a_text_that_is_longer_than_what_is_read_says_where_it_was_cut() {
    let query = rows_of_ss(1_500);
    for (lang, words) in [("zh", "只搜了开头 64 KB"), ("en", "its first 64 KB were searched")] {
        let page = shared().post(&format!("/{lang}/search"), &[("q", &query)]).assert_status(200);
        let page = page.assert_holds("form.ask [role=note]", words);
        assert_eq!(kept(&page), query.trim());
    }
    let json = shared().post("/api/v1/search", &[("q", &query)]).assert_status(200).json();
    assert_eq!((json["bytes_read"].as_u64(), json["query"].as_str()), (Some(64 * 1024), Some(query.as_str())));
    assert!(get("/api/v1/search?q=rst").json()["bytes_read"].is_null());
    get("/en/search?q=rst").assert_count("form.ask [role=note]", 0);
}
