//! How a lookup ends.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::net::IpAddr;

use super::go::Order;
use super::notation::Notation;
use super::trace::{Event, Rule, Trace};

/// `EAI_` codes of getaddrinfo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Eai {
    /// No such name.
    NoName,
    /// The name exists without addresses.
    NoData,
    /// For now no answer.
    Again,
    /// No answer.
    Fail,
    /// See errno.
    System,
    /// An address of the other family.
    AddrFamily,
}

impl Eai {
    /// Its name in `netdb.h`.
    pub const fn name(self) -> &'static str {
        match self {
            Eai::NoName => "EAI_NONAME",
            Eai::NoData => "EAI_NODATA",
            Eai::Again => "EAI_AGAIN",
            Eai::Fail => "EAI_FAIL",
            Eai::System => "EAI_SYSTEM",
            Eai::AddrFamily => "EAI_ADDRFAMILY",
        }
    }
}

/// An error of Go's net package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoError {
    /// `DNSError.Err`.
    pub text: String,
    /// `DNSError.Server`.
    pub server: Option<IpAddr>,
    /// `IsNotFound`.
    pub not_found: bool,
    /// `IsTimeout`.
    pub timeout: bool,
    /// `IsTemporary`.
    pub temporary: bool,
}

impl GoError {
    /// "no such host".
    pub fn no_such_host(server: Option<IpAddr>) -> GoError {
        GoError { text: "no such host".into(), server, not_found: true, timeout: false, temporary: false }
    }

    /// An error without any of the flags.
    pub fn plain(text: &str, server: Option<IpAddr>) -> GoError {
        GoError { text: text.into(), server, not_found: false, timeout: false, temporary: false }
    }

    /// The kind by the first flag that is set, as programs ask for them.
    pub const fn kind(&self) -> &'static str {
        match self {
            GoError { not_found: true, .. } => "NOTFOUND",
            GoError { timeout: true, .. } => "TIMEOUT",
            GoError { temporary: true, .. } => "TEMPORARY",
            _ => "OTHER",
        }
    }
}

/// Success or failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// Addresses, or in some Go versions an empty list.
    Ok,
    /// An error of the C libraries.
    Eai(Eai),
    /// An error of Go.
    Go(GoError),
    /// A signal ended the program.
    Killed,
}

impl Status {
    /// One word.
    pub const fn name(&self) -> &'static str {
        match self {
            Status::Ok => "OK",
            Status::Eai(eai) => eai.name(),
            Status::Go(error) => error.kind(),
            Status::Killed => "KILLED",
        }
    }
}

/// The end of a lookup, and all that led to it.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Success or failure.
    pub status: Status,
    /// In the order in which a program would try them.
    pub addresses: Vec<IpAddr>,
    /// Zones of link-local addresses, where the program gets to see them (Go's `IPAddr`).
    pub zones: Vec<(IpAddr, String)>,
    /// The canonical name, where the C libraries give one.
    pub canonical: Option<String>,
    /// The order that Go prints; `None` when the name was an address, or for the C libraries.
    pub order: Option<Order>,
    /// How the program writes addresses.
    pub notation: Notation,
    /// Every step.
    pub trace: Trace,
}

impl Outcome {
    /// Addresses as a program prints them.
    pub fn printed(&self) -> Vec<String> {
        let zone = |ip: &IpAddr| self.zones.iter().find(|(of, _)| of == ip).map(|(_, zone)| zone);
        let print = |ip: &IpAddr| {
            let text = self.notation.write(*ip);
            zone(ip).map_or_else(|| text.clone(), |zone| alloc::format!("{text}%{zone}"))
        };
        self.addresses.iter().map(print).collect()
    }

    /// Closes a trace.
    pub fn end(status: Status, addresses: Vec<IpAddr>, mut trace: Trace, why: Rule) -> Outcome {
        trace.push(Event::Result { status: status.name().to_string(), addrs: addresses.clone() }, why);
        Outcome {
            status,
            addresses,
            zones: Vec::new(),
            canonical: None,
            order: None,
            notation: Notation::default(),
            trace,
        }
    }
}
