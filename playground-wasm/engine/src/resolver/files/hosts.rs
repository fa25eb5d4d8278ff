//! `/etc/hosts`: which addresses a name has in it, for each implementation.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::super::address::{self, inet_aton, is_space, pton4, pton6};
use super::super::case::Family;
use super::super::trace::{Effect, Rule, Trace, rule};
use super::super::version::{Glibc, Go, Musl};
use super::{Notes, c_lines, fgets, go_fields, go_lines, lossy};

const FILE: &str = "/etc/hosts";

/// Addresses found, and the canonical name of the first line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    /// In the order of the file.
    pub addresses: Vec<IpAddr>,
    /// Zones of some of them, for Go.
    pub zones: Vec<(IpAddr, String)>,
    /// First name on the first line that matched.
    pub canonical: Option<String>,
}

/// Names without a dot stay as they are, others get a final dot (`absDomainName`): so `db.` does not find `db`.
fn absolute(name: &str) -> String {
    let mut out = name.to_ascii_lowercase();
    if out.contains('.') && !out.ends_with('.') {
        out.push('.');
    }
    out
}

/// Go: all lines, both families, ASCII case ignored (`net/hosts.go`).
pub fn go(text: &str, name: &str, version: Go, trace: &mut Trace) -> Found {
    const BAD: Rule = rule("go.hosts-bad-address", "Go net/hosts.go parseLiteralIP");
    const USED: Rule = rule("go.hosts-all-lines", "Go net/hosts.go lookupStaticHost");
    let wanted = absolute(name);
    let mut notes = Notes::about(FILE, trace);
    let mut found = Found::default();
    for (number, line) in go_lines(text) {
        let fields = go_fields(line.split('#').next().unwrap_or(line));
        let Some((first, names @ [canonical, ..])) = fields.split_first() else { continue };
        let hits = names.iter().filter(|n| absolute(n) == wanted).count();
        match address::go(first, version) {
            None => notes.add(number, line, Effect::Ignored, BAD),
            Some((ip, zone)) if hits > 0 => {
                found.zones.extend(zone.map(|zone| (ip, zone.to_string())));
                notes.add(number, line, Effect::Used, USED);
                found.canonical.get_or_insert_with(|| absolute(canonical));
                found.addresses.extend(core::iter::repeat_n(ip, hits));
            }
            Some(_) => {}
        }
    }
    found
}

/// A line of glibc's parser: the address as text, the name and its aliases.
fn glibc_line(line: &str) -> Option<(&str, Vec<&str>)> {
    let space = |c: char| u8::try_from(c).is_ok_and(is_space);
    let content = line.split(['#', '\n']).next().unwrap_or(line);
    let mut words = content.split(space).filter(|w| !w.is_empty());
    Some((words.next()?, words.collect()))
}

/// What `nss_readline` makes of an indented line without newline: as many characters as the blanks stand again at its end.
fn repeated_indent(line: &str) -> Option<String> {
    let trimmed = line.trim_start_matches(|c| u8::try_from(c).is_ok_and(is_space));
    let indent = line.len() - trimmed.len();
    if line.ends_with('\n') || indent == 0 || trimmed.is_empty() {
        return None;
    }
    let mut out = trimmed.as_bytes().to_vec();
    out.extend_from_slice(line.as_bytes().get(trimmed.len()..)?);
    Some(lossy(&out))
}

/// glibc: ASCII case ignored; without `multi on` in host.conf only the first line counts. A wanted family changes what
/// addresses are read as: `::1` is 127.0.0.1 for IPv4, and lines of the other family are skipped
/// (`nss/nss_files/files-hosts.c`).
pub fn glibc(text: &str, name: &str, family: Family, multi: bool, version: Glibc, trace: &mut Trace) -> Found {
    const SOURCE: &str = "glibc nss/nss_files/files-hosts.c";
    const BAD: Rule = rule("glibc.hosts-bad-address", SOURCE);
    const USED: Rule = rule("glibc.hosts-line", SOURCE);
    const INDENT: Rule = rule("glibc.hosts-indented-last-line", "glibc nss/nss_readline.c, memmove without the NUL");
    const FIRST: Rule = rule("glibc.hosts-first-line-only", "glibc resolv/res_hconf.c multi, host.conf(5)");
    let mut notes = Notes::about(FILE, trace);
    let mut found = Found::default();
    for (number, line) in c_lines(text) {
        let repeated = if version.repeats_indent() { repeated_indent(line) } else { None };
        if repeated.is_some() {
            notes.add(number, line, Effect::BecomesUnknown, INDENT);
        }
        let Some((first, names)) = glibc_line(repeated.as_deref().unwrap_or(line)) else { continue };
        let Some(ip) = glibc_address(first, family) else {
            if pton4(first).is_none() && pton6(first).is_none() {
                notes.add(number, line, Effect::Ignored, BAD);
            }
            continue;
        };
        if !names.iter().any(|n| n.eq_ignore_ascii_case(name)) {
            continue;
        }
        if !multi && !found.addresses.is_empty() {
            notes.add(number, line, Effect::Ignored, FIRST);
            continue;
        }
        notes.add(number, line, Effect::Used, USED);
        found.canonical.get_or_insert_with(|| names.first().map(|n| n.to_string()).unwrap_or_default());
        found.addresses.push(ip);
    }
    found
}

fn glibc_address(text: &str, family: Family) -> Option<IpAddr> {
    let v4 = pton4(text).map(IpAddr::V4);
    let v6 = pton6(text);
    match family {
        Family::Any => v4.or(v6.map(IpAddr::V6)),
        Family::V6 => v6.map(IpAddr::V6),
        Family::V4 => v4.or(match v6 {
            Some(Ipv6Addr::LOCALHOST) => Some(Ipv4Addr::LOCALHOST.into()),
            Some(v6) => v6.to_ipv4_mapped().map(IpAddr::V4),
            None => None,
        }),
    }
}

/// What musl finds: addresses, or only lines of the other family, which end the lookup, or nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MuslFound {
    /// At most 48.
    Addresses(Found),
    /// The name is there, in the other family only.
    OtherFamily,
    /// Not there.
    Nothing,
}

/// musl: a search for the bytes of the name with white space on both sides, so that case counts, a name at the end of a file
/// without newline is missed and a line that begins with a blank has no address (`src/network/lookup_name.c`).
pub fn musl(text: &str, name: &str, family: Family, _version: Musl, trace: &mut Trace) -> MuslFound {
    const SOURCE: &str = "musl src/network/lookup_name.c name_from_hosts";
    const USED: Rule = rule("musl.hosts-line", SOURCE);
    const BAD: Rule = rule("musl.hosts-bad-address", SOURCE);
    const MOST: usize = 48;
    let mut notes = Notes::about(FILE, trace);
    let mut found = Found::default();
    let mut other = false;
    let mut number = 1;
    for piece in fgets(text, 512) {
        let here = number;
        number += usize::from(piece.ends_with(b"\n"));
        if found.addresses.len() >= MOST {
            break;
        }
        let line = piece.split(|&b| b == 0).next().unwrap_or(piece);
        let mut line: Vec<u8> = line.split(|&b| b == b'#').next().unwrap_or(line).to_vec();
        if line.len() < piece.len() && piece.get(line.len()) == Some(&b'#') {
            line.push(b'\n');
        }
        if !stands_in(&line, name.as_bytes()) {
            continue;
        }
        let end = line.iter().position(|&b| is_space(b)).unwrap_or(line.len());
        let (first, rest) = line.split_at(end);
        match literal(&lossy(first), family) {
            Literal::Address(ip) => found.addresses.push(ip),
            Literal::WrongFamily => other = true,
            Literal::No => {
                notes.add(here, &lossy(&line), Effect::Ignored, BAD);
                continue;
            }
        }
        notes.add(here, &lossy(&line), Effect::Used, USED);
        if found.canonical.is_none() {
            let mut words = rest.split(|&b| is_space(b)).filter(|w| !w.is_empty());
            found.canonical = words.next().filter(|w| is_valid(w)).map(lossy);
        }
    }
    match (found.addresses.is_empty(), other) {
        (false, _) => MuslFound::Addresses(found),
        (true, true) => MuslFound::OtherFamily,
        (true, false) => MuslFound::Nothing,
    }
}

fn is_valid(name: &[u8]) -> bool {
    name.len() < 255 && name.iter().all(|&b| b >= 0x80 || b == b'.' || b == b'-' || b.is_ascii_alphanumeric())
}

/// From the second byte on: the name with white space before and behind it.
fn stands_in(line: &[u8], name: &[u8]) -> bool {
    if name.is_empty() {
        return false;
    }
    let mut from = 1;
    while let Some(window) = line.get(from..).filter(|w| w.len() > name.len()) {
        let Some(at) = window.windows(name.len()).position(|w| w == name) else { return false };
        let start = from + at;
        let space_at = |i: usize| line.get(i).is_some_and(|&b| is_space(b));
        if space_at(start - 1) && space_at(start + name.len()) {
            return true;
        }
        from = start + 1;
    }
    false
}

/// A text that may be an address, for musl.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Literal {
    /// It is one.
    Address(IpAddr),
    /// It is one, of the family that is not wanted, or with a scope that does not exist.
    WrongFamily,
    /// It is none.
    No,
}

/// musl: any form of `inet_aton`, or IPv6 with a scope (`src/network/lookup_ipliteral.c`).
pub fn literal(text: &str, family: Family) -> Literal {
    if let Some(v4) = inet_aton(text) {
        return if family == Family::V6 { Literal::WrongFamily } else { Literal::Address(v4.into()) };
    }
    let (plain, scope) = match text.split_once('%') {
        Some((plain, scope)) if plain.len() < 64 => (plain, Some(scope)),
        _ => (text, None),
    };
    let Some(v6) = pton6(plain) else { return Literal::No };
    // A name of an interface is taken for link-local addresses only; loopback is the one that every machine has.
    let number = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit()) && s.parse::<u32>().is_ok();
    let scope_fits = scope.is_none_or(|s| number(s) || (v6.is_unicast_link_local() && s == "lo"));
    if family == Family::V4 || !scope_fits { Literal::WrongFamily } else { Literal::Address(v6.into()) }
}
