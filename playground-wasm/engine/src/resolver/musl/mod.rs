//! musl's `getaddrinfo`: the hosts file, then DNS, always; nsswitch.conf, host.conf, gai.conf and the environment are not
//! read (`src/network/lookup_name.c`).

mod exchange;

use alloc::vec::Vec;
use core::net::IpAddr;

use super::case::{Case, Family, Qtype};
use super::exchange::{Network, Rcode};
use super::files::hosts::{self, Literal, MuslFound};
use super::files::resolv_conf;
use super::names;
use super::outcome::{Eai, Outcome, Status};
use super::sort;
use super::trace::{Event, Rule, Trace, rule};
use super::version::Musl;
use exchange::Exchange;

const SOURCE: &str = "musl src/network/lookup_name.c";
const RESULT: Rule = rule("musl.result", SOURCE);

/// What a stage gives: addresses with a canonical name, or an error.
type Found = Result<hosts::Found, Eai>;

/// Looks up a name.
pub fn lookup(case: &Case, version: Musl) -> Outcome {
    const LENGTH: Rule = rule("musl.name-length", "musl src/network/lookup_name.c __lookup_name");
    const LITERAL: Rule = rule("musl.literal", "musl src/network/lookup_ipliteral.c");
    let mut trace = Trace::default();
    if case.name.is_empty() || case.name.len() > 254 {
        return Outcome::end(Status::Eai(Eai::NoName), Vec::new(), trace, LENGTH);
    }
    // AI_ADDRCONFIG asks whether loopback can be reached, so it removes nothing on the machines modelled here.
    match hosts::literal(&case.name, case.family) {
        Literal::Address(address) => {
            trace.push(Event::LiteralAddress { address }, LITERAL);
            let mut done = Outcome::end(Status::Ok, alloc::vec![address], trace, RESULT);
            done.canonical = Some(case.name.clone());
            return done;
        }
        Literal::WrongFamily => {
            let scope_only = case.name.contains('%') && case.family != Family::V4;
            let eai = if scope_only { Eai::NoName } else { other_family(version) };
            return Outcome::end(Status::Eai(eai), Vec::new(), trace, LITERAL);
        }
        Literal::No => {}
    }
    let found = match from_hosts(case, version, &mut trace) {
        Some(found) => found,
        None => match from_dns(case, version, &mut trace) {
            Ok(found) => found,
            Err(signal) => {
                const CRASH: Rule = rule("musl.attempts-zero", "musl src/network/res_msend.c retry_interval");
                trace.push(Event::Crash { signal }, CRASH);
                return Outcome::end(Status::Killed, Vec::new(), trace, CRASH);
            }
        },
    };
    match found {
        Err(eai) => Outcome::end(Status::Eai(eai), Vec::new(), trace, RESULT),
        Ok(found) => {
            let addresses = match case.family {
                Family::V4 => found.addresses,
                Family::Any | Family::V6 => sort::musl(&found.addresses, &case.net, &mut trace),
            };
            let mut done = Outcome::end(Status::Ok, addresses, trace, RESULT);
            done.canonical = found.canonical.or_else(|| Some(case.name.clone()));
            done
        }
    }
}

fn other_family(version: Musl) -> Eai {
    if version.has_nodata() { Eai::NoData } else { Eai::NoName }
}

fn read(trace: &mut Trace, path: &str, found: bool) {
    const READ: Rule = rule("musl.read", "musl __fopen_rb_ca");
    trace.push(Event::ReadFile { path: path.into(), found }, READ);
}

/// A name that stands in the file with the other family only is not asked for in DNS.
fn from_hosts(case: &Case, version: Musl, trace: &mut Trace) -> Option<Found> {
    const ASK: Rule = rule("musl.hosts-first", SOURCE);
    trace.push(Event::AskSource { source: "files".into() }, ASK);
    read(trace, "/etc/hosts", case.files.hosts.is_some());
    let text = case.files.hosts.as_deref()?;
    match hosts::musl(text, &case.name, case.family, version, trace) {
        MuslFound::Addresses(found) => Some(Ok(found)),
        MuslFound::OtherFamily => Some(Err(other_family(version))),
        MuslFound::Nothing => None,
    }
}

/// `name_from_dns_search`: anything but "no such name" ends the list. The error is the signal that ends the program.
fn from_dns(case: &Case, version: Musl, trace: &mut Trace) -> Result<Found, &'static str> {
    const ASK: Rule = rule("musl.dns", SOURCE);
    const TRY: Rule = rule("musl.name-list", "musl src/network/lookup_name.c name_from_dns_search");
    trace.push(Event::AskSource { source: "dns".into() }, ASK);
    read(trace, "/etc/resolv.conf", case.files.resolv.is_some());
    let conf = resolv_conf::musl(case.files.resolv.as_deref(), trace);
    let Some(list) = names::musl(&case.name, &conf) else { return Ok(Err(Eai::NoName)) };
    let types: &[Qtype] = match case.family {
        Family::Any => &[Qtype::A, Qtype::Aaaa],
        Family::V4 => &[Qtype::A],
        Family::V6 => &[Qtype::Aaaa],
    };
    let mut exchange = Exchange { conf: &conf, version, net: Network::new(case) };
    for (qname, why) in list {
        trace.push(Event::TryName { qname: qname.clone(), why }, TRY);
        match one_name(&mut exchange, &qname, types, trace)? {
            Some(found) => return Ok(found),
            None => continue,
        }
    }
    Ok(Err(Eai::NoName))
}

/// `name_from_dns`: both types must have been answered; `None` lets the search go on.
fn one_name(
    exchange: &mut Exchange<'_>,
    qname: &str,
    types: &[Qtype],
    trace: &mut Trace,
) -> Result<Option<Found>, &'static str> {
    const MERGE: Rule = rule("musl.both-types", "musl src/network/lookup_name.c name_from_dns");
    let version = exchange.version;
    let Some(replies) = exchange.ask(qname, types, trace)? else {
        return Ok(if version.checks_query_name() { None } else { Some(Err(Eai::NoName)) });
    };
    for (reply, qtype) in replies.iter().zip(types) {
        match reply.as_ref().map(|r| r.rcode) {
            None | Some(Rcode::ServFail) => {
                trace.push(Event::IgnoreReply { server: "".into(), qtype: qtype.name() }, MERGE);
                return Ok(Some(Err(Eai::Again)));
            }
            Some(Rcode::NxDomain) => return Ok(None),
            Some(Rcode::NoError) => {}
            Some(Rcode::FormErr | Rcode::NotImp | Rcode::Refused) => return Ok(Some(Err(Eai::Fail))),
        }
    }
    let canonical = Some(qname.trim_end_matches('.').into());
    let mut found = hosts::Found { canonical, ..hosts::Found::default() };
    let answers: Vec<_> = replies.into_iter().flatten().collect();
    for reply in &answers {
        if let Some(target) = reply.canonical() {
            found.canonical = Some(target.into());
        }
    }
    let lists: Vec<Vec<IpAddr>> = answers.iter().map(|reply| reply.addresses().collect()).collect();
    if version.six_first() {
        found.addresses.extend(lists.into_iter().rev().flatten());
    } else {
        found.addresses.extend(lists.into_iter().flatten());
    }
    found.addresses.truncate(48);
    let none = found.addresses.is_empty();
    Ok(Some(if none { Err(other_family(version)) } else { Ok(found) }))
}
