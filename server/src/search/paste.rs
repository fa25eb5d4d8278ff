//! Pasted output: what in it tells, and what only says where and when. Addresses, times and ids are dropped; states,
//! errors, counters and options stay; well-known ports become their services.

use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Input after what says nothing was taken out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The text that is left, with services in place of their ports; of a long input not more than [`LONGEST_TEXT`].
    pub text: String,
    /// It is output of a program, not a question.
    pub pasted: bool,
    /// Signals and terms that rules saw in it, by id.
    pub signals: Vec<&'static str>,
}

/// As many bytes of text are analysed. Pastes are longer, but their lines say the same again and again.
pub const LONGEST_TEXT: usize = 8 * 1024;
/// So many numbers or addresses in one query are no question.
const MANY_NUMBERS: usize = 5;
/// A `LISTEN` line whose Recv-Q is above this has a queue that is not emptied, whatever its limit is.
const MANY_WAITING: u64 = 100;

/// Reads what was typed or pasted.
pub fn read(input: &str) -> Reading {
    let numbers = input.split_whitespace().filter(|w| place_or_time(w).is_some() || is_number(w)).count();
    let columns = input.lines().any(|l| l.split("  ").filter(|cell| !cell.trim().is_empty()).count() >= 4);
    let pasted = input.trim().contains('\n') || columns || numbers >= MANY_NUMBERS;
    let mut text = String::with_capacity(input.len());
    let mut signals = Vec::new();
    let most = most_tallied(input);
    let profile = input.contains("% time");
    let (long, mut seen) = (input.len() > LONGEST_TEXT, HashSet::new());
    for line in input.lines() {
        let line = &without_socket_addresses(line);
        let words: Vec<&str> = line.split_whitespace().collect();
        if is_background(line, most) || profile && is_cheap_call(&words) {
            continue;
        }
        // Signals are looked for to the end; of the text, what is new.
        if text.len() < LONGEST_TEXT {
            let telling = telling(line, &words);
            if !long || seen.insert(telling.clone()) {
                text.push_str(&telling);
            }
        }
        signals.extend(seen_in_columns(&words));
        signals.extend(seen_in_call(line));
    }
    signals.sort_unstable();
    signals.dedup();
    text.truncate(text.floor_char_boundary(LONGEST_TEXT));
    Reading { text, pasted, signals }
}

/// A line without what only says where and when.
fn telling(line: &str, words: &[&str]) -> String {
    let mut text = String::with_capacity(line.len() + 1);
    let segment = line.contains("Flags [");
    for word in words {
        if segment && place_or_time(word).is_none() {
            text.extend(word.split_inclusive(',').filter(|part| tells_of_a_segment(part)));
            text.push(' ');
            continue;
        }
        match place_or_time(word) {
            None => text.push_str(word),
            Some(service) => text.push_str(service.unwrap_or_default()),
        }
        text.push(' ');
    }
    text.push_str(&flags_in_words(line));
    text.push('\n');
    text
}

/// Of a segment as tcpdump prints it, numbers say where in the stream and when, and padding and timestamps are in all of
/// them. A zero tells: no window, no data.
fn tells_of_a_segment(word: &str) -> bool {
    let bare = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    let number = !bare.is_empty() && bare.bytes().all(|b| b.is_ascii_digit() || b == b':');
    bare == "0" || !number && !matches!(bare, "options" | "nop" | "TS" | "val" | "ecr" | "eol")
}

/// `CLOSE_WAIT 9832` or `9832 CLOSE-WAIT`, as `sort | uniq -c` and awk print tallies of states. Longer lines, and words
/// that are no TCP state, are no tally.
fn tally(line: &str) -> Option<(Tallied, u64)> {
    let mut words = line.split_whitespace();
    let (a, b) = (words.next()?, words.next()?);
    let (state, count) = if a.starts_with(|c: char| c.is_ascii_digit()) { (b, a) } else { (a, b) };
    if words.next().is_some() {
        return None;
    }
    let state = match state.replace('-', "_").as_str() {
        "ESTABLISHED" | "ESTAB" | "LISTEN" => Tallied::Usual,
        "TIME_WAIT" | "SYN_SENT" | "SYN_RECV" | "LAST_ACK" | "CLOSING" => Tallied::Passing,
        "CLOSE_WAIT" | "FIN_WAIT1" | "FIN_WAIT_1" | "FIN_WAIT2" | "FIN_WAIT_2" => Tallied::Stuck,
        _ => return None,
    };
    Some((state, count.parse().ok()?))
}

/// What a state tells when it stands in a tally.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tallied {
    /// Connections at work and listeners are no symptom.
    Usual,
    /// Some are always there.
    Passing,
    /// Somebody does not close.
    Stuck,
}

/// The largest tally of what is not usual; `None` where there is none.
fn most_tallied(input: &str) -> Option<u64> {
    let tallies = input.lines().filter_map(tally);
    tallies.filter(|(state, _)| *state != Tallied::Usual).map(|(_, count)| count).max()
}

/// Whether a line tallies what is always there: beside something else, what is usual, and what passes in less than a
/// tenth of the largest number.
fn is_background(line: &str, most: Option<u64>) -> bool {
    match (tally(line), most) {
        (Some((Tallied::Usual, _)), Some(_)) => true,
        (Some((Tallied::Passing, count)), Some(most)) => count.saturating_mul(10) < most,
        _ => false,
    }
}

/// In the table of `strace -c` (strace(1)): what is no row, and system calls that took less than a tenth of the time.
fn is_cheap_call(words: &[&str]) -> bool {
    match words {
        ["%", "time", ..] => true,
        [share, _, .., call] => {
            let ruler = words.iter().all(|word| word.bytes().all(|b| b == b'-'));
            ruler || *call == "total" || share.parse::<f32>().is_ok_and(|percent| percent < 10.0)
        }
        _ => false,
    }
}

/// strace prints where a datagram came from as `{sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("…")}`.
fn without_socket_addresses(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find("{sa_family=") {
        let end = rest[at..].find('}').map_or(rest.len(), |n| at + n + 1);
        let inside = &rest[at..end];
        out.push_str(&rest[..at]);
        let port =
            inside.split_once("htons(").and_then(|(_, r)| r.split_once(')')).and_then(|(port, _)| port.parse().ok());
        out.push_str(port.and_then(service).unwrap_or_default());
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}

/// `Some` for an address, a time, a MAC address or an id, with the service of a well-known port.
fn place_or_time(word: &str) -> Option<Option<&'static str>> {
    let bare = word.trim_matches(|c: char| matches!(c, ',' | ';' | '(' | ')' | '"' | '\'' | '<' | '>' | '='));
    let bare = bare.strip_suffix(':').unwrap_or(bare);
    if bare.is_empty() {
        return None;
    }
    if let Some((host, port)) = address(bare) {
        let loopback = host.is_loopback().then_some("loopback");
        return Some(port.and_then(service).or(loopback));
    }
    (is_time(bare) || is_id(bare)).then_some(None)
}

/// `10.0.0.1`, `10.0.0.1:80`, `10.0.0.1.80` as tcpdump prints it, `10.0.0.0/8`, `[::1]:80`, `fe80::1%eth0`.
fn address(word: &str) -> Option<(IpAddr, Option<u16>)> {
    let word = word.split('%').next().unwrap_or(word);
    if let Some(rest) = word.strip_prefix('[') {
        let (inside, after) = rest.split_once(']')?;
        let host = inside.parse::<Ipv6Addr>().ok()?;
        return Some((host.into(), after.strip_prefix(':').and_then(|p| p.parse().ok())));
    }
    if let Ok(host) = word.parse::<Ipv6Addr>()
        && word.len() > 2
    {
        return Some((host.into(), None));
    }
    let host = |text: &str| text.parse::<Ipv4Addr>().ok().map(IpAddr::from);
    if let Some((net, length)) = word.split_once('/')
        && length.bytes().all(|b| b.is_ascii_digit())
    {
        return Some((host(net)?, None));
    }
    if let Some(host) = host(word) {
        return Some((host, None));
    }
    if let Some((before, port)) = word.split_once(':') {
        return (port == "*" || port.parse::<u16>().is_ok())
            .then_some(())
            .and_then(|()| Some((host(before)?, port.parse().ok())));
    }
    let (before, port) = word.rsplit_once('.')?;
    Some((host(before)?, Some(port.parse().ok()?)))
}

/// `2026-11-22`, `12:34:56.789`, `2026-11-22T12:34:56Z`, `[22/Nov/2026:12:34:56`.
fn is_time(word: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let marks = word.bytes().filter(|b| matches!(b, b':' | b'-' | b'/' | b'.' | b'T' | b'Z' | b'+')).count();
    let colons = word.matches(':').count();
    let date = word.len() >= 10
        && word.as_bytes()[..4].iter().all(u8::is_ascii_digit)
        && matches!(word.as_bytes()[4], b'-' | b'/')
        && digits >= 8;
    let clock = colons >= 2 && digits >= 5 && digits + marks == word.len();
    let apache = word.starts_with('[') && colons >= 2 && word.matches('/').count() == 2;
    date && digits + marks == word.len() || clock || apache
}

/// Hexadecimal ids, UUIDs, MAC addresses and pointers: at least eight hexadecimal digits, some of them 0 to 9.
fn is_id(word: &str) -> bool {
    let hex = word.strip_prefix("0x").unwrap_or(word);
    let digits = hex.bytes().filter(u8::is_ascii_hexdigit).count();
    let numerals = hex.bytes().filter(u8::is_ascii_digit).count();
    let letters = digits - numerals;
    digits >= 8
        && numerals >= 2
        && (letters > 0 || word.len() != hex.len())
        && hex.bytes().all(|b| b.is_ascii_hexdigit() || matches!(b, b'-' | b':'))
}

fn is_number(word: &str) -> bool {
    let mut bytes = word.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_digit())
        && bytes.all(|b| b.is_ascii_digit() || matches!(b, b'.' | b',' | b'%'))
}

/// Services that cases are about, by the port IANA assigned (or, for 6379 and 9092, that the server made known).
fn service(port: u16) -> Option<&'static str> {
    Some(match port {
        53 => "dns",
        80 | 8080 => "http",
        443 => "https",
        3306 => "mysql",
        5432 => "postgresql",
        6379 => "redis",
        9092 => "kafka",
        27017 => "mongodb",
        _ => return None,
    })
}

/// The TCP flags of tcpdump's `Flags [S.]`, in words (tcpdump(1): S SYN, F FIN, P PSH, R RST, . ACK).
fn flags_in_words(line: &str) -> String {
    let Some(flags) = line.split_once("Flags [").and_then(|(_, rest)| rest.split_once(']')).map(|(flags, _)| flags)
    else {
        return String::new();
    };
    let names = [('S', "SYN"), ('F', "FIN"), ('R', "RST"), ('P', "PSH")];
    let mut words: Vec<&str> = names.iter().filter(|(c, _)| flags.contains(*c)).map(|(_, name)| *name).collect();
    if flags == "." || flags == "S." {
        words.push("ACK");
    }
    words.join(" ")
}

/// The glossary's word for bytes that begin with a big-endian length of four bytes.
const LENGTH_PREFIX: &str = "length-prefix";

/// Lines of ss and netstat: a queue in front of `accept`, a socket that no process owns.
fn seen_in_columns(words: &[&str]) -> Vec<&'static str> {
    let has = |name: &str| words.iter().any(|w| w.eq_ignore_ascii_case(name));
    let numbers: Vec<u64> = words.iter().filter_map(|w| w.parse().ok()).take(2).collect();
    let mut found = Vec::new();
    if has("LISTEN")
        && let [waiting, limit] = numbers[..]
        && (waiting > MANY_WAITING || limit > 0 && waiting > limit)
    {
        found.push("output.listen-recv-q");
    }
    if words.last() == Some(&"-") && (has("CLOSE_WAIT") || has("CLOSE-WAIT") || has("ESTABLISHED") || has("ESTAB")) {
        found.push("output.no-pid");
    }
    found
}

/// A read that held more than one message or as many bytes as its buffer holds, in strace's notation.
fn seen_in_call(line: &str) -> Option<&'static str> {
    let (name, rest) = line.trim_start().split_once('(')?;
    let name = name.rsplit(' ').next().unwrap_or(name);
    if !matches!(name, "read" | "recvfrom" | "recv" | "recvmsg") {
        return None;
    }
    if rest.contains(r#", "\0\0\0"#) {
        return Some(LENGTH_PREFIX);
    }
    // The end of a JSON object or of a line, and the beginning of another object behind it.
    if ["}{", "}\\n{", "}\\r\\n{"].iter().any(|seam| rest.contains(seam)) {
        return Some("syscall.read-many-messages");
    }
    if name == "read" {
        return None;
    }
    let (arguments, result) = rest.rsplit_once(") = ")?;
    let result: u64 = result.split_whitespace().next()?.parse().ok()?;
    let asked = arguments.split(", ").any(|a| a.parse() == Ok(result));
    (asked && result > 1).then_some("syscall.recv-fills-buffer")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(input: &str) -> String {
        read(input).text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn addresses_times_and_ids_go_services_stay() {
        for (input, text) in [
            ("dial tcp 10.1.2.3:6379: i/o timeout", "dial tcp redis i/o timeout"),
            ("dial tcp [::1]:8080: connect: refused", "dial tcp http connect: refused"),
            ("12:03:44.123456 IP 10.0.0.2.443 > 10.0.0.9.51234: Flags [R.]", "IP https > Flags [R.] RST"),
            ("2026-11-22T01:02:03Z upstream 502", "upstream 502"),
            (
                "Flags [.], ack 2401, win 0, options [nop,nop,TS val 88 ecr 90,nop,nop,sack 1 {252:300}], length 0",
                "Flags [.], ack win 0, sack length 0 ACK",
            ),
            ("id 7f9c24e8-3b1e-4a3f-9d55-0a1b2c3d4e5f 02:42:ac:11:00:02", "id"),
            ("10.0.0.0/8 via 0x7fff5fbff8a0", "via"),
            ("close_wait 3.10.0-1062 40 ms deadbeef", "close_wait 3.10.0-1062 40 ms deadbeef"),
        ] {
            assert_eq!(left(input), text, "{input}");
        }
    }

    #[test]
    fn questions_are_not_pasted_and_output_is() {
        for (input, pasted) in [
            ("大量 CLOSE_WAIT", false),
            ("small writes delayed by 200ms", false),
            ("CLOSE_WAIT 98\nESTAB 3", true),
            ("tcp  0  0  10.0.0.1:80  10.0.0.2:5000  ESTABLISHED", true),
            ("a 1 2 3 4 5", true),
        ] {
            assert_eq!(read(input).pasted, pasted, "{input}");
        }
    }

    #[test]
    fn rules_see_what_columns_say() {
        for (input, signals) in [
            ("LISTEN 513 512 *:8080 *:*", &["output.listen-recv-q"][..]),
            ("LISTEN 0 512 *:8080 *:*", &[]),
            ("tcp 1 0 10.0.0.5:80 10.0.0.9:514 CLOSE_WAIT -", &["output.no-pid"]),
            ("recvfrom(3, \"x\"..., 512, 0, NULL, NULL) = 512", &["syscall.recv-fills-buffer"]),
            ("recvfrom(3, \"x\"..., 512, 0, NULL, NULL) = 100", &[]),
            (r#"read(7, "{\"id\":1}\n{\"id\":2}\n", 4096) = 18"#, &["syscall.read-many-messages"]),
            (r#"read(7, "{\"id\":1}", 4096) = 8"#, &[]),
        ] {
            assert_eq!(read(input).signals, signals, "{input}");
        }
    }

    #[test]
    fn of_a_table_of_calls_the_dear_ones_stay() {
        let table = "% time     seconds  usecs/call     calls    errors syscall\n------ ----------- ----------- ---------\n \
                     61.20    4.118231          31    131022     21044 futex\n  9.31    0.626402          19     32117 epoll_pwait\n\
                     100.00    4.7    9    9    1 total";
        assert_eq!(left(table), "61.20 4.118231 31 131022 21044 futex");
        assert_eq!(read(r#"read(7, "\0\0\0\20hello"..., 65536) = 2000"#).signals, ["length-prefix"]);
    }

    #[test]
    fn socket_addresses_of_strace_say_where_not_what() {
        assert_eq!(
            left("sendto(3, \"q\", 9, 0, {sa_family=AF_INET, sin_port=htons(53), sin_addr=1}, 16) = 9"),
            "sendto(3, \"q\", 9, 0, dns, 16) = 9"
        );
        assert_eq!(left("connect(3, {sa_family=AF_INET, sin_por"), "connect(3,");
    }

    #[test]
    fn of_a_long_paste_every_line_is_read_and_the_same_one_once() {
        let rows: String =
            (0..400).map(|n| format!("CLOSE-WAIT 1      0      10.0.0.5:8080      10.0.0.9:{n}\n")).collect();
        let reading = read(&format!("{rows}LISTEN 513    512    *:8080    *:*\nwritev EPIPE"));
        assert_eq!(reading.signals, ["output.listen-recv-q"]);
        assert!(reading.text.len() < 120 && reading.text.contains("EPIPE"), "{}", reading.text);
    }

    #[test]
    fn what_is_analysed_is_bounded() {
        let columns: String = (0..9_000).map(|n| format!("STATE{n} {n}\n")).collect();
        for input in ["a".repeat(1 << 16), "连".repeat(1 << 15), "e\u{301} ".repeat(1 << 14), columns] {
            let text = read(&input).text;
            assert!(text.len() <= LONGEST_TEXT && text.len() > LONGEST_TEXT - 8, "{} bytes", text.len());
        }
        assert_eq!(read("STATE 1844674407370955161\nOTHER 1844674407370955162").signals, [""; 0]);
    }

    #[test]
    fn a_tally_of_states_tells_what_is_unusual() {
        assert_eq!(left("CLOSE_WAIT 812\nESTABLISHED 9000\nTIME_WAIT 12"), "CLOSE_WAIT 812");
        assert_eq!(left("   812 FIN-WAIT-2\n   700 TIME-WAIT\n    10 LISTEN"), "812 FIN-WAIT-2 700 TIME-WAIT");
        assert_eq!(left("ESTABLISHED 9000"), "ESTABLISHED 9000");
        assert_eq!(left("TIME_WAIT 28000\nCLOSE_WAIT 1200\nESTABLISHED 40"), "TIME_WAIT 28000 CLOSE_WAIT 1200");
        assert_eq!(left("ECONNREFUSED 9000\nECONNRESET 35"), "ECONNREFUSED 9000 ECONNRESET 35");
    }
}
