//! What tools can ask sockets, as facts.

use crate::tcp::recovery::CaState;
use crate::tcp::segment::Endpoint;
use crate::tcp::state::State;
use crate::time::SimTime;

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
