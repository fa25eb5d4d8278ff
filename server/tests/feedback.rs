//! `POST /{lang}/cases/{slug}/feedback`: "Was this it?" is kept without identity, throttled, and read on the command line.

mod common;

use std::fs;

use common::{Answer, Server, html, packet_clinic, printed, some_slug};
use serde_json::Value;

/// What the operator reads, the newest first.
fn kept(server: &Server) -> Vec<Value> {
    let output = packet_clinic().args(["feedback", "--json", "--database", &database(server)]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    printed(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn database(server: &Server) -> String {
    format!("sqlite:{}", server.folder.path().join("answers.sqlite").display())
}

fn target(lang: &str) -> String {
    format!("/{lang}/cases/{}/feedback", some_slug())
}

fn answer(server: &Server, fields: &[(&str, &str)]) -> Answer {
    server.post(&target("en"), fields)
}

#[test]
fn an_answer_is_kept_with_case_language_and_line_and_nothing_else() {
    let server = Server::start();
    server.post(&target("zh"), &[("answer", "no"), ("line", "我这里是 UDP，不是 TCP")]).assert_status(303);
    answer(&server, &[("answer", "yes")]).assert_status(303);
    let kept = kept(&server);
    assert_eq!(kept.len(), 2);
    for (row, lang, said, line) in [(&kept[0], "en", "yes", ""), (&kept[1], "zh", "no", "我这里是 UDP，不是 TCP")]
    {
        let fields: Vec<&str> = row.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(fields, ["answer", "at", "case", "lang", "line"]);
        assert_eq!(
            (&row["case"], &row["lang"], &row["answer"], &row["line"]),
            (&some_slug().into(), &lang.into(), &said.into(), &line.into())
        );
        let at = row["at"].as_str().unwrap();
        assert!(at.len() == "2026-11-22 03:10".len() && at.starts_with("20"), "{at}");
    }
}

#[test]
fn the_command_line_counts_answers_for_people() {
    let server = Server::start();
    for said in ["yes", "no", "no"] {
        answer(&server, &[("answer", said), ("line", "a line")]).assert_status(303);
    }
    let output = packet_clinic().args(["feedback", "--limit", "2", "--database", &database(&server)]).output().unwrap();
    let text = printed(&output);
    let words: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(words[0], ["yes", "no", "case"]);
    assert_eq!(words[1], ["1", "2", some_slug()]);
    assert_eq!(words.len(), 4, "and the two newest: {text}");
    assert!(text.contains(&format!("en/{}  no  a line", some_slug())), "{text}");
}

#[test]
fn a_reader_without_scripts_lands_on_a_page_that_thanks() {
    let server = Server::start();
    for (lang, heading) in [("zh", "收到了，谢谢。"), ("en", "Received. Thank you.")] {
        let sent = server.post(&target(lang), &[("answer", "yes"), ("line", "")]).assert_status(303);
        let thanks = format!("/{lang}/cases/{}/thanks", some_slug());
        assert_eq!(sent.header("location"), Some(thanks.as_str()));
        let page =
            server.get(&thanks).assert_status(200).assert_text("h1", heading).assert_count("meta[name=robots]", 1);
        assert!(page.attributes("main a", "href").contains(&format!("/{lang}/cases/{}", some_slug())));
    }
    server.get("/en/cases/nothing/thanks").assert_status(404);
}

#[test]
fn a_program_is_told_that_the_answer_is_kept() {
    let server = Server::start();
    let sent = server.ask("POST", &target("en")).form(&[("answer", "yes")]).header("Accept", "application/json").send();
    assert_eq!(sent.assert_status(201).json(), serde_json::json!({ "kept": true }));
    assert_eq!(kept(&server).len(), 1);
}

#[test]
fn an_answer_that_was_confirmed_survives_a_crash() {
    let server = Server::start();
    answer(&server, &[("answer", "yes"), ("line", "before the crash")]).assert_status(303);
    server.signal("KILL");
    assert!(!server.ended_well());
    assert_eq!(kept(&server)[0]["line"], "before the crash");
}

#[test]
fn lines_are_tidied_and_no_longer_than_the_form_allows() {
    let server = Server::start();
    let longest = "长".repeat(500);
    for (typed, expected) in [
        ("  a line \n", "a line"),
        ("two\r\nlines\tand a tab", "two  lines and a tab"),
        ("\u{1b}[2J\u{0}\u{7}bell", "[2J  bell"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("'); drop table feedback; --", "'); drop table feedback; --"),
        (longest.as_str(), longest.as_str()),
    ] {
        answer(&server, &[("answer", "yes"), ("line", typed)]).assert_status(303);
        assert_eq!(kept(&server)[0]["line"], expected, "{typed:?}");
    }
    let before = kept(&server).len();
    answer(&server, &[("answer", "yes"), ("line", &"长".repeat(501))])
        .assert_status(400)
        .assert_holds("main", "501 > 500");
    assert_eq!(kept(&server).len(), before);
}

#[test]
fn what_is_no_answer_is_refused() {
    let server = Server::start();
    for fields in [
        &[("answer", "maybe")][..],
        &[("answer", "")],
        &[("line", "no answer")],
        &[("answer", "YES")],
        &[("answer", "yes"), ("answer", "no")],
    ] {
        answer(&server, fields).assert_status(400).assert_text("h1", "This request makes no sense");
    }
    let send =
        |media: &str, body: &str| server.ask("POST", &target("en")).header("Content-Type", media).body(body).send();
    send("application/json", "{\"answer\":\"yes\"}").assert_status(400);
    send("multipart/form-data; boundary=x", "--x--").assert_status(400);
    send("application/x-www-form-urlencoded", "").assert_status(400);
    for nowhere in ["/en/cases/nothing/feedback", "/fr/cases/nothing/feedback", "/zh-en/cases/nothing/feedback"] {
        server.post(nowhere, &[("answer", "yes")]).assert_status(404);
    }
    server.get(&target("en")).assert_status(405);
    assert_eq!(kept(&server), [] as [Value; 0]);
}

#[test]
fn forms_of_other_sites_are_refused() {
    let server = Server::start();
    let own = format!("http://{}", server.address);
    let send = |headers: &[(&str, &str)]| {
        let request = server.ask("POST", &target("en")).form(&[("answer", "yes")]);
        headers.iter().fold(request, |request, (name, value)| request.header(name, value)).send()
    };
    for headers in [
        &[("Sec-Fetch-Site", "cross-site")][..],
        &[("Sec-Fetch-Site", "same-site")],
        &[("Origin", "https://evil.example")],
        &[("Origin", "null")],
        &[("Sec-Fetch-Site", "cross-site"), ("Origin", &own)],
    ] {
        send(headers).assert_status(403).assert_text("h1", "This form came from another site");
    }
    assert_eq!(kept(&server), [] as [Value; 0]);
    for headers in [
        &[("Sec-Fetch-Site", "same-origin"), ("Origin", own.as_str())][..],
        &[("Sec-Fetch-Site", "none")],
        &[("Origin", &own)],
        &[],
    ] {
        send(headers).assert_status(303);
    }
    assert_eq!(kept(&server).len(), 4);
}

#[test]
fn nothing_of_a_reader_is_kept_but_the_answer() {
    let server = Server::with(&["--trust-proxy", "--log", "trace"]);
    let secrets = ["198.51.100.77", "secret-browser", "secret-cookie", "secret-referrer", "secret-query", "127.0.0.1"];
    let sent = server
        .ask("POST", &format!("{}?x=secret-query", target("en")))
        .form(&[("answer", "yes"), ("line", "the line itself")])
        .header("X-Forwarded-For", "198.51.100.77")
        .header("User-Agent", "secret-browser")
        .header("Cookie", "id=secret-cookie")
        .header("Referer", "https://secret-referrer.example/")
        .send();
    sent.assert_status(303);
    let mut files = 0;
    for entry in fs::read_dir(server.folder.path()).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        for secret in secrets {
            assert!(!bytes.windows(secret.len()).any(|w| w == secret.as_bytes()), "{secret} is on disk");
        }
        files += usize::from(bytes.windows(15).any(|w| w == b"the line itself"));
    }
    assert!(files > 0, "the answer is on disk, so the search looked at the right files");
    for secret in secrets {
        assert!(!server.log().contains(secret), "{secret} is in the log");
    }
}

#[test]
fn one_place_may_answer_ten_times_a_minute() {
    let server = Server::start();
    for n in 0..10 {
        answer(&server, &[("answer", "yes"), ("line", &n.to_string())]).assert_status(303);
    }
    for (lang, heading, words) in
        [("zh", "请稍等再试", "你写的内容没有丢"), ("en", "A little slower, please", "Nothing you wrote is lost")]
    {
        let refused = server
            .post(&target(lang), &[("answer", "yes")])
            .assert_status(429)
            .assert_text("h1", heading)
            .assert_holds("main p", words);
        let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=60).contains(&wait), "{wait}");
    }
    let program =
        server.ask("POST", &target("en")).form(&[("answer", "yes")]).header("Accept", "application/json").send();
    assert_eq!(
        program.assert_status(429).assert_header("content-type", "application/problem+json").json()["status"],
        429
    );
    let lines: Vec<Value> = kept(&server).into_iter().rev().map(|row| row["line"].clone()).collect();
    assert_eq!(
        lines,
        (0..10).map(|n| Value::from(n.to_string())).collect::<Vec<_>>(),
        "what was confirmed is all there"
    );
    server.get("/en/").assert_status(200);
    server.get("/en/search?q=x").assert_status(200);
}

#[test]
fn refused_answers_do_not_count() {
    let server = Server::start();
    for _ in 0..20 {
        answer(&server, &[("answer", "maybe")]).assert_status(400);
    }
    answer(&server, &[("answer", "yes")]).assert_status(303);
}

#[test]
fn behind_ones_own_proxy_each_visitor_has_an_allowance() {
    let server = Server::with(&["--trust-proxy"]);
    let from = |address: &str| {
        server.ask("POST", &target("en")).form(&[("answer", "yes")]).header("X-Forwarded-For", address).send().status
    };
    for _ in 0..10 {
        assert_eq!(from("203.0.113.9, 198.51.100.1"), 303);
    }
    assert_eq!(from("203.0.113.9, 198.51.100.1"), 429);
    assert_eq!(from("192.0.2.1, 198.51.100.1"), 429, "only the last entry is the proxy's own");
    assert_eq!(from("198.51.100.1, 198.51.100.2"), 303);
    // An IPv6 household is one place.
    for n in 0..10 {
        assert_eq!(from(&format!("2001:db8:1:2::{n}")), 303);
    }
    assert_eq!(from("2001:db8:1:2:ffff::1"), 429);
    assert_eq!(from("2001:db8:1:3::1"), 303);
}

#[test]
fn a_header_that_anyone_can_send_buys_nothing() {
    let server = Server::start();
    let from = |n: usize| {
        server
            .ask("POST", &target("en"))
            .form(&[("answer", "yes")])
            .header("X-Forwarded-For", &format!("192.0.2.{n}"))
            .send()
            .status
    };
    assert_eq!((0..12).map(from).collect::<Vec<_>>(), [[303; 10].as_slice(), &[429; 2]].concat());
}

/// Answers are refused with 503 and a time; everything else works.
fn assert_only_answers_fail(server: &Server) {
    for (lang, heading, words) in [
        ("zh", "现在太忙，请稍后再试", "你写的还在表单里"),
        ("en", "Busy right now, please try again", "the form still holds what you wrote"),
    ] {
        let refused = server
            .post(&target(lang), &[("answer", "yes"), ("line", "x")])
            .assert_status(503)
            .assert_text("h1", heading)
            .assert_holds("main p", words);
        assert_eq!(refused.header("retry-after"), Some("30"));
    }
    for path in [
        "/zh/",
        "/en/cases",
        &format!("/en/cases/{}", some_slug()),
        "/en/search?q=close_wait",
        "/api/v1/search?q=x",
        "/healthz",
        "/readyz",
        "/zh/feed.xml",
    ] {
        server.get(path).assert_status(200);
    }
    assert_eq!(server.get("/en/").html().select(&html::css("h1")).count(), 1);
}

#[test]
fn without_a_database_pages_are_served_and_answers_wait_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("not/there/yet/answers.sqlite");
    let url = format!("sqlite:{}", database.display());
    let server = Server::launch(folder, &["--database", &url]);
    assert_only_answers_fail(&server);
    server.wait_for_log("the database is not ready");
    fs::create_dir_all(database.parent().unwrap()).unwrap();
    common::wait_until("answers are taken again", || {
        database.exists() && answer(&server, &[("answer", "yes"), ("line", "at last")]).status == 303
    });
    let output = packet_clinic().args(["feedback", "--json", "--database", &url]).output().unwrap();
    assert!(printed(&output).contains("at last"));
}

#[test]
fn a_database_that_is_none_harms_no_page() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("answers.sqlite");
    fs::write(&file, "this is no database, and no migration makes it one\n".repeat(100)).unwrap();
    let url = format!("sqlite:{}", file.display());
    let server = Server::launch(folder, &["--database", &url]);
    assert_only_answers_fail(&server);
    assert!(fs::read_to_string(&file).unwrap().starts_with("this is no database"), "and is left as it was");
}

#[test]
fn a_database_that_no_longer_takes_writes_harms_no_page() {
    let server = Server::start();
    answer(&server, &[("answer", "yes")]).assert_status(303);
    let lock = packet_clinic_lock(&server);
    assert_only_answers_fail(&server);
    drop(lock);
    answer(&server, &[("answer", "no")]).assert_status(303);
    assert_eq!(kept(&server).len(), 2);
}

/// Another program that holds the database's write lock until it is dropped.
fn packet_clinic_lock(server: &Server) -> Lock {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let connection = runtime.block_on(async {
        use sqlx::Connection;
        let mut connection = sqlx::SqliteConnection::connect(&database(server)).await.unwrap();
        sqlx::query("begin immediate").execute(&mut connection).await.unwrap();
        connection
    });
    Lock { connection: Some(connection), runtime }
}

struct Lock {
    connection: Option<sqlx::SqliteConnection>,
    runtime: tokio::runtime::Runtime,
}

impl Drop for Lock {
    fn drop(&mut self) {
        use sqlx::Connection;
        if let Some(connection) = self.connection.take() {
            self.runtime.block_on(connection.close()).unwrap();
        }
    }
}

#[test]
fn a_database_address_that_is_none_stops_the_start_and_keeps_its_password() {
    for url in ["mysql://me:hunter2@db/x", "answers.sqlite", "postgres//me:hunter2@db/x", ""] {
        let output = packet_clinic().args(["serve", "--listen", "127.0.0.1:0", "--database", url]).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{url}");
        let said = String::from_utf8(output.stderr).unwrap() + &String::from_utf8(output.stdout).unwrap();
        assert!(said.contains("sqlite:FILE or postgres://USER@HOST/NAME") && !said.contains("hunter2"), "{said}");
    }
}
