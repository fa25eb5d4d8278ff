//! The window that we advertise, and reading (`__tcp_select_window`, `tcp_recvmsg`, `tcp_cleanup_rbuf`).

use super::segment::Segment;
use super::state::{Cx, State, Tcb};
use crate::errno::Errno;

/// Half the least receive buffer (`SOCK_MIN_RCVBUF`).
const LEAST_CLAMP: u32 = 1_152;

impl Tcb {
    /// Payload that fits so much buffer (`tcp_win_from_space`).
    pub(super) fn win_from_space(&self, space: u32) -> u32 {
        ((u64::from(space) * u64::from(self.rcv.scaling)) >> 8) as u32
    }

    /// What is left of the advertised window (`tcp_receive_window`).
    pub(super) fn receive_window(&self) -> u32 {
        let left = i64::from(self.rcv.wnd) - i64::from(self.rcv.nxt - self.rcv.wup);
        left.max(0) as u32
    }

    fn free_space(&self) -> i64 {
        i64::from(self.win_from_space(self.rcv.rcvbuf.saturating_sub(self.rcv.rmem)))
    }

    /// RFC 9293, 3.8.6.2.2: no silly windows.
    pub(super) fn select_window_now(&mut self, cx: &Cx) -> u32 {
        let mut mss = i64::from(self.ack.rcv_mss);
        let allowed = i64::from(self.win_from_space(self.rcv.rcvbuf));
        let full = i64::from(self.rcv.clamp).min(allowed);
        let mut free = self.free_space();
        if mss > full {
            mss = full;
            if mss <= 0 {
                return 0;
            }
        }
        let scale = self.rcv.wscale;
        if cx.sys.shrink_window != 0 && scale > 0 {
            let unit = 1i64 << scale;
            free = free / unit * unit;
            if free < full >> 1 {
                self.ack.quick = 0;
                if free < allowed >> 4 || free < mss || free < unit {
                    return 0;
                }
            }
            // The threshold is no hard limit, unlike the buffer: up to the next step above it.
            let most = i64::from(self.rcv.ssthresh);
            return if free > most { (most as u32).next_multiple_of(unit as u32) } else { free as u32 };
        }
        if free < full >> 1 {
            self.ack.quick = 0;
            free = (free >> scale) << scale;
            if free < allowed >> 4 || free < mss {
                return 0;
            }
        }
        free = free.min(i64::from(self.rcv.ssthresh));
        if scale > 0 {
            return (free as u32).next_multiple_of(1 << scale);
        }
        let window = i64::from(self.rcv.wnd);
        let window = if window <= free - mss || window > free {
            free / mss * mss
        } else if mss == full && free > window + (full >> 1) {
            free
        } else {
            window
        };
        window as u32
    }

    /// The window field of the next segment (`tcp_select_window`).
    pub(super) fn select_window(&mut self, cx: &mut Cx) -> u16 {
        if self.ack.nomem {
            self.rcv.wnd = 0;
            self.rcv.wup = self.rcv.nxt;
            return 0;
        }
        let (old, current) = (self.rcv.wnd, self.receive_window());
        let mut window = self.select_window_now(cx);
        if window < current && (cx.sys.shrink_window == 0 || self.rcv.wscale == 0) {
            // What was promised is kept.
            if window == 0 {
                cx.stats.add("TcpExtTCPWantZeroWindowAdv", 1);
            }
            window = current.next_multiple_of(1 << self.rcv.wscale);
        }
        self.rcv.wnd = window;
        self.rcv.wup = self.rcv.nxt;
        if window == 0 && old > 0 {
            cx.stats.add("TcpExtTCPToZeroWindowAdv", 1);
        } else if window > 0 && old == 0 {
            cx.stats.add("TcpExtTCPFromZeroWindowAdv", 1);
        }
        (window >> self.rcv.wscale).min(65_535) as u16
    }

    /// The most that is ever advertised; the window follows it down, and up as far as it was promised (`tcp_set_window_clamp`).
    pub fn set_window_clamp(&mut self, most: u32) {
        let (old, new) = (self.rcv.clamp, most.max(LEAST_CLAMP));
        if new == old {
            return;
        }
        self.rcv.clamp = new;
        self.rcv.ssthresh =
            if new < old { self.rcv.ssthresh.min(new) } else { self.rcv.ssthresh.max(new.min(self.rcv.wnd)) };
    }

    /// The window grows with segments that are worth their buffer (`tcp_grow_window`).
    pub(super) fn grow_window(&mut self, cx: &Cx, len: u32, cost: u32) {
        let room = i64::from(self.rcv.clamp).min(self.free_space()) - i64::from(self.rcv.ssthresh);
        if room <= 0 {
            return;
        }
        let incr = if self.win_from_space(cost) <= len { 2 * self.rcv.advmss } else { self.slow_growth(cx, len, cost) };
        if incr > 0 {
            let incr = i64::from(incr.max(2 * len));
            self.rcv.ssthresh += room.min(incr) as u32;
            self.ack.quick |= 1;
        }
    }

    fn slow_growth(&self, cx: &Cx, len: u32, cost: u32) -> u32 {
        let mut cost = self.win_from_space(cost) >> 1;
        let mut window = self.win_from_space(cx.sys.rmem[2] as u32) >> 1;
        while self.rcv.ssthresh <= window {
            if cost <= len {
                return 2 * self.ack.rcv_mss;
            }
            cost >>= 1;
            window >>= 1;
        }
        0
    }

    /// Without timestamps: how long a window takes (`tcp_rcv_rtt_measure`).
    pub(super) fn measure_rtt_by_window(&mut self, cx: &Cx) {
        if self.rcv.rtt_at > 0 {
            if self.rcv.nxt.before(self.rcv.rtt_seq) {
                return;
            }
            let us = cx.us().saturating_sub(self.rcv.rtt_at).max(1);
            self.receiver_rtt(us as u32, true);
        }
        self.rcv.rtt_seq = self.rcv.nxt + self.rcv.wnd;
        self.rcv.rtt_at = cx.us().max(1);
    }

    /// With timestamps: the echo of our own (`tcp_rcv_rtt_measure_ts`).
    pub(super) fn measure_rtt_by_stamp(&mut self, cx: &Cx, seg: &Segment) {
        let Some(ts) = self.ts_now.filter(|_| self.stamps) else { return };
        if ts.ecr == 0 || ts.ecr == self.rcv.last_tsecr {
            return;
        }
        self.rcv.last_tsecr = ts.ecr;
        if seg.end() - seg.seq >= self.ack.rcv_mss
            && let Some(us) = self.stamp_rtt(cx)
        {
            self.receiver_rtt(us, false);
        }
    }

    fn receiver_rtt(&mut self, us: u32, by_window: bool) {
        let (old, new) = (self.rcv.rtt8, us.saturating_mul(8));
        if old == 0 || new < old {
            self.rcv.rtt8 = new;
        } else if !by_window && self.rcv.nxt == self.rcv.copied {
            self.rcv.rtt8 = old - (old >> 3) + us;
        }
    }

    /// The receive buffer follows the rate at which the program reads (`tcp_rcv_space_adjust`).
    fn adjust_space(&mut self, cx: &Cx) {
        let time = cx.us().saturating_sub(self.rcv.space_at);
        if self.rcv.rtt8 == 0 || time < u64::from(self.rcv.rtt8 >> 3) {
            return;
        }
        let copied = self.rcv.copied - self.rcv.space_seq;
        if copied > self.rcv.space {
            self.grow_rcvbuf(cx, copied);
        }
        self.rcv.space_seq = self.rcv.copied;
        self.rcv.space_at = cx.us();
    }

    /// The buffer for so much in a round trip, and for twice the growth since the last, as a sender in slow start will
    /// want it (`tcp_rcvbuf_grow`).
    pub(super) fn grow_rcvbuf(&mut self, cx: &Cx, new: u32) {
        let old = u64::from(core::mem::replace(&mut self.rcv.space, new));
        if cx.sys.moderate_rcvbuf == 0 || self.rcv.rcvbuf_locked {
            return;
        }
        let mut window = u64::from(new) << 1;
        let grown = window * u64::from(new).saturating_sub(old);
        window += grown.checked_div(old).unwrap_or(0) << 1;
        if let Some(last) = self.rcv.early.last() {
            window += u64::from(last.end - self.rcv.nxt);
        }
        let space = (window << 8) / u64::from(self.rcv.scaling.max(1));
        let space = space.min(cx.sys.rmem[2] as u64) as u32;
        if space > self.rcv.rcvbuf {
            self.rcv.rcvbuf = space;
            self.rcv.clamp = self.win_from_space(space);
        }
    }

    /// Reads at most `n` bytes; `None`: nothing is there and the caller must wait (`tcp_recvmsg_locked`).
    pub fn read(&mut self, cx: &mut Cx, n: u32) -> Option<Result<u32, Errno>> {
        let mut copied = 0;
        while copied < n {
            let Some(front) = self.rcv.queue.front_mut() else { break };
            let part = front.len.min(n - copied);
            front.len -= part;
            copied += part;
            self.rcv.copied = self.rcv.copied + part;
            if front.len == 0
                && let Some(done) = self.rcv.queue.pop_front()
            {
                self.rcv.rmem -= done.truesize;
            }
        }
        if copied > 0 {
            self.adjust_space(cx);
            self.cleanup_rbuf(cx, copied);
            return Some(Ok(copied));
        }
        if n == 0 || self.done {
            return Some(Ok(0));
        }
        if let Some(e) = self.error.take() {
            return Some(Err(e));
        }
        if self.rcv_shutdown {
            return Some(Ok(0));
        }
        if self.state == State::Closed {
            // Nothing more will come, and it was told already.
            return Some(if self.connected { Ok(0) } else { Err(Errno::ENOTCONN) });
        }
        None
    }

    /// Reading may be worth an ACK: the last small segment is read, or the window opens (`tcp_cleanup_rbuf`).
    pub fn cleanup_rbuf(&mut self, cx: &mut Cx, copied: u32) {
        let mut due = false;
        if self.ack.sched {
            let interactive = self.ack.pingpong >= cx.sys.pingpong_thresh as u32;
            let small = self.ack.pushed2 || (self.ack.pushed && !interactive);
            due = self.rcv.nxt - self.rcv.wup > self.ack.rcv_mss || (copied > 0 && small && self.rcv.rmem == 0);
        }
        if copied > 0 && !due && !self.rcv_shutdown {
            let now = self.receive_window();
            if 2 * u64::from(now) <= u64::from(self.rcv.clamp) {
                let new = self.select_window_now(cx);
                due = new > 0 && u64::from(new) >= 2 * u64::from(now);
            }
        }
        if due {
            self.send_ack(cx);
        }
    }

    /// Bytes left to read, one if only the end is left (`tcp_inq_hint`).
    pub fn inq(&self) -> u32 {
        match self.readable() {
            0 if self.done => 1,
            n => n,
        }
    }

    /// What is ready (`tcp_poll`).
    pub fn poll(&mut self) -> u64 {
        let mut mask = 0;
        if self.rcv_shutdown && self.send_shutdown || self.state == State::Closed {
            mask |= 16;
        }
        if self.rcv_shutdown {
            mask |= 1 | 0x2000;
        }
        if !matches!(self.state, State::SynSent) {
            if self.readable() >= self.rcv.lowat {
                mask |= 1;
            }
            if self.send_shutdown || self.writable() {
                mask |= 4;
            } else {
                self.snd.nospace = true;
            }
        }
        if self.error.is_some() {
            mask |= 8;
        }
        mask
    }

    /// A third of the send buffer is free, and not too much waits unsent (`sk_stream_is_writeable`).
    pub(super) fn writable(&self) -> bool {
        let free = self.snd.sndbuf.saturating_sub(self.snd.wmem);
        free >= self.snd.wmem >> 1 && self.snd.wmem < self.snd.sndbuf && self.unsent_ok(1)
    }

    /// `TCP_NOTSENT_LOWAT` (`tcp_stream_memory_free`).
    pub(super) fn unsent_ok(&self, wake: u32) -> bool {
        let unsent = u64::from(self.snd.write - self.snd.nxt) << wake;
        let limit = if self.opts.notsent_lowat > 0 { self.opts.notsent_lowat } else { self.snd.notsent_lowat };
        unsent < u64::from(limit)
    }

    /// `TCP_QUICKACK` (`__tcp_sock_set_quickack`).
    pub fn set_quickack(&mut self, cx: &mut Cx, on: bool) {
        if !on {
            self.ack.pingpong = cx.sys.pingpong_thresh as u32;
            return;
        }
        self.ack.pingpong = 0;
        if matches!(self.state, State::Established | State::CloseWait) && self.ack.sched {
            self.ack.pushed = true;
            self.cleanup_rbuf(cx, 1);
        }
    }
}

impl Tcb {
    /// What is left of the advertised window, for tools.
    pub fn receive_window_for_view(&self) -> u32 {
        self.receive_window()
    }
}
