//! What the modules of the switch answer for hosts, DNS apart.

use alloc::string::ToString;
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::super::case::{Family, Qtype};
use super::super::exchange::Rcode;
use super::super::files::hosts;
use super::super::trace::{Event, Rule, SourceStatus, Why, rule};
use super::super::wire::Name;
use super::{Found, HErrno, Thread, read};

/// What a module can do for hosts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Module {
    Files,
    Dns,
    /// systemd's nss-myhostname.
    MyHostname,
    /// systemd's nss-resolve, whose daemon is not running here.
    Resolve,
    /// nss-mdns without its daemon; variants answer one family or both.
    Mdns {
        minimal: bool,
        family: Family,
    },
    /// It is there, without functions for hosts.
    NoHosts,
    Missing,
}

/// By its name in nsswitch.conf.
pub(super) fn module(name: &str) -> Module {
    match name {
        "files" => Module::Files,
        "dns" => Module::Dns,
        "myhostname" => Module::MyHostname,
        "resolve" => Module::Resolve,
        "mdns" => Module::Mdns { minimal: false, family: Family::Any },
        "mdns4" => Module::Mdns { minimal: false, family: Family::V4 },
        "mdns6" => Module::Mdns { minimal: false, family: Family::V6 },
        "mdns_minimal" => Module::Mdns { minimal: true, family: Family::Any },
        "mdns4_minimal" => Module::Mdns { minimal: true, family: Family::V4 },
        "mdns6_minimal" => Module::Mdns { minimal: true, family: Family::V6 },
        "compat" | "db" | "hesiod" | "systemd" => Module::NoHosts,
        _ => Module::Missing,
    }
}

impl Thread<'_> {
    pub(super) fn ask_files(&mut self, family: Family) -> (SourceStatus, Found) {
        read(&mut self.trace, "/etc/hosts", self.case.files.hosts.is_some());
        let Some(text) = self.case.files.hosts.as_deref() else {
            // Only the call for both families sets the number, upstream to NO_DATA, in Debian's packages (which these are:
            // submitted-missing-etc-hosts.diff) to HOST_NOT_FOUND; the others leave it as it was.
            if family == Family::Any {
                self.h_errno = HErrno::HostNotFound;
            }
            return (SourceStatus::Unavail, Found::default());
        };
        let hosts::Found { addresses, canonical, .. } =
            hosts::glibc(text, &self.case.name, family, self.multi, self.version, &mut self.trace);
        if addresses.is_empty() {
            self.h_errno = HErrno::HostNotFound;
            return (SourceStatus::NotFound, Found::default());
        }
        self.h_errno = HErrno::Success;
        (SourceStatus::Success, Found { addresses, canonical })
    }

    /// nss-myhostname(8): localhost, the own name, `_gateway` (no gateway here, the default route is on a link).
    pub(super) fn ask_own_name(&mut self, family: Family) -> (SourceStatus, Found) {
        let name = self.case.name.as_str();
        let own = self.case.net;
        let mut addresses: Vec<IpAddr> = Vec::new();
        if is_localhost(name) {
            addresses = alloc::vec![Ipv6Addr::LOCALHOST.into(), Ipv4Addr::LOCALHOST.into()];
        } else if name == self.case.own_name {
            addresses.extend(own.v6.map(|(ip, _)| IpAddr::V6(ip)));
            addresses.extend(own.v4.map(|(ip, _)| IpAddr::V4(ip)));
            if addresses.is_empty() {
                addresses = alloc::vec![Ipv6Addr::LOCALHOST.into(), Ipv4Addr::new(127, 0, 0, 2).into()];
            }
        }
        let all = addresses.len();
        addresses.retain(|ip| family == Family::Any || ip.is_ipv4() == (family == Family::V4));
        if addresses.is_empty() {
            self.h_errno = if all == 0 { HErrno::HostNotFound } else { HErrno::NoData };
            return (SourceStatus::NotFound, Found::default());
        }
        self.h_errno = HErrno::Success;
        let canonical = Some(if is_localhost(name) { "localhost".to_string() } else { name.to_string() });
        (SourceStatus::Success, Found { addresses, canonical })
    }

    /// Modules that ask a daemon which does not run.
    pub(super) fn ask_daemon(&mut self, kind: Module, wanted: Family) -> (SourceStatus, Found) {
        const RESOLVE: Rule = rule("glibc.resolved-not-running", "nss-resolve(8)");
        const MDNS: Rule = rule("glibc.avahi-not-running", "nss-mdns README");
        match kind {
            Module::Resolve => {
                let socket = "/run/systemd/resolve/io.systemd.Resolve";
                self.trace.push(Event::ConnectLocal { socket, ok: false }, RESOLVE);
            }
            Module::Mdns { minimal, family } if fits(family, wanted) && self.asks_avahi(minimal) => {
                let socket = "/var/run/avahi-daemon/socket";
                self.trace.push(Event::ConnectLocal { socket, ok: false }, MDNS);
            }
            _ => {}
        }
        self.h_errno = HErrno::NoRecovery;
        (SourceStatus::Unavail, Found::default())
    }

    /// nss-mdns takes names of two labels under `.local`, unless DNS has a zone `local`, which it asks for first.
    fn asks_avahi(&mut self, minimal: bool) -> bool {
        let name = self.case.name.strip_suffix('.').unwrap_or(&self.case.name).to_ascii_lowercase();
        let allowed =
            name.ends_with(".local") && (name.split('.').count() == 2 || (!minimal && self.case.files.mdns_allow));
        allowed && !self.local_zone_exists()
    }

    fn local_zone_exists(&mut self) -> bool {
        const SOA: Rule = rule("glibc.mdns-local-soa", "nss-mdns README, util.c local_soa");
        let Some(name) = Name::plain("local") else { return false };
        self.trace.push(Event::TryName { qname: name.shown(), why: Why::AsIs }, SOA);
        let answers = self.send(&name, &[Qtype::Soa]);
        answers.is_some_and(|(reply, _)| reply.is_some_and(|r| r.rcode == Rcode::NoError && !r.answers.is_empty()))
    }
}

/// A variant for one family does nothing for the other.
fn fits(family: Family, wanted: Family) -> bool {
    family == wanted || family == Family::Any || wanted == Family::Any
}

/// systemd `is_localhost`.
fn is_localhost(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    let host = name.strip_suffix(".localdomain").unwrap_or(&name);
    host == "localhost" || host.ends_with(".localhost")
}
