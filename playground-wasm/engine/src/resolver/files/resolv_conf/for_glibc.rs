//! glibc: keywords at the beginning of the line, blanks and tabs between words, LOCALDOMAIN and RES_OPTIONS on top.

use crate::map::Map;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::net::IpAddr;

use super::super::super::address::{inet_aton, is_space, pton6};
use super::super::super::exchange::OWN_SERVER;
use super::super::super::trace::{Effect, Rule, Trace, rule};
use super::super::super::version::Glibc;
use super::super::{Notes, atoi, c_lines};
use super::{Conf, FILE, FOURTH, MOST_SERVERS, SERVER};
use crate::time::Span;

const GLIBC: &str = "glibc resolv/res_init.c res_vinit_1";

/// As glibc reads it, with LOCALDOMAIN and RES_OPTIONS.
pub fn glibc(text: Option<&str>, own_name: &str, env: &Map<String, String>, version: Glibc, trace: &mut Trace) -> Conf {
    const ENV: Rule = rule("glibc.localdomain-overrides", GLIBC);
    const SORTLIST: Rule = rule("glibc.sortlist-never-ends", GLIBC);
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
            glibc_options(&mut conf, value, version, &mut |word, effect, why| notes.add(number, word, effect, why));
        } else if let Some(value) = value("sortlist") {
            if !sortlist_ends(value) {
                conf.never_ends = true;
                notes.add(number, line, Effect::BreaksFile, SORTLIST);
            }
        } else if !line.trim_end_matches('\n').is_empty() {
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
        glibc_options(&mut conf, options, version, &mut |_, _, _| {});
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

/// Hears what becomes of an option that does not count as it stands.
type Heard<'a> = &'a mut dyn FnMut(&str, Effect, Rule);

/// `res_setoptions`: names are compared as prefixes, so that `rotated` is `rotate`.
fn glibc_options(conf: &mut Conf, options: &str, version: Glibc, heard: Heard<'_>) {
    const UNKNOWN: Rule = rule("glibc.resolv-unknown-option", "glibc resolv/res_init.c res_setoptions");
    const CAPPED: Rule = rule("glibc.option-capped", "glibc resolv/res_init.c res_setoptions, resolv.conf(5)");
    let mut rest = options.trim_start_matches([' ', '\t']);
    while !rest.is_empty() {
        // Numbers are read from what follows the colon, beyond blanks too: `ndots: 2` is 2, and `2` an unknown option.
        let option = rest;
        rest = rest.find([' ', '\t']).and_then(|at| rest.get(at..)).unwrap_or("").trim_start_matches([' ', '\t']);
        let word = option.split([' ', '\t', '\n']).next().unwrap_or(option);
        let mut capped = |value: &str, least: i64, most: i64| {
            if !(least..=most).contains(&atoi(value)) {
                heard(word, Effect::Capped, CAPPED);
            }
        };
        if let Some(value) = option.strip_prefix("ndots:") {
            capped(value, 0, 15);
            // A bit field of four bits: negative numbers become 15 and less.
            conf.ndots = u32::try_from(atoi(value).min(15) & 15).unwrap_or(15);
        } else if let Some(value) = option.strip_prefix("timeout:") {
            capped(value, 0, 30);
            conf.timeout = Span::secs(u64::try_from(atoi(value).min(30)).unwrap_or(0));
        } else if let Some(value) = option.strip_prefix("attempts:") {
            capped(value, 0, 5);
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
                () if word.is_empty() => {}
                () => heard(word, Effect::Ignored, UNKNOWN),
            }
        }
    }
}

/// Reading a sortlist stands still at what neither ends an address nor separates two: a carriage return, other white space
/// than blank and tab, bytes beyond ASCII, and `/` or `&` behind something that is no address.
fn sortlist_ends(value: &str) -> bool {
    let stops = |c: char| c == ';' || !c.is_ascii() || u8::try_from(c).is_ok_and(is_space);
    let mask = |c: char| matches!(c, '/' | '&');
    let mut rest = value;
    loop {
        rest = rest.trim_start_matches([' ', '\t']);
        if rest.is_empty() || rest.starts_with(['\n', ';']) {
            return true;
        }
        let end = rest.find(|c| mask(c) || stops(c)).unwrap_or(rest.len());
        let (net, tail) = rest.split_at_checked(end).unwrap_or((rest, ""));
        if net.is_empty() {
            return false;
        }
        rest = match tail.strip_prefix(mask) {
            Some(behind) if inet_aton(net).is_some() => {
                behind.get(behind.find(stops).unwrap_or(behind.len())..).unwrap_or("")
            }
            _ => tail,
        };
    }
}
