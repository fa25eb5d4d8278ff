//! nss_dns: both types at once for `AF_UNSPEC`, or one (`resolv/nss_dns/dns-host.c`).

use alloc::string::{String, ToString};

use super::super::case::Qtype;
use super::super::exchange::{Rcode, Reply};
use super::super::trace::{Event, Rule, SourceStatus, Why, rule};
use super::super::wire::Name;
use super::{Errno, Found, HErrno, Thread, read};

const SOURCE: &str = "glibc resolv/nss_dns/dns-host.c";

impl Thread<'_> {
    /// `check_name`: what is no host name is not asked for.
    fn is_refused(&mut self) -> bool {
        const NAME: Rule = rule("glibc.not-a-host-name", "glibc resolv/res-name-checking.c res_hnok");
        let name = self.case.name.as_str();
        let printable = name.bytes().all(|b| (b'!'..=b'~').contains(&b));
        let fine = printable && Name::escaped(name).is_some_and(|n| n.is_host_name());
        if !fine {
            self.trace.push(Event::RejectName { name: name.to_string() }, NAME);
            self.h_errno = HErrno::HostNotFound;
        }
        !fine
    }

    /// An alias of a name without dots, from the file that HOSTALIASES names (`resolv/res_query.c`, `res_hostalias`).
    pub(super) fn alias(&mut self, name: &str) -> Option<String> {
        const ALIAS: Rule = rule("glibc.hostaliases", "glibc resolv/res_query.c res_hostalias, hostname(7)");
        if name.contains('.') {
            return None;
        }
        let path = self.case.env.get("HOSTALIASES")?;
        let text = self.case.files.at(path);
        read(&mut self.trace, path, text.is_some());
        for line in text?.lines() {
            let mut words = line.split_ascii_whitespace();
            let (first, second) = (words.next(), words.next());
            // A line without white space behind its first word ends the search.
            if line.starts_with(char::is_whitespace) || (second.is_none() && !line.contains(char::is_whitespace)) {
                if line.starts_with(char::is_whitespace) {
                    continue;
                }
                return None;
            }
            if first.is_some_and(|f| f.eq_ignore_ascii_case(name)) {
                let target = second?.to_string();
                self.trace.push(Event::TryName { qname: target.clone(), why: Why::Alias }, ALIAS);
                return Some(target);
            }
        }
        None
    }

    /// `_nss_dns_gethostbyname4_r`.
    pub(super) fn dns_both(&mut self) -> (SourceStatus, Found) {
        if self.is_refused() {
            return (SourceStatus::NotFound, Found::default());
        }
        let name = self.case.name.clone();
        let name = self.alias(&name).unwrap_or(name);
        let types: &[Qtype] = if self.conf.no_aaaa { &[Qtype::A] } else { &[Qtype::A, Qtype::Aaaa] };
        match self.search(&name, types) {
            None => (self.failure(), Found::default()),
            Some((first, second)) => self.merge(first, second),
        }
    }

    /// `_nss_dns_gethostbyname2_r`, or with a canonical name `3_r`, which does not check the name.
    pub(super) fn dns_one(&mut self, qtype: Qtype, canon: bool) -> (SourceStatus, Found) {
        if !canon && self.is_refused() {
            return (SourceStatus::NotFound, Found::default());
        }
        let name = self.case.name.clone();
        let name = self.alias(&name).unwrap_or(name);
        let Some((reply, _)) = self.search(&name, &[qtype]) else { return (self.failure(), Found::default()) };
        let found = reply.map(|reply| self.records(&reply)).unwrap_or_default();
        if found.addresses.is_empty() {
            self.h_errno = HErrno::NoRecovery;
            let dangling = self.version.dangling_is_tryagain();
            return (if dangling { SourceStatus::TryAgain } else { SourceStatus::NotFound }, Found::default());
        }
        self.h_errno = HErrno::Success;
        (SourceStatus::Success, found)
    }

    /// What a failed search means to the switch: errno decides, h_errno is what the program sees.
    fn failure(&mut self) -> SourceStatus {
        match self.errno {
            Errno::ConnRefused | Errno::TimedOut => SourceStatus::Unavail,
            Errno::Other | Errno::Busy => SourceStatus::NotFound,
        }
    }

    fn records(&self, reply: &Reply) -> Found {
        let canonical = reply.canonical().unwrap_or(self.case.name.trim_end_matches('.'));
        Found { addresses: reply.addresses().collect(), canonical: Some(canonical.to_string()) }
    }

    /// `gaih_getanswer`: the first answer's addresses before the second's; one with addresses is enough.
    fn merge(&mut self, first: Option<Reply>, second: Option<Reply>) -> (SourceStatus, Found) {
        const MERGE: Rule = rule("glibc.merge-types", SOURCE);
        let mut found = Found::default();
        for reply in [first, second].into_iter().flatten() {
            let more = self.records(&reply);
            if reply.rcode == Rcode::NoError && !more.addresses.is_empty() {
                found.addresses.extend(more.addresses);
                if found.canonical.is_none() {
                    found.canonical = more.canonical;
                }
            }
        }
        let status = if found.addresses.is_empty() { SourceStatus::NotFound } else { SourceStatus::Success };
        self.h_errno = if found.addresses.is_empty() { HErrno::HostNotFound } else { HErrno::Success };
        self.trace.push(Event::SourceStatus { source: "dns".to_string(), status }, MERGE);
        (status, found)
    }
}
