//! The process: how it starts, reloads, bears crowds, tells about itself, and stops.

mod common;

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use common::client::{read_answer, read_exact_answer};
use common::{Fixture, Request, Server, free_address, packet_clinic, shared, some_slug, wait_until};
use tempfile::TempDir;

/// A server over a folder that a test changes.
struct Edited {
    server: Server,
    folder: TempDir,
}

impl Edited {
    fn serve(args: &[&str]) -> Edited {
        let folder = tempfile::tempdir().unwrap();
        Fixture::good().write_to(folder.path());
        Edited { server: Server::of(folder.path(), args), folder }
    }

    fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    fn edit(&self, file: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.path(file)).unwrap();
        assert!(text.contains(from), "{file} does not hold {from:?}");
        fs::write(self.path(file), text.replacen(from, to, 1)).unwrap();
    }

    fn title(&self) -> String {
        self.server.get("/en/cases/alpha").assert_status(200).texts("h1").remove(0)
    }

    fn readiness(&self) -> serde_json::Value {
        self.server.get("/readyz").assert_status(200).json()
    }
}

const EN: &str = "cases/alpha/en.md";
const OLD: &str = "Many CLOSE_WAIT sockets, requests time out";
const NEW: &str = "Sockets pile up in CLOSE_WAIT";

/// Good content is taken, bad content refused with file and line, repaired content taken; `told` makes the server look.
fn reload_story(site: &Edited, told: impl Fn()) {
    let tag = |path: &str| site.server.get(path).header("etag").unwrap().to_owned();
    let (first, robots) = (tag("/en/cases/alpha"), tag("/robots.txt"));
    assert_eq!(site.title(), OLD);

    site.edit(EN, OLD, NEW);
    told();
    wait_until("good content is taken", || site.title() == NEW);
    assert_ne!(tag("/en/cases/alpha"), first);
    assert_eq!(tag("/robots.txt"), robots, "what did not change keeps its tag");
    assert!(
        site.server.get("/en/search?q=pile+up").texts("ol.res h2").contains(&NEW.to_owned()),
        "the index is new too"
    );
    assert_eq!(site.readiness()["content"], "current");

    site.edit(EN, "see [CLOSE_WAIT](signal:state.close-wait)", "see <script>[CLOSE_WAIT](signal:state.gone)");
    site.edit(EN, NEW, "A title that nobody shall see");
    told();
    wait_until("bad content is refused", || site.readiness()["content"] != "current");
    assert_eq!(site.title(), NEW, "the old page is still served");
    let ready = site.readiness();
    assert_eq!(ready["ready"], true, "it can answer");
    let problems = ready["problems"].to_string();
    for finding in ["cases/alpha/en.md:12: raw HTML", "cases/alpha/en.md:12: unknown signal `state.gone`"] {
        assert!(problems.contains(finding), "{finding} in {problems}");
        site.server.wait_for_log(finding);
    }
    site.server.wait_for_log("reload refused, the old content stays");

    site.edit(EN, "<script>[CLOSE_WAIT](signal:state.gone)", "[CLOSE_WAIT](signal:state.close-wait)");
    told();
    wait_until("repaired content is taken", || site.title() == "A title that nobody shall see");
    assert_eq!(site.readiness()["content"], "current");
    assert_eq!(site.readiness()["problems"], serde_json::json!([]));
}

#[test]
fn a_hangup_reloads_content_but_never_bad_content() {
    let site = Edited::serve(&[]);
    reload_story(&site, || site.server.signal("HUP"));
}

#[test]
fn watching_reloads_content_but_never_bad_content() {
    let site = Edited::serve(&["--watch"]);
    reload_story(&site, || {});
}

#[test]
fn cases_come_and_go_with_a_reload() {
    let site = Edited::serve(&[]);
    site.server.get("/en/cases/gamma").assert_status(404);
    let gamma = site.path("cases/gamma");
    fs::create_dir_all(gamma.join("evidence")).unwrap();
    for file in ["case.toml", "zh.md", "en.md", "evidence/look.txt"] {
        let text = fs::read_to_string(site.path("cases/beta").join(file)).unwrap();
        fs::write(
            gamma.join(file),
            text.replace("A few connections hang", "Gamma").replace("只有几个连接卡住", "第三个案例"),
        )
        .unwrap();
    }
    site.server.signal("HUP");
    wait_until("the new case is served", || site.server.get("/en/cases/gamma").status == 200);
    assert_eq!(site.readiness()["cases"], 3);
    fs::remove_dir_all(&gamma).unwrap();
    site.server.signal("HUP");
    wait_until("the case is gone", || site.server.get("/en/cases/gamma").status == 404);
    site.server.get("/zh-en/cases/gamma").assert_status(404);
}

#[test]
fn a_content_folder_that_is_away_leaves_the_site_as_it_was() {
    let site = Edited::serve(&[]);
    let away = site.path("cases").with_file_name("moved");
    fs::rename(site.path("cases"), &away).unwrap();
    site.server.signal("HUP");
    wait_until("the reload is refused", || site.readiness()["content"] != "current");
    assert_eq!(site.title(), OLD);
    fs::rename(&away, site.path("cases")).unwrap();
    site.server.signal("HUP");
    wait_until("the content is back", || site.readiness()["content"] == "current");
}

#[test]
fn a_case_that_is_being_read_survives_reloads() {
    let site = Edited::serve(&[]);
    let until = Instant::now() + Duration::from_secs(2);
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let mut read = 0;
                    while Instant::now() < until {
                        site.server.get("/en/cases/alpha").assert_status(200);
                        site.server.get("/en/search?q=close_wait").assert_status(200);
                        read += 1;
                    }
                    read
                })
            })
            .collect();
        while Instant::now() < until {
            site.server.signal("HUP");
            std::thread::sleep(Duration::from_millis(50));
        }
        assert!(readers.into_iter().all(|reader| reader.join().unwrap() > 0));
    });
}

#[test]
fn bad_content_stops_the_start_with_all_findings() {
    let folder = tempfile::tempdir().unwrap();
    let fixture = Fixture::good().edit(EN, "see [CLOSE_WAIT]", "see <b>[CLOSE_WAIT]").without("cases/beta/en.md");
    fixture.write_to(folder.path());
    let output = packet_clinic()
        .args(["serve", "--listen", "127.0.0.1:0", "--database", "sqlite::memory:", "--content"])
        .arg(folder.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let expected: String = fixture.problems().iter().map(|problem| format!("{problem}\n")).collect();
    assert_eq!(common::printed(&output), expected);
}

#[test]
fn an_address_that_is_taken_stops_the_start_and_is_named() {
    let taken = shared().address.to_string();
    let output = packet_clinic().args(["serve", "--database", "sqlite::memory:", "--listen", &taken]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains(&format!("cannot listen on {taken}")));
}

/// A form that the server has begun to read, and the bytes that are held back.
fn half_a_form(server: &Server) -> (TcpStream, Vec<u8>) {
    let form = server.ask("POST", "/en/search").form(&[("q", "close_wait in flight")]);
    let bytes = form.header("Expect", "100-continue").bytes();
    let (now, later) = bytes.split_at(bytes.len() - 5);
    let mut stream = server.connect();
    stream.write_all(now).unwrap();
    let mut interim = [0; 25];
    stream.read_exact(&mut interim).unwrap();
    assert_eq!(interim, *b"HTTP/1.1 100 Continue\r\n\r\n");
    (stream, later.to_vec())
}

#[test]
fn a_stop_lets_requests_in_flight_finish_and_takes_no_new_ones() {
    for name in ["TERM", "INT"] {
        let server = Server::start();
        let (mut stream, rest) = half_a_form(&server);
        server.signal(name);
        server.wait_for_log("requests in flight finish first");
        wait_until("new connections are refused", || TcpStream::connect(server.address).is_err());
        stream.write_all(&rest).unwrap();
        let answer = read_answer(&mut stream, false).expect("an answer to what was in flight").assert_status(200);
        assert!(answer.text().contains("close_wait in flight"));
        assert!(server.ended_well(), "SIG{name}");
    }
}

#[test]
fn idle_connections_do_not_delay_a_stop() {
    let server = Server::start();
    let mut kept = server.connect();
    kept.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    assert_eq!(read_exact_answer(&mut kept).status, 200);
    let silent = server.connect();
    server.get("/healthz").assert_status(200);
    let start = Instant::now();
    server.signal("TERM");
    assert!(server.ended_well());
    assert!(start.elapsed() < Duration::from_secs(5), "it took {:?}", start.elapsed());
    assert_eq!(kept.read(&mut [0; 1]).unwrap(), 0, "the connection is closed, not reset");
    drop(silent);
}

#[test]
fn half_open_requests_block_nobody() {
    let server = Server::with(&["--threads", "2"]);
    let mut half_open: Vec<TcpStream> = (0..300).map(|_| server.connect()).collect();
    for (n, stream) in half_open.iter_mut().enumerate() {
        let begin = [
            "",
            "G",
            "GET /zh/ HTTP/1.1\r\nHost: x\r\nX-Slow: ",
            "POST /zh/search HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n",
        ];
        stream.write_all(begin[n % begin.len()].as_bytes()).unwrap();
    }
    let slug = some_slug();
    for path in ["/zh/", "/en/search?q=close_wait", &format!("/en/cases/{slug}"), "/healthz", "/api/v1/search?q=x"] {
        let start = Instant::now();
        server.get(path).assert_status(200);
        assert!(start.elapsed() < Duration::from_secs(5), "{path} took {:?}", start.elapsed());
    }
}

#[test]
fn a_full_house_says_when_to_come_back() {
    let server = Server::with(&["--max-connections", "3"]);
    let mut guests: Vec<TcpStream> = (0..3).map(|_| server.connect()).collect();
    for guest in &mut guests {
        guest.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        assert_eq!(read_exact_answer(guest).status, 200);
    }
    for _ in 0..3 {
        let refused = server.get("/zh/").assert_status(503);
        assert!(refused.header("retry-after").is_some_and(|s| s.parse::<u32>().is_ok_and(|s| s > 0)));
        assert_eq!(refused.header("connection"), Some("close"));
    }
    for guest in &mut guests {
        guest.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        assert_eq!(read_exact_answer(guest).status, 200, "those inside are served on");
    }
    guests.pop();
    wait_until("a place is free again", || server.get("/zh/").status == 200);
}

#[test]
fn slow_senders_keep_nobody_from_reading_or_searching() {
    let server = Server::start();
    let search = || server.ask("POST", "/en/search").form(&[("q", "close_wait")]).header("Accept-Language", "en");
    let begin = || {
        let bytes = search().bytes();
        let mut stream = server.connect();
        stream.write_all(&bytes[..bytes.len() - 3]).unwrap();
        stream
    };
    let mut slow: Vec<TcpStream> = (0..256).map(|_| begin()).collect();
    wait_until("all places for bodies are taken", || search().send().status == 503);
    let refused = search().send().assert_status(503).assert_text("h1", "Busy right now, please try again");
    assert_eq!(refused.header("retry-after"), Some("2"));
    assert_eq!(refused.header("cache-control"), Some("no-store"));
    let problem = server.post("/api/v1/search", &[("q", "x")]).assert_status(503);
    assert_eq!(problem.assert_header("content-type", "application/problem+json").json()["status"], 503);
    let slug = some_slug();
    for path in ["/zh/", "/en/cases", &format!("/en/cases/{slug}"), "/healthz", "/en/search?q=x", "/zh/cases?layer=tcp"]
    {
        server.get(path).assert_status(200);
    }
    // Who is too slow hears so, and makes room.
    slow.truncate(1);
    assert_eq!(read_exact_answer(&mut slow[0]).status, 503);
    wait_until("there is room again", || search().send().status == 200);
}

#[test]
fn metrics_have_an_address_of_their_own() {
    let address = free_address();
    let server = Server::with(&["--metrics", &address.to_string()]);
    let metrics = |path: &str| Request::new(address, "GET", path).send();
    server.get("/metrics").assert_status(404);
    metrics("/zh/").assert_status(404);
    metrics("/").assert_status(404);
    let value = |name: &str| {
        let text = metrics("/metrics").assert_status(200).text();
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')).map(str::to_owned);
        line.and_then(|n| n.parse::<f64>().ok()).unwrap_or_else(|| panic!("no {name} in {text}"))
    };
    assert!(metrics("/metrics").header("content-type").unwrap().starts_with("text/plain"));
    let names = [
        "http_pages_total{status=\"200\"}",
        "http_pages_total{status=\"304\"}",
        "http_routed_total{status=\"2xx\"}",
        "http_routed_total{status=\"4xx\"}",
        "connections_total",
    ];
    let before = names.map(value);
    let tag = server.get("/zh/").header("etag").unwrap().to_owned();
    server.ask("GET", "/zh/").header("If-None-Match", &tag).send().assert_status(304);
    server.get("/en/search?q=x").assert_status(200);
    server.get("/nothing").assert_status(404);
    let after = names.map(value);
    for (name, (before, after)) in names.iter().zip(before.iter().zip(after)) {
        let expected = if *name == "connections_total" { 4.0 } else { 1.0 };
        assert_eq!(after - before, expected, "{name}");
    }
    for line in metrics("/metrics").text().lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        assert!(line.rsplit_once(' ').is_some_and(|(_, number)| number.parse::<f64>().is_ok()), "{line}");
    }
}

#[test]
fn without_an_address_there_are_no_metrics() {
    shared().get("/metrics").assert_status(404);
}

/// Asks for what a visitor would rather not have kept.
fn visit_with_secrets(server: &Server) {
    server.get("/zh/search?q=secret-query").assert_status(200);
    server.get("/api/v1/search?q=secret-query&lang=en").assert_status(200);
    server.get("/api/v1/search?lang=secret-query").assert_status(400);
    server.get("/nothing?secret-query").assert_status(404);
    server.get("/?lang=secret-query").assert_status(302);
    server.post("/en/search", &[("q", "secret-paste 10.1.2.3")]).assert_status(200);
    server
        .ask("GET", "/zh/")
        .header("Cookie", "a=secret-cookie")
        .header("User-Agent", "secret-agent")
        .send()
        .assert_status(200);
    server
        .ask("GET", "/nothing")
        .header("X-Forwarded-For", "198.51.100.77")
        .header("Authorization", "secret-token")
        .send()
        .assert_status(404);
    server.raw(b"secret-garbage\r\n\r\n").assert_status(400);
}

#[test]
fn logs_hold_no_addresses_and_nothing_that_visitors_typed() {
    let server = Server::with(&["--log", "trace", "--trust-proxy"]);
    visit_with_secrets(&server);
    server.wait_for_log("request answered");
    server.wait_for_log("path=\"/zh/search\"");
    let log = server.log();
    for secret in ["secret-", "198.51.100.77", "127.0.0.1", "10.1.2.3", "?q=", "?lang="] {
        assert!(!log.contains(secret), "{secret} in {:?}", log.lines().find(|line| line.contains(secret)));
    }
}

#[test]
fn logs_can_be_json_one_object_a_line() {
    let server = Server::with(&["--log", "debug", "--log-json", "--trust-proxy"]);
    visit_with_secrets(&server);
    wait_until("requests are logged", || server.log().matches("request answered").count() >= 5);
    let mut seen = 0;
    for line in server.log().lines() {
        let json: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(json["timestamp"].is_string() && json["level"].is_string(), "{line}");
        let fields = &json["fields"];
        if fields["message"] == "request answered" {
            assert!(
                fields["method"].is_string()
                    && fields["path"].is_string()
                    && fields["status"].is_u64()
                    && fields["duration_ms"].is_u64(),
                "{line}"
            );
            seen += 1;
        }
        assert!(!line.contains("secret-") && !line.contains("198.51.100.77"), "{line}");
    }
    assert!(seen >= 5, "{seen} requests");
}

#[test]
fn at_the_usual_level_requests_are_not_logged() {
    let server = Server::start();
    visit_with_secrets(&server);
    let log = server.log();
    assert!(
        !log.contains("/zh/search") && log.lines().all(|line| !line.contains("WARN") && !line.contains("ERROR")),
        "{log}"
    );
}
