//! The search list (`resolv/res_query.c`): what follows a failure depends on the failure.

use alloc::format;

use super::super::case::Qtype;
use super::super::exchange::{Rcode, Reply};
use super::super::names;
use super::super::trace::{Event, Rule, Why, rule};
use super::super::wire::Name;
use super::{Errno, HErrno, Thread};

const SEARCH: Rule = rule("glibc.search", "glibc resolv/res_query.c __res_context_search");

/// Up to two answers, in the buffers they arrived in.
pub(super) type Answers = (Option<Reply>, Option<Reply>);

impl Thread<'_> {
    /// `__res_context_search`: answers, or `None` with h_errno and errno set.
    pub(super) fn search(&mut self, name: &str, types: &[Qtype]) -> Option<Answers> {
        self.errno = Errno::Other;
        self.h_errno = HErrno::HostNotFound;
        let plan = names::glibc(name, &self.conf);
        if let Some(target) = self.alias(name) {
            return self.query(&target, Why::Alias, types);
        }
        let mut saved = None;
        if plan.as_is_first {
            let answers = self.query(name, Why::AsIs, types);
            if answers.is_some() || plan.final_dot {
                return answers;
            }
            saved = Some(self.h_errno);
        }
        let (mut nodata, mut servfail, mut root_listed, mut searched) = (false, false, false, false);
        if !plan.final_dot {
            for suffix in self.conf.search.clone() {
                searched = true;
                // A leading dot is the root: `name.` is asked.
                let suffix = suffix.strip_prefix('.').unwrap_or(&suffix);
                root_listed |= suffix.is_empty();
                let answers = self.query(&format!("{name}.{suffix}"), Why::Suffix, types);
                if answers.is_some() {
                    return answers;
                }
                if self.errno == Errno::ConnRefused {
                    self.h_errno = HErrno::TryAgain;
                    return None;
                }
                match self.h_errno {
                    HErrno::NoData => nodata = true,
                    HErrno::HostNotFound => {}
                    HErrno::TryAgain if self.last_rcode == Rcode::ServFail => servfail = true,
                    _ => break,
                }
            }
        }
        let ask_bare = !plan.dotless || !searched || !self.conf.no_tld_query;
        if ask_bare && saved.is_none() && !root_listed {
            let answers = self.query(name, Why::Bare, types);
            if answers.is_some() {
                return answers;
            }
        }
        if let Some(saved) = saved {
            self.h_errno = saved;
        } else if nodata {
            self.h_errno = HErrno::NoData;
        } else if servfail {
            self.h_errno = HErrno::TryAgain;
        }
        None
    }

    /// `__res_context_query`: asks the servers and judges the answers.
    fn query(&mut self, qname: &str, why: Why, types: &[Qtype]) -> Option<Answers> {
        const NO_AAAA: Rule = rule("glibc.no-aaaa", "glibc resolv/res-noaaaa.c __res_handle_no_aaaa");
        let Some(name) = encode(qname) else {
            (self.h_errno, self.errno) = (HErrno::NoRecovery, Errno::Other);
            return None;
        };
        self.trace.push(Event::TryName { qname: name.shown(), why }, SEARCH);
        self.last_rcode = Rcode::NoError;
        // In no-aaaa mode an A question stands in, without EDNS, to learn whether the name exists; its answers are dropped.
        let stands_in = self.conf.no_aaaa && types == [Qtype::Aaaa];
        let sent = if stands_in {
            let edns = core::mem::take(&mut self.conf.edns);
            let sent = self.send(&name, &[Qtype::A]);
            self.conf.edns = edns;
            self.trace.push(Event::IgnoreReply { server: "".into(), qtype: "A" }, NO_AAAA);
            sent
        } else {
            self.send(&name, types)
        };
        let Some((mut first, second)) = sent else {
            self.h_errno = HErrno::TryAgain;
            return None;
        };
        if let Some(reply) = first.as_mut().filter(|_| stands_in) {
            reply.answers.clear();
        }
        let empty = |reply: &Reply| reply.rcode != Rcode::NoError || reply.answers.is_empty();
        let (one, two) = match (&first, &second) {
            (Some(first), Some(second)) => (first, second),
            (Some(only), None) | (None, Some(only)) => (only, only),
            (None, None) => return None,
        };
        if !(empty(one) && empty(two)) {
            return Some((first, second));
        }
        self.h_errno = match if one.rcode == Rcode::NoError { two.rcode } else { one.rcode } {
            Rcode::NxDomain => HErrno::HostNotFound,
            Rcode::ServFail => HErrno::TryAgain,
            Rcode::NoError => HErrno::NoData,
            Rcode::FormErr | Rcode::NotImp | Rcode::Refused => HErrno::NoRecovery,
        };
        None
    }
}

/// The empty name is refused (`__res_context_querydomain`), and what does not fit on the wire.
fn encode(qname: &str) -> Option<Name> {
    if qname.is_empty() { None } else { Name::escaped(qname) }
}
