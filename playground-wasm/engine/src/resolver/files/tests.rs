//! One line of configuration, read by each implementation.

use crate::map::Map;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::super::case::Family;
use super::super::trace::{Effect, Event, SourceStatus, Trace};
use super::super::version::{Glibc, Go, Musl};
use super::nsswitch::{GlibcHosts, GoFile, Next};
use super::{hosts, nsswitch, resolv_conf};
use crate::time::Span;

const fn go(minor: u16) -> Go {
    Go { minor, patch: 0, cgo: None, go_line: None }
}
const OLD: Glibc = Glibc { minor: 31 };
const NEW: Glibc = Glibc { minor: 36 };
const MUSL: Musl = Musl { patch: 5 };

fn go_sources(text: &str) -> Option<String> {
    match nsswitch::go(Some(text), go(24), &mut Trace::default()) {
        GoFile::Sources(list) => Some(list.iter().map(|s| s.name.as_str()).collect::<Vec<_>>().join(" ")),
        GoFile::Missing | GoFile::Broken => None,
    }
}

fn glibc_sources(text: &str, version: Glibc) -> String {
    match nsswitch::glibc(Some(text), version, &mut Trace::default()) {
        GlibcHosts::Sources { list, default } => {
            let names: Vec<&str> = list.iter().map(|s| s.name.as_str()).collect();
            names.join(" ") + if default { " (default)" } else { "" }
        }
        GlibcHosts::Nobody => "nobody".into(),
        GlibcHosts::Broken => "broken".into(),
    }
}

/// text · Go (`-` when broken) · glibc 2.31 · glibc 2.36
#[test]
fn hosts_lines() {
    for (text, go, old, new) in [
        ("hosts: files dns\n", "files dns", "files dns", "files dns"),
        ("hosts: files dns", "files dns", "files dns", "files dns (default)"),
        ("hosts: dns files", "dns files", "dns files", "files dns (default)"),
        ("hosts:\tdns\tfiles\n", "dns\tfiles", "dns files", "dns files"),
        ("hosts: dns,files\n", "dns,files", "dns,files", "dns,files"),
        ("hosts files dns\n", "-", "files dns", "files dns"),
        ("hosts : files dns\n", "files dns", ": files dns", "files dns"),
        ("Hosts: dns\n", "", "dns files (default)", "files dns (default)"),
        ("hosts: files # dns\n", "files", "files", "files # dns"),
        ("hosts:\n", "", "dns files (default)", "nobody"),
        ("hosts: dns\nhosts: files\n", "dns files", "files", "files"),
        ("hosts: dns [NOTFOUND=explode] files\n", "dns files", "dns files (default)", "broken"),
        ("hosts: files dns [NOTFOUND=explode] x\n", "files dns x", "files", "broken"),
        ("hosts: dns[NOTFOUND=return] files\n", "dns[NOTFOUND=return] files", "dns files", "dns files"),
        ("hosts: files\npasswd: files [x]\n", "-", "files", "broken"),
        ("hosts: files\nfoo: files [x]\n", "-", "files", "files"),
        ("garbage\nhosts: files\n", "-", "files", "files"),
        ("hosts: files\0 dns\n", "files\0 dns", "files", "files"),
        ("\u{feff}hosts: files\n", "", "dns files (default)", "files dns (default)"),
        ("", "", "dns files (default)", "files dns (default)"),
    ] {
        assert_eq!(go_sources(text).as_deref().unwrap_or("-"), go, "Go {text:?}");
        assert_eq!(glibc_sources(text, OLD), old, "2.31 {text:?}");
        assert_eq!(glibc_sources(text, NEW), new, "2.36 {text:?}");
    }
}

#[test]
fn actions_of_glibc() {
    let text = "hosts: dns [!UNAVAIL=return success=merge] files\n";
    let GlibcHosts::Sources { list, .. } = nsswitch::glibc(Some(text), NEW, &mut Trace::default()) else { panic!() };
    let next = |status| list[0].next(status);
    assert_eq!(next(SourceStatus::Unavail), Next::Continue);
    assert_eq!(next(SourceStatus::NotFound), Next::Return);
    assert_eq!(next(SourceStatus::Success), Next::Merge);
    assert_eq!(list[1].next(SourceStatus::Success), Next::Return);
}

#[test]
fn standard_actions_of_go() {
    let standard = |inside: &str| {
        let text = alloc::format!("hosts: files [{inside}] dns");
        match nsswitch::go(Some(&text), go(24), &mut Trace::default()) {
            GoFile::Sources(list) => Some(list[0].is_standard()),
            GoFile::Missing | GoFile::Broken => None,
        }
    };
    assert_eq!(standard("NOTFOUND=return"), Some(true));
    assert_eq!(standard("NOTFOUND=return UNAVAIL=continue"), Some(false));
    assert_eq!(standard("!UNAVAIL=return"), Some(false));
    assert_eq!(standard("SUCCESS=continue"), Some(false));
    assert_eq!(standard("FOO=return"), Some(false));
    assert_eq!(standard("x"), None);
    assert_eq!(standard("return"), None);
}

#[test]
fn a_line_of_64_kib_stops_go_from_1_21_on() {
    let text = "# ".to_string() + &"x".repeat(super::GO_BUFFER) + "\nhosts: dns\n";
    let count = |minor| match nsswitch::go(Some(&text), go(minor), &mut Trace::default()) {
        GoFile::Sources(list) => list.len(),
        GoFile::Missing | GoFile::Broken => 99,
    };
    assert_eq!((count(19), count(21)), (1, 0));
}

#[test]
fn resolv_conf_of_each() {
    let env = Map::new();
    let servers = |text: &str| {
        let trace = &mut Trace::default();
        let show = |conf: resolv_conf::Conf| conf.servers.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        [
            show(resolv_conf::go(Some(text), "box", go(24), trace)),
            show(resolv_conf::glibc(Some(text), "box", &env, NEW, trace)),
            show(resolv_conf::musl(Some(text), trace)),
        ]
    };
    assert_eq!(servers("nameserver 192.0.2.1"), ["192.0.2.1"; 3]);
    assert_eq!(servers("nameserver 127.1\n"), ["127.0.0.1 ::1", "127.0.0.1", "127.0.0.1"]);
    assert_eq!(servers("nameserver 10.1\n"), ["127.0.0.1 ::1", "10.0.0.1", "10.0.0.1"]);
    assert_eq!(servers(" nameserver 192.0.2.1\n"), ["192.0.2.1", "127.0.0.1", "127.0.0.1"]);
    assert_eq!(servers("nameserver 192.0.2.1\r\n"), ["192.0.2.1", "127.0.0.1", "192.0.2.1"]);
    assert_eq!(servers("nameserver ::1%lo\n"), ["::1", "::1", "127.0.0.1"]);
    assert_eq!(servers(&"nameserver 192.0.2.1\n".repeat(4)), ["192.0.2.1 192.0.2.1 192.0.2.1"; 3]);
    assert_eq!(servers("nameserver 192.0.2.1\0\n"), ["127.0.0.1 ::1", "192.0.2.1", "127.0.0.1"]);
}

#[test]
fn options_and_their_limits() {
    let text = "options ndots:99 attempts:99 timeout:99 rotated -edns0\n";
    let trace = &mut Trace::default();
    let go = resolv_conf::go(Some(text), "box", go(24), trace);
    assert_eq!((go.ndots, go.attempts, go.timeout, go.rotate, go.unknown), (15, 99, Span::secs(99), false, true));
    let glibc = resolv_conf::glibc(Some(text), "box", &Map::new(), NEW, trace);
    assert_eq!((glibc.ndots, glibc.attempts, glibc.timeout, glibc.rotate), (15, 5, Span::secs(30), true));
    let musl = resolv_conf::musl(Some(text), trace);
    assert_eq!((musl.ndots, musl.attempts, musl.timeout, musl.rotate), (15, 10, Span::secs(60), false));
    let minus = resolv_conf::glibc(Some("options ndots:-1 timeout:-5 attempts:-1"), "box", &Map::new(), NEW, trace);
    assert_eq!((minus.ndots, minus.attempts, minus.timeout), (15, 0, Span::ZERO));
    // C's atoi reads on beyond blanks.
    let apart = "options ndots: 2 attempts:\t3 timeout: x\n";
    let apart = resolv_conf::glibc(Some(apart), "box", &Map::new(), NEW, trace);
    assert_eq!((apart.ndots, apart.attempts, apart.timeout), (2, 3, Span::ZERO));
    let off = "options edns0 -edns0\n";
    let edns = |minor| resolv_conf::glibc(Some(off), "box", &Map::new(), Glibc { minor }, trace).edns;
    assert_eq!([36, 41].map(edns), [true, false]);
}

#[test]
fn search_lists() {
    let trace = &mut Trace::default();
    let env = |value: &str| Map::from_iter([("LOCALDOMAIN".to_string(), value.to_string())]);
    let glibc = |text, env: &Map<String, String>, own| {
        resolv_conf::glibc(Some(text), own, env, NEW, &mut Trace::default()).search
    };
    assert_eq!(glibc("search a  b\tc \ndomain d e\n", &Map::new(), "box"), ["d"]);
    assert_eq!(glibc("search a # b\n", &Map::new(), "box"), ["a", "#", "b"]);
    assert_eq!(glibc("search a\n", &env(""), "box"), [""]);
    assert_eq!(glibc("search a\n", &env("x y"), "box"), ["x", "y"]);
    assert_eq!(glibc("", &Map::new(), "box.corp.test"), ["corp.test"]);
    assert_eq!(resolv_conf::go(Some("search . a\n"), "box", go(19), trace).search, [".", "a."]);
    assert_eq!(resolv_conf::go(Some("search . a\n"), "box", go(21), trace).search, ["a."]);
    let long = "search ".to_string() + &"a.test ".repeat(40) + "\nsearch b\n";
    assert_eq!(resolv_conf::musl(Some(&long), trace).search, ["b"]);
    let exact = "search ".to_string() + &"a".repeat(247);
    assert_eq!(resolv_conf::musl(Some(&(exact.clone() + "\n")), trace).search.len(), 1);
    assert_eq!(resolv_conf::musl(Some(&(exact.clone() + "a\n")), trace).search.len(), 0);
    assert_eq!(resolv_conf::musl(Some(&(exact + "a")), trace).search.len(), 0);
}

fn hosts_of(text: &str, name: &str) -> [String; 3] {
    let trace = &mut Trace::default();
    let show = |found: hosts::Found| found.addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    [
        show(hosts::go(text, name, go(24), trace)),
        show(hosts::glibc(text, name, Family::Any, true, NEW, trace)),
        match hosts::musl(text, name, Family::Any, MUSL, trace) {
            hosts::MuslFound::Addresses(found) => show(found),
            hosts::MuslFound::OtherFamily => "other".into(),
            hosts::MuslFound::Nothing => String::new(),
        },
    ]
}

/// text · name · Go · glibc · musl
#[test]
fn hosts_files() {
    for (text, name, want) in [
        ("192.0.2.1 db\n", "db", ["192.0.2.1"; 3]),
        ("192.0.2.1 db", "db", ["192.0.2.1", "192.0.2.1", ""]),
        ("192.0.2.1 db\n", "DB", ["192.0.2.1", "192.0.2.1", ""]),
        ("192.0.2.1 db\r\n", "db", ["192.0.2.1"; 3]),
        (" 192.0.2.1 db\n", "db", ["192.0.2.1", "192.0.2.1", ""]),
        ("  192.0.2.1 db", "db", ["192.0.2.1", "", ""]),
        ("  192.0.2.1 db", "dbdb", ["", "192.0.2.1", ""]),
        ("127.1 db\n", "db", ["", "", "127.0.0.1"]),
        ("192.0.2.1 db#x\n", "db", ["192.0.2.1"; 3]),
        ("192.0.2.1 a\n192.0.2.2 b a\n", "a", ["192.0.2.1 192.0.2.2"; 3]),
        ("192.0.2.1 adb db\n", "db", ["192.0.2.1"; 3]),
        ("192.0.2.1 db db\n", "db", ["192.0.2.1 192.0.2.1", "192.0.2.1", "192.0.2.1"]),
        ("192.0.2.1 db\n", "db.", ["", "", ""]),
        ("192.0.2.1 db.test\n", "db.test.", ["192.0.2.1", "", ""]),
        ("192.0.2.1\0 db\n", "db", ["", "", ""]),
        ("300.0.2.1 db\n192.0.2.1\n", "db", ["", "", ""]),
    ] {
        assert_eq!(hosts_of(text, name), want, "{text:?} {name}");
    }
}

#[test]
fn the_other_family_in_hosts() {
    let trace = &mut Trace::default();
    let text = "::1 six\n192.0.2.1 four\n::ffff:192.0.2.2 map\n";
    let glibc = |name, family| hosts::glibc(text, name, family, true, NEW, &mut Trace::default()).addresses;
    assert_eq!(glibc("six", Family::V4), ["127.0.0.1".parse::<core::net::IpAddr>().unwrap()]);
    assert_eq!(glibc("map", Family::V4), ["192.0.2.2".parse::<core::net::IpAddr>().unwrap()]);
    assert!(glibc("four", Family::V6).is_empty());
    assert_eq!(hosts::musl(text, "four", Family::V6, MUSL, trace), hosts::MuslFound::OtherFamily);
}

#[test]
fn without_multi_the_first_line_counts_and_the_rest_is_noted() {
    let trace = &mut Trace::default();
    let found = hosts::glibc("192.0.2.1 db\n192.0.2.2 db\n", "db", Family::Any, false, NEW, trace);
    assert_eq!(found.addresses.len(), 1);
    let ignored =
        |s: &&super::super::trace::Step| matches!(&s.event, Event::ParseNote { line: 2, effect: Effect::Ignored, .. });
    assert_eq!(trace.steps.iter().filter(ignored).count(), 1);
}

#[test]
fn musl_takes_long_lines_apart() {
    let text = "192.0.2.1 ".to_string() + &"x".repeat(501) + "192.0.2.2 db \n";
    assert_eq!(hosts_of(&text, "db")[2], "192.0.2.2");
}

#[test]
fn notes_have_a_limit() {
    let trace = &mut Trace::default();
    resolv_conf::go(Some(&"junk\n".repeat(10_000)), "box", go(24), trace);
    assert_eq!(trace.steps.len(), 100);
}

/// What is said of each word of `options ndots:20 timeout:-1 attempts:3 rotated no-such`.
fn said(trace: &Trace) -> Vec<(String, Effect)> {
    let note = |s: &super::super::trace::Step| match &s.event {
        Event::ParseNote { line: 2, text, effect, .. } => Some((text.clone(), *effect)),
        _ => None,
    };
    trace.steps.iter().filter_map(note).collect()
}

#[test]
fn options_without_effect_and_beyond_their_limits_are_noted() {
    let text = Some("nameserver ::1\noptions ndots:20 timeout:-1 attempts:3 rotated no-such\n");
    let told = |word: &str, effect| (word.to_string(), effect);
    let trace = &mut Trace::default();
    resolv_conf::glibc(text, "box", &Map::new(), NEW, trace);
    let capped = [told("ndots:20", Effect::Capped), told("timeout:-1", Effect::Capped)];
    assert_eq!(said(trace), [&capped[..], &[told("no-such", Effect::Ignored)]].concat());
    let trace = &mut Trace::default();
    resolv_conf::musl(text, trace);
    assert_eq!(said(trace), [told("rotated", Effect::Ignored), told("no-such", Effect::Ignored)]);
}
