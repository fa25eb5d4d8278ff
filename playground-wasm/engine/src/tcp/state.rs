//! What one end of a connection knows: the control block, its parts, and the states it can be in.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use super::congestion::Congestion;
use super::recovery::Recovery;
use super::rtt::Rtt;
use super::segment::{Block, Endpoint, Flags, Segment, Seq};
use crate::errno::Errno;
use crate::sysctl::Sysctls;
use crate::time::{SimTime, Ticks};

/// The states of RFC 9293, 3.3.2; LISTEN, SYN-RECEIVED of a listener and TIME-WAIT have types of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// A SYN is out.
    SynSent,
    /// A SYN came in answer to ours (simultaneous open).
    SynReceived,
    /// Data may flow.
    Established,
    /// Our FIN is out.
    FinWait1,
    /// Our FIN is acknowledged.
    FinWait2,
    /// Their FIN came.
    CloseWait,
    /// Both FINs are out, ours is not acknowledged.
    Closing,
    /// Their FIN came, then ours went out.
    LastAck,
    /// Nothing is left.
    Closed,
}

/// A segment that is sent and not yet acknowledged.
#[derive(Debug, Clone)]
pub struct Sent {
    /// First sequence number.
    pub seq: Seq,
    /// Behind the last.
    pub end: Seq,
    /// Its control bits.
    pub flags: Flags,
    /// When it was last sent, microseconds.
    pub at: u64,
    /// Selectively acknowledged.
    pub sacked: bool,
    /// Taken for lost.
    pub lost: bool,
    /// RACK took it for lost, and looks at it again only once it went again: an undone mark does not bring it back
    /// (`list_del_init` in `tcp_rack_detect_loss`).
    pub settled: bool,
    /// A retransmission of it is in flight.
    pub retrans: bool,
    /// It was retransmitted at some time.
    pub ever_retrans: bool,
    /// How many segments were delivered when it was sent.
    pub delivered: u32,
    /// Bytes of bookkeeping that its buffer holds; the last segment of a buffer carries them.
    pub overhead: u32,
    /// The writer marked the end of a record here: nothing is joined to it.
    pub eor: bool,
    /// Segments that left as one buffer share a number, until one of them goes again.
    pub buffer: u32,
}

impl Sent {
    /// Payload bytes.
    pub fn len(&self) -> u32 {
        self.end - self.seq - self.flags.one(Flags::SYN) - self.flags.one(Flags::FIN)
    }

    /// No payload.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A buffer that the program filled and that is not yet sent.
#[derive(Debug, Clone, Default)]
pub struct Unsent {
    /// Payload bytes.
    pub len: u32,
    /// PSH, FIN.
    pub flags: Flags,
    /// Nothing more is appended.
    pub eor: bool,
}

impl Unsent {
    /// Sequence numbers it takes.
    pub fn span(&self) -> u32 {
        self.len + self.flags.one(Flags::FIN)
    }
}

/// A received buffer that the program has not read.
#[derive(Debug, Clone)]
pub struct Received {
    /// Bytes left in it.
    pub len: u32,
    /// What it costs of the receive buffer.
    pub truesize: u32,
    /// How many bytes of a following small segment it could take in.
    pub room: u32,
}

/// A received range that does not fit yet.
#[derive(Debug, Clone)]
pub struct Early {
    /// First sequence number.
    pub seq: Seq,
    /// Behind the last, FIN included.
    pub end: Seq,
    /// It ends with FIN.
    pub fin: bool,
    /// What it costs of the receive buffer.
    pub truesize: u32,
    /// Room for joining.
    pub room: u32,
}

/// The sender's half.
#[derive(Debug, Clone)]
pub struct Sender {
    /// Oldest number not acknowledged.
    pub una: Seq,
    /// Next to be sent.
    pub nxt: Seq,
    /// Behind the last byte written.
    pub write: Seq,
    /// Behind the last byte pushed.
    pub pushed: Seq,
    /// The peer's window.
    pub wnd: u32,
    /// The largest it was.
    pub max_wnd: u32,
    /// Sequence number of the last window update.
    pub wl1: Seq,
    /// End of the last small segment (Minshall).
    pub small: Seq,
    /// Scale of the peer's window field.
    pub wscale: u8,
    /// Payload of a full segment, timestamps taken off.
    pub mss: u32,
    /// The peer's MSS option.
    pub mss_clamp: u32,
    /// `TCP_MAXSEG`, 0 when unset.
    pub user_mss: u32,
    /// Header with fixed options.
    pub header_len: u32,
    /// Segments of the largest buffer.
    pub gso_segs: u32,
    /// The path's MTU as known.
    pub pmtu: u32,
    /// The MTU of the route as it was when something last left.
    pub route_mtu: u32,
    /// Sent, in order.
    pub rtx: VecDeque<Sent>,
    /// Written, in order.
    pub queue: VecDeque<Unsent>,
    /// Bytes of the send buffer in use.
    pub wmem: u32,
    /// The send buffer.
    pub sndbuf: u32,
    /// `SO_SNDBUF` fixed it.
    pub sndbuf_locked: bool,
    /// `tcp_notsent_lowat` when the connection began.
    pub notsent_lowat: u32,
    /// A writer waits for room.
    pub nospace: bool,
    /// Segments in the retransmission queue.
    pub packets_out: u32,
    /// When data was last sent, jiffies.
    pub lsndtime: u64,
    /// When anything was last sent, microseconds.
    pub wstamp: u64,
    /// The window limited the last round.
    pub cwnd_limited: bool,
    /// Most segments out in this round.
    pub max_packets_out: u32,
    /// End of the round.
    pub cwnd_usage_seq: Seq,
    /// Segments used since the window was last full.
    pub cwnd_used: u32,
    /// When the window was last full, jiffies.
    pub cwnd_stamp: u64,
    /// Acknowledged in all.
    pub bytes_acked: u64,
    /// Delivered segments in all.
    pub delivered: u32,
    /// Lost segments in all.
    pub lost: u32,
    /// Retransmitted segments in all.
    pub total_retrans: u32,
    /// Segments sent in all, retransmissions too.
    pub segs_out: u32,
    /// Burst number of the next transmission.
    pub burst: u32,
    /// `tcp_mtup_*`: bounds of the search.
    pub mtup: Mtup,
    /// Initial sequence number.
    pub iss: Seq,
    /// The route's initial window.
    pub init_cwnd: u32,
    /// How long data was in flight and why it was not more.
    pub chrono: Chrono,
}

/// What holds the sender back, and for how long it did (`tcp_chrono_*`).
#[derive(Debug, Clone, Default)]
pub struct Chrono {
    /// 0 none, 1 busy, 2 receive window, 3 send buffer.
    pub kind: u8,
    /// Since when, microseconds.
    pub start: u64,
    /// Microseconds of each kind.
    pub sum: [u64; 3],
}

/// Path MTU probing (RFC 4821).
#[derive(Debug, Clone, Default)]
pub struct Mtup {
    /// Switched on.
    pub enabled: bool,
    /// Largest MTU that may work.
    pub high: u32,
    /// Largest MTU known to work.
    pub low: u32,
    /// Size of the probe in flight, 0 if none.
    pub probe_size: u32,
    /// Where the probe lies.
    pub probe: Block,
}

/// The receiver's half.
#[derive(Debug, Clone)]
pub struct Receiver {
    /// Next number expected.
    pub nxt: Seq,
    /// First number not read.
    pub copied: Seq,
    /// `nxt` when the window was last advertised.
    pub wup: Seq,
    /// The window advertised then.
    pub wnd: u32,
    /// Never advertise more.
    pub ssthresh: u32,
    /// Upper bound from the buffer.
    pub clamp: u32,
    /// Scale of our window field.
    pub wscale: u8,
    /// The MSS that we announced, options taken off.
    pub advmss: u32,
    /// Read queue.
    pub queue: VecDeque<Received>,
    /// Out-of-order queue, sorted, without overlaps.
    pub early: Vec<Early>,
    /// SACK blocks, latest first.
    pub sacks: Vec<Block>,
    /// A duplicate to report.
    pub dsack: Option<Block>,
    /// Bytes of the receive buffer in use.
    pub rmem: u32,
    /// The receive buffer.
    pub rcvbuf: u32,
    /// `SO_RCVBUF` fixed it.
    pub rcvbuf_locked: bool,
    /// Payload per 256 bytes of buffer.
    pub scaling: u32,
    /// Where the last measurement of reading began.
    pub space_seq: Seq,
    /// When.
    pub space_at: u64,
    /// Bytes read in a round trip at most.
    pub space: u32,
    /// The receiver's estimate of the round trip, eighths of a microsecond.
    pub rtt8: u32,
    /// Measurement without timestamps.
    pub rtt_seq: Seq,
    /// When it began.
    pub rtt_at: u64,
    /// The echo that was last measured.
    pub last_tsecr: u32,
    /// Duplicates answered at once since a gap opened.
    pub dup_acks: u32,
    /// ACKs held back.
    pub compressed: u32,
    /// The gap they belong to.
    pub compressed_nxt: Seq,
    /// `SO_RCVLOWAT`.
    pub lowat: u32,
    /// Initial sequence number of the peer.
    pub irs: Seq,
    /// When data last came, jiffies; for tcp_info.
    pub last_data: u64,
}

/// When to acknowledge (`icsk_ack`).
#[derive(Debug, Clone, Default)]
pub struct AckState {
    /// An ACK is due.
    pub sched: bool,
    /// The delayed ACK timer runs.
    pub timer: bool,
    /// A small segment came.
    pub pushed: bool,
    /// A second one.
    pub pushed2: bool,
    /// At once.
    pub now: bool,
    /// No memory: advertise nothing.
    pub nomem: bool,
    /// ACKs that go out at once still.
    pub quick: u32,
    /// Replies sent soon after requests.
    pub pingpong: u32,
    /// Delayed ACK timeout, jiffies.
    pub ato: u64,
    /// When data last came, jiffies.
    pub lrcvtime: u64,
    /// Expected size of a full segment.
    pub rcv_mss: u32,
    /// Size of the last odd one.
    pub last_size: u32,
}

/// What is due when the retransmission timer fires (`icsk_pending`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pending {
    /// Retransmission timeout.
    Retrans,
    /// Tail loss probe.
    LossProbe,
    /// The reordering window of RACK has passed.
    Reorder,
    /// Zero-window probe.
    Probe,
}

/// The timers of a connection, as instants.
#[derive(Debug, Clone, Default)]
pub struct Timers {
    /// What the retransmission timer is for, and when it fires.
    pub xmit: Option<(Pending, SimTime)>,
    /// Delayed ACK.
    pub delack: Option<SimTime>,
    /// The jiffy that the delayed ACK aims at.
    pub delack_jiffy: u64,
    /// Keepalive, or the end of FIN_WAIT_2.
    pub keepalive: Option<SimTime>,
    /// Compressed ACK.
    pub compress: Option<SimTime>,
}

/// Options of a socket, kept before it is connected and inherited on accept.
#[derive(Debug, Clone, Copy, Default)]
pub struct SockOpts {
    /// `TCP_NODELAY`.
    pub nodelay: bool,
    /// `TCP_CORK`.
    pub cork: bool,
    /// `TCP_MAXSEG`.
    pub maxseg: u32,
    /// `TCP_SYNCNT`.
    pub syncnt: u32,
    /// `TCP_USER_TIMEOUT`, milliseconds.
    pub user_timeout: u32,
    /// `TCP_LINGER2`, seconds; negative: no FIN_WAIT_2.
    pub linger2: i64,
    /// `SO_RCVBUF`, doubled.
    pub rcvbuf: u32,
    /// `SO_SNDBUF`, doubled.
    pub sndbuf: u32,
    /// `SO_LINGER` switched on.
    pub linger: Option<u32>,
    /// `SO_KEEPALIVE`.
    pub keepalive: bool,
    /// `TCP_KEEPIDLE`, seconds, 0 unset.
    pub keepidle: u32,
    /// `TCP_KEEPINTVL`.
    pub keepintvl: u32,
    /// `TCP_KEEPCNT`.
    pub keepcnt: u32,
    /// `SO_RCVTIMEO`, microseconds, 0 for ever.
    pub rcvtimeo: u64,
    /// `SO_SNDTIMEO`.
    pub sndtimeo: u64,
    /// `O_NONBLOCK`.
    pub nonblock: bool,
    /// `TCP_WINDOW_CLAMP`.
    pub window_clamp: u32,
    /// `TCP_NOTSENT_LOWAT`.
    pub notsent_lowat: u32,
    /// `SO_REUSEPORT`.
    pub reuseport: bool,
    /// `TCP_QUICKACK` was switched off: ACKs wait for replies.
    pub interactive: bool,
    /// `SO_RCVLOWAT`, 0 unset.
    pub rcvlowat: u32,
}

/// One end of a connection (`struct tcp_sock`).
#[derive(Debug, Clone)]
pub struct Tcb {
    /// State.
    pub state: State,
    /// Our end.
    pub local: Endpoint,
    /// The other.
    pub remote: Endpoint,
    /// Sending.
    pub snd: Sender,
    /// Receiving.
    pub rcv: Receiver,
    /// Acknowledging.
    pub ack: AckState,
    /// Round trips.
    pub rtt: Rtt,
    /// RTO with back-off, jiffies.
    pub rto: u64,
    /// Doublings of it.
    pub backoff: u32,
    /// Timeouts in a row.
    pub retransmits: u32,
    /// Probes without an answer.
    pub probes_out: u32,
    /// When probing began, milliseconds of the clock plus one; 0 if it has not.
    pub probes_tstamp: u64,
    /// Loss detection.
    pub rec: Recovery,
    /// Congestion window.
    pub cc: Congestion,
    /// Timers.
    pub timers: Timers,
    /// Options.
    pub opts: SockOpts,
    /// `TCP_CORK` and `TCP_NODELAY` as they act.
    pub nonagle: Nonagle,
    /// Peer allows SACK.
    pub sack_ok: bool,
    /// Timestamps are in use.
    pub stamps: bool,
    /// Window scaling is in use.
    pub wscale_ok: bool,
    /// The peer's latest timestamp, and when it came (s).
    pub ts_recent: u32,
    /// Seconds when it was taken; `None` before the first.
    pub ts_recent_at: Option<u64>,
    /// Timestamp of the segment being processed.
    pub ts_now: Option<super::segment::Stamp>,
    /// Added to our clock in timestamps.
    pub ts_offset: u32,
    /// Reading is over.
    pub rcv_shutdown: bool,
    /// Writing is over.
    pub send_shutdown: bool,
    /// A program made it or accepted it.
    pub owned: bool,
    /// No program holds it.
    pub orphan: bool,
    /// Error for the next call.
    pub error: Option<Errno>,
    /// Soft error, told when the connection gives up.
    pub soft_error: Option<Errno>,
    /// A FIN was received.
    pub done: bool,
    /// When the last segment came, jiffies.
    pub rcv_tstamp: u64,
    /// Last challenge or duplicate answer, milliseconds plus one.
    pub last_oow_ack: u64,
    /// A process waits: a wake-up is due.
    pub woken: bool,
    /// It was accepted from a listener.
    pub passive: bool,
    /// Segments received.
    pub segs_in: u32,
    /// Result of `connect` was told.
    pub connected: bool,
    /// Explicit congestion notification negotiated.
    pub ecn_ok: bool,
    /// ECE is due in our ACKs.
    pub ecn_demand_cwr: bool,
    /// CWR is due in our data.
    pub ecn_queue_cwr: bool,
    /// When our SYN-ACK left, microseconds, if it was sent once.
    pub synack_at: Option<u64>,
    /// A call waits to write.
    pub write_pending: bool,
    /// A process holds the socket: ACKs wait until it lets go.
    pub held: bool,
    /// One is due then.
    pub ack_deferred: bool,
}

/// How small segments are treated (`tp->nonagle`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Nonagle {
    /// `TCP_NODELAY`.
    pub off: bool,
    /// `TCP_CORK` or `MSG_MORE`.
    pub cork: bool,
    /// Send now in any case.
    pub push: bool,
}

/// What a connection needs of its host while it acts, and what it leaves there.
pub struct Cx<'a> {
    /// Now.
    pub now: SimTime,
    /// The kernel's clock.
    pub ticks: Ticks,
    /// Settings.
    pub sys: &'a Sysctls,
    /// What leaves.
    pub out: &'a mut Vec<Segment>,
    /// Counters as nstat names them.
    pub stats: &'a mut crate::host::Stats,
    /// TIME_WAIT takes the connection's place.
    pub time_wait: Option<super::time_wait::TimeWait>,
    /// The local queue drops what is sent (a full qdisc).
    pub congested: bool,
    /// Why the segment at hand was refused.
    pub refused: Option<crate::trace::Refused>,
    /// MTU of the device.
    pub mtu: u32,
}

impl Cx<'_> {
    /// Microseconds.
    pub fn us(&self) -> u64 {
        self.now.as_micros()
    }

    /// Jiffies.
    pub fn jiffies(&self) -> u64 {
        self.ticks.at(self.now)
    }

    /// Milliseconds, as timestamps count.
    pub fn ms(&self) -> u64 {
        self.now.as_micros() / 1_000
    }
}

impl Tcb {
    /// The earliest timer.
    pub fn next_timer(&self) -> Option<SimTime> {
        [self.timers.xmit.map(|x| x.1), self.timers.delack, self.timers.keepalive, self.timers.compress]
            .into_iter()
            .flatten()
            .min()
    }

    /// Segments believed in the network (`tcp_packets_in_flight`).
    pub fn in_flight(&self) -> u32 {
        let left = self.rec.sacked_out + self.rec.lost_out;
        (self.snd.packets_out + self.rec.retrans_out).saturating_sub(left)
    }

    /// End of the peer's window.
    pub fn wnd_end(&self) -> Seq {
        self.snd.una + self.snd.wnd
    }

    /// Bytes in the read queue.
    pub fn readable(&self) -> u32 {
        self.rcv.queue.iter().map(|r| r.len).sum()
    }

    /// Our FIN has been queued.
    pub fn fin_queued(&self) -> bool {
        self.snd.queue.back().is_some_and(|u| u.flags.has(Flags::FIN))
            || self.snd.rtx.back().is_some_and(|s| s.flags.has(Flags::FIN))
    }
}
