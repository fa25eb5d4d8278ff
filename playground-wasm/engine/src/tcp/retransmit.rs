//! Sending again: splitting and joining segments, the order of lost ones, and the timer that all of it shares.

use super::recovery::CaState;
use super::segment::Flags;
use super::state::{Cx, Pending, Sent, Tcb};

impl Tcb {
    /// Arms the retransmission timer for so many jiffies (`tcp_reset_xmit_timer`).
    pub(super) fn arm(&mut self, cx: &Cx, what: Pending, jiffies: u64) {
        let jiffies = jiffies.min(cx.ticks.from_millis(cx.sys.rto_max_ms as u64));
        self.timers.xmit = Some((what, cx.ticks.fires(cx.now, jiffies)));
    }

    /// Microseconds until the head of the queue is due (`tcp_rto_delta_us`).
    pub(super) fn rto_left(&self, cx: &Cx) -> i64 {
        let rto = cx.ticks.micros(self.rto) as i64;
        match self.snd.rtx.front() {
            Some(head) => head.at as i64 + rto - cx.us() as i64,
            None => rto,
        }
    }

    /// The retransmission timeout counts from the oldest segment (RFC 6298, 5.3; `tcp_rearm_rto`).
    pub(super) fn rearm_rto(&mut self, cx: &Cx) {
        if self.snd.packets_out == 0 {
            if matches!(self.timers.xmit, Some((Pending::Retrans | Pending::LossProbe | Pending::Reorder, _))) {
                self.timers.xmit = None;
            }
            return;
        }
        let mut rto = self.rto;
        if matches!(self.timers.xmit, Some((Pending::Reorder | Pending::LossProbe, _))) {
            rto = cx.ticks.from_micros(self.rto_left(cx).max(1) as u64);
        }
        self.arm(cx, Pending::Retrans, rto);
    }

    /// Cuts a sent segment after `len` bytes (`tcp_fragment`).
    fn split(&mut self, i: usize, len: u32) {
        let Some(s) = self.snd.rtx.get_mut(i) else { return };
        let mut rest: Sent = s.clone();
        rest.seq = s.seq + (len + s.flags.one(Flags::SYN));
        rest.flags = s.flags.without(Flags::SYN);
        s.end = rest.seq;
        s.flags = s.flags.without(Flags::PSH | Flags::FIN);
        rest.overhead = super::send::OVERHEAD;
        self.snd.wmem += super::send::OVERHEAD;
        self.snd.packets_out += 1;
        self.rec.sacked_out += u32::from(rest.sacked);
        self.rec.lost_out += u32::from(rest.lost);
        self.rec.retrans_out += u32::from(rest.retrans);
        self.snd.rtx.insert(i + 1, rest);
    }

    /// What left as one buffer with `i` and was treated alike since becomes one again, to be cut anew.
    fn join_buffer(&mut self, i: usize) {
        while let (Some(s), Some(next)) = (self.snd.rtx.get(i), self.snd.rtx.get(i + 1)) {
            let alike = (s.buffer, s.sacked, s.lost, s.retrans) == (next.buffer, next.sacked, next.lost, next.retrans);
            if !alike {
                break;
            }
            self.absorb_next(i);
        }
    }

    /// The segment behind `i` becomes a part of it.
    fn absorb_next(&mut self, i: usize) {
        let Some(next) = self.snd.rtx.remove(i + 1) else { return };
        let s = &mut self.snd.rtx[i];
        s.end = next.end;
        s.flags |= next.flags;
        s.ever_retrans |= next.ever_retrans;
        s.eor = next.eor;
        s.overhead = s.overhead.max(next.overhead);
        self.snd.packets_out -= 1;
        self.rec.sacked_out -= u32::from(next.sacked);
        self.rec.lost_out -= u32::from(next.lost);
        self.rec.retrans_out -= u32::from(next.retrans);
    }

    /// Cuts a buffer: `first` bytes that go now, then pieces of `mss`.
    fn cut_buffer(&mut self, i: usize, first: u32, mss: u32) {
        self.split(i, first);
        let mut j = i + 1;
        while self.snd.rtx.get(j).is_some_and(|s| s.len() > mss) {
            self.split(j, mss);
            j += 1;
        }
    }

    /// Small neighbours join a small segment that goes again (`tcp_retrans_try_collapse`).
    fn collapse(&mut self, cx: &Cx, i: usize, space: u32) {
        if cx.sys.retrans_collapse == 0 || self.snd.rtx[i].flags.has(Flags::SYN) {
            return;
        }
        let mut space = i64::from(space) - i64::from(self.snd.rtx[i].len());
        while let Some(next) = self.snd.rtx.get(i + 1) {
            if next.sacked || self.snd.rtx[i].eor {
                break;
            }
            space -= i64::from(next.len());
            if space < 0 || next.end.after(self.wnd_end()) {
                break;
            }
            self.absorb_next(i);
        }
    }

    /// Sends one segment of the queue again; false if it cannot leave (`__tcp_retransmit_skb`).
    pub(super) fn retransmit(&mut self, cx: &mut Cx, i: usize) -> bool {
        self.snd.burst += 1;
        self.retransmit_part(cx, i, false)
    }

    /// One segment of a burst that goes again; the last of several is pushed.
    fn retransmit_part(&mut self, cx: &mut Cx, i: usize, pushed: bool) -> bool {
        self.snd.mtup.probe_size = 0;
        let una = self.snd.una;
        let Some(s) = self.snd.rtx.get_mut(i) else { return false };
        if s.seq.before(una) {
            // The part that has been acknowledged is cut off.
            s.flags = s.flags.without(Flags::SYN);
            s.seq = una;
        }
        let mss = self.current_mss();
        let (seq, len, syn) = (self.snd.rtx[i].seq, self.snd.rtx[i].len(), self.snd.rtx[i].flags.has(Flags::SYN));
        let mut avail = (self.wnd_end() - seq) as i32;
        if avail <= 0 {
            if seq != una {
                return false;
            }
            // A window that shrank to nothing: the segment is the probe.
            avail = mss as i32;
        }
        let limit = if mss > avail as u32 { avail as u32 } else { mss };
        if !syn && len > limit {
            self.join_buffer(i);
            self.cut_buffer(i, limit, mss);
        } else if !syn && len < (avail as u32).min(mss) {
            self.collapse(cx, i, (avail as u32).min(mss));
        }
        let s = &self.snd.rtx[i];
        let (seq, len, flags) = (s.seq, s.len(), s.flags);
        self.snd.total_retrans += 1;
        cx.stats.add("TcpRetransSegs", 1);
        self.emit(cx, seq, len, if pushed { flags | Flags::PSH } else { flags });
        let (us, delivered, burst) = (cx.us(), self.snd.delivered, self.snd.burst);
        let Some(s) = self.snd.rtx.get_mut(i) else { return false };
        s.ever_retrans = true;
        if cx.congested {
            cx.stats.add("TcpExtTCPRetransFail", 1);
            return false;
        }
        s.at = us;
        s.settled = false;
        s.delivered = delivered;
        s.buffer = burst;
        true
    }

    /// Sends again and counts it as in flight (`tcp_retransmit_skb`).
    pub(super) fn retransmit_marked(&mut self, cx: &mut Cx, i: usize) -> bool {
        self.snd.burst += 1;
        self.retransmit_marked_part(cx, i, false)
    }

    fn retransmit_marked_part(&mut self, cx: &mut Cx, i: usize, pushed: bool) -> bool {
        let sent = self.retransmit_part(cx, i, pushed);
        if let Some(s) = self.snd.rtx.get_mut(i) {
            if sent {
                if !s.retrans {
                    self.rec.retrans_out += 1;
                }
                s.retrans = true;
            }
            let at = s.at;
            if self.rec.retrans_stamp == 0 {
                self.rec.retrans_stamp = self.stamp_of(at);
            }
        }
        self.rec.undo_retrans = self.rec.undo_retrans.max(0) + 1;
        sent
    }

    /// Segments from `i` on that left as one buffer and are all to go again: they leave together.
    fn lost_run(&self, i: usize, most: u32) -> usize {
        let Some(first) = self.snd.rtx.get(i) else { return 1 };
        let same = |s: &&Sent| s.buffer == first.buffer && s.lost && !s.sacked && !s.retrans;
        self.snd.rtx.iter().skip(i).take(most as usize).take_while(same).count().max(1)
    }

    /// Lost segments, oldest first, as far as the window goes (`tcp_xmit_retransmit_queue`).
    pub(super) fn xmit_retransmit_queue(&mut self, cx: &mut Cx) {
        let mut rearm = false;
        let (mut i, mut left, mut several) = (0, 0, false);
        let mss = self.current_mss();
        let most = self.burst_segs(cx, mss);
        while i < self.snd.rtx.len() {
            if self.in_flight() >= self.cc.cwnd || self.rec.retrans_out >= self.rec.lost_out {
                break;
            }
            let s = &self.snd.rtx[i];
            if s.lost && !s.sacked && !s.retrans {
                // How many of one buffer leave is settled before the first does.
                if left == 0 {
                    left = self.lost_run(i, (self.cc.cwnd - self.in_flight()).min(most));
                    several = left > 1;
                    self.snd.burst += 1;
                }
                left -= 1;
                if !self.retransmit_marked_part(cx, i, several && left == 0) {
                    break;
                }
                let slow = self.rec.state == CaState::Loss;
                cx.stats.add(if slow { "TcpExtTCPSlowStartRetrans" } else { "TcpExtTCPFastRetrans" }, 1);
                if self.rec.reducing() {
                    self.rec.prr_out += 1;
                }
                if i == 0 && self.timers.xmit.map(|x| x.0) != Some(Pending::Reorder) {
                    rearm = true;
                }
            }
            i += 1;
        }
        if rearm {
            let rto = self.rto;
            self.arm(cx, Pending::Retrans, rto);
        }
    }
}
