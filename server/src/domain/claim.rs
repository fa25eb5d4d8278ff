//! What presets claim of their outcome, as content files write it: a sentence, and what must hold for it to be true.

use serde::{Deserialize, Deserializer};

use super::case::Inline;
use super::lang::Both;

/// A sentence about the outcome, and what must hold for it to be true.
#[derive(Debug, Clone)]
pub struct Claim {
    /// The sentence.
    pub says: Both<Inline>,
    /// What must hold.
    pub check: Check,
    /// Its line in its file.
    pub line: usize,
}

/// What must hold of a run, a lookup or a stream.
#[derive(Debug, Clone)]
pub enum Check {
    /// A call of a program.
    Call(CallCheck),
    /// How many packets left.
    Packets(PacketsCheck),
    /// How many sockets are in a state.
    Socket(SocketCheck),
    /// What a counter reached.
    Counter(CounterCheck),
    /// The first happens before the second.
    Order([Event; 2]),
    /// A lookup's result.
    Names(NamesCheck),
    /// What was read from a stream.
    Stream(StreamCheck),
}

/// One call, or with `count` how many there are.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallCheck {
    /// Who calls: C, S, or a host of the scenario.
    pub side: String,
    /// As traces name it: `connect`, `recv`.
    pub name: String,
    /// Of the socket that the program calls so.
    pub sock: Option<String>,
    /// Which of them, from 1; -1 is the last. The first if nothing is said.
    pub nth: Option<i64>,
    /// How many calls are as described.
    pub count: Option<Within>,
    /// What it returns.
    pub ret: Option<Within>,
    /// Its error, `ECONNREFUSED`.
    pub err: Option<String>,
    /// When it is made.
    pub at_ms: Option<Millis>,
    /// How long it blocks.
    pub took_ms: Option<Millis>,
}

/// Packets that a host sends.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PacketsCheck {
    /// Who sends: C, S, or a host of the scenario.
    pub side: String,
    /// Which.
    pub what: PacketWhat,
    /// Payload bytes.
    pub len: Option<Within>,
    /// Sent then or later.
    pub after_ms: Option<Moment>,
    /// Sent earlier.
    pub before_ms: Option<Moment>,
    /// Lost on the way, or not.
    pub lost: Option<bool>,
    /// Over the loopback device instead.
    #[serde(default)]
    pub lo: bool,
    /// How many.
    pub count: Within,
}

/// Kinds of packets; `retransmission` and `zero-window` are other kinds as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PacketWhat {
    /// SYN without ACK.
    Syn,
    /// SYN, ACK.
    Synack,
    /// Payload and no FIN.
    Data,
    /// A TCP segment that is nothing else.
    Ack,
    /// FIN, with or without payload.
    Fin,
    /// RST.
    Rst,
    /// A datagram, or its first fragment.
    Udp,
    /// A later fragment.
    Fragment,
    /// ICMP.
    Icmp,
    /// ARP.
    Arp,
    /// A TCP segment of which a part was sent before.
    Retransmission,
    /// A window of 0 is announced.
    ZeroWindow,
}

/// Sockets as `ss` prints them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SocketCheck {
    /// Whose: C, S, or a host of the scenario.
    pub side: String,
    /// `ESTAB`, `CLOSE-WAIT`, `LISTEN`, `UNCONN`.
    pub state: String,
    /// When; the end of the run if nothing is said.
    pub at_ms: Option<Moment>,
    /// Recv-Q of each of them.
    pub recv_q: Option<Within>,
    /// Send-Q of each of them.
    pub send_q: Option<Within>,
    /// How many.
    pub count: Within,
}

/// A counter of `nstat` at the end.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CounterCheck {
    /// Whose: C, S, or a host of the scenario.
    pub side: String,
    /// With its prefix: `TcpExtListenOverflows`.
    pub name: String,
    /// At least so much.
    pub at_least: Option<u64>,
    /// Just so much.
    pub equals: Option<u64>,
}

/// A packet or a call, to be put in order.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// Who sends or calls.
    pub side: String,
    /// A packet.
    pub packet: Option<PacketWhat>,
    /// When it arrives, not when it leaves.
    #[serde(default)]
    pub arrives: bool,
    /// A call.
    pub call: Option<String>,
    /// When it returns, not when it is made.
    #[serde(default)]
    pub returns: bool,
    /// Which of them, from 1.
    #[serde(default = "first")]
    pub nth: usize,
}

fn first() -> usize {
    1
}

/// The result of a lookup.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamesCheck {
    /// In which implementation; in all if nothing is said.
    pub implementation: Option<String>,
    /// `OK`, an `EAI_` code, or `NOTFOUND`, `TIMEOUT`, … of Go.
    pub status: Option<String>,
    /// In the order in which they are tried.
    pub addresses: Option<Vec<String>>,
    /// The order that Go prints: `files,dns`.
    pub order: Option<String>,
    /// Questions that left.
    pub queries: Option<Within>,
    /// How long the lookup took.
    pub took_ms: Option<Millis>,
    /// Where the program got a connection.
    pub connected: Option<String>,
    /// What it reported instead: `connection refused`, `network is unreachable`, `connection timed out`.
    pub failure: Option<String>,
}

/// What was read from a stream.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StreamCheck {
    /// How many messages.
    pub messages: Option<Within>,
    /// The read that completed each, from 1.
    pub completed_in: Option<Vec<usize>>,
    /// Bytes that wait for more in the end.
    pub left: Option<Within>,
    /// Words of the error that ended the reading.
    pub error: Option<String>,
    /// Bytes of datagrams that did not fit.
    pub lost: Option<Within>,
    /// The rule that ended each HTTP body: `NoBody`, `Length(5)`, `Chunked`, `Close`, `Tunnel`.
    pub ends: Option<Vec<String>>,
}

/// Least and most, both included; in files `[1, 3]`, or one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Within {
    /// Least.
    pub least: i64,
    /// Most.
    pub most: i64,
}

impl Within {
    /// Whether a number lies within.
    pub fn holds(self, number: impl TryInto<i64>) -> bool {
        number.try_into().is_ok_and(|n: i64| (self.least..=self.most).contains(&n))
    }
}

impl<'de> Deserialize<'de> for Within {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "a number, or [least, most]")]
        enum Raw {
            One(i64),
            Two([i64; 2]),
        }
        Ok(match Raw::deserialize(deserializer)? {
            Raw::One(n) => Within { least: n, most: n },
            Raw::Two([least, most]) => Within { least, most },
        })
    }
}

/// A time since the first packet, kept in microseconds; in files milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub u64);

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Moment((f64::deserialize(deserializer)?.max(0.0) * 1_000.0).round() as u64))
    }
}

/// Earliest and latest, or shortest and longest, both included; in files `[39, 45]` milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Millis(pub Moment, pub Moment);

impl Millis {
    /// Whether so many microseconds lie within.
    pub fn hold(self, micros: u64) -> bool {
        (self.0.0..=self.1.0).contains(&micros)
    }
}
