//! Segments leave here: header fields, options, windows; pure ACKs, probes, resets (`__tcp_transmit_skb`, `tcp_send_ack`).

use super::segment::{Flags, Options, Segment, Seq, Stamp};
use super::state::{Cx, State, Tcb};

/// Least time between answers to segments that do not fit, milliseconds (`tcp_invalid_ratelimit`).
fn limited(last: &mut u64, now_ms: u64, limit: u64) -> bool {
    if *last > 0 && now_ms + 1 - *last < limit {
        return true;
    }
    *last = now_ms + 1;
    false
}

impl Tcb {
    /// Our timestamp clock, milliseconds.
    pub(super) fn stamp_now(&self, cx: &Cx) -> u32 {
        (cx.ms() as u32).wrapping_add(self.ts_offset)
    }

    /// The timestamp of something sent at `us`.
    pub(super) fn stamp_of(&self, us: u64) -> u32 {
        ((us / 1_000) as u32).wrapping_add(self.ts_offset)
    }

    /// Options of an established connection (`tcp_established_options`).
    fn options(&self, cx: &Cx) -> Options {
        let stamp = self.stamps.then(|| Stamp { val: self.stamp_now(cx), ecr: self.ts_recent });
        let mut sack = alloc::vec::Vec::new();
        if self.sack_ok {
            let room: usize = if self.stamps { 3 } else { 4 };
            sack.extend(self.rcv.dsack);
            sack.extend(self.rcv.sacks.iter().copied());
            sack.truncate(room);
        }
        Options { stamp, sack, ..Options::default() }
    }

    fn base(&self, seq: Seq, flags: Flags) -> Segment {
        Segment {
            from: self.local,
            to: self.remote,
            seq,
            ack: self.rcv.nxt,
            flags,
            burst: self.snd.burst,
            ..Segment::default()
        }
    }

    /// Sends one segment of the connection, with an ACK and the window.
    pub(super) fn emit(&mut self, cx: &mut Cx, seq: Seq, len: u32, flags: Flags) {
        let mut flags = flags;
        let syn = flags.has(Flags::SYN);
        let options = if syn { self.syn_options(cx, flags) } else { self.options(cx) };
        let window = if syn { self.rcv.wnd.min(65_535) as u16 } else { self.select_window(cx) };
        let mut ecn = 0;
        if self.ecn_ok && !syn {
            if len > 0 && !(seq.before(self.snd.nxt)) {
                ecn = 2;
                if self.ecn_queue_cwr {
                    self.ecn_queue_cwr = false;
                    flags |= Flags::CWR;
                }
            }
            if self.ecn_demand_cwr {
                flags |= Flags::ECE;
            }
        }
        let mut seg = self.base(seq, flags);
        if !flags.has(Flags::ACK) {
            seg.ack = Seq(0);
        }
        seg.len = len;
        seg.window = window;
        seg.options = options;
        seg.ecn = ecn;
        if flags.has(Flags::ACK) {
            self.ack_sent(cx);
        }
        if len > 0 {
            self.data_sent(cx);
        }
        self.rcv.dsack = None;
        if cx.congested {
            // The local queue is full: that is congestion too.
            self.enter_cwr(cx);
        } else {
            self.snd.segs_out += 1;
            // What goes again counts as retransmitted only.
            if seg.end().after(self.snd.nxt) || seg.end() == seg.seq {
                cx.stats.add("TcpOutSegs", 1);
            }
            cx.out.push(seg);
        }
        self.snd.wstamp = cx.us();
        self.snd.route_mtu = cx.mtu;
    }

    /// SYN and SYN-ACK (`tcp_syn_options`).
    fn syn_options(&self, cx: &Cx, flags: Flags) -> Options {
        let answer = flags.has(Flags::ACK);
        let stamps = if answer { self.stamps } else { cx.sys.timestamps != 0 };
        let ecr = if answer { self.ts_recent } else { 0 };
        Options {
            mss: Some(self.announced_mss(cx) as u16),
            wscale: (if answer { self.wscale_ok } else { cx.sys.window_scaling != 0 }).then_some(self.rcv.wscale),
            sack_ok: if answer { self.sack_ok } else { cx.sys.sack != 0 },
            stamp: stamps.then(|| Stamp { val: self.stamp_now(cx), ecr }),
            ..Options::default()
        }
    }

    /// The MSS option: the device's MTU, or less by `TCP_MAXSEG`.
    pub(super) fn announced_mss(&self, cx: &Cx) -> u32 {
        let mss = cx.mtu - super::segment::HEADERS;
        if self.opts.maxseg > 0 { mss.min(self.opts.maxseg) } else { mss }
    }

    /// An ACK went out (`tcp_event_ack_sent`).
    fn ack_sent(&mut self, cx: &Cx) {
        self.rcv.compressed = 0;
        self.timers.compress = None;
        let pkts = u32::from(self.ack.sched);
        if self.ack.quick > 0 {
            if pkts >= self.ack.quick {
                self.ack.quick = 0;
                self.ack.ato = super::receive::ato_min(cx);
            } else {
                self.ack.quick -= pkts;
            }
        }
        self.clear_delack();
    }

    pub(super) fn clear_delack(&mut self) {
        let a = &mut self.ack;
        (a.sched, a.timer, a.pushed, a.pushed2, a.now, a.nomem) = (false, false, false, false, false, false);
        self.timers.delack = None;
    }

    /// Data went out: a reply soon after a request makes the connection interactive (`tcp_event_data_sent`).
    fn data_sent(&mut self, cx: &Cx) {
        let now = cx.jiffies();
        if self.in_flight() == 0 {
            self.cc.resumes(cx.ticks.micros(self.snd.lsndtime), cx.ticks.micros(now));
        }
        self.snd.lsndtime = now;
        if now.saturating_sub(self.ack.lrcvtime) < self.ack.ato {
            self.ack.pingpong = (self.ack.pingpong + 1).min(255);
        }
    }

    /// A pure ACK (`tcp_send_ack`).
    pub(super) fn send_ack(&mut self, cx: &mut Cx) {
        if self.state == State::Closed {
            return;
        }
        self.snd.burst += 1;
        let seq = self.acceptable_seq();
        self.emit(cx, seq, 0, Flags::ACK);
    }

    /// The sequence number of a segment without data: inside the peer's window if it shrank (`tcp_acceptable_seq`).
    fn acceptable_seq(&self) -> Seq {
        let end = self.wnd_end();
        let off = self.snd.nxt - end;
        if !end.before(self.snd.nxt) || (self.wscale_ok && off < 1 << self.rcv.wscale) { self.snd.nxt } else { end }
    }

    /// Zero-window and keepalive probe: nothing, one number too early (`tcp_xmit_probe_skb`).
    pub(super) fn send_probe(&mut self, cx: &mut Cx) -> bool {
        self.snd.burst += 1;
        let seq = self.snd.una - 1;
        self.emit(cx, seq, 0, Flags::ACK);
        !cx.congested
    }

    /// RST of our own making: a close with unread data, linger 0, a dead peer (`tcp_send_active_reset`).
    pub(super) fn active_reset(&mut self, cx: &mut Cx) {
        cx.stats.add("TcpOutRsts", 1);
        self.snd.burst += 1;
        let seq = self.acceptable_seq();
        self.emit(cx, seq, 0, Flags::RST | Flags::ACK);
    }

    /// RFC 5961, 5: at most some a second (`tcp_send_challenge_ack`).
    pub(super) fn challenge_ack(&mut self, cx: &mut Cx) {
        if limited(&mut self.last_oow_ack, cx.ms(), cx.sys.invalid_ratelimit as u64) {
            return;
        }
        cx.stats.add("TcpExtTCPChallengeACK", 1);
        self.send_ack(cx);
    }

    /// A segment outside the window is answered, not too often (`tcp_send_dupack`).
    pub(super) fn answer_out_of_window(&mut self, cx: &mut Cx, seg: &Segment) {
        if seg.end() != seg.seq && seg.seq.before(self.rcv.nxt) {
            cx.stats.add("TcpExtDelayedACKLost", 1);
            self.enter_quickack(cx, super::receive::MAX_QUICKACKS);
            if self.sack_ok && cx.sys.dsack != 0 {
                let end = if seg.end().after(self.rcv.nxt) { self.rcv.nxt } else { seg.end() };
                self.set_dsack(seg.seq, end);
            }
        }
        self.send_ack(cx);
    }

    /// Whether an answer to a segment without data must wait (`tcp_oow_rate_limited`).
    pub(super) fn oow_limited(&mut self, cx: &Cx, seg: &Segment) -> bool {
        if seg.end() != seg.seq && !seg.has(Flags::SYN) {
            return false;
        }
        limited(&mut self.last_oow_ack, cx.ms(), cx.sys.invalid_ratelimit as u64)
    }
}

/// The reset that answers a segment for which there is no connection (RFC 9293, 3.10.7.1, `tcp_v4_send_reset`).
pub fn reset_for(seg: &Segment) -> Option<Segment> {
    if seg.has(Flags::RST) {
        return None;
    }
    let mut rst = Segment { from: seg.to, to: seg.from, flags: Flags::RST, ..Segment::default() };
    if seg.has(Flags::ACK) {
        rst.seq = seg.ack;
    } else {
        rst.flags |= Flags::ACK;
        rst.ack = seg.end();
    }
    Some(rst)
}
