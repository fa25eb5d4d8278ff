//! A program as a list of steps.

use alloc::string::String;
use alloc::vec::Vec;

use crate::calls::Opt;
use crate::time::Span;

/// One step of a program.
#[derive(Debug, Clone)]
pub enum Step {
    /// `listen`.
    Listen {
        /// Name.
        sock: String,
        /// Backlog.
        backlog: i64,
        /// Port.
        port: u16,
        /// Options.
        opts: Vec<Opt>,
    },
    /// `accept`.
    Accept {
        /// Name of the new socket.
        sock: String,
        /// Name of the listening one.
        from: String,
    },
    /// `connect`.
    Connect {
        /// Name.
        sock: String,
        /// Port.
        port: u16,
        /// Address; that of the other side if not given.
        address: Option<u32>,
        /// A UDP socket.
        udp: bool,
        /// Options.
        opts: Vec<Opt>,
    },
    /// `setsockopt`.
    Setopt {
        /// Name.
        sock: String,
        /// Options.
        opts: Vec<Opt>,
        /// As written.
        text: String,
    },
    /// `send`, or `sendmsg` with several buffers.
    Send {
        /// Name.
        sock: String,
        /// Bytes.
        n: u32,
        /// The buffers of `sendmsg`; none of `send`.
        parts: alloc::rc::Rc<[u32]>,
        /// `MSG_MORE`.
        more: bool,
        /// `MSG_DONTWAIT`.
        dontwait: bool,
    },
    /// One `recv`.
    Recv {
        /// Name.
        sock: String,
        /// At most.
        n: u32,
    },
    /// Until so many bytes are there.
    Recvn {
        /// Name.
        sock: String,
        /// Bytes.
        n: u32,
    },
    /// Until the end.
    Drain {
        /// Name.
        sock: String,
        /// At most in one call.
        n: u32,
    },
    /// `shutdown`.
    Shutdown {
        /// Name.
        sock: String,
        /// As written.
        how: String,
        /// Reading ends.
        read: bool,
        /// Writing ends.
        write: bool,
    },
    /// `close`.
    Close {
        /// Name.
        sock: String,
    },
    /// `socket` and `bind` of UDP.
    Bind {
        /// Name.
        sock: String,
        /// Port, 0 for any.
        port: u16,
        /// Options.
        opts: Vec<Opt>,
    },
    /// `sendto`.
    SendTo {
        /// Name.
        sock: String,
        /// Bytes.
        n: u32,
        /// Port; without one to whom the last datagram came from, or to whom the socket is connected.
        port: Option<u16>,
        /// Address; that of the other side if not given.
        address: Option<u32>,
        /// `MSG_DONTWAIT`.
        dontwait: bool,
    },
    /// `recvfrom`.
    RecvFrom {
        /// Name.
        sock: String,
        /// At most.
        n: u32,
        /// `MSG_DONTWAIT`.
        dontwait: bool,
        /// `MSG_PEEK`.
        peek: bool,
        /// `MSG_TRUNC`.
        trunc: bool,
    },
    /// `getsockopt` of `SO_ORIGINAL_DST`.
    OriginalDst {
        /// Name.
        sock: String,
    },
    /// An ARP request for an address, or that announces our own.
    ArpAsk {
        /// Whose; our own if not given.
        address: Option<u32>,
        /// With sender 0.0.0.0 (RFC 5227).
        probe: bool,
        /// Earlier answers do not count.
        first: bool,
    },
    /// Who has answered since.
    ArpTell {
        /// Whose address.
        address: u32,
    },
    /// Does nothing for a while.
    Sleep {
        /// How long.
        time: Span,
    },
    /// A look at the sockets.
    Ss {
        /// As written.
        note: String,
    },
    /// So many times.
    Repeat {
        /// How often.
        times: u32,
        /// What.
        steps: Program,
    },
    /// Until a call comes up short.
    Loop {
        /// What.
        steps: Program,
    },
    /// In another thread.
    Spawn {
        /// What.
        steps: Program,
    },
}

/// Steps, shared between the threads that run them.
pub type Program = alloc::rc::Rc<[Step]>;
