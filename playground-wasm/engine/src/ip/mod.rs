//! What travels beside TCP segments: UDP datagrams, ICMP errors, fragments and ARP, as numbers without bytes.

pub mod fragment;
pub mod icmp;
pub mod neigh;

use alloc::rc::Rc;

use crate::tcp::segment::{Endpoint, Segment};

pub use icmp::{Icmp, Unreachable};

/// An Ethernet address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Mac(pub [u8; 6]);

impl Mac {
    /// Everybody on the segment.
    pub const BROADCAST: Mac = Mac([0xFF; 6]);

    /// The address of the device of a node; locally administered (IEEE 802, bit 1 of the first octet).
    pub const fn of(node: usize) -> Mac {
        Mac([2, 0, 0x0A, 9, 0, node as u8 + 1])
    }
}

/// Bytes of an IPv4 header without options (RFC 791, 3.1).
pub const IP_HEADER: u32 = 20;
/// Bytes of a UDP header (RFC 768) and of an ICMP error's (RFC 792).
pub const UDP_HEADER: u32 = 8;
/// Most bytes of a UDP payload over IPv4: 65535 - 20 - 8.
pub const UDP_MOST: u32 = 65_507;

/// What an IPv4 packet that is no TCP segment carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// A UDP datagram (RFC 768).
    Udp {
        /// Source port.
        from: u16,
        /// Destination port.
        to: u16,
        /// Payload bytes.
        len: u32,
    },
    /// An ICMP error (RFC 792).
    Icmp(Icmp),
}

/// A part of a packet that was too large for a link (RFC 791, 3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fragment {
    /// Place of its first byte behind the IP header, a multiple of 8.
    pub offset: u32,
    /// Bytes behind its own IP header.
    pub len: u32,
    /// More fragments follow (MF).
    pub more: bool,
}

/// An IPv4 packet that carries UDP or ICMP, whole or a fragment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Datagram {
    /// Source address.
    pub from: u32,
    /// Destination address.
    pub to: u32,
    /// Time to live.
    pub ttl: u8,
    /// Identification; fragments of one packet share it.
    pub id: u16,
    /// Don't Fragment.
    pub df: bool,
    /// Which part of the body it is, if not the whole.
    pub part: Option<Fragment>,
    /// The body of the whole packet.
    pub body: Body,
}

impl Datagram {
    /// Bytes of the whole body.
    pub fn body_len(&self) -> u32 {
        match &self.body {
            Body::Udp { len, .. } => UDP_HEADER + len,
            Body::Icmp(i) => i.len(),
        }
    }

    /// Bytes of the IP packet.
    pub fn wire_len(&self) -> u32 {
        IP_HEADER + self.part.map_or(self.body_len(), |p| p.len)
    }

    /// Source of a UDP datagram, with its port.
    pub fn source(&self) -> Option<Endpoint> {
        match self.body {
            Body::Udp { from, .. } => Some(Endpoint { addr: self.from, port: from }),
            Body::Icmp(_) => None,
        }
    }

    /// Destination of a UDP datagram, with its port.
    pub fn destination(&self) -> Option<Endpoint> {
        match self.body {
            Body::Udp { to, .. } => Some(Endpoint { addr: self.to, port: to }),
            Body::Icmp(_) => None,
        }
    }
}

/// An ARP packet for IPv4 over Ethernet (RFC 826).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arp {
    /// A reply (`ares_op$REPLY`); else a request.
    pub reply: bool,
    /// Sender hardware address.
    pub sha: Mac,
    /// Sender protocol address; 0 in a probe (RFC 5227, 1.1).
    pub spa: u32,
    /// Target hardware address; zero in a request.
    pub tha: Mac,
    /// Target protocol address.
    pub tpa: u32,
    /// Who is meant on the segment.
    pub to: Mac,
}

/// Anything that travels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Packet {
    /// A TCP segment.
    Tcp(Rc<Segment>),
    /// UDP, ICMP, fragments.
    Ip(Rc<Datagram>),
    /// ARP.
    Arp(Arp),
}

impl Packet {
    /// Bytes behind the Ethernet header.
    pub fn wire_len(&self) -> u32 {
        match self {
            Packet::Tcp(s) => s.wire_len(),
            Packet::Ip(d) => d.wire_len(),
            Packet::Arp(_) => 28,
        }
    }

    /// Source and destination address, if it is IPv4.
    pub fn addresses(&self) -> Option<(u32, u32)> {
        match self {
            Packet::Tcp(s) => Some((s.from.addr, s.to.addr)),
            Packet::Ip(d) => Some((d.from, d.to)),
            Packet::Arp(_) => None,
        }
    }

    /// Protocol number and both ends, if it has ports and is whole or a first fragment.
    pub fn flow(&self) -> Option<(u8, Endpoint, Endpoint)> {
        match self {
            Packet::Tcp(s) => Some((6, s.from, s.to)),
            Packet::Ip(d) if d.part.is_none_or(|p| p.offset == 0) => Some((17, d.source()?, d.destination()?)),
            Packet::Ip(_) | Packet::Arp(_) => None,
        }
    }

    /// The same between other ends.
    #[must_use]
    pub fn between(&self, from: Endpoint, to: Endpoint) -> Packet {
        match self {
            Packet::Tcp(s) => Packet::Tcp(Rc::new(Segment { from, to, ..(**s).clone() })),
            Packet::Ip(d) => {
                let body = match &d.body {
                    Body::Udp { len, .. } => Body::Udp { from: from.port, to: to.port, len: *len },
                    Body::Icmp(i) => Body::Icmp(i.clone()),
                };
                Packet::Ip(Rc::new(Datagram { from: from.addr, to: to.addr, body, ..(**d).clone() }))
            }
            Packet::Arp(a) => Packet::Arp(*a),
        }
    }
}
