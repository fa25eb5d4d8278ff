//! Presets: those of the repository hold, and each mistake in one is named with its place.

mod common;

use std::collections::BTreeSet;
use std::path::Path;

use common::Fixture;
use packet_clinic::content::{self, Files, Problem, Problems, preset_claims};
use packet_clinic::domain::Library;

const TOML: &str = "presets/hello.toml";
const JSON: &str = "presets/hello.json";

const HELLO: &str = r#"playground = "wire"
kind       = "tcp"
cases      = ["alpha"]
telling_ms = 10
title.zh = "一问一答"
title.en = "One question, one answer"
lead.zh = "客户端用 `close` 结束。"
lead.en = "The client ends with `close`."

[question]
text.zh = "谁先关？"
text.en = "Who closes first?"
options = [
  { zh = "客户端", en = "The client" },
  { zh = "服务端", en = "The server" },
]
answer = 0
why.zh = "程序这样写的。"
why.en = "The program says so."

[[claim]]
says.zh = "服务端读到 200 字节。"
says.en = "The server reads 200 bytes."
call = { side = "S", name = "recv", ret = 200 }

[[claim]]
says.zh = "先是客户端的 FIN。"
says.en = "The client's FIN comes first."
order = [{ side = "C", packet = "fin" }, { side = "S", packet = "fin" }]
"#;

/// The playground on which it is at home.
const WIRE: &str = r#"
first = "hello"
title.zh = "线上"
title.en = "On the wire"
lead.zh = "一问一答。"
lead.en = "A question and an answer."
gist.zh = "谁先关，谁留下。"
gist.en = "Who closes first, stays."
left_out.zh = "没有。"
left_out.en = "Nothing."
"#;

const SCENARIO: &str = r#"{
  "name": "hello",
  "delay_ms": 25,
  "client": [
    {"op": "connect"},
    {"op": "send", "n": 200},
    {"op": "close"}
  ],
  "server": [{"op": "listen"}, {"op": "accept"}, {"op": "drain"}, {"op": "close"}]
}
"#;

const NAMES: &str = r#"{"name": "localhost", "net": "v4", "files": {"hosts": "127.0.0.1 localhost\n"}}"#;

const STREAM: &str = r#"{"pieces": ["0361", "6263"], "codec": "u8", "limit": 99}"#;

/// The library with one preset, of which one place may be spoilt.
fn hello() -> Fixture {
    Fixture::good().with(TOML, HELLO).with(JSON, SCENARIO).with("playgrounds/wire.toml", WIRE)
}

/// The preset with another kind, configuration and claim.
fn other(kind: &str, config: &str, claim: &str) -> Fixture {
    let claims = HELLO.find("call = ").unwrap();
    let toml = HELLO[..claims].replace("kind       = \"tcp\"", kind).replace("telling_ms = 10\n", "") + claim + "\n";
    Fixture::good().with(TOML, toml).with(JSON, config).with("playgrounds/wire.toml", WIRE)
}

/// What is wrong, once played.
fn problems(fixture: &Fixture) -> Vec<Problem> {
    match fixture.load() {
        Ok(library) => preset_claims::judge_all(&library.presets),
        Err(problems) => problems,
    }
}

#[track_caller]
fn refused(fixture: &Fixture, path: &str, line: usize, words: &str) {
    let problems = problems(fixture);
    let here = |p: &&Problem| p.path == path && p.line == line && p.what.contains(words);
    assert!(problems.iter().any(|p| here(&p)), "no `{path}:{line}: …{words}…` among {problems:#?}");
}

/// Replaces a part of a file; the finding stands on that line.
#[track_caller]
fn spoilt(path: &str, from: &str, to: &str, words: &str) {
    let line = hello().line_of(path, from);
    refused(&hello().edit(path, from, to), path, line, words);
}

fn own() -> Library {
    let mut problems = Problems::default();
    let files = Files::from_dir(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../content"), &mut problems).unwrap();
    content::load_after(&files, problems).unwrap()
}

#[test]
fn every_preset_of_the_repository_holds() {
    let library = own();
    let problems = preset_claims::judge_all(&library.presets);
    assert!(problems.is_empty(), "{problems:#?}");
}

#[test]
fn every_case_of_the_repository_has_a_preset() {
    let library = own();
    let without: Vec<_> = library.cases().filter(|case| library.presets_of(&case.slug).is_empty()).collect();
    assert!(without.is_empty(), "{:?}", without.iter().map(|case| &case.slug).collect::<Vec<_>>());
}

#[test]
fn ids_are_unique_by_their_file_names_and_titles_differ() {
    let library = own();
    let titles: BTreeSet<&str> = library.presets.iter().map(|preset| preset.title.en.as_str()).collect();
    assert_eq!(titles.len(), library.presets.len());
}

#[test]
fn a_good_preset_is_taken_with_its_words_rendered() {
    let library = hello().load().unwrap();
    assert_eq!(problems(&hello()), []);
    let preset = &library.presets[0];
    assert_eq!(preset.lead.en.html.0, "The client ends with <code>close</code>.");
    assert_eq!(preset.question.options.len(), 2);
    assert_eq!((preset.seed, preset.telling_ms), (1, Some(10)));
    let case = library.cases().next().unwrap();
    assert_eq!(library.presets_of(&case.slug).len(), 1);
}

#[test]
fn mistakes_in_the_words_are_placed() {
    spoilt(TOML, "playground = \"wire\"", "playground = \"wires\"", "unknown playground `wires`");
    spoilt(TOML, "kind       = \"tcp\"", "kind       = \"udp\"", "unknown kind `udp`");
    spoilt(TOML, "cases      = [\"alpha\"]", "cases      = [\"gamma\"]", "unknown case `gamma`");
    spoilt(TOML, "telling_ms = 10", "tellingms = 10", "unknown field `tellingms`");
    let one_language = hello().edit(TOML, "{ zh = \"服务端\", en = \"The server\" }", "{ zh = \"服务端\" }");
    refused(&one_language, TOML, hello().line_of(TOML, "options = ["), "with both languages");
    spoilt(TOML, "title.zh = \"一问一答\"", "title.zh = \"\"", "an empty zh text");
    spoilt(TOML, "lead.zh = \"客户端用", "lead.zh = \"TCP客户端用", "no space between");
    spoilt(TOML, "answer = 0", "answer = 2", "count the options from 0");
    spoilt(TOML, "name = \"recv\", ret", "nme = \"recv\", ret", "unknown field `nme`");
    spoilt(TOML, "packet = \"fin\"", "packet = \"fini\"", "unknown variant `fini`");
    refused(&hello().edit(TOML, "title.en", "#"), TOML, 5, "with both languages");
    refused(&hello().edit(TOML, "telling_ms", "#"), TOML, 1, "no telling_ms");
    refused(&hello().edit(TOML, HELLO.split_once("\n[[claim]]").unwrap().1, ""), TOML, 21, "missing field `says`");
}

#[test]
fn mistakes_in_the_configuration_are_placed() {
    spoilt(JSON, "{\"op\": \"send\", \"n\": 200}", "{\"op\": \"sent\", \"n\": 200}", "client[1]");
    spoilt(JSON, "\"delay_ms\": 25", "\"delay_ms\": -25", "delay_ms");
    spoilt(JSON, "\"delay_ms\": 25,", "\"delay_ms\" 25,", "not JSON");
    let names = other("kind = \"names\"\nimplementations = [\"musl-1.2.5\"]", NAMES, "names = { status = \"OK\" }");
    assert_eq!(problems(&names), []);
    refused(&names.edit(JSON, "\"v4\"", "\"v5\""), JSON, 1, "net: lo, v4");
    let stream = other("kind = \"stream\"", STREAM, "stream = { messages = 1, completed_in = [2], left = 0 }");
    assert_eq!(problems(&stream), []);
    refused(&stream.edit(JSON, "0361", "036"), JSON, 1, "pieces[0]");
}

#[test]
fn files_of_presets_come_in_pairs() {
    refused(&hello().without(JSON), JSON, 1, "is missing, add it");
    refused(&hello().without(TOML), TOML, 1, "is missing, add it");
    refused(&hello().with("presets/Big One.toml", ""), "presets/Big One.toml", 1, "is no preset");
    refused(&hello().with("presets/notes.md", ""), "presets/notes.md", 1, "is no preset");
}

#[test]
fn claims_that_do_not_hold_say_what_was_seen() {
    let line = hello().line_of(TOML, "[[claim]]");
    for (from, to, words) in [
        ("ret = 200", "ret = 201", "ret is 200"),
        ("ret = 200", "ret = [1, 199]", "ret is 200"),
        ("ret = 200", "nth = 3", "S recv returned 2 times"),
        ("ret = 200", "nth = -1, ret = 200", "ret is 0"),
        ("ret = 200", "err = \"ECONNRESET\"", "err is none"),
        ("ret = 200", "took_ms = [900, 901]", "took_ms is 0."),
        ("ret = 200", "at_ms = [0, 1]", "at_ms is 75."),
        ("ret = 200", "count = 3", "count is 2"),
        ("side = \"S\", name = \"recv\"", "side = \"X\", name = \"recv\"", "nobody is called `X`, use one of C S"),
        (
            "call = { side = \"S\", name = \"recv\", ret = 200 }",
            "packets = { side = \"C\", what = \"syn\", count = 2 }",
            "count is 1",
        ),
        (
            "call = { side = \"S\", name = \"recv\", ret = 200 }",
            "socket = { side = \"C\", state = \"ESTAB\", count = 1 }",
            "the sockets are",
        ),
        (
            "call = { side = \"S\", name = \"recv\", ret = 200 }",
            "counter = { side = \"C\", name = \"TcpOutRsts\", at_least = 1 }",
            "TcpOutRsts is 0",
        ),
        (
            "call = { side = \"S\", name = \"recv\", ret = 200 }",
            "order = [{ side = \"S\", packet = \"fin\" }, { side = \"C\", packet = \"fin\" }]",
            "the first is at",
        ),
    ] {
        refused(&hello().edit(TOML, from, to), TOML, line, words);
    }
}

#[test]
fn claims_about_names_and_streams_do_so_too() {
    let kind = "kind = \"names\"\nimplementations = [\"go-1.24.4\", \"musl-1.2.5\"]\nconnect = { program = \"go\" }";
    for (claim, words) in [
        ("names = { status = \"NOTFOUND\" }", "go-1.24.4: status is OK"),
        ("names = { addresses = [\"::1\"] }", "addresses are [127.0.0.1]"),
        ("names = { implementation = \"musl-1.2.5\", queries = 1 }", "musl-1.2.5: queries is 0"),
        ("names = { implementation = \"go-1.24.4\", order = \"dns,files\" }", "order is files,dns"),
        ("names = { connected = \"::1\" }", "connected is 127.0.0.1"),
        ("names = { failure = \"connection refused\" }", "failure is none"),
        ("names = { implementation = \"musl-1.2.6\" }", "not in implementations"),
        ("stream = { messages = 1 }", "another kind of preset"),
    ] {
        let fixture = other(kind, NAMES, claim);
        refused(&fixture, TOML, fixture.line_of(TOML, "[[claim]]"), words);
    }
    for (claim, words) in [
        ("stream = { messages = 2 }", "messages is 1"),
        ("stream = { completed_in = [1] }", "completed_in is [2]"),
        ("stream = { left = 1 }", "left is 0"),
        ("stream = { lost = 1 }", "lost is 0"),
        ("stream = { error = \"limit\" }", "error is `none`"),
        ("stream = { ends = [\"NoBody\"] }", "ends are []"),
    ] {
        let fixture = other("kind = \"stream\"", STREAM, claim);
        refused(&fixture, TOML, fixture.line_of(TOML, "[[claim]]"), words);
    }
}

#[test]
fn checks_that_mean_nothing_are_refused() {
    let line = hello().line_of(TOML, "[[claim]]");
    let call = "call = { side = \"S\", name = \"recv\", ret = 200 }";
    for (to, words) in [
        ("", "exactly one of"),
        (
            "call = { side = \"S\", name = \"recv\" }\ncounter = { side = \"S\", name = \"TcpOutRsts\", equals = 0 }",
            "exactly one of",
        ),
        ("call = { side = \"S\", name = \"recv\", nth = 1, count = 1 }", "keep one"),
        ("call = { side = \"S\", name = \"receive\", count = 0 }", "an unknown call"),
        ("socket = { side = \"S\", state = \"CLOSE_WAIT\", count = 0 }", "an unknown state"),
        ("counter = { side = \"S\", name = \"TcpOutRst\", equals = 0 }", "an unknown counter"),
        ("call = { side = \"S\", name = \"recv\", sock = \"x\", count = 0 }", "no call is on a socket called `x`"),
        ("call = { side = \"S\", name = \"recv\", nth = 0 }", "count calls from 1"),
        ("counter = { side = \"S\", name = \"TcpOutRsts\" }", "either at_least or equals"),
        ("order = [{ side = \"S\" }, { side = \"C\", packet = \"fin\" }]", "either packet or call"),
    ] {
        refused(&hello().edit(TOML, call, to), TOML, line, words);
    }
    refused(&hello().edit(TOML, "telling_ms = 10", "telling_ms = 99999"), TOML, 1, "later than the end");
}
