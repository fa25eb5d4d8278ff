//! Calls of programs, as facts.

use alloc::rc::Rc;
use alloc::vec::Vec;

use super::Row;
use crate::calls::Opt;
use crate::errno::Errno;
use crate::tcp::segment::Endpoint;
use crate::time::{SimTime, Span};

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
