//! Go's net package: `Resolver.LookupIPAddr`, or `LookupIP` when one family is wanted. With cgo the C library does the work
//! when [`order::choose`] says so.

pub mod exchange;
pub mod order;

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

pub use order::Order;

use super::address;
use super::case::{Case, Family};
use super::files::{hosts, nsswitch, resolv_conf};
use super::glibc;
use super::outcome::{Eai, GoError, Outcome, Status};
use super::sort;
use super::trace::{Event, Rule, Trace, rule};
use super::version::Go;
use order::{Os, Resolv, Situation};

const LOOKUP: &str = "Go net/lookup.go lookupIPAddr";
const LITERAL: Rule = rule("go.literal", LOOKUP);
const EMPTY: Rule = rule("go.empty-name", LOOKUP);
const FILTER: Rule = rule("go.no-suitable-address", "Go net/ipsock.go filterAddrList");
const DONE: Rule = rule("go.result", LOOKUP);

/// Looks up a name.
pub fn lookup(case: &Case, version: Go) -> Outcome {
    let mut trace = Trace::default();
    if case.name.is_empty() {
        return Outcome::end(Status::Go(GoError::no_such_host(None)), Vec::new(), trace, EMPTY);
    }
    if let Some((ip, zone)) = address::go(&case.name, version) {
        trace.push(Event::LiteralAddress { address: ip }, LITERAL);
        let mut done = finish(case, Ok(alloc::vec![ip]), trace);
        done.zones = visible(case, zone.map(|zone| (ip, zone.to_string())).into_iter().collect());
        return done;
    }
    let order = choose(case, version, &mut trace);
    let cgo = match (order, version.cgo) {
        (Order::Cgo, Some(libc)) => Some(libc),
        _ => None,
    };
    let mut outcome = match cgo {
        Some(libc) => by_cgo(case, version, libc, trace),
        // Without cgo the stub refuses, and the lookup falls back to files,dns.
        None => by_go(case, version, if order == Order::Cgo { Order::FilesDns } else { order }, trace),
    };
    outcome.order = Some(order);
    outcome
}

/// What GODEBUG, environment and files say.
fn choose(case: &Case, version: Go, trace: &mut Trace) -> Order {
    let godebug = case.env.get("GODEBUG").map_or("", |text| text.as_str());
    let mode = order::netdns_mode(order::godebug(godebug, "netdns", version).unwrap_or(""));
    let set = |key: &str| case.env.get(key).is_some_and(|value| !value.is_empty());
    let has_cgo = version.cgo.is_some();
    read(trace, "/etc/resolv.conf", case.files.resolv.is_some());
    let conf = resolv_conf::go(case.files.resolv.as_deref(), &case.own_name, version, trace);
    let missing = case.files.resolv.is_none();
    let resolv = Resolv { missing, unreadable: false, unknown: conf.unknown, lookup: conf.lookup };
    read(trace, "/etc/nsswitch.conf", case.files.nsswitch.is_some());
    let nsswitch = nsswitch::go(case.files.nsswitch.as_deref(), version, trace);
    let situation = Situation {
        version,
        os: Os::Linux,
        want_go: mode == "go" || (!has_cgo && !version.unified_order()),
        want_cgo: mode == "cgo",
        prefer_cgo: case.env.contains_key("LOCALDOMAIN") || set("RES_OPTIONS") || set("HOSTALIASES"),
        has_cgo,
        resolv: &resolv,
        nsswitch: &nsswitch,
        mdns_allow: case.files.mdns_allow,
        own_name: &case.own_name,
    };
    order::choose(&situation, &case.name, trace)
}

fn read(trace: &mut Trace, path: &str, found: bool) {
    const READ: Rule = rule("go.read", "Go net/parse.go open");
    trace.push(Event::ReadFile { path: path.into(), found }, READ);
}

fn by_cgo(case: &Case, version: Go, libc: super::version::Glibc, trace: Trace) -> Outcome {
    const CGO: Rule = rule("go.cgo-errors", "Go net/cgo_unix.go cgoLookupHostIP");
    let hints = glibc::Hints { family: case.family, canon: true, addrconfig: false, mapped: true };
    let done = glibc::getaddrinfo(case, libc, hints, trace);
    let result = match done.status {
        Status::Ok => Ok(done.addresses),
        Status::Eai(Eai::NoName) => Err(GoError::no_such_host(None)),
        Status::Eai(Eai::NoData) if version.cgo_nodata_is_notfound() => Err(GoError::no_such_host(None)),
        Status::Eai(Eai::Again) => {
            let text = "Temporary failure in name resolution".into();
            Err(GoError { text, server: None, not_found: false, timeout: false, temporary: true })
        }
        Status::Eai(eai) => Err(GoError::plain(eai.name(), None)),
        Status::Go(error) => Err(error),
        Status::Killed => return done,
    };
    let mut trace = done.trace;
    if let Err(error) = &result {
        trace.push(Event::Result { status: error.kind().to_string(), addrs: Vec::new() }, CGO);
    }
    finish(case, result, trace)
}

fn by_go(case: &Case, version: Go, order: Order, mut trace: Trace) -> Outcome {
    let mut zones = Vec::new();
    let result = sources(case, version, order, &mut zones, &mut trace);
    let mut done = finish(case, result, trace);
    done.zones = visible(case, zones);
    done
}

/// `LookupIP`, for one family, gives addresses without zones.
fn visible(case: &Case, zones: Vec<(IpAddr, String)>) -> Vec<(IpAddr, String)> {
    if case.family == Family::Any { zones } else { Vec::new() }
}

/// `goLookupIPCNAMEOrder`: the hosts file before DNS, or after all names of the search list failed for whatever reason.
fn sources(
    case: &Case,
    version: Go,
    order: Order,
    zones: &mut Vec<(IpAddr, String)>,
    trace: &mut Trace,
) -> Result<Vec<IpAddr>, GoError> {
    const NAME: Rule = rule("go.not-a-domain-name", "Go net/dnsclient.go isDomainName");
    const FILES_ONLY: Rule = rule("go.files-only", "Go net/dnsclient_unix.go goLookupIPCNAMEOrder");
    if matches!(order, Order::FilesDns | Order::Files) {
        let found = from_files(case, version, zones, trace);
        if !found.is_empty() {
            return Ok(found);
        }
        if order == Order::Files {
            let error = version.empty_files_is_error();
            trace.push(Event::Action { status: super::trace::SourceStatus::NotFound, action: "return" }, FILES_ONLY);
            return if error { Err(GoError::no_such_host(None)) } else { Ok(found) };
        }
    }
    if !is_domain_name(&case.name, version) {
        trace.push(Event::RejectName { name: case.name.clone() }, NAME);
        return Err(GoError::no_such_host(None));
    }
    let answer = exchange::lookup(case, version, trace);
    let found = sort::go(&answer.addresses, &case.net, trace);
    if !found.is_empty() {
        return Ok(found);
    }
    if order == Order::DnsFiles {
        let found = from_files(case, version, zones, trace);
        if !found.is_empty() {
            return Ok(found);
        }
    }
    match answer.error {
        Some(error) => Err(error),
        None => Ok(Vec::new()),
    }
}

fn from_files(case: &Case, version: Go, zones: &mut Vec<(IpAddr, String)>, trace: &mut Trace) -> Vec<IpAddr> {
    const ASK: Rule = rule("go.files", "Go net/hosts.go readHosts");
    trace.push(Event::AskSource { source: "files".into() }, ASK);
    read(trace, "/etc/hosts", case.files.hosts.is_some());
    let text = case.files.hosts.as_deref().unwrap_or("");
    let found = hosts::go(text, &case.name, version, trace);
    *zones = found.zones;
    sort::go(&found.addresses, &case.net, trace)
}

/// `internetAddrList` keeps the wanted family; an empty rest is an error of its own kind.
fn finish(case: &Case, result: Result<Vec<IpAddr>, GoError>, trace: Trace) -> Outcome {
    let wanted = |ip: &IpAddr| match case.family {
        Family::Any => true,
        Family::V4 => ip.is_ipv4(),
        Family::V6 => ip.is_ipv6() && ip.to_canonical().is_ipv6(),
    };
    match result {
        Err(error) => Outcome::end(Status::Go(error), Vec::new(), trace, DONE),
        Ok(mut list) => {
            // `::` alone stands for 0.0.0.0 as well (golang/go#18806).
            if case.family != Family::Any && list == [IpAddr::V6(Ipv6Addr::UNSPECIFIED)] {
                list.push(Ipv4Addr::UNSPECIFIED.into());
            }
            let kept: Vec<IpAddr> = list.into_iter().filter(wanted).collect();
            if kept.is_empty() && case.family != Family::Any {
                let error = GoError::plain("no suitable address found", None);
                return Outcome::end(Status::Go(error), kept, trace, FILTER);
            }
            Outcome::end(Status::Ok, kept, trace, DONE)
        }
    }
}

/// Letters, digits, `-`, `_` and dots, not only digits, no empty or overlong labels (`net/dnsclient.go`).
pub fn is_domain_name(name: &str, version: Go) -> bool {
    if name == "." {
        return version.root_is_name();
    }
    if name.is_empty() || name.len() > 254 || (name.len() == 254 && !name.ends_with('.')) {
        return false;
    }
    let content = name.strip_suffix('.').unwrap_or(name);
    let fine = |label: &str| {
        let chars = label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        chars && (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-')
    };
    content.split('.').all(fine) && name.bytes().any(|b| !b.is_ascii_digit() && b != b'.')
}
