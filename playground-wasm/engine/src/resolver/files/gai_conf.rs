//! `/etc/gai.conf`: labels, precedences and IPv4 scopes that glibc sorts addresses by.

use alloc::vec::Vec;
use core::net::{Ipv4Addr, Ipv6Addr};

use super::super::address::{is_space, pton4, pton6};
use super::super::trace::{Effect, Rule, Trace, rule};
use super::{Notes, c_lines};
use crate::order::sort_by_key;

const SOURCE: &str = "glibc gai.conf(5), nss/getaddrinfo.c gaiconf_init";

/// A prefix and what it stands for.
pub type Entry = (Ipv6Addr, u8, i32);

/// The tables that the file replaces; `None` keeps what is built in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tables {
    /// For rule 5.
    pub labels: Option<Vec<Entry>>,
    /// For rule 6.
    pub precedences: Option<Vec<Entry>>,
    /// For rules 2 and 8: network, prefix length, scope.
    pub scopes: Option<Vec<(Ipv4Addr, u8, i32)>>,
}

/// Reads the tables; one line of a kind replaces the whole built-in table of that kind.
pub fn read(text: &str, trace: &mut Trace) -> Tables {
    const BAD: Rule = rule("glibc.gai-conf-bad-line", SOURCE);
    const USED: Rule = rule("glibc.gai-conf-line", SOURCE);
    let mut notes = Notes::about("/etc/gai.conf", trace);
    let (mut labels, mut precedences, mut scopes) = (Vec::new(), Vec::new(), Vec::new());
    for (number, line) in c_lines(text) {
        let space = |c: char| u8::try_from(c).is_ok_and(is_space);
        let mut words = line.split('#').next().unwrap_or(line).split(space).filter(|w| !w.is_empty());
        let Some(command) = words.next() else { continue };
        let (prefix, value) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
        let used = match command {
            "label" => entry(prefix, value).map(|e| labels.push(e)).is_some(),
            "precedence" => entry(prefix, value).map(|e| precedences.push(e)).is_some(),
            "scopev4" => scope(prefix, value).map(|e| scopes.push(e)).is_some(),
            "reload" => true,
            _ => false,
        };
        notes.add(number, line, if used { Effect::Used } else { Effect::Ignored }, if used { USED } else { BAD });
    }
    Tables {
        labels: finished(labels, 1),
        precedences: finished(precedences, 40),
        scopes: (!scopes.is_empty()).then(|| {
            if !scopes.iter().any(|(_, bits, _)| *bits == 0) {
                scopes.push((Ipv4Addr::UNSPECIFIED, 0, 14));
            }
            sort_by_key(&mut scopes, |(_, bits, _)| u64::MAX - u64::from(*bits));
            scopes
        }),
    }
}

/// The most specific first; what matches nothing has a default.
fn finished(mut list: Vec<Entry>, default: i32) -> Option<Vec<Entry>> {
    if list.is_empty() {
        return None;
    }
    if !list.iter().any(|(_, bits, _)| *bits == 0) {
        list.push((Ipv6Addr::UNSPECIFIED, 0, default));
    }
    sort_by_key(&mut list, |(_, bits, _)| u64::MAX - u64::from(*bits));
    Some(list)
}

fn bits(text: Option<&str>, most: u8) -> Option<u8> {
    match text {
        None => Some(most),
        Some(text) => text.parse().ok().filter(|b| *b <= most),
    }
}

fn split(prefix: &str) -> (&str, Option<&str>) {
    prefix.split_once('/').map_or((prefix, None), |(p, b)| (p, Some(b)))
}

fn entry(prefix: &str, value: &str) -> Option<Entry> {
    let (address, length) = split(prefix);
    let value: i32 = value.parse().ok().filter(|v| *v >= 0)?;
    Some((pton6(address)?, bits(length, 128)?, value))
}

fn scope(prefix: &str, value: &str) -> Option<(Ipv4Addr, u8, i32)> {
    let (address, length) = split(prefix);
    let value: i32 = value.parse().ok().filter(|v| *v >= 0)?;
    if let Some(v6) = pton6(address) {
        let v4 = v6.to_ipv4_mapped()?;
        let length = bits(length, 128)?;
        return length.checked_sub(96).map(|length| (v4, length, value));
    }
    Some((pton4(address)?, bits(length, 32)?, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_that_is_listed_replaces_the_table() {
        let tables = read("precedence ::ffff:0:0/96 100\n#label ::1/128 7\nlabel x y\n", &mut Trace::default());
        assert_eq!(tables.labels, None);
        let v4 = Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0);
        assert_eq!(tables.precedences, Some(alloc::vec![(v4, 96, 100), (Ipv6Addr::UNSPECIFIED, 0, 40)]));
    }

    #[test]
    fn scopes_take_both_notations() {
        let tables = read("scopev4 ::ffff:169.254.0.0/112 2\nscopev4 10.0.0.0/8 5\n", &mut Trace::default());
        let want = alloc::vec![
            (Ipv4Addr::new(169, 254, 0, 0), 16, 2),
            (Ipv4Addr::new(10, 0, 0, 0), 8, 5),
            (Ipv4Addr::UNSPECIFIED, 0, 14)
        ];
        assert_eq!(tables.scopes, Some(want));
    }
}
