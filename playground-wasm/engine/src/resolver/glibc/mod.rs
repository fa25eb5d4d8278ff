//! glibc's `getaddrinfo`: literals, then the sources of nsswitch.conf with their actions, then sorting
//! (`nss/getaddrinfo.c`; `sysdeps/posix/getaddrinfo.c` before 2.37).

mod dns;
mod modules;
mod nss;
mod search;
mod send;

use crate::map::Set;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv6Addr};

use super::address::{inet_aton, pton6};
use super::case::{Case, Family};
use super::exchange::Network;
use super::files::resolv_conf::Conf;
use super::files::{gai_conf, host_conf, resolv_conf};
use super::outcome::{Eai, Outcome, Status};
use super::sort;
use super::trace::{Event, Rule, Trace, rule};
use super::version::Glibc;

const SOURCE: &str = "glibc nss/getaddrinfo.c getaddrinfo";

/// What a program asks for.
#[derive(Debug, Clone, Copy)]
pub struct Hints {
    /// `ai_family`.
    pub family: Family,
    /// `AI_CANONNAME`.
    pub canon: bool,
    /// `AI_ADDRCONFIG`.
    pub addrconfig: bool,
    /// `AI_V4MAPPED | AI_ALL`.
    pub mapped: bool,
}

/// `h_errno`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum HErrno {
    Success,
    Internal,
    HostNotFound,
    TryAgain,
    NoRecovery,
    NoData,
}

/// `errno`, as far as it decides something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Errno {
    Other,
    ConnRefused,
    TimedOut,
    /// A module without functions for hosts.
    Busy,
}

/// The thread that looks up: its settings and error numbers.
struct Thread<'a> {
    case: &'a Case,
    version: Glibc,
    hints: Hints,
    trace: Trace,
    net: Network<'a>,
    conf: Conf,
    multi: bool,
    h_errno: HErrno,
    errno: Errno,
    /// The response code in the first answer buffer, which the search list looks at.
    last_rcode: super::exchange::Rcode,
    loaded: Set<String>,
}

/// Addresses and, if one was asked for and found, a canonical name.
#[derive(Debug, Clone, Default)]
struct Found {
    addresses: Vec<IpAddr>,
    canonical: Option<String>,
}

/// Looks up a name as C programs do.
pub fn lookup(case: &Case, version: Glibc) -> Outcome {
    let hints = Hints { family: case.family, canon: case.canon, addrconfig: case.addrconfig, mapped: false };
    getaddrinfo(case, version, hints, Trace::default())
}

/// `getaddrinfo`.
pub fn getaddrinfo(case: &Case, version: Glibc, hints: Hints, mut trace: Trace) -> Outcome {
    const LITERAL: Rule = rule("glibc.literal", SOURCE);
    const ADDRCONFIG: Rule = rule("glibc.addrconfig", "glibc sysdeps/unix/sysv/linux/check_pf.c");
    const RESULT: Rule = rule("glibc.result", SOURCE);
    let mut hints = hints;
    // `*` is no name at all, and without a service there is nothing to look up.
    if case.name == "*" {
        return Outcome::end(Status::Eai(Eai::NoName), Vec::new(), trace, LITERAL);
    }
    if hints.addrconfig {
        let (four, six) = (case.net.v4.is_some(), case.net.v6.is_some());
        match hints.family {
            Family::Any if four != six => hints.family = if four { Family::V4 } else { Family::V6 },
            Family::V4 if !four => return Outcome::end(Status::Eai(Eai::NoName), Vec::new(), trace, ADDRCONFIG),
            Family::V6 if !six => return Outcome::end(Status::Eai(Eai::NoName), Vec::new(), trace, ADDRCONFIG),
            _ => {}
        }
    }
    match literal(&case.name, hints) {
        Some(Ok(address)) => {
            trace.push(Event::LiteralAddress { address }, LITERAL);
            let mut done = Outcome::end(Status::Ok, alloc::vec![address], trace, RESULT);
            done.canonical = hints.canon.then(|| case.name.clone());
            return done;
        }
        Some(Err(eai)) => return Outcome::end(Status::Eai(eai), Vec::new(), trace, LITERAL),
        None => {}
    }
    let mut thread = Thread::new(case, version, hints, trace);
    if thread.conf.never_ends {
        const SORTLIST: Rule = rule("glibc.sortlist-never-ends", "glibc resolv/res_init.c res_vinit_1");
        thread.trace.push(Event::Hang, SORTLIST);
        return Outcome::end(Status::Killed, Vec::new(), thread.trace, SORTLIST);
    }
    if asserts(&thread.conf.search) {
        const ASSERT: Rule = rule("glibc.search-list-assertion", "glibc resolv/resolv_conf.c resolv_conf_matches");
        thread.trace.push(Event::Crash { signal: "SIGABRT" }, ASSERT);
        return Outcome::end(Status::Killed, Vec::new(), thread.trace, ASSERT);
    }
    let found = if hints.family == Family::V4 && !hints.canon { thread.one_family() } else { thread.sources() };
    thread.finish(found)
}

/// The search list is also kept in the old `_res.dnsrch`, six entries in 256 bytes, and both must agree: an entry that does
/// not fit there fails an assertion unless the ones before it are longer together than the array of pointers (a slip for
/// the size of the storage), or the array is full.
fn asserts(search: &[String]) -> bool {
    const ENTRIES: usize = 6;
    const STORAGE: usize = 256;
    const POINTERS: usize = 7 * 8;
    let mut used = 0;
    for entry in search.iter().take(ENTRIES) {
        if used + entry.len() + 1 > STORAGE {
            return used <= POINTERS;
        }
        used += entry.len() + 1;
    }
    false
}

/// `text_to_binary_address`.
fn literal(name: &str, hints: Hints) -> Option<Result<IpAddr, Eai>> {
    if let Some(v4) = inet_aton(name) {
        return Some(match hints.family {
            Family::Any | Family::V4 => Ok(v4.into()),
            Family::V6 if hints.mapped => Ok(v4.to_ipv6_mapped().into()),
            Family::V6 => Err(Eai::AddrFamily),
        });
    }
    let (plain, scope) = name.split_once('%').map_or((name, None), |(plain, scope)| (plain, Some(scope)));
    let v6 = pton6(plain)?;
    Some(match (hints.family, v6.to_ipv4_mapped()) {
        (Family::V4, Some(v4)) => Ok(v4.into()),
        (Family::V4, None) => Err(Eai::AddrFamily),
        (Family::Any | Family::V6, _) if !scope.is_none_or(|s| scope_exists(v6, s)) => Err(Eai::NoName),
        (Family::Any | Family::V6, _) => Ok(v6.into()),
    })
}

/// `__inet6_scopeid_pton`: an interface for link-local addresses (only loopback has a known name here), else a number.
fn scope_exists(v6: Ipv6Addr, scope: &str) -> bool {
    let number = !scope.is_empty() && scope.bytes().all(|b| b.is_ascii_digit()) && scope.parse::<u32>().is_ok();
    number || (v6.is_unicast_link_local() && scope == "lo")
}

impl<'a> Thread<'a> {
    fn new(case: &'a Case, version: Glibc, hints: Hints, trace: Trace) -> Thread<'a> {
        let mut trace = trace;
        for (path, found) in [
            ("/etc/nsswitch.conf", case.files.nsswitch.is_some()),
            ("/etc/host.conf", case.files.host_conf.is_some()),
            ("/etc/resolv.conf", case.files.resolv.is_some()),
        ] {
            read(&mut trace, path, found);
        }
        let multi = host_conf::multi(case.files.host_conf.as_deref(), &case.env, &mut trace);
        let conf = resolv_conf::glibc(case.files.resolv.as_deref(), &case.own_name, &case.env, version, &mut trace);
        Thread {
            case,
            version,
            hints,
            trace,
            net: Network::new(case),
            conf,
            multi,
            h_errno: HErrno::Success,
            errno: Errno::Other,
            last_rcode: super::exchange::Rcode::NoError,
            loaded: Set::new(),
        }
    }

    /// Sorting needs two addresses at least.
    fn finish(mut self, found: Result<Found, Eai>) -> Outcome {
        const SORTED: Rule = rule("glibc.result", SOURCE);
        let found = match found {
            Ok(found) if found.addresses.is_empty() => Err(Eai::NoName),
            other => other,
        };
        match found {
            Err(eai) => Outcome::end(Status::Eai(eai), Vec::new(), self.trace, SORTED),
            Ok(found) => {
                let mut addresses = found.addresses;
                if addresses.len() > 1 {
                    read(&mut self.trace, "/etc/gai.conf", self.case.files.gai_conf.is_some());
                    let text = self.case.files.gai_conf.as_deref().unwrap_or("");
                    let tables = gai_conf::read(text, &mut self.trace);
                    addresses = sort::glibc(&addresses, &self.case.net, &tables, &mut self.trace);
                }
                let mut done = Outcome::end(Status::Ok, addresses, self.trace, SORTED);
                if self.hints.canon {
                    done.canonical = Some(found.canonical.unwrap_or_else(|| self.case.name.to_string()));
                }
                done
            }
        }
    }
}

fn read(trace: &mut Trace, path: &str, found: bool) {
    const READ: Rule = rule("glibc.read", "glibc fopen");
    trace.push(Event::ReadFile { path: path.into(), found }, READ);
}
