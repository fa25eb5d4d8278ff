//! The switch: sources in order, and what their status leads to.

use alloc::string::ToString;
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::super::case::{Family, Qtype};
use super::super::exchange::Rcode;
use super::super::files::hosts;
use super::super::files::nsswitch::{self, GlibcHosts, Next, Source};
use super::super::outcome::Eai;
use super::super::trace::{Event, Rule, SourceStatus, Why, rule};
use super::super::wire::Name;
use super::{Errno, Found, HErrno, Thread, read};

const SWITCH: &str = "glibc nss/getaddrinfo.c get_nss_addresses";

/// What a module can do for hosts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Module {
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

fn module(name: &str) -> Module {
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

/// `no_data` of the C code: what a failure would be reported as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NoData {
    No,
    Yes,
    Again,
}

impl Thread<'_> {
    fn hosts_line(&mut self) -> GlibcHosts {
        const ORDER: Rule = rule("glibc.sources", "nsswitch.conf(5), glibc nss/nss_database.c");
        const DEFAULT: Rule = rule("glibc.default-sources", "glibc manual, Notes on NSS Configuration File");
        let line = nsswitch::glibc(self.case.files.nsswitch.as_deref(), self.version, &mut self.trace);
        let (sources, why) = match &line {
            GlibcHosts::Sources { list, default } => {
                let names: Vec<&str> = list.iter().map(|s| s.name.as_str()).collect();
                (names.join(" "), if *default { DEFAULT } else { ORDER })
            }
            GlibcHosts::Nobody | GlibcHosts::Broken => ("".to_string(), ORDER),
        };
        self.trace.push(Event::Order { sources }, why);
        line
    }

    /// Loads a module once.
    fn load(&mut self, source: &Source) -> Module {
        const LOAD: Rule = rule("glibc.load-module", "glibc nss/nss_module.c");
        let kind = module(&source.name);
        if self.loaded.insert(source.name.clone()) {
            self.trace.push(Event::LoadModule { name: source.name.clone(), ok: kind != Module::Missing }, LOAD);
        }
        self.trace.push(Event::AskSource { source: source.name.clone() }, LOAD);
        kind
    }

    fn report(&mut self, source: &Source, status: SourceStatus) -> Next {
        const STATUS: Rule = rule("glibc.source-status", SWITCH);
        const ACTION: Rule = rule("glibc.action", "nsswitch.conf(5) STATUS=ACTION");
        let next = source.next(status);
        self.trace.push(Event::SourceStatus { source: source.name.clone(), status }, STATUS);
        self.trace.push(Event::Action { status, action: next.name() }, ACTION);
        next
    }

    fn no_data(&self) -> NoData {
        match self.h_errno {
            HErrno::TryAgain => NoData::Again,
            HErrno::NoData => NoData::Yes,
            _ => NoData::No,
        }
    }

    /// `get_nss_addresses`.
    pub(super) fn sources(&mut self) -> Result<Found, Eai> {
        let list = match self.hosts_line() {
            GlibcHosts::Sources { list, .. } => list,
            GlibcHosts::Broken => return Err(Eai::NoName),
            GlibcHosts::Nobody => return Err(Eai::System),
        };
        let mut found = Found::default();
        let mut status = SourceStatus::Unavail;
        let (mut four, mut six) = (NoData::No, NoData::No);
        let mut merge = false;
        for source in &list {
            if self.version.continue_discards() {
                found = Found::default();
                if merge {
                    (self.h_errno, self.errno) = (HErrno::Internal, Errno::Busy);
                    break;
                }
            }
            let kind = self.load(source);
            if matches!(kind, Module::NoHosts | Module::Missing) {
                status = SourceStatus::Unavail;
                (self.h_errno, self.errno) = (HErrno::Internal, Errno::Busy);
            } else if self.hints.family == Family::Any {
                let (now, more) = self.both_families(kind);
                status = now;
                four = if status == SourceStatus::Success { NoData::No } else { self.no_data() };
                six = four;
                add(&mut found, more);
            } else {
                (status, four, six) = self.wanted_family(kind, &mut found)?;
            }
            match self.report(source, status) {
                Next::Return => break,
                Next::Merge => merge = true,
                Next::Continue => {}
            }
        }
        if matches!(status, SourceStatus::TryAgain | SourceStatus::Unavail) && self.h_errno == HErrno::Internal {
            return Err(Eai::System);
        }
        match (four, six) {
            (NoData::Again, NoData::Again) => Err(Eai::Again),
            (NoData::No, _) | (_, NoData::No) => Ok(found),
            _ => Err(Eai::NoData),
        }
    }

    /// IPv6 first when it is wanted; with `AI_V4MAPPED | AI_ALL` IPv4 as well, mapped.
    fn wanted_family(&mut self, kind: Module, found: &mut Found) -> Result<(SourceStatus, NoData, NoData), Eai> {
        let mut six = (SourceStatus::Unavail, NoData::No);
        if self.hints.family == Family::V6 {
            six = self.gethosts(kind, Family::V6, found)?;
        }
        let mut four = six;
        if self.hints.family == Family::V4 || self.hints.mapped {
            four = self.gethosts(kind, Family::V4, found)?;
            if self.hints.family == Family::V4 {
                six = four;
            }
        }
        let status = match (six.0, four.0) {
            (SourceStatus::Success, _) | (_, SourceStatus::Success) => SourceStatus::Success,
            (SourceStatus::TryAgain, _) => SourceStatus::TryAgain,
            (six, SourceStatus::Unavail) => six,
            (_, four) => four,
        };
        Ok((status, four.1, six.1))
    }

    fn gethosts(&mut self, kind: Module, family: Family, found: &mut Found) -> Result<(SourceStatus, NoData), Eai> {
        let (status, more) = self.family_of(kind, family, self.hints.canon);
        if status == SourceStatus::Success {
            let map = family == Family::V4 && self.hints.family == Family::V6;
            let mapped = |ip: IpAddr| match ip {
                IpAddr::V4(v4) if map => v4.to_ipv6_mapped().into(),
                ip => ip,
            };
            let addresses = more.addresses.into_iter().map(mapped).collect();
            add(found, Found { addresses, ..more });
            return Ok((status, NoData::No));
        }
        if self.h_errno == HErrno::Internal { Err(Eai::System) } else { Ok((status, self.no_data())) }
    }

    /// `gethostbyname2_r`, for IPv4 alone without a canonical name: modules without the function are passed over.
    pub(super) fn one_family(&mut self) -> Result<Found, Eai> {
        const DIGITS: Rule = rule("glibc.looks-like-an-address", "glibc nss/digits_dots.c __nss_hostname_digits_dots");
        if looks_like_an_address(&self.case.name) {
            self.trace.push(Event::RejectName { name: self.case.name.clone() }, DIGITS);
            return Err(Eai::NoName);
        }
        let list = match self.hosts_line() {
            GlibcHosts::Sources { list, .. } => list,
            GlibcHosts::Broken => return Err(Eai::System),
            GlibcHosts::Nobody => Vec::new(),
        };
        let mut status = SourceStatus::Unavail;
        let (mut any, mut merging) = (false, false);
        let mut found = Found::default();
        for source in &list {
            let kind = self.load(source);
            if matches!(kind, Module::NoHosts | Module::Missing) {
                if source.next(SourceStatus::Unavail) == Next::Continue {
                    continue;
                }
                break;
            }
            any = true;
            let more;
            (status, more) = self.family_of(kind, Family::V4, false);
            // Results for hosts can be neither copied nor merged (`nss/getXXbyYY_r.c`, `__copy_einval`): a source that found
            // something to merge counts as unavailable; the next one too if it finds something, else the first result stays.
            match (merging, status) {
                (true, SourceStatus::Success) => (merging, status) = (false, SourceStatus::Unavail),
                (true, _) => status = SourceStatus::Success,
                (false, _) => found = more,
            }
            if status == SourceStatus::Success && source.next(status) == Next::Merge {
                (merging, status) = (true, SourceStatus::Unavail);
            }
            if self.report(source, status) == Next::Return {
                break;
            }
        }
        if !any {
            // errno decides, and it is that of the last file which was not there (`nss/getXXbyYY_r.c`).
            self.h_errno = HErrno::NoRecovery;
            let missing = self.case.files.host_conf.is_none() || self.case.files.resolv.is_none();
            return Err(if missing { Eai::NoData } else { Eai::NoName });
        }
        match status {
            SourceStatus::Success => Ok(found),
            SourceStatus::NotFound if self.h_errno == HErrno::NoData => Err(Eai::NoData),
            SourceStatus::NotFound => Err(Eai::NoName),
            SourceStatus::Unavail | SourceStatus::TryAgain => Err(match self.h_errno {
                HErrno::Internal => Eai::System,
                HErrno::TryAgain => Eai::Again,
                _ => Eai::NoData,
            }),
        }
    }

    /// `gethostbyname4_r` of a module: both families.
    fn both_families(&mut self, kind: Module) -> (SourceStatus, Found) {
        match kind {
            Module::Files => self.ask_files(Family::Any),
            Module::Dns => self.dns_both(),
            Module::MyHostname => self.ask_own_name(Family::Any),
            Module::Resolve | Module::Mdns { .. } | Module::NoHosts | Module::Missing => {
                self.ask_daemon(kind, Family::Any)
            }
        }
    }

    /// `gethostbyname3_r` or `gethostbyname2_r`: one family.
    fn family_of(&mut self, kind: Module, family: Family, canon: bool) -> (SourceStatus, Found) {
        match kind {
            Module::Files => self.ask_files(family),
            Module::Dns => self.dns_one(if family == Family::V6 { Qtype::Aaaa } else { Qtype::A }, canon),
            Module::MyHostname => self.ask_own_name(family),
            Module::Resolve | Module::Mdns { .. } | Module::NoHosts | Module::Missing => self.ask_daemon(kind, family),
        }
    }

    fn ask_files(&mut self, family: Family) -> (SourceStatus, Found) {
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
    fn ask_own_name(&mut self, family: Family) -> (SourceStatus, Found) {
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
    fn ask_daemon(&mut self, kind: Module, wanted: Family) -> (SourceStatus, Found) {
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

/// Digits and dots, or a colon behind a hexadecimal digit: it would have been an address if it were one.
fn looks_like_an_address(name: &str) -> bool {
    let first = name.bytes().next().unwrap_or(0);
    let digits = name.bytes().all(|b| b.is_ascii_digit() || b == b'.') && !name.ends_with('.');
    (first.is_ascii_digit() && digits) || first == b':' || (first.is_ascii_hexdigit() && name.contains(':'))
}

/// A variant for one family does nothing for the other.
fn fits(family: Family, wanted: Family) -> bool {
    family == wanted || family == Family::Any || wanted == Family::Any
}

fn add(found: &mut Found, more: Found) {
    found.addresses.extend(more.addresses);
    if found.canonical.is_none() {
        found.canonical = more.canonical;
    }
}

/// systemd `is_localhost`.
fn is_localhost(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    let host = name.strip_suffix(".localdomain").unwrap_or(&name);
    host == "localhost" || host.ends_with(".localhost")
}
