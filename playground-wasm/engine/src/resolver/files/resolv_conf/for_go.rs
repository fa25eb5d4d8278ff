//! Go: fields apart by white space of any kind; what it does not know sends the lookup to cgo.

use alloc::string::{String, ToString};
use core::net::IpAddr;

use super::super::super::address::{decimal4, pton4, pton6};
use super::super::super::exchange::{OWN_SERVER, OWN_SERVER_V6};
use super::super::super::trace::{Effect, Rule, Trace, rule};
use super::super::super::version::Go;
use super::super::{Notes, dtoi, go_fields, go_lines};
use super::{Conf, FILE, FOURTH, MOST_SERVERS, SERVER};
use crate::time::Span;

const GO: &str = "Go net/dnsconfig_unix.go dnsReadConfig";

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
