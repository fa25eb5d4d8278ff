//! ICMP errors (RFC 792, RFC 1191): what they say, which call ends with what because of them, and how many a host sends
//! (net/ipv4/icmp.c). Echo is left out.

use crate::map::Map;

use super::{Datagram, Packet};
use crate::errno::Errno;
use crate::tcp::segment::Endpoint;
use crate::time::SimTime;

/// Why something could not be delivered (type 3), by code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreachable {
    /// Net unreachable, code 0.
    Net,
    /// Host unreachable, code 1.
    Host,
    /// Protocol unreachable, code 2.
    Protocol,
    /// Port unreachable, code 3.
    Port,
    /// Fragmentation needed and DF set, code 4; the next hop's MTU in bytes (RFC 1191, 4).
    FragmentationNeeded(u32),
    /// Host administratively prohibited, code 10.
    HostProhibited,
    /// Communication administratively prohibited, code 13.
    AdminProhibited,
}

/// An ICMP error with the packet it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Icmp {
    /// Destination unreachable, type 3.
    Unreachable(Unreachable, alloc::boxed::Box<Packet>),
    /// Time exceeded in transit, type 11 code 0.
    TimeExceeded(alloc::boxed::Box<Packet>),
    /// Fragment reassembly time exceeded, type 11 code 1.
    ReassemblyTimeExceeded(alloc::boxed::Box<Packet>),
}

impl Icmp {
    /// Type and code as on the wire.
    pub fn code(&self) -> (u8, u8) {
        match self {
            Icmp::Unreachable(why, _) => (
                3,
                match why {
                    Unreachable::Net => 0,
                    Unreachable::Host => 1,
                    Unreachable::Protocol => 2,
                    Unreachable::Port => 3,
                    Unreachable::FragmentationNeeded(_) => 4,
                    Unreachable::HostProhibited => 10,
                    Unreachable::AdminProhibited => 13,
                },
            ),
            Icmp::TimeExceeded(_) => (11, 0),
            Icmp::ReassemblyTimeExceeded(_) => (11, 1),
        }
    }

    /// The packet that it is about.
    pub fn about(&self) -> &Packet {
        match self {
            Icmp::Unreachable(_, p) | Icmp::TimeExceeded(p) | Icmp::ReassemblyTimeExceeded(p) => p,
        }
    }

    /// The same about another packet, as a NAT makes of it.
    #[must_use]
    pub fn with(&self, about: Packet) -> Icmp {
        let about = alloc::boxed::Box::new(about);
        match self {
            Icmp::Unreachable(why, _) => Icmp::Unreachable(*why, about),
            Icmp::TimeExceeded(_) => Icmp::TimeExceeded(about),
            Icmp::ReassemblyTimeExceeded(_) => Icmp::ReassemblyTimeExceeded(about),
        }
    }

    /// Bytes of the message: 8, and of the packet what makes an IP packet of at most 576 (`icmp_send`; RFC 1812, 4.3.2.3).
    pub fn len(&self) -> u32 {
        8 + self.about().wire_len().min(548)
    }

    /// Never: there is always a header.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// What calls end with, and whether it ends a connected UDP socket's call (`icmp_err_convert`, `fatal`); nothing for
    /// a packet that was too large, which the path MTU answers.
    pub fn errno(&self) -> Option<(Errno, bool)> {
        match self {
            Icmp::Unreachable(why, _) => match why {
                Unreachable::Net => Some((Errno::ENETUNREACH, false)),
                Unreachable::Host => Some((Errno::EHOSTUNREACH, false)),
                Unreachable::Protocol => Some((Errno::ENOPROTOOPT, true)),
                Unreachable::Port => Some((Errno::ECONNREFUSED, true)),
                Unreachable::FragmentationNeeded(_) => None,
                Unreachable::HostProhibited | Unreachable::AdminProhibited => Some((Errno::EHOSTUNREACH, true)),
            },
            Icmp::TimeExceeded(_) | Icmp::ReassemblyTimeExceeded(_) => Some((Errno::EHOSTUNREACH, false)),
        }
    }

    /// Protocol and ends of the packet it is about.
    pub fn flow(&self) -> Option<(u8, Endpoint, Endpoint)> {
        self.about().flow()
    }
}

/// Whether an error may be sent about it: never about errors, nor about fragments but the first (RFC 1122, 3.2.2).
pub fn may_answer(d: &Datagram) -> bool {
    !matches!(d.body, super::Body::Icmp(_)) && d.part.is_none_or(|p| p.offset == 0)
}

/// How many errors go to one address (`icmp_ratelimit` of 1000 ms, `inet_peer_xrlim_allow`): six at once, then one a
/// second. The limit of 1000 a second for all is left out.
#[derive(Debug, Clone, Default)]
pub struct Limit(Map<u32, (u64, u64)>);

/// Milliseconds that one error costs, and how many may be saved up.
const COST: (u64, u64) = (1_000, 6);

impl Limit {
    /// Whether one may go to that address now.
    pub fn allow(&mut self, now: SimTime, to: u32) -> bool {
        let most = COST.0 * COST.1;
        let now = now.as_micros() / 1_000;
        let (tokens, last) = self.0.get(&to).copied().unwrap_or((most, now));
        let tokens = (tokens + now - last).min(most);
        let allowed = tokens >= COST.0;
        self.0.insert(to, (if allowed { tokens - COST.0 } else { tokens }, now));
        allowed
    }
}
