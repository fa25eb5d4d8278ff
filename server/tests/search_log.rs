//! What is searched for in vain is counted: the words and no more, unless the operator says no.

mod common;

use std::fs;

use common::client::encoded;
use common::{Answer, Request, Server, packet_clinic, printed, some_slug};
use serde_json::{Value, json};

/// Finds several cases.
const FOUND: &str = "CLOSE_WAIT";
/// Finds none.
const UNKNOWN: &str = "zzqqxxjj";

/// Stops the server, which writes what it counted, and reads what the operator sees.
fn missed(server: &Server) -> Vec<Value> {
    server.signal("TERM");
    assert!(server.ended_well());
    let url = format!("sqlite:{}", server.folder.path().join("answers.sqlite").display());
    let output = packet_clinic().args(["search-log", "--json", "--database", &url]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    printed(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The words with searches, those without a result, and followed results.
fn counted(server: &Server) -> Vec<(String, [i64; 3])> {
    let number = |row: &Value, name: &str| row[name].as_i64().unwrap();
    let row = |row: Value| {
        let counts = ["searches", "without_result", "followed"].map(|name| number(&row, name));
        (row["words"].as_str().unwrap().to_owned(), counts)
    };
    missed(server).into_iter().map(row).collect()
}

fn row(words: &str, counts: [i64; 3]) -> (String, [i64; 3]) {
    (words.to_owned(), counts)
}

fn search(server: &Server, query: &str) -> Answer {
    server.get(&format!("/en/search?q={}", encoded(query))).assert_status(200)
}

/// A request for a case from a page of an address.
fn case_from(server: &Server, page: &str) -> Request {
    server.ask("GET", &format!("/en/cases/{}", some_slug())).header("Referer", page)
}

fn follow(server: &Server, query: &str) {
    let page = format!("http://{}/en/search?q={}", server.address, encoded(query));
    case_from(server, &page).send().assert_status(200);
}

#[test]
fn a_search_without_a_result_is_counted_with_words_language_and_day_and_nothing_else() {
    let server = Server::with(&["--trust-proxy", "--log", "trace"]);
    search(&server, UNKNOWN);
    server
        .ask("GET", &format!("/en/search?q={UNKNOWN}"))
        .header("X-Forwarded-For", "198.51.100.77")
        .header("User-Agent", "secret-browser")
        .header("Cookie", "id=secret-cookie")
        .header("Referer", "https://secret-referrer.example/en/search?q=secret-words")
        .send()
        .assert_status(200);
    let rows = missed(&server);
    assert_eq!(rows.len(), 1, "{rows:?}");
    let day = rows[0]["last_day"].as_str().unwrap();
    assert!(day.len() == "2026-11-22".len() && day.starts_with("20"), "{day}");
    let expected = json!({
        "lang": "en", "words": UNKNOWN, "searches": 2, "without_result": 2, "followed": 0, "not_followed": 0,
        "last_day": day
    });
    assert_eq!(rows[0], expected);
    for entry in fs::read_dir(server.folder.path()).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        for secret in ["198.51.100.77", "127.0.0.1", "secret-"] {
            assert!(!bytes.windows(secret.len()).any(|w| w == secret.as_bytes()), "{secret} is on disk");
        }
    }
    assert!(!server.log().contains(UNKNOWN), "words are in the database, not in the log");
}

#[test]
fn results_that_nobody_followed_are_told_from_those_that_led_to_a_case() {
    let server = Server::start();
    for query in ["TIME_WAIT", FOUND, FOUND, FOUND] {
        search(&server, query).assert_count(".oops", 0);
    }
    follow(&server, "TIME_WAIT");
    follow(&server, FOUND);
    assert_eq!(counted(&server), [row("close_wait", [3, 0, 1])], "the search that led somewhere was none in vain");
}

#[test]
fn refining_a_search_or_coming_back_to_it_is_no_other_search() {
    let server = Server::start();
    search(&server, FOUND);
    let results = format!("http://{}/en/search?layer=tcp&q={FOUND}", server.address);
    for refined in ["&layer=tcp", "&without=state.close-wait", ""] {
        let request = server.ask("GET", &format!("/en/search?q={FOUND}{refined}")).header("Referer", &results);
        request.send().assert_status(200);
    }
    // Browsers and people may keep the address that they come from to themselves.
    server.get(&format!("/en/search?q={FOUND}&layer=tcp")).assert_status(200);
    server.get(&format!("/en/search?q={FOUND}&without=state.close-wait")).assert_status(200);
    server.get("/en/search").assert_status(200);
    server.get("/en/search?q=++").assert_status(200);
    assert_eq!(counted(&server), [row("close_wait", [1, 0, 0])]);
}

#[test]
fn a_filtered_page_of_results_leads_somewhere_too() {
    let server = Server::start();
    search(&server, FOUND);
    search(&server, FOUND);
    let page = format!("http://{}/en/search?layer=tcp&without=x&q={FOUND}", server.address);
    case_from(&server, &page).send().assert_status(200);
    assert_eq!(counted(&server), [row("close_wait", [2, 0, 1])]);
}

#[test]
fn what_is_typed_on_the_home_page_counts_when_a_result_is_followed() {
    let server = Server::start();
    for prefix in ["z", "zz", "zzq", UNKNOWN] {
        server.get(&format!("/api/v1/search?q={prefix}")).assert_status(200);
    }
    search(&server, FOUND);
    search(&server, FOUND);
    case_from(&server, &format!("http://{}/en/?q={FOUND}", server.address)).send().assert_status(200);
    assert_eq!(counted(&server), [row("close_wait", [3, 0, 1])]);
}

#[test]
fn only_people_who_come_from_our_results_follow_them() {
    let server = Server::start();
    search(&server, FOUND);
    let own = format!("http://{}/en/search?q={FOUND}", server.address);
    for page in [
        &format!("http://evil.example/en/search?q={FOUND}"),
        &format!("http://{}.evil.example/en/search?q={FOUND}", server.address),
        &format!("http://{}/en/cases?q={FOUND}", server.address),
        &format!("http://{}/en/search?q=other", server.address),
    ] {
        case_from(&server, page).send().assert_status(200);
    }
    for (name, value) in [("Sec-Purpose", "prefetch;prerender"), ("Purpose", "prefetch")] {
        case_from(&server, &own).header(name, value).send().assert_status(200);
        let search = server.ask("GET", &format!("/en/search?q={UNKNOWN}")).header(name, value);
        search.send().assert_status(200);
    }
    let head = server.ask("HEAD", &format!("/en/cases/{}", some_slug())).header("Referer", &own);
    head.send().assert_status(200);
    server.ask("HEAD", &format!("/en/search?q={UNKNOWN}")).send().assert_status(200);
    server.ask("GET", "/en/signals").header("Referer", &own).send().assert_status(200);
    assert_eq!(counted(&server), [row("close_wait", [1, 0, 0])]);
}

#[test]
fn behind_a_proxy_the_name_that_visitors_use_is_ours() {
    let server = Server::with(&["--base-url", "https://clinic.example"]);
    search(&server, FOUND);
    search(&server, FOUND);
    case_from(&server, &format!("https://clinic.example/en/search?q={FOUND}")).send().assert_status(200);
    assert_eq!(counted(&server), [row("close_wait", [2, 0, 1])]);
}

#[test]
fn nothing_is_counted_when_the_operator_says_no() {
    let server = Server::with(&["--no-search-log"]);
    search(&server, UNKNOWN);
    search(&server, FOUND);
    follow(&server, "TIME_WAIT");
    assert_eq!(missed(&server), [] as [Value; 0]);
}

#[test]
fn secrets_in_a_question_are_not_kept() {
    let server = Server::start();
    for query in [
        "zzqqxxjj refused by 10.1.2.3 at shop-hunter.example.com",
        "zzqqxxjj at shop。hunter。example。com after 7f9c24e8-3b1e-4a3f-9d55-0a1b2c3d4e5f",
        "zzqqxxjj of /home/hunter/x",
        "zzqqxxjj mail hunter@corp.example password=hunter",
        "zzqqxxjj my password is hunter",
        "zzqqxxjj 用户hunter的连接",
        "zzqqxxjj redis-cli -a hunter",
    ] {
        search(&server, query);
        follow(&server, query);
    }
    let kept = format!("{:?}", missed(&server));
    assert_eq!(kept.matches("zzqqxxjj").count(), 3, "{kept}");
    for secret in ["hunter", "10.1", "example", "corp", "7f9c", "home"] {
        assert!(!kept.contains(secret), "{secret} in {kept}");
    }
}

#[test]
fn of_pasted_output_only_what_it_was_recognised_by_is_kept() {
    let server = Server::start();
    let paste = "tcp 1 0 10.0.0.5:80 10.0.0.9:514 CLOSE_WAIT -\ntcp 1 0 10.0.0.5:80 web-secret:514 CLOSE_WAIT -";
    search(&server, paste).assert_count(".oops", 0);
    search(&server, paste);
    follow(&server, paste);
    search(&server, "secretname\nsecrethost zzqqxxjj");
    // Of a form it is not known what is followed, but well that there was nothing to follow.
    server.post("/en/search", &[("q", "zzqqxxjj\nsecretform")]).assert_status(200);
    server.post("/en/search", &[("q", paste)]).assert_status(200);
    let rows = counted(&server);
    assert_eq!(rows[0], row("[output]", [2, 2, 0]));
    let (words, counts) = &rows[1];
    assert!(words.starts_with("[output] ") && words.contains("close_wait"), "{words}");
    assert_eq!(*counts, [2, 0, 1], "{words}");
    assert!(rows.len() == 2 && !format!("{rows:?}").contains("secret"), "{rows:?}");
}

#[test]
fn a_database_that_is_away_harms_no_page_and_no_stop() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("not/there/answers.sqlite").display());
    let server = Server::launch(folder, &["--database", &url]);
    search(&server, UNKNOWN);
    follow(&server, FOUND);
    server.signal("TERM");
    assert!(server.ended_well(), "it stops all the same");
    assert!(server.log().contains("searches could not be counted"), "{}", server.log());
}

#[test]
fn the_page_about_the_site_says_what_is_counted() {
    let server = Server::start();
    let said = |lang: &str| server.get(&format!("/{lang}/about")).assert_status(200).texts("main p").join(" ");
    for (lang, words) in [
        ("en", ["how often nothing was found", "how often a result was opened", "the last day", "400 days"]),
        ("zh", ["几次没有结果", "几次点开了结果", "最后一次是哪一天", "400 天"]),
    ] {
        for words in words {
            assert!(said(lang).contains(words), "{lang}: {words}");
        }
        let home = server.get(&format!("/{lang}/")).text();
        assert!(!home.contains("not logged") && !home.contains("不做记录"), "{lang}: searches are counted");
    }
}
