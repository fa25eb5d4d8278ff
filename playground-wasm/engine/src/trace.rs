//! What happened, in order, as codes and numbers. Words for it, in any language, belong to whoever shows it.

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use crate::calls::Opt;
use crate::errno::Errno;
use crate::ip::neigh::Nud;
use crate::ip::{Mac, Packet};
use crate::netfilter::conntrack::Entry;
use crate::tcp::recovery::CaState;
use crate::tcp::segment::{Endpoint, Segment};
use crate::tcp::state::State;
use crate::time::{SimTime, Span};

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
    /// Number of events.
    Events,
    /// Length of the trace.
    Memory,
}

/// Which call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallName {
    /// `listen`, with socket and bind before it.
    Listen,
    /// `accept`.
    Accept,
    /// `connect`.
    Connect,
    /// `setsockopt`.
    Setopt,
    /// `send`.
    Send,
    /// `sendmsg` with several buffers.
    Sendv,
    /// `recv`.
    Recv,
    /// `shutdown`.
    Shutdown,
    /// `close`.
    Close,
    /// A look at the sockets, `ss`.
    Ss,
    /// `socket` and `bind` of UDP.
    Bind,
    /// `sendto`.
    SendTo,
    /// `recvfrom`.
    RecvFrom,
    /// `getsockopt` of `SO_ORIGINAL_DST`.
    OriginalDst,
    /// Asking who has an address.
    Arping,
    /// The program ends.
    Exit,
}

impl CallName {
    /// Its name in traces.
    pub const fn name(self) -> &'static str {
        match self {
            CallName::Listen => "listen",
            CallName::Accept => "accept",
            CallName::Connect => "connect",
            CallName::Setopt => "setopt",
            CallName::Send => "send",
            CallName::Sendv => "sendv",
            CallName::Recv => "recv",
            CallName::Shutdown => "shutdown",
            CallName::Close => "close",
            CallName::Ss => "ss",
            CallName::Bind => "bind",
            CallName::SendTo => "sendto",
            CallName::RecvFrom => "recvfrom",
            CallName::OriginalDst => "getsockopt",
            CallName::Arping => "arping",
            CallName::Exit => "exit",
        }
    }
}

/// What a tool sees of a call's arguments beyond the socket and one number.
#[derive(Debug, Clone)]
pub enum Args {
    /// `listen`, `connect`: the port, and the options set before; of a refused list those that were tried.
    Open(u16, Rc<[Opt]>),
    /// `bind`, `sendto`, `connect` of UDP: the other end or, of `bind`, ours; the options set before.
    Udp {
        /// Address and port.
        end: Option<Endpoint>,
        /// Options.
        opts: Rc<[Opt]>,
        /// `MSG_DONTWAIT`.
        dontwait: bool,
    },
    /// `recvfrom`: who sent the datagram, its real length, flags.
    Datagram {
        /// Sender.
        from: Endpoint,
        /// Its whole length; what did not fit is gone.
        real: u32,
        /// `MSG_PEEK`, `MSG_TRUNC`, `MSG_DONTWAIT`.
        flags: [bool; 3],
    },
    /// `accept`: the listener's name.
    From(Rc<str>),
    /// `setsockopt`: the options that were tried, the last one had the result.
    Set(Rc<[Opt]>),
    /// `send`, `sendmsg`.
    Send {
        /// `MSG_MORE`.
        more: bool,
        /// `MSG_DONTWAIT`.
        dontwait: bool,
        /// The buffers of `sendmsg`.
        parts: Rc<[u32]>,
    },
}

/// A call of a program and what came of it.
#[derive(Debug, Clone)]
pub struct CallFact {
    /// When it was made.
    pub began: SimTime,
    /// How long it blocked.
    pub took: Span,
    /// The thread, 0 for the first.
    pub thread: u32,
    /// Which call.
    pub call: CallName,
    /// The socket's name in the program.
    pub sock: Option<Rc<str>>,
    /// The client's end of the connection, if the socket has one.
    pub client: Option<Endpoint>,
    /// Bytes asked for, or the backlog.
    pub n: Option<u64>,
    /// Further arguments, as the scenario writes them.
    pub detail: Option<Rc<str>>,
    /// What a tool sees of them beyond that.
    pub args: Option<Rc<Args>>,
    /// What it returned.
    pub result: Option<Result<i64, Errno>>,
    /// What `ss` saw.
    pub rows: Vec<Row>,
}

/// One line of `ss`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Our end.
    pub local: Endpoint,
    /// The other.
    pub remote: Endpoint,
    /// State as `ss` prints it.
    pub state: &'static str,
    /// Recv-Q.
    pub recv_q: u32,
    /// Send-Q.
    pub send_q: u32,
    /// The timer that runs, and milliseconds left.
    pub timer: Option<(&'static str, u64)>,
}

/// A socket that is no connection with a control block: a listener, a half-open request, TIME-WAIT, UDP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BareSocket {
    /// It is a UDP socket, which has nothing else to tell.
    pub udp: bool,
    /// Our end.
    pub local: Endpoint,
    /// The other; nothing for a listener.
    pub remote: Endpoint,
    /// State as `ss` prints it.
    pub state: &'static str,
    /// Recv-Q: of a listener those that wait for accept.
    pub recv_q: u32,
    /// Send-Q: of a listener the backlog.
    pub send_q: u32,
    /// Congestion control, of a listener.
    pub congestion: Option<&'static str>,
    /// Timer as `ss` names it, when it fires, and how often it did.
    pub timer: Option<(&'static str, SimTime, u32)>,
}

/// What a tool can ask a connection (`ss -ti`, buffers, timers).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SocketView {
    /// Our end.
    pub local: Endpoint,
    /// The other.
    pub remote: Endpoint,
    /// State.
    pub state: State,
    /// Congestion state.
    pub ca: CaState,
    /// No process holds it.
    pub orphan: bool,
    /// Bytes to be read.
    pub recv_q: u32,
    /// Bytes not acknowledged.
    pub send_q: u32,
    /// Bytes not yet sent.
    pub unsent: u32,
    /// Congestion window, segments.
    pub cwnd: u32,
    /// Slow start threshold, segments.
    pub ssthresh: u32,
    /// Smoothed round trip, microseconds.
    pub srtt_us: u32,
    /// Its deviation.
    pub rttvar_us: u32,
    /// Least round trip.
    pub min_rtt_us: u32,
    /// Retransmission timeout, milliseconds.
    pub rto_ms: u64,
    /// Doublings.
    pub backoff: u32,
    /// Segments in flight, SACKed, lost, retransmitted.
    pub out: [u32; 4],
    /// Retransmitted in all.
    pub total_retrans: u32,
    /// The peer's window.
    pub snd_wnd: u32,
    /// Ours.
    pub rcv_wnd: u32,
    /// Full segment.
    pub mss: u32,
    /// Bytes held out of order, and in how many ranges.
    pub early: (u32, u32),
    /// ACKs left in quick mode, interactive or not, delayed ACK timeout in ms.
    pub ack: (u32, bool, u64),
    /// Receive and send buffer: used, size.
    pub memory: [u32; 4],
    /// Timer as `ss` names it, and when it fires.
    pub timer: Option<(&'static str, SimTime)>,
    /// How often that timer fired in a row.
    pub timeouts: u32,
    /// When the delayed ACK is due.
    pub delack: Option<SimTime>,
    /// Timestamps, SACK, ECN in use.
    pub options: [bool; 3],
    /// Window scales of the peer and of ours, if in use.
    pub wscale: Option<(u8, u8)>,
    /// Congestion control by name.
    pub congestion: &'static str,
    /// Full segment as received so far, MSS announced, path MTU.
    pub sizes: [u32; 3],
    /// Bytes the peer acknowledged, segments delivered.
    pub acked: (u64, u32),
    /// Most bytes that our window may offer, bytes read in a round trip.
    pub rcv_space: (u32, u32),
}

/// Names of drops, for those who print them.
impl Refused {
    /// The kernel's word for it where it has one (`skb_drop_reason`), in lower case.
    pub fn name(self) -> String {
        alloc::format!("{self:?}")
    }
}
