//! Receiving data: the read queue, what came too early, SACK blocks, and when to acknowledge (`tcp_data_queue`,
//! `icsk_ack`).

use super::segment::{Block, Flags, Segment, Seq};
use super::state::{Cx, Early, Received, State, Tcb};

/// Most ACKs that go out at once when a connection begins (`TCP_MAX_QUICKACKS`).
pub const MAX_QUICKACKS: u32 = 16;
/// The delayed ACK of 40 ms (`TCP_DELACK_MIN`, HZ/25).
const DELACK_MIN_MS: u64 = 40;
/// No delayed ACK is later (`TCP_DELACK_MAX`, HZ/5).
const DELACK_MAX_MS: u64 = 200;
/// Duplicates that are answered one by one before ACKs are compressed.
const DUP_ACKS: u32 = 3;
/// SACK blocks that are kept.
const BLOCKS: usize = 4;

/// The least delayed ACK timeout, jiffies (`TCP_ATO_MIN`).
pub(super) fn ato_min(cx: &Cx) -> u64 {
    cx.ticks.from_millis(DELACK_MIN_MS)
}

/// What a segment costs of the receive buffer, and the room left for a small neighbour: a buffer of the size that the
/// kernel's allocator gives (`SKB_TRUESIZE`, kmalloc's powers of two) on x86-64.
pub fn truesize(wire_len: u32) -> (u32, u32) {
    const SKB: u32 = 256;
    const TAIL: u32 = 320;
    const HEADROOM: u32 = 64;
    const PAGE: u32 = 4_096;
    let want = (wire_len + HEADROOM).next_multiple_of(64) + TAIL;
    let head = match want {
        0..=576 => 576,
        577..=PAGE => want.next_power_of_two(),
        // What came in one piece lies in whole pages.
        _ => want.next_multiple_of(PAGE),
    };
    // Pages have no room behind what they hold.
    let room = if want > PAGE { 0 } else { (head - TAIL).saturating_sub(HEADROOM + wire_len) };
    (head + SKB, room)
}

impl Tcb {
    /// Takes in the data of an acceptable segment (`tcp_data_queue`).
    pub(super) fn data_queue(&mut self, cx: &mut Cx, seg: &Segment) {
        if seg.seq == seg.end() {
            return;
        }
        self.rcv.dsack = None;
        let (cost, room) = truesize(seg.wire_len());
        if seg.seq == self.rcv.nxt {
            let bare_fin = seg.len == 0 && seg.has(Flags::FIN);
            if self.receive_window() == 0 && !bare_fin {
                cx.stats.add("TcpExtTCPZeroWindowDrop", 1);
                return self.out_of_window(cx, crate::trace::Refused::ZeroWindow);
            }
            return self.queue_in_order(cx, seg, seg.seq, cost, room);
        }
        if !seg.end().after(self.rcv.nxt) {
            cx.stats.add("TcpExtDelayedACKLost", 1);
            self.set_dsack_if(cx, seg.seq, seg.end());
            return self.out_of_window(cx, crate::trace::Refused::OldData);
        }
        if !seg.seq.before(self.rcv.nxt + self.receive_window()) {
            return self.out_of_window(cx, crate::trace::Refused::OverWindow);
        }
        if seg.seq.before(self.rcv.nxt) {
            let nxt = self.rcv.nxt;
            self.set_dsack_if(cx, seg.seq, nxt);
            if self.receive_window() == 0 {
                return self.out_of_window(cx, crate::trace::Refused::ZeroWindow);
            }
            return self.queue_in_order(cx, seg, nxt, cost, room);
        }
        self.queue_early(cx, seg, cost, room);
    }

    fn out_of_window(&mut self, cx: &mut Cx, why: crate::trace::Refused) {
        cx.refused = Some(why);
        self.enter_quickack(cx, MAX_QUICKACKS);
        self.ack.sched = true;
    }

    /// Whether there is room, after making some (`tcp_try_rmem_schedule`, `tcp_prune_queue`).
    fn has_memory(&mut self, cx: &mut Cx) -> bool {
        if self.rcv.rmem <= self.rcv.rcvbuf {
            return true;
        }
        cx.stats.add("TcpExtPruneCalled", 1);
        // A buffer that nobody fixed grows to what it holds already (`tcp_clamp_window`).
        self.ack.quick = 0;
        let most = cx.sys.rmem[2] as u32;
        if self.rcv.rcvbuf < most && !self.rcv.rcvbuf_locked {
            self.rcv.rcvbuf = self.rcv.rmem.min(most);
        }
        if self.rcv.rmem > self.rcv.rcvbuf {
            self.rcv.ssthresh = self.rcv.clamp.min(2 * self.rcv.advmss);
        }
        if self.rcv.rmem <= self.rcv.rcvbuf {
            return true;
        }
        self.collapse_queue(cx);
        if self.rcv.rmem <= self.rcv.rcvbuf {
            return true;
        }
        // What came early goes first, the farthest before the others (`tcp_prune_ofo_queue`).
        let mut pruned = false;
        while self.rcv.rmem > self.rcv.rcvbuf
            && let Some(last) = self.rcv.early.pop()
        {
            self.rcv.rmem -= last.truesize;
            pruned = true;
        }
        if pruned {
            cx.stats.add("TcpExtOfoPruned", 1);
            self.rcv.sacks.clear();
        }
        self.rcv.rmem <= self.rcv.rcvbuf
    }

    /// Small segments that waste their buffers are packed together (`tcp_collapse`).
    fn collapse_queue(&mut self, cx: &mut Cx) {
        const PAYLOAD: u32 = 3_776;
        const COST: u32 = 4_352;
        let wasteful = |r: &Received, t: &Tcb| t.win_from_space(r.truesize) > r.len;
        let Some(from) = self.rcv.queue.iter().position(|r| wasteful(r, self)) else { return };
        let rest: alloc::vec::Vec<Received> = self.rcv.queue.drain(from..).collect();
        cx.stats.add("TcpExtTCPRcvCollapsed", rest.len() as u64);
        let mut bytes: u32 = rest.iter().map(|r| r.len).sum();
        self.rcv.rmem -= rest.iter().map(|r| r.truesize).sum::<u32>();
        while bytes > 0 {
            let len = bytes.min(PAYLOAD);
            bytes -= len;
            let head = (len + 320).next_power_of_two().max(576);
            let truesize = if len == PAYLOAD { COST } else { head + 256 };
            self.rcv.rmem += truesize;
            self.rcv.queue.push_back(Received { len, truesize, room: 0 });
        }
    }

    fn queue_in_order(&mut self, cx: &mut Cx, seg: &Segment, from: Seq, cost: u32, room: u32) {
        if !self.has_memory(cx) {
            self.ack.nomem = true;
            self.ack.now = true;
            self.ack.sched = true;
            self.woken = true;
            if !self.rcv.queue.is_empty() && seg.len > 0 {
                cx.stats.add("TcpExtTCPRcvQDrop", 1);
                cx.refused = Some(crate::trace::Refused::NoMemory);
                return;
            }
        }
        let len = seg.end() - from - seg.flags.one(Flags::FIN);
        self.take(len, cost, room);
        self.rcv.nxt = seg.end();
        if seg.len > 0 {
            self.data_received(cx, seg, cost);
        }
        if seg.has(Flags::FIN) {
            self.fin_received(cx);
        }
        if !self.rcv.early.is_empty() {
            self.drain_early(cx);
            if self.rcv.early.is_empty() {
                // RFC 5681, 4.2: a filled gap is acknowledged at once.
                self.ack.now = true;
            }
        }
        self.remove_sacks();
        self.woken = true;
    }

    /// A range joins the read queue; a small one goes into the room of the last buffer (`tcp_try_coalesce`).
    fn take(&mut self, len: u32, cost: u32, room: u32) {
        if len == 0 {
            return;
        }
        if let Some(last) = self.rcv.queue.back_mut()
            && last.room >= len
        {
            last.room -= len;
            last.len += len;
            return;
        }
        self.rcv.rmem += cost;
        self.rcv.queue.push_back(Received { len, truesize: cost, room });
    }

    fn queue_early(&mut self, cx: &mut Cx, seg: &Segment, cost: u32, room: u32) {
        if !self.has_memory(cx) {
            cx.stats.add("TcpExtTCPOFODrop", 1);
            cx.refused = Some(crate::trace::Refused::NoMemory);
            self.woken = true;
            return;
        }
        self.measure_rcv_mss(seg, cost);
        self.ack.sched = true;
        cx.stats.add("TcpExtTCPOFOQueue", 1);
        let (mut seq, end) = (seg.seq, seg.end());
        let fin = seg.has(Flags::FIN);
        let at = self.rcv.early.partition_point(|e| e.seq.before(seq) || e.seq == seq && !e.end.after(seq));
        // Overlap with the range before it.
        if at > 0 {
            let before = &self.rcv.early[at - 1];
            if seq.before(before.end) {
                if !end.after(before.end) {
                    self.set_dsack_if(cx, seq, end);
                    return self.new_sack(cx, seq, end);
                }
                let cut = before.end;
                self.set_dsack_if(cx, seq, cut);
                seq = cut;
            }
        }
        if let Some(same) = self.rcv.early.get(at)
            && same.seq == seg.seq
            && !end.after(same.end)
        {
            self.set_dsack_if(cx, seq, end);
            return self.new_sack(cx, seq, end);
        }
        while let Some(next) = self.rcv.early.get(at) {
            if !end.after(next.seq) {
                break;
            }
            let (next_seq, next_end, truesize) = (next.seq, next.end, next.truesize);
            if end.before(next_end) {
                self.extend_dsack(cx, next_seq, end);
                break;
            }
            self.extend_dsack(cx, next_seq, next_end);
            self.rcv.rmem -= truesize;
            self.rcv.early.remove(at);
        }
        // A range that continues the one before it may share its buffer.
        let len = end - seq;
        let mut own = cost;
        let mut left = room;
        if at > 0 {
            let before = &mut self.rcv.early[at - 1];
            if before.end == seq && before.room >= len && !before.fin {
                before.room -= len;
                own = 0;
                left = 0;
            }
        }
        self.rcv.rmem += own;
        self.rcv.early.insert(at, Early { seq, end, fin, truesize: own, room: left });
        if self.sack_ok {
            self.new_sack(cx, seq, end);
            self.grow_window(cx, seg.len, cost);
        }
        // Nothing grows for a program that has not come or has gone.
        if self.owned && !self.orphan {
            let space = self.rcv.space;
            self.grow_rcvbuf(cx, space);
        }
    }

    /// What has become contiguous moves to the read queue (`tcp_ofo_queue`).
    fn drain_early(&mut self, cx: &mut Cx) {
        while let Some(e) = self.rcv.early.first() {
            if e.seq.after(self.rcv.nxt) {
                break;
            }
            let e = self.rcv.early.remove(0);
            self.rcv.rmem -= e.truesize;
            if !e.end.after(self.rcv.nxt) {
                let (seq, end) = (e.seq, e.end);
                self.extend_dsack(cx, seq, end);
                continue;
            }
            if e.seq.before(self.rcv.nxt) {
                let nxt = self.rcv.nxt;
                self.extend_dsack(cx, e.seq, nxt);
            }
            let len = e.end - self.rcv.nxt - u32::from(e.fin);
            if e.truesize == 0 {
                if let Some(last) = self.rcv.queue.back_mut() {
                    last.len += len;
                } else {
                    self.take(len, 0, 0);
                }
            } else {
                self.take(len, e.truesize, e.room);
            }
            self.rcv.nxt = e.end;
            if e.fin {
                self.fin_received(cx);
                break;
            }
        }
    }

    fn set_dsack_if(&mut self, cx: &Cx, seq: Seq, end: Seq) {
        if self.sack_ok && cx.sys.dsack != 0 {
            self.set_dsack(seq, end);
        }
    }

    pub(super) fn set_dsack(&mut self, seq: Seq, end: Seq) {
        self.rcv.dsack = Some(Block { start: seq, end });
    }

    fn extend_dsack(&mut self, cx: &Cx, seq: Seq, end: Seq) {
        match self.rcv.dsack {
            None => self.set_dsack_if(cx, seq, end),
            Some(b) if !seq.after(b.end) && !b.start.after(end) => {
                self.rcv.dsack = Some(Block { start: b.start.min(seq), end: b.end.max(end) });
            }
            Some(_) => {}
        }
    }

    /// RFC 2018, 4: the block that changed comes first (`tcp_sack_new_ofo_skb`).
    fn new_sack(&mut self, cx: &mut Cx, seq: Seq, end: Seq) {
        if !self.sack_ok {
            return;
        }
        if self.rcv.sacks.is_empty() {
            self.rcv.sacks.push(Block { start: seq, end });
            return;
        }
        let found = self.rcv.sacks.iter().position(|b| !seq.after(b.end) && !b.start.after(end));
        let at = found.unwrap_or(self.rcv.sacks.len());
        if at >= 2 && self.rcv.compressed > 0 {
            self.rcv.compressed = 0;
            self.send_ack(cx);
        }
        match found {
            Some(i) => {
                let mut b = self.rcv.sacks.remove(i);
                b.start = b.start.min(seq);
                b.end = b.end.max(end);
                self.rcv.sacks.insert(0, b);
                // Blocks that touch the first now become part of it.
                let mut i = 1;
                while i < self.rcv.sacks.len() {
                    let (first, b) = (self.rcv.sacks[0], self.rcv.sacks[i]);
                    if !first.start.after(b.end) && !b.start.after(first.end) {
                        self.rcv.sacks[0] = Block { start: first.start.min(b.start), end: first.end.max(b.end) };
                        self.rcv.sacks.remove(i);
                    } else {
                        i += 1;
                    }
                }
            }
            None => {
                self.rcv.sacks.truncate(BLOCKS - 1);
                self.rcv.sacks.insert(0, Block { start: seq, end });
            }
        }
    }

    fn remove_sacks(&mut self) {
        if self.rcv.early.is_empty() {
            self.rcv.sacks.clear();
            return;
        }
        let nxt = self.rcv.nxt;
        self.rcv.sacks.retain(|b| b.start.after(nxt) || b.end.after(nxt));
    }

    /// Data came in order: the acknowledging state moves (`tcp_event_data_recv`).
    fn data_received(&mut self, cx: &mut Cx, seg: &Segment, cost: u32) {
        self.ack.sched = true;
        self.measure_rcv_mss(seg, cost);
        self.measure_rtt_by_window(cx);
        let now = cx.jiffies();
        let least = ato_min(cx);
        if self.ack.ato == 0 {
            self.incr_quickack(MAX_QUICKACKS);
            self.ack.ato = least;
        } else {
            let gap = now.saturating_sub(self.ack.lrcvtime);
            if gap <= least / 2 {
                self.ack.ato = (self.ack.ato >> 1) + least / 2;
            } else if gap < self.ack.ato {
                self.ack.ato = ((self.ack.ato >> 1) + gap).min(self.rto);
            } else if gap > self.rto {
                self.incr_quickack(MAX_QUICKACKS);
            }
        }
        self.ack.lrcvtime = now;
        self.rcv.last_data = now;
        if seg.len >= 128 {
            self.grow_window(cx, seg.len, cost);
        }
    }

    /// The size of a full segment, by what comes (`tcp_measure_rcv_mss`).
    fn measure_rcv_mss(&mut self, seg: &Segment, cost: u32) {
        let last = self.ack.last_size;
        self.ack.last_size = 0;
        let len = if seg.gso > 0 { seg.gso } else { seg.len };
        if len >= self.ack.rcv_mss {
            if len != self.ack.rcv_mss {
                let ratio = ((seg.len << 8) / cost.max(1)).clamp(1, 255);
                if ratio != self.rcv.scaling {
                    self.rcv.scaling = ratio;
                    self.set_window_clamp(self.win_from_space(self.rcv.rcvbuf));
                    self.rcv.space = self.rcv.space.min(self.rcv.clamp);
                }
            }
            self.ack.rcv_mss = len.min(self.rcv.advmss);
            if seg.has(Flags::PSH) {
                self.ack.pushed = true;
            }
            return;
        }
        let header = 20 + seg.options.len();
        let whole = len + header;
        // Not pushed and nothing else special: it should be full-sized.
        let plain = !(seg.has(Flags::PSH) || seg.has(Flags::FIN) || seg.has(Flags::URG) || seg.has(Flags::SYN));
        if whole >= 536 + 20 || (whole >= 88 + 20 && plain) {
            let size = whole - self.snd.header_len;
            self.ack.last_size = size;
            if size == last {
                self.ack.rcv_mss = size;
                return;
            }
        }
        if self.ack.pushed {
            self.ack.pushed2 = true;
        }
        self.ack.pushed = true;
    }

    pub(super) fn incr_quickack(&mut self, most: u32) {
        let n = match self.rcv.wnd / (2 * self.ack.rcv_mss.max(1)) {
            0 => 2,
            n => n.min(most),
        };
        self.ack.quick = self.ack.quick.max(n);
    }

    pub(super) fn enter_quickack(&mut self, cx: &Cx, most: u32) {
        self.incr_quickack(most);
        self.ack.pingpong = 0;
        self.ack.ato = ato_min(cx);
    }

    /// Acknowledge now, later, or not at all (RFC 5681, 4.2; `__tcp_ack_snd_check`).
    pub(super) fn ack_snd_check(&mut self, cx: &mut Cx) {
        if !self.ack.sched {
            return;
        }
        let unacked = self.rcv.nxt - self.rcv.wup;
        let pending = self.rcv.nxt - self.rcv.copied;
        let two =
            unacked > self.ack.rcv_mss && (pending < self.rcv.lowat || self.select_window_now(cx) >= self.rcv.wnd);
        let quick = self.ack.quick > 0 && self.ack.pingpong < cx.sys.pingpong_thresh as u32;
        if two || quick || self.ack.now {
            if self.held {
                self.ack_deferred = true;
                return;
            }
            return self.send_ack(cx);
        }
        if self.rcv.early.is_empty() {
            return self.delay_ack(cx);
        }
        if !self.sack_ok || i64::from(self.rcv.compressed) >= cx.sys.comp_sack_nr {
            return self.send_ack(cx);
        }
        if self.rcv.compressed_nxt != self.rcv.nxt {
            self.rcv.compressed_nxt = self.rcv.nxt;
            self.rcv.dup_acks = 0;
        }
        if self.rcv.dup_acks < DUP_ACKS {
            self.rcv.dup_acks += 1;
            return self.send_ack(cx);
        }
        self.rcv.compressed += 1;
        if self.timers.compress.is_some() {
            return;
        }
        let mut rtt8 = self.rcv.rtt8;
        if self.rtt.srtt8 > 0 && self.rtt.srtt8 < rtt8 {
            rtt8 = self.rtt.srtt8;
        }
        // At most a twentieth of the round trip.
        let share = u64::from(rtt8 >> 3) / 20;
        let delay = share.min(cx.sys.comp_sack_delay_ns as u64 / 1_000);
        self.timers.compress = Some(cx.now + crate::time::Span::micros(delay.max(1)));
    }

    /// The process lets go of the socket (`tcp_release_cb`).
    pub fn release(&mut self, cx: &mut Cx) {
        self.held = false;
        if core::mem::take(&mut self.ack_deferred) && self.ack.sched {
            self.send_ack(cx);
        }
    }

    /// RFC 9293, 3.8.6.3 (`tcp_send_delayed_ack`).
    fn delay_ack(&mut self, cx: &mut Cx) {
        let least = ato_min(cx);
        let most = cx.ticks.from_millis(DELACK_MAX_MS);
        let mut ato = self.ack.ato;
        if ato > least {
            let interactive = self.ack.pingpong >= cx.sys.pingpong_thresh as u32;
            let mut max = if interactive || self.ack.pushed { most } else { cx.ticks.from_millis(500) };
            if self.rtt.srtt8 > 0 {
                let rtt = cx.ticks.from_micros(u64::from(self.rtt.srtt8 >> 3)).max(least);
                max = max.min(rtt);
            }
            ato = ato.min(max);
        }
        ato = ato.min(most);
        let now = cx.jiffies();
        let mut at = now + ato;
        if self.ack.timer {
            if self.timers.delack_jiffy <= now + (ato >> 2) {
                return self.send_ack(cx);
            }
            at = at.min(self.timers.delack_jiffy);
        }
        self.ack.sched = true;
        self.ack.timer = true;
        self.timers.delack_jiffy = at;
        self.timers.delack = Some(cx.ticks.fires(cx.now, at - now));
    }
}

impl Tcb {
    /// A FIN came in order (RFC 9293, 3.10.7.4, eighth; `tcp_fin`).
    fn fin_received(&mut self, cx: &mut Cx) {
        self.ack.sched = true;
        self.rcv_shutdown = true;
        self.done = true;
        match self.state {
            State::SynReceived | State::Established => {
                self.state = State::CloseWait;
                self.ack.pingpong = cx.sys.pingpong_thresh as u32;
            }
            State::FinWait1 => {
                self.send_ack(cx);
                self.state = State::Closing;
            }
            State::FinWait2 => {
                self.send_ack(cx);
                self.leave_time_wait(cx, false, super::timeout::TIMEWAIT);
            }
            State::CloseWait | State::Closing | State::LastAck | State::SynSent | State::Closed => {}
        }
        for e in core::mem::take(&mut self.rcv.early) {
            self.rcv.rmem -= e.truesize;
        }
        self.rcv.sacks.clear();
        self.rcv.dsack = None;
        self.woken = true;
    }
}

#[cfg(test)]
mod tests {
    use super::truesize;

    #[test]
    fn buffers_cost_what_ss_shows() {
        // `ss -m` on Linux 6.18, IPv4 with timestamps over a tunnel device: 1, 200 and 1448 bytes of payload.
        assert_eq!(truesize(53).0, 832);
        assert_eq!(truesize(252).0, 1280);
        assert_eq!(truesize(1500).0, 2304);
        // In one piece, without timestamps: 3000, 3900, 9000, 20000 and 50000 bytes.
        let pieces = [(3_040, 4_352), (3_940, 8_448), (9_040, 12_544), (20_040, 20_736), (50_040, 53_504)];
        assert!(pieces.iter().all(|(len, cost)| truesize(*len).0 == *cost));
    }
}
