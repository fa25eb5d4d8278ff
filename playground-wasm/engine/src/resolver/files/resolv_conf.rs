//! `/etc/resolv.conf`, and the variables that change it for glibc.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::net::IpAddr;

use super::super::address::{decimal4, inet_aton, is_space, pton4, pton6};
use super::super::case::Family;
use super::super::exchange::{OWN_SERVER, OWN_SERVER_V6};
use super::super::trace::{Effect, Rule, Trace, rule};
use super::super::version::{Glibc, Go};
use super::hosts::{Literal, literal};
use super::{Notes, atoi, c_lines, dtoi, fgets, go_fields, go_lines, lossy};
use crate::time::Span;

const FILE: &str = "/etc/resolv.conf";
const GO: &str = "Go net/dnsconfig_unix.go dnsReadConfig";
const GLIBC: &str = "glibc resolv/res_init.c res_vinit_1";
const MUSL: &str = "musl src/network/resolvconf.c";
/// resolv.conf(5): three servers are used, of all implementations.
const MOST_SERVERS: usize = 3;

/// What an implementation makes of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conf {
    /// In order.
    pub servers: Vec<IpAddr>,
    /// Suffixes as written.
    pub search: Vec<String>,
    /// A name with so many dots is asked as it is first.
    pub ndots: u32,
    /// How long to wait.
    pub timeout: Span,
    /// How often; glibc takes negative numbers too.
    pub attempts: u32,
    /// Start at another server each time.
    pub rotate: bool,
    /// A and AAAA one after the other.
    pub single_request: bool,
    /// And each from its own socket.
    pub single_reopen: bool,
    /// TCP from the start.
    pub use_tcp: bool,
    /// EDNS was asked for (glibc).
    pub edns: bool,
    /// The AD bit is sent.
    pub trust_ad: bool,
    /// No AAAA (glibc).
    pub no_aaaa: bool,
    /// A bare name is not asked at the end (glibc).
    pub no_tld_query: bool,
    /// Errors of one type count although the other was answered (glibc).
    pub strict_error: bool,
    /// Something Go does not know.
    pub unknown: bool,
    /// The `lookup` line of OpenBSD, for Go.
    pub lookup: Vec<String>,
}

impl Conf {
    fn new() -> Conf {
        Conf {
            servers: Vec::new(),
            search: Vec::new(),
            ndots: 1,
            timeout: Span::secs(5),
            attempts: 2,
            rotate: false,
            single_request: false,
            single_reopen: false,
            use_tcp: false,
            edns: false,
            trust_ad: false,
            no_aaaa: false,
            no_tld_query: false,
            strict_error: false,
            unknown: false,
            lookup: Vec::new(),
        }
    }
}

const SERVER: Rule = rule("resolv.server-not-an-address", "resolv.conf(5) nameserver");
const FOURTH: Rule = rule("resolv.three-servers", "resolv.conf(5) MAXNS");

/// As Go reads it.
pub fn go(text: Option<&str>, own_name: &str, version: Go, trace: &mut Trace) -> Conf {
    const UNKNOWN: Rule = rule("go.resolv-unknown", GO);
    let mut conf = Conf::new();
    let mut notes = Notes::about(FILE, trace);
    for (number, line) in go_lines(text.unwrap_or("")) {
        if line.starts_with([';', '#']) {
            continue;
        }
        let fields = go_fields(line);
        let Some((keyword, values)) = fields.split_first() else { continue };
        match *keyword {
            "nameserver" => {
                let Some(value) = values.first() else { continue };
                match go_server(value, version) {
                    _ if conf.servers.len() >= MOST_SERVERS => notes.add(number, line, Effect::Ignored, FOURTH),
                    Some(ip) => conf.servers.push(ip),
                    None => notes.add(number, line, Effect::Ignored, SERVER),
                }
            }
            "domain" => {
                if let Some(value) = values.first() {
                    conf.search = alloc::vec![rooted(value)];
                }
            }
            "search" => {
                let suffixes = values.iter().map(|v| rooted(v));
                conf.search = suffixes.filter(|s| !(version.skips_root_suffix() && s == ".")).collect();
            }
            "options" => {
                for option in values {
                    if !go_option(&mut conf, option, version) {
                        conf.unknown = true;
                        notes.add(number, option, Effect::BecomesUnknown, UNKNOWN);
                    }
                }
            }
            "lookup" => conf.lookup = values.iter().map(|v| v.to_string()).collect(),
            _ => {
                conf.unknown = true;
                notes.add(number, line, Effect::BecomesUnknown, UNKNOWN);
            }
        }
    }
    if conf.servers.is_empty() {
        conf.servers = alloc::vec![OWN_SERVER, OWN_SERVER_V6];
    }
    if conf.search.is_empty() {
        // dnsDefaultSearch: what follows the first dot of the own name.
        conf.search =
            own_name.split_once('.').filter(|(_, d)| !d.is_empty()).map(|(_, d)| rooted(d)).into_iter().collect();
    }
    conf
}

fn rooted(suffix: &str) -> String {
    let mut out = suffix.to_string();
    if !out.ends_with('.') {
        out.push('.');
    }
    out
}

fn go_server(text: &str, version: Go) -> Option<IpAddr> {
    let v4 = if version.leading_zeros() { decimal4(text) } else { pton4(text) };
    let plain = text.split_once('%').map_or(text, |(plain, _)| plain);
    v4.map(IpAddr::V4).or_else(|| pton6(plain).map(IpAddr::V6))
}

fn go_option(conf: &mut Conf, option: &str, version: Go) -> bool {
    if let Some(value) = option.strip_prefix("ndots:") {
        conf.ndots = dtoi(value).0.min(15);
    } else if let Some(value) = option.strip_prefix("timeout:") {
        conf.timeout = Span::secs(dtoi(value).0.max(1).into());
    } else if let Some(value) = option.strip_prefix("attempts:") {
        conf.attempts = dtoi(value).0.max(1);
    } else {
        match option {
            "rotate" => conf.rotate = true,
            "single-request" | "single-request-reopen" => conf.single_request = true,
            "use-vc" | "usevc" | "tcp" => conf.use_tcp = true,
            "trust-ad" if version.knows_newer_options() => conf.trust_ad = true,
            "edns0" | "no-reload" if version.knows_newer_options() => {}
            _ => return false,
        }
    }
    true
}

/// As glibc reads it, with LOCALDOMAIN and RES_OPTIONS.
pub fn glibc(
    text: Option<&str>,
    own_name: &str,
    env: &BTreeMap<String, String>,
    version: Glibc,
    trace: &mut Trace,
) -> Conf {
    const ENV: Rule = rule("glibc.localdomain-overrides", GLIBC);
    const KEYWORD: Rule = rule("glibc.resolv-unknown-line", GLIBC);
    let mut conf = Conf::new();
    let domain = env.get("LOCALDOMAIN");
    let mut listed = false;
    if let Some(value) = domain {
        conf.search = blank_separated(value.split('\n').next().unwrap_or(value));
        listed = true;
    }
    let mut notes = Notes::about(FILE, trace);
    for (number, line) in c_lines(text.unwrap_or("")) {
        if line.starts_with([';', '#']) {
            continue;
        }
        let value = |keyword: &str| {
            let rest = line.strip_prefix(keyword)?;
            rest.starts_with([' ', '\t']).then(|| rest.trim_start_matches([' ', '\t']))
        };
        if let Some(value) = value("domain").or_else(|| value("search")) {
            let content = value.split('\n').next().unwrap_or(value);
            if domain.is_some() {
                notes.add(number, line, Effect::Overridden, ENV);
            } else if !content.is_empty() {
                conf.search = blank_separated(content);
                listed = true;
                if line.starts_with("domain") {
                    conf.search.truncate(1);
                }
            }
        } else if let Some(value) = value("nameserver") {
            match glibc_server(value.split([' ', '\t', '\n']).next().unwrap_or(value)) {
                None => notes.add(number, line, Effect::Ignored, SERVER),
                Some(_) if conf.servers.len() >= MOST_SERVERS => notes.add(number, line, Effect::Ignored, FOURTH),
                Some(ip) => conf.servers.push(ip),
            }
        } else if let Some(value) = value("options") {
            glibc_options(&mut conf, value, version);
        } else if value("sortlist").is_none() && !line.trim_end_matches('\n').is_empty() {
            notes.add(number, line, Effect::Ignored, KEYWORD);
        }
    }
    if conf.servers.is_empty() {
        conf.servers.push(OWN_SERVER);
    }
    if !listed {
        conf.search = own_name.split_once('.').map(|(_, domain)| domain.to_string()).into_iter().collect();
    }
    if let Some(options) = env.get("RES_OPTIONS") {
        glibc_options(&mut conf, options, version);
    }
    conf
}

/// Cut in place as `res_vinit_1` does: the first entry exists even when it is empty.
fn blank_separated(text: &str) -> Vec<String> {
    let mut words = text.split([' ', '\t']);
    let first = words.next().unwrap_or("").to_string();
    core::iter::once(first).chain(words.filter(|w| !w.is_empty()).map(String::from)).collect()
}

fn glibc_server(text: &str) -> Option<IpAddr> {
    let plain = text.split_once('%').map_or(text, |(plain, _)| plain);
    inet_aton(text).map(IpAddr::V4).or_else(|| pton6(plain).map(IpAddr::V6))
}

/// `res_setoptions`: names are compared as prefixes, so that `rotated` is `rotate`.
fn glibc_options(conf: &mut Conf, options: &str, version: Glibc) {
    let mut rest = options.trim_start_matches([' ', '\t']);
    while !rest.is_empty() {
        // Numbers are read from what follows the colon, beyond blanks too: `ndots: 2` is 2, and `2` an unknown option.
        let option = rest;
        rest = rest.find([' ', '\t']).and_then(|at| rest.get(at..)).unwrap_or("").trim_start_matches([' ', '\t']);
        if let Some(value) = option.strip_prefix("ndots:") {
            // A bit field of four bits: negative numbers become 15 and less.
            conf.ndots = u32::try_from(atoi(value).min(15) & 15).unwrap_or(15);
        } else if let Some(value) = option.strip_prefix("timeout:") {
            conf.timeout = Span::secs(u64::try_from(atoi(value).min(30)).unwrap_or(0));
        } else if let Some(value) = option.strip_prefix("attempts:") {
            conf.attempts = u32::try_from(atoi(value).min(5)).unwrap_or(0);
        } else {
            let (option, on) = match option.strip_prefix('-') {
                Some(bare) if version.has_strict_error() => (bare, false),
                _ => (option, true),
            };
            let is = |name: &str| option.starts_with(name);
            match () {
                () if is("rotate") => conf.rotate = on,
                () if is("edns0") => conf.edns = on,
                () if is("single-request-reopen") => conf.single_reopen = on,
                () if is("single-request") => conf.single_request = on,
                () if is("no_tld_query") || is("no-tld-query") => conf.no_tld_query = on,
                () if is("use-vc") => conf.use_tcp = on,
                () if is("trust-ad") => conf.trust_ad = on,
                () if is("no-aaaa") && version.has_no_aaaa() => conf.no_aaaa = on,
                () if is("strict-error") && version.has_strict_error() => conf.strict_error = on,
                () => {}
            }
        }
    }
}

/// As musl reads it; it knows ndots, attempts, timeout, nameserver, search and domain, and no variables.
pub fn musl(text: Option<&str>, trace: &mut Trace) -> Conf {
    const LONG: Rule = rule("musl.resolv-long-line", MUSL);
    const OTHER: Rule = rule("musl.resolv-unknown-line", MUSL);
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
        let rest = line.split_once(key)?.1;
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
