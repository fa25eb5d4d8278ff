//! musl: lines of at most 255 bytes, six keywords.

use alloc::string::String;

use super::super::super::address::is_space;
use super::super::super::case::Family;
use super::super::super::exchange::OWN_SERVER;
use super::super::super::trace::{Effect, Rule, Trace, rule};
use super::super::hosts::{Literal, literal};
use super::super::{Notes, atoi, fgets, lossy};
use super::{Conf, FILE, FOURTH, MOST_SERVERS, SERVER};
use crate::text::behind;
use crate::time::Span;

const MUSL: &str = "musl src/network/resolvconf.c";

/// As musl reads it; it knows ndots, attempts, timeout, nameserver, search and domain, and no variables.
pub fn musl(text: Option<&str>, trace: &mut Trace) -> Conf {
    const LONG: Rule = rule("musl.resolv-long-line", MUSL);
    const OTHER: Rule = rule("musl.resolv-unknown-line", MUSL);
    const OPTION: Rule = rule("musl.resolv-unknown-option", MUSL);
    let mut conf = Conf::new();
    let mut notes = Notes::about(FILE, trace);
    let text = text.unwrap_or("");
    let mut skipping = false;
    let mut number = 1;
    let mut at = 0;
    for piece in fgets(text, 256) {
        at += piece.len();
        let here = number;
        let ended = piece.ends_with(b"\n");
        number += usize::from(ended);
        if skipping {
            skipping = !ended;
            continue;
        }
        let line = piece.split(|&b| b == 0).next().unwrap_or(piece);
        // fgets meets the end of the file only without a newline and with room left in its buffer.
        let at_end = at == text.len() && !ended && piece.len() < 255;
        if !line.contains(&b'\n') && !at_end {
            notes.add(here, &lossy(line), Effect::Ignored, LONG);
            // It reads on to the next newline: after a NUL that is the end of the line behind this one.
            skipping = true;
            continue;
        }
        let line = &lossy(line);
        let keyword = |word: &str| {
            let rest = line.strip_prefix(word)?;
            rest.bytes().next().is_some_and(is_space).then_some(rest)
        };
        if let Some(options) = keyword("options") {
            musl_options(&mut conf, options);
            let known = |word: &str| ["ndots:", "attempts:", "timeout:"].iter().any(|key| behind(word, key).is_some());
            for word in options.split_ascii_whitespace().filter(|word| !known(word)) {
                notes.add(here, word, Effect::Ignored, OPTION);
            }
        } else if let Some(rest) = keyword("nameserver") {
            let value = rest.split(|c| u8::try_from(c).is_ok_and(is_space)).find(|w| !w.is_empty()).unwrap_or("");
            match literal(value, Family::Any) {
                _ if conf.servers.len() >= MOST_SERVERS => notes.add(here, line, Effect::Ignored, FOURTH),
                Literal::Address(ip) => conf.servers.push(ip),
                Literal::WrongFamily | Literal::No => notes.add(here, line, Effect::Ignored, SERVER),
            }
        } else if let Some(rest) = keyword("search").or_else(|| keyword("domain")) {
            let words = rest.split(|c| u8::try_from(c).is_ok_and(is_space));
            conf.search = words.filter(|w| !w.is_empty()).map(String::from).collect();
        } else if !line.starts_with(['#', ';', '\n']) && !line.is_empty() {
            notes.add(here, line, Effect::Ignored, OTHER);
        }
    }
    if conf.servers.is_empty() {
        conf.servers.push(OWN_SERVER);
    }
    conf
}

fn musl_options(conf: &mut Conf, line: &str) {
    let value = |key: &str, also_dot: bool| {
        let rest = behind(line, key)?;
        let first = rest.bytes().next()?;
        (first.is_ascii_digit() || (also_dot && first == b'.')).then_some(rest)
    };
    if let Some(text) = value("ndots:", false) {
        conf.ndots = u32::try_from(atoi(text).min(15)).unwrap_or(15);
    }
    if let Some(text) = value("attempts:", false) {
        conf.attempts = u32::try_from(atoi(text).min(10)).unwrap_or(10);
    }
    // `timeout:.5` begins with no digit, which strtoul reads as nothing: the value stays.
    if let Some(text) = value("timeout:", true).filter(|t| !t.starts_with('.')) {
        conf.timeout = Span::secs(u64::try_from(atoi(text).min(60)).unwrap_or(60));
    }
}
