//! One lookup and everything that can matter to it. Files are text or absent; a name server is a list of behaviours.

use crate::map::Map;
use alloc::string::String;
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The question, the machine and the name servers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Case {
    /// What the program passes.
    pub name: String,
    /// Which addresses it wants.
    pub family: Family,
    /// `AI_ADDRCONFIG` (C only).
    pub addrconfig: bool,
    /// `AI_CANONNAME` (C only).
    pub canon: bool,
    /// The machine's own host name (uname).
    pub own_name: String,
    /// The machine's addresses and routes.
    pub net: Net,
    /// The environment.
    pub env: Map<String, String>,
    /// Configuration.
    pub files: Files,
    /// Name servers and what they know.
    pub dns: Dns,
}

/// Address family asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Family {
    /// Both.
    #[default]
    Any,
    /// IPv4 only.
    V4,
    /// IPv6 only.
    V6,
}

/// The machine's interfaces: loopback with both families always, and what is beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Net {
    /// A global IPv4 address, its prefix length, and a default route.
    pub v4: Option<(Ipv4Addr, u8)>,
    /// A global IPv6 address, its prefix length, and a default route.
    pub v6: Option<(Ipv6Addr, u8)>,
}

/// Texts under `/etc`; absent files are `None`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Files {
    /// `/etc/nsswitch.conf`.
    pub nsswitch: Option<String>,
    /// `/etc/hosts`.
    pub hosts: Option<String>,
    /// `/etc/resolv.conf`.
    pub resolv: Option<String>,
    /// `/etc/host.conf`.
    pub host_conf: Option<String>,
    /// `/etc/gai.conf`.
    pub gai_conf: Option<String>,
    /// `/etc/mdns.allow` exists.
    pub mdns_allow: bool,
}

impl Files {
    /// The text behind a path, for variables of the environment that name a file.
    pub fn at(&self, path: &str) -> Option<&str> {
        match path {
            "/etc/nsswitch.conf" => self.nsswitch.as_deref(),
            "/etc/hosts" => self.hosts.as_deref(),
            "/etc/resolv.conf" => self.resolv.as_deref(),
            "/etc/host.conf" => self.host_conf.as_deref(),
            "/etc/gai.conf" => self.gai_conf.as_deref(),
            _ => None,
        }
    }
}

/// The name servers: recursive resolvers in looks (RA set, CNAMEs followed, OPT echoed).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dns {
    /// By address; what each does when no rule matches.
    pub servers: Map<IpAddr, Action>,
    /// The zone.
    pub records: Vec<Record>,
    /// Exceptions; the first that matches decides.
    pub rules: Vec<Exception>,
}

/// A record of the zone; owner names may begin with `*.`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Owner, without the final dot.
    pub name: String,
    /// Its data.
    pub data: Data,
}

/// Record data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Data {
    /// An IPv4 address.
    A(Ipv4Addr),
    /// An IPv6 address, as written in the zone.
    Aaaa(Ipv6Addr),
    /// An alias, without the final dot.
    Cname(String),
    /// A type that lookups of addresses do not ask for.
    Other,
}

/// What a name server does with a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Action {
    /// Answers from the zone.
    #[default]
    Zone,
    /// SERVFAIL.
    Servfail,
    /// REFUSED.
    Refused,
    /// FORMERR.
    Formerr,
    /// NOTIMP.
    Notimp,
    /// NXDOMAIN.
    Nxdomain,
    /// NOERROR without answers.
    Nodata,
    /// Says nothing.
    Drop,
    /// NOERROR with TC set and no answers.
    Truncate,
    /// NOERROR, no answers, neither AA nor RA: a lame referral.
    Lame,
    /// Nothing listens.
    Closed,
    /// FORMERR when the question has an OPT record, else the zone.
    FormerrEdns,
}

/// An exception; what is `None` matches anything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Exception {
    /// At this server.
    pub server: Option<IpAddr>,
    /// For this name, without the final dot.
    pub name: Option<String>,
    /// For this type.
    pub qtype: Option<Qtype>,
    /// Over this transport.
    pub proto: Option<Proto>,
    /// For the first so many questions that match.
    pub first_n: Option<u32>,
    /// Does this.
    pub action: Action,
}

/// A type that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Qtype {
    /// IPv4 addresses.
    A,
    /// IPv6 addresses.
    Aaaa,
    /// The start of a zone (nss-mdns asks for `local`).
    Soa,
}

impl Qtype {
    /// As written in captures.
    pub const fn name(self) -> &'static str {
        match self {
            Qtype::A => "A",
            Qtype::Aaaa => "AAAA",
            Qtype::Soa => "SOA",
        }
    }
}

/// Transport of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Proto {
    /// Datagrams.
    Udp,
    /// A stream.
    Tcp,
}

impl Proto {
    /// As written in captures.
    pub const fn name(self) -> &'static str {
        match self {
            Proto::Udp => "udp",
            Proto::Tcp => "tcp",
        }
    }
}

impl Net {
    /// Only loopback.
    pub const LOOPBACK: Net = Net { v4: None, v6: None };
    /// Addresses of both families.
    pub const DUAL: Net = Net {
        v4: Some((Ipv4Addr::new(192, 0, 2, 10), 24)),
        v6: Some((Ipv6Addr::new(0x2001, 0xdb8, 1, 0, 0, 0, 0, 0x10), 64)),
    };
    /// IPv4 alone.
    pub const V4: Net = Net { v6: None, ..Net::DUAL };
    /// IPv6 alone.
    pub const V6: Net = Net { v4: None, ..Net::DUAL };

    /// The source address that Linux picks for a UDP connect, or `None` when there is no route.
    pub fn source(&self, dst: IpAddr) -> Option<IpAddr> {
        match dst {
            IpAddr::V4(v4) if v4.is_loopback() || v4.is_unspecified() => Some(Ipv4Addr::LOCALHOST.into()),
            IpAddr::V4(v4) if v4.is_broadcast() => None,
            IpAddr::V4(_) => self.v4.map(|(own, _)| own.into()),
            IpAddr::V6(v6) if v6.is_loopback() || v6.is_unspecified() => Some(Ipv6Addr::LOCALHOST.into()),
            IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
                Some(v4) => match self.source(v4.into()) {
                    Some(IpAddr::V4(src)) => Some(src.to_ipv6_mapped().into()),
                    _ => None,
                },
                // A link-local destination without a scope is EINVAL.
                None if v6.is_unicast_link_local() => None,
                None => self.v6.map(|(own, _)| own.into()),
            },
        }
    }

    /// The prefix length of the interface address that is used as source.
    pub fn prefix_of(&self, src: IpAddr) -> u8 {
        match src {
            IpAddr::V4(v4) if v4.is_loopback() => 8,
            IpAddr::V6(v6) if v6.is_loopback() => 128,
            IpAddr::V4(_) => self.v4.map_or(0, |(_, bits)| bits),
            IpAddr::V6(_) => self.v6.map_or(0, |(_, bits)| bits),
        }
    }
}
