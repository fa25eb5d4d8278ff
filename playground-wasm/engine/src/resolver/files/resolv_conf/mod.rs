//! `/etc/resolv.conf`, and the variables that change it for glibc: as Go, glibc and musl read it.

mod for_glibc;
mod for_go;
mod for_musl;

use alloc::string::String;
use alloc::vec::Vec;
use core::net::IpAddr;

use super::super::trace::{Rule, rule};
use crate::time::Span;

pub use for_glibc::glibc;
pub use for_go::go;
pub use for_musl::musl;

const FILE: &str = "/etc/resolv.conf";
/// resolv.conf(5): three servers are used, of all implementations.
const MOST_SERVERS: usize = 3;

/// What an implementation makes of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conf {
    /// In order.
    pub servers: Vec<IpAddr>,
    /// Suffixes as written.
    pub search: Vec<String>,
    /// A name with so many dots is asked as it is first.
    pub ndots: u32,
    /// How long to wait.
    pub timeout: Span,
    /// How often; glibc takes negative numbers too.
    pub attempts: u32,
    /// Start at another server each time.
    pub rotate: bool,
    /// A and AAAA one after the other.
    pub single_request: bool,
    /// And each from its own socket.
    pub single_reopen: bool,
    /// TCP from the start.
    pub use_tcp: bool,
    /// EDNS was asked for (glibc).
    pub edns: bool,
    /// The AD bit is sent.
    pub trust_ad: bool,
    /// No AAAA (glibc).
    pub no_aaaa: bool,
    /// A bare name is not asked at the end (glibc).
    pub no_tld_query: bool,
    /// Errors of one type count although the other was answered (glibc).
    pub strict_error: bool,
    /// Something Go does not know.
    pub unknown: bool,
    /// The `lookup` line of OpenBSD, for Go.
    pub lookup: Vec<String>,
    /// Reading never ends (glibc).
    pub never_ends: bool,
}

impl Conf {
    fn new() -> Conf {
        Conf {
            servers: Vec::new(),
            search: Vec::new(),
            ndots: 1,
            timeout: Span::secs(5),
            attempts: 2,
            rotate: false,
            single_request: false,
            single_reopen: false,
            use_tcp: false,
            edns: false,
            trust_ad: false,
            no_aaaa: false,
            no_tld_query: false,
            strict_error: false,
            unknown: false,
            lookup: Vec::new(),
            never_ends: false,
        }
    }
}

const SERVER: Rule = rule("resolv.server-not-an-address", "resolv.conf(5) nameserver");
const FOURTH: Rule = rule("resolv.three-servers", "resolv.conf(5) MAXNS");
