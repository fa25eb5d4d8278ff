//! Configuration is untrusted text: megabytes, NULs, carriage returns, tabs, no final newline. A result or a note, never a
//! panic, and no work without end.

mod common;

use common::Rng;
use netsim::resolver::case::{Action, Case, Files};
use netsim::resolver::exchange::MOST_QUERIES;
use netsim::resolver::lookup;
use netsim::resolver::trace::Event;
use netsim::resolver::version::RECORDED;

fn case(name: &str, text: &str) -> Case {
    let some = || Some(text.to_string());
    let files = Files {
        nsswitch: some(),
        hosts: some(),
        resolv: some(),
        host_conf: some(),
        gai_conf: some(),
        mdns_allow: false,
    };
    let mut case = Case { name: name.into(), own_name: "box".into(), files, ..Case::default() };
    case.dns.servers.insert("127.0.0.11".parse().unwrap(), Action::Nxdomain);
    case
}

fn all_survive(case: &Case) {
    for name in RECORDED {
        let done = lookup(case, name.parse().unwrap());
        let sent = done.trace.steps.iter().filter(|s| matches!(s.event, Event::Send { .. })).count();
        assert!(sent <= MOST_QUERIES as usize, "{name}");
        assert!(done.trace.steps.len() < 30_000, "{name}: {} steps", done.trace.steps.len());
    }
}

#[test]
fn megabytes_of_junk() {
    let words = [
        "hosts",
        ":",
        "dns",
        "[",
        "]",
        "=",
        "!",
        "#",
        "127.0.0.11",
        "nameserver",
        "search",
        "options",
        "ndots:99999999999",
        "attempts:99999999999",
        "timeout:-1",
        "\0",
        "\r\n",
        "\n",
        "\t",
        "  ",
        "label",
        "precedence",
        "::/0",
        "multi on",
        "%",
        "\u{fc}",
    ];
    let mut rng = Rng::new(7);
    for size in [1_000, 1_000_000] {
        let mut text = String::new();
        while text.len() < size {
            text += words[rng.below(words.len())];
        }
        all_survive(&case("db", &text));
        all_survive(&case("db", &text.replace('\n', "")));
    }
}

#[test]
fn one_endless_line() {
    for unit in ["a", "hosts: dns ", "search a ", "nameserver 127.0.0.11 ", "\0", "[", "1.", "db "] {
        all_survive(&case("db", &unit.repeat(200_000 / unit.len())));
        all_survive(&case("db", &format!("hosts: files dns\nnameserver 127.0.0.11\nsearch {}", unit.repeat(20_000))));
    }
}

#[test]
fn small_files_of_every_kind_of_byte() {
    let bytes: Vec<char> = (0..=255u8).map(char::from).collect();
    let mut rng = Rng::new(11);
    let starts =
        ["", "hosts:", "hosts: dns [", "nameserver ", "options ", "search ", "127.0.0.1 ", "multi ", "label ", "::1%"];
    for _ in 0..2_000 {
        let mut text = starts[rng.below(starts.len())].to_string();
        for _ in 0..rng.below(40) {
            text.push(bytes[rng.below(256)]);
            if rng.below(8) == 0 {
                text += starts[rng.below(starts.len())];
            }
        }
        let length = 1 + rng.below(6);
        let name: String = rng.bytes(length).into_iter().map(char::from).collect();
        all_survive(&case(&name, &text));
    }
}

#[test]
fn names_of_every_length() {
    for length in [1, 63, 64, 253, 254, 255, 256, 10_000] {
        for unit in ["a", "a.", ".", "\\", "%", "1", "\u{fc}"] {
            let name: String = unit.chars().cycle().take(length).collect();
            all_survive(&case(&name, "hosts: dns files\nnameserver 127.0.0.11\nsearch corp.test\n"));
        }
    }
}

#[test]
fn work_has_a_limit() {
    let mut case = case("db", "hosts: dns\nnameserver 127.0.0.11\noptions attempts:16000000 timeout:60\n");
    case.dns.servers.insert("127.0.0.11".parse().unwrap(), Action::Servfail);
    all_survive(&case);
    let done = lookup(&case, "go-1.24.4".parse().unwrap());
    assert!(done.trace.steps.iter().any(|s| matches!(s.event, Event::Cut { .. })));
}

/// Recorded cases with their files damaged, for as many seconds as `NETSIM_FUZZ_SECONDS` says (1 without it).
#[test]
fn damaged_files_for_a_while() {
    use netsim::framing::http::{Policy, Reader, Side};
    let seconds = std::env::var("NETSIM_FUZZ_SECONDS").ok().and_then(|s| s.parse().ok()).unwrap_or(1);
    let end = std::time::Instant::now() + std::time::Duration::from_secs(seconds);
    let rows =
        include_str!("oracle/resolver.jsonl").lines().map(|l| serde_json::from_str::<serde_json::Value>(l).unwrap());
    let inputs = rows.filter_map(|row| row.get("input").cloned());
    let cases: Vec<Case> = inputs.map(|i| netsim::resolver::read::case(&i.to_string()).unwrap()).collect();
    let mut rng = Rng::new(end.elapsed().as_nanos() as u64 ^ u64::from(std::process::id()));
    while std::time::Instant::now() < end {
        let mut case = cases[rng.below(cases.len())].clone();
        let donor = cases[rng.below(cases.len())].files.clone();
        let files = &mut case.files;
        for (text, other) in [
            (&mut files.nsswitch, donor.nsswitch),
            (&mut files.hosts, donor.hosts),
            (&mut files.resolv, donor.resolv),
            (&mut files.host_conf, donor.host_conf),
            (&mut files.gai_conf, donor.gai_conf),
        ] {
            let mut chars: Vec<char> = text.take().or(other).unwrap_or_default().chars().collect();
            for _ in 0..rng.below(6) {
                let at = rng.below(chars.len() + 1);
                match (rng.below(4), chars.len()) {
                    (0, n) if n > 0 => drop(chars.remove(at.min(n - 1))),
                    (1, n) if n > 0 => chars[at.min(n - 1)] = char::from(rng.next() as u8),
                    (2, n) => drop(chars.splice(at..at, chars[..n / 2].to_vec())),
                    _ => chars.insert(at, [' ', '\n', '\0', '\r', '[', ']', ':', '#'][rng.below(8)]),
                }
            }
            *text = Some(chars.into_iter().collect());
        }
        all_survive(&case);
        let size = rng.below(200);
        let mut stream =
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
                .to_vec();
        stream.extend(rng.bytes(size));
        for _ in 0..rng.below(4) {
            let at = rng.below(stream.len());
            stream[at] = rng.next() as u8;
        }
        for side in [Side::Responses, Side::Requests] {
            let mut reader = Reader::new(side, Policy::Rfc, 64);
            let _ = reader.push(&stream, |message| assert!(message.body.len() <= 64));
            let _ = reader.finish();
        }
    }
}
