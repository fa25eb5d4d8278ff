//! A TCP segment as it travels: numbers and options, no bytes. What is carried is told by its place in the stream.

use alloc::vec::Vec;
use core::ops::{Add, BitAnd, BitOr, BitOrAssign, Sub};

/// A sequence number. It wraps, so it has its own order (RFC 9293, 3.4): `a.before(b)` if b is less than 2^31 ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Seq(pub u32);

impl Seq {
    /// Strictly earlier in the sequence space.
    pub const fn before(self, other: Seq) -> bool {
        (self.0.wrapping_sub(other.0) as i32) < 0
    }

    /// Strictly later in the sequence space.
    pub const fn after(self, other: Seq) -> bool {
        other.before(self)
    }

    /// The later of two.
    #[must_use]
    pub const fn max(self, other: Seq) -> Seq {
        if self.before(other) { other } else { self }
    }

    /// The earlier of two.
    #[must_use]
    pub const fn min(self, other: Seq) -> Seq {
        if other.before(self) { other } else { self }
    }

    /// `low <= self <= high`.
    pub const fn between(self, low: Seq, high: Seq) -> bool {
        high.0.wrapping_sub(low.0) >= self.0.wrapping_sub(low.0)
    }
}

impl Add<u32> for Seq {
    type Output = Seq;
    fn add(self, n: u32) -> Seq {
        Seq(self.0.wrapping_add(n))
    }
}

impl Sub<u32> for Seq {
    type Output = Seq;
    fn sub(self, n: u32) -> Seq {
        Seq(self.0.wrapping_sub(n))
    }
}

impl Sub for Seq {
    type Output = u32;
    fn sub(self, other: Seq) -> u32 {
        self.0.wrapping_sub(other.0)
    }
}

/// The control bits, as on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Flags(pub u16);

impl Flags {
    /// No flags.
    pub const NONE: Flags = Flags(0);
    /// No more data from the sender.
    pub const FIN: Flags = Flags(0x01);
    /// Synchronise sequence numbers.
    pub const SYN: Flags = Flags(0x02);
    /// Reset.
    pub const RST: Flags = Flags(0x04);
    /// Push.
    pub const PSH: Flags = Flags(0x08);
    /// The acknowledgment number counts.
    pub const ACK: Flags = Flags(0x10);
    /// The urgent pointer counts.
    pub const URG: Flags = Flags(0x20);
    /// ECN echo.
    pub const ECE: Flags = Flags(0x40);
    /// Congestion window reduced.
    pub const CWR: Flags = Flags(0x80);

    /// Whether all of these are set.
    pub const fn has(self, other: Flags) -> bool {
        self.0 & other.0 == other.0
    }

    /// The same without these.
    #[must_use]
    pub const fn without(self, other: Flags) -> Flags {
        Flags(self.0 & !other.0)
    }

    /// One if set, for arithmetic on sequence numbers.
    pub const fn one(self, other: Flags) -> u32 {
        if self.has(other) { 1 } else { 0 }
    }
}

impl BitOr for Flags {
    type Output = Flags;
    fn bitor(self, other: Flags) -> Flags {
        Flags(self.0 | other.0)
    }
}

impl BitOrAssign for Flags {
    fn bitor_assign(&mut self, other: Flags) {
        self.0 |= other.0;
    }
}

impl BitAnd for Flags {
    type Output = Flags;
    fn bitand(self, other: Flags) -> Flags {
        Flags(self.0 & other.0)
    }
}

/// A range of sequence numbers, `start` included, `end` not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Block {
    /// First number in it.
    pub start: Seq,
    /// First number behind it.
    pub end: Seq,
}

/// The timestamps option (RFC 7323): the sender's clock and the last value it saw of the other's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// TSval.
    pub val: u32,
    /// TSecr.
    pub ecr: u32,
}

/// The options that a host of ours reads or writes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Options {
    /// Maximum segment size, on SYNs.
    pub mss: Option<u16>,
    /// Window scale, on SYNs.
    pub wscale: Option<u8>,
    /// SACK permitted, on SYNs.
    pub sack_ok: bool,
    /// Timestamps.
    pub stamp: Option<Stamp>,
    /// SACK blocks, in the order of the option.
    pub sack: Vec<Block>,
    /// An MD5 signature (RFC 2385) is there; a host without a key discards the segment.
    pub md5: bool,
}

impl Options {
    /// Bytes on the wire, as Linux lays options out (`tcp_options_write`).
    pub fn len(&self) -> u32 {
        let mut n = 0;
        if self.mss.is_some() {
            n += 4;
        }
        match (self.stamp.is_some(), self.sack_ok) {
            (true, _) => n += 12,
            (false, true) => n += 4,
            (false, false) => {}
        }
        if self.wscale.is_some() {
            n += 4;
        }
        if self.md5 {
            n += 20;
        }
        if !self.sack.is_empty() {
            n += 4 + 8 * self.sack.len() as u32;
        }
        n
    }

    /// No option at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// One end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Endpoint {
    /// IPv4 address.
    pub addr: u32,
    /// TCP port.
    pub port: u16,
}

/// A segment between two endpoints.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Segment {
    /// Who sends it.
    pub from: Endpoint,
    /// Who is meant.
    pub to: Endpoint,
    /// Sequence number of the first byte, or of SYN or FIN.
    pub seq: Seq,
    /// Acknowledgment number, meaningless without [`Flags::ACK`].
    pub ack: Seq,
    /// Control bits.
    pub flags: Flags,
    /// The window field, not scaled.
    pub window: u16,
    /// Payload bytes.
    pub len: u32,
    /// Options.
    pub options: Options,
    /// Explicit congestion notification bits of the IP header.
    pub ecn: u8,
    /// If several segments come in one piece, the size of each (what a network card's receive offload says), else 0.
    pub gso: u32,
    /// Segments that leave in one burst of the sender's segmentation offload share a number.
    pub burst: u32,
}

/// IPv4 and TCP headers without options.
pub const HEADERS: u32 = 40;

impl Segment {
    /// Sequence number behind the segment, SYN and FIN counted.
    pub fn end(&self) -> Seq {
        self.seq + (self.len + self.flags.one(Flags::SYN) + self.flags.one(Flags::FIN))
    }

    /// Length of the IP packet.
    pub fn wire_len(&self) -> u32 {
        HEADERS + self.options.len() + self.len
    }

    /// Whether a flag is set.
    pub fn has(&self, flags: Flags) -> bool {
        self.flags.has(flags)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_survives_the_wrap() {
        let high = Seq(u32::MAX - 10);
        assert!(high.before(high + 20) && (high + 20).after(high));
        assert_eq!((high + 20) - high, 20);
        assert!((high + 5).between(high, high + 20) && !(high + 21).between(high, high + 20));
        assert_eq!(high.max(high + 20), high + 20);
    }

    #[test]
    fn options_take_the_bytes_that_linux_writes() {
        let stamp = Some(Stamp { val: 1, ecr: 2 });
        let syn = Options { mss: Some(1460), wscale: Some(7), sack_ok: true, stamp, ..Options::default() };
        assert_eq!(syn.len(), 20);
        assert_eq!(Options { stamp, ..Options::default() }.len(), 12);
        let two = alloc::vec![Block::default(); 2];
        assert_eq!(Options { stamp, sack: two, ..Options::default() }.len(), 32);
    }
}
