//! What happened, in order, as codes and numbers. Words for it, in any language, belong to whoever shows it.

mod calls;
mod sockets;

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::string::String;

use crate::ip::neigh::Nud;
use crate::ip::{Mac, Packet};
use crate::netfilter::conntrack::Entry;
use crate::tcp::segment::Segment;
use crate::time::SimTime;

pub use calls::{Args, CallFact, CallName};
pub use sockets::{BareSocket, Row, SocketView};

/// One thing that happened.
#[derive(Debug, Clone)]
pub struct Fact {
    /// When.
    pub at: SimTime,
    /// At which host, by its place in the world.
    pub host: usize,
    /// What.
    pub what: What,
}

/// The kinds of things that happen.
#[derive(Debug, Clone)]
pub enum What {
    /// A segment left; its number names it from now on.
    Sent {
        /// Its number.
        packet: u32,
        /// What it says.
        segment: Rc<Segment>,
    },
    /// Something that is no TCP segment left: UDP, ICMP, a fragment, ARP.
    SentOther {
        /// Its number.
        packet: u32,
        /// What it says.
        frame: Packet,
    },
    /// A packet left for the host itself, over `lo`.
    Looped {
        /// Its number.
        packet: u32,
        /// What it says.
        frame: Packet,
    },
    /// The neighbour table has something else to say of an address.
    Neighbour {
        /// IPv4 address.
        addr: u32,
        /// The entry's state.
        state: Nud,
        /// Who has it, as far as known.
        mac: Option<Mac>,
    },
    /// A packet never left: nobody answered for its address.
    Unreached {
        /// IPv4 address.
        to: u32,
    },
    /// The path to an address takes only packets of so many bytes.
    PathMtu {
        /// IPv4 address.
        to: u32,
        /// Bytes.
        mtu: u32,
    },
    /// Fragments waited for others in vain.
    ReassemblyFailed,
    /// A flow in the connection tracking is new or changed, or forgotten.
    Tracked {
        /// The entry.
        entry: Box<Entry>,
        /// It is no more.
        gone: bool,
    },
    /// The link lost it.
    Lost {
        /// Which.
        packet: u32,
        /// Why.
        why: LinkDrop,
    },
    /// It arrived at this host.
    Arrived {
        /// Which.
        packet: u32,
    },
    /// The host did nothing with it, or nothing but answer.
    Discarded {
        /// Which.
        packet: u32,
        /// Why.
        why: Refused,
    },
    /// A call returned, or was made and returned at once.
    Call(Box<CallFact>),
    /// What a socket is now, when it differs from before.
    Socket {
        /// Its number at the host.
        id: u32,
        /// Its values.
        view: Box<SocketView>,
    },
    /// A socket is gone.
    Gone {
        /// Its number at the host.
        id: u32,
    },
    /// The sockets without a control block, all of them, when they differ from before.
    Bare {
        /// Listeners, half-open requests, TIME-WAIT, UDP.
        rows: Rc<[BareSocket]>,
    },
    /// Counters that went up since the fact before, by the names that nstat prints.
    Counted {
        /// Names and by how much.
        by: Rc<[(&'static str, u64)]>,
    },
    /// The run was stopped.
    Stopped {
        /// By which limit.
        limit: Limit,
    },
}

/// Why a link lost a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkDrop {
    /// The rule of that number.
    Rule(u16),
    /// Chance.
    Chance,
    /// The queue was full.
    QueueFull,
    /// It was larger than the MTU and must not be cut.
    TooBig,
    /// A rule of that number refused it, and said so.
    Rejected(u16),
    /// The direction is a black hole.
    BlackHole,
    /// Nobody has the address.
    NoRoute,
    /// It belongs to no connection that the relay remembers.
    NoMapping,
    /// Its time to live was over.
    TimeToLive,
}

impl LinkDrop {
    /// Its name, without the number of the rule.
    pub const fn name(self) -> &'static str {
        match self {
            LinkDrop::Rule(_) => "rule",
            LinkDrop::Chance => "chance",
            LinkDrop::QueueFull => "queue full",
            LinkDrop::TooBig => "too big",
            LinkDrop::Rejected(_) => "rejected",
            LinkDrop::BlackHole => "black hole",
            LinkDrop::NoRoute => "no route",
            LinkDrop::NoMapping => "no mapping",
            LinkDrop::TimeToLive => "ttl",
        }
    }
}

/// Why a host refused a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// No socket has that address: reset.
    NoConnection,
    /// The socket is closed.
    Closed,
    /// Neither SYN nor ACK nor RST where one is needed.
    NoFlags,
    /// Below the window: a duplicate.
    OldData,
    /// Beyond the window.
    OverWindow,
    /// The window is zero.
    ZeroWindow,
    /// The receive buffer is full.
    NoMemory,
    /// An older timestamp (PAWS).
    OldTimestamp,
    /// It acknowledges something older than a window.
    OldAck,
    /// It acknowledges what was never sent.
    AckOfUnsent,
    /// A reset that is not exactly next (RFC 5961).
    InexactReset,
    /// A SYN inside a connection (RFC 5961).
    UnexpectedSyn,
    /// Data for a program that has closed.
    DataAfterClose,
    /// The accept queue is full.
    AcceptQueueFull,
    /// The SYN queue is full and cookies are off.
    SynQueueFull,
    /// A reset ended a half-open connection.
    ResetOfRequest,
    /// It was answered a moment ago.
    RateLimited,
    /// TIME_WAIT has nothing to say to it.
    TimeWait,
    /// It carries a signature that nobody asked for.
    Signed,
    /// No UDP socket has that port: ICMP port unreachable.
    NoPort,
    /// Another host is meant.
    NotForUs,
}

/// What stopped a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Simulated time.
    Time,
    /// Number of events, or of what they look through.
    Events,
    /// Length of the trace.
    Memory,
}

/// Names of drops, for those who print them.
impl Refused {
    /// The kernel's word for it where it has one (`skb_drop_reason`), in lower case.
    pub fn name(self) -> String {
        alloc::format!("{self:?}")
    }
}
