//! The switch: sources in order, and what their status leads to.

use crate::text::join;
use alloc::string::ToString;
use alloc::vec::Vec;
use core::net::IpAddr;

use super::super::case::{Family, Qtype};
use super::super::files::nsswitch::{self, GlibcHosts, Next, Source};
use super::super::outcome::Eai;
use super::super::trace::{Event, Rule, SourceStatus, rule};
use super::modules::{Module, module};
use super::{Errno, Found, HErrno, Thread};

const SWITCH: &str = "glibc nss/getaddrinfo.c get_nss_addresses";

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
                (join(&names, " "), if *default { DEFAULT } else { ORDER })
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
}

/// Digits and dots, or a colon behind a hexadecimal digit: it would have been an address if it were one.
fn looks_like_an_address(name: &str) -> bool {
    let first = name.bytes().next().unwrap_or(0);
    let digits = name.bytes().all(|b| b.is_ascii_digit() || b == b'.') && !name.ends_with('.');
    (first.is_ascii_digit() && digits) || first == b':' || (first.is_ascii_hexdigit() && name.contains(':'))
}

fn add(found: &mut Found, more: Found) {
    found.addresses.extend(more.addresses);
    if found.canonical.is_none() {
        found.canonical = more.canonical;
    }
}
