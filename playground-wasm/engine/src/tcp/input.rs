//! A segment arrives at a connection (RFC 9293, 3.10.7): sequence, reset, SYN, ACK, data, FIN, in this order, as
//! `tcp_rcv_established` and `tcp_rcv_state_process` do it.

use super::ack::BadAck;
use super::segment::{Flags, Segment, Seq};
use super::state::{Cx, Pending, State, Tcb};
use super::transmit::reset_for;
use crate::errno::Errno;
use crate::trace::Refused;

/// Seconds after which an old timestamp proves nothing (`TCP_PAWS_24DAYS`).
const PAWS_AGE: u64 = 24 * 86_400;

impl Tcb {
    /// Processes one segment; what it causes leaves through `cx`.
    pub fn input(&mut self, cx: &mut Cx, seg: &Segment) {
        self.segs_in += 1;
        self.ts_now = seg.options.stamp;
        match self.state {
            State::Closed => cx.refused = Some(Refused::Closed),
            State::SynSent => self.syn_sent_input(cx, seg),
            State::Established => self.established_input(cx, seg),
            State::SynReceived
            | State::FinWait1
            | State::FinWait2
            | State::CloseWait
            | State::Closing
            | State::LastAck => self.closing_input(cx, seg),
        }
        self.ts_now = None;
    }

    fn established_input(&mut self, cx: &mut Cx, seg: &Segment) {
        if (seg.flags & (Flags::ACK | Flags::RST | Flags::SYN)) == Flags::NONE {
            cx.refused = Some(Refused::NoFlags);
            return;
        }
        if !self.acceptable(cx, seg) {
            return;
        }
        self.ecn_received(seg);
        match self.on_ack(cx, seg, true, true) {
            Err(BadAck::Unsent) => cx.refused = Some(Refused::AckOfUnsent),
            Err(BadAck::TooOld) => cx.refused = Some(Refused::OldAck),
            Ok(_) => {
                self.measure_rtt_by_stamp(cx, seg);
                self.data_queue(cx, seg);
                self.data_snd_check(cx);
                self.ack_snd_check(cx);
            }
        }
    }

    fn ecn_received(&mut self, seg: &Segment) {
        if self.ecn_ok {
            if seg.has(Flags::CWR) {
                self.ecn_demand_cwr = false;
            }
            if seg.ecn == 3 {
                self.ecn_demand_cwr = true;
            }
        }
    }

    fn closing_input(&mut self, cx: &mut Cx, seg: &Segment) {
        if (seg.flags & (Flags::ACK | Flags::RST | Flags::SYN)) == Flags::NONE {
            cx.refused = Some(Refused::NoFlags);
            return;
        }
        if !self.acceptable(cx, seg) {
            return;
        }
        self.ecn_received(seg);
        let current = self.on_ack(cx, seg, true, false);
        match current {
            Ok(true) => {}
            Ok(false) if self.state == State::SynReceived => {
                cx.refused = Some(Refused::OldAck);
                return self.refuse_handshake(cx, seg);
            }
            Ok(false) => {}
            Err(why) => {
                cx.refused = Some(if why == BadAck::Unsent { Refused::AckOfUnsent } else { Refused::OldAck });
                if self.state == State::SynReceived {
                    return self.refuse_handshake(cx, seg);
                }
                return self.challenge_ack(cx);
            }
        }
        let all_acked = self.snd.una == self.snd.write;
        match self.state {
            State::SynReceived => self.handshake_done(cx, seg),
            State::FinWait1 if all_acked => {
                if !self.enter_fin_wait2(cx, seg) {
                    return;
                }
            }
            State::Closing if all_acked => return self.leave_time_wait(cx, false, super::timeout::TIMEWAIT),
            State::LastAck if all_acked => return self.done(cx),
            State::FinWait1
            | State::Closing
            | State::LastAck
            | State::Established
            | State::FinWait2
            | State::CloseWait
            | State::SynSent
            | State::Closed => {}
        }
        self.measure_rtt_by_stamp(cx, seg);
        let after_fin = matches!(self.state, State::CloseWait | State::Closing | State::LastAck);
        let takes = !after_fin || seg.seq.before(self.rcv.nxt);
        if takes && !matches!(self.state, State::Established) && self.rcv_shutdown {
            // RFC 1122, 4.2.2.13: data for a program that no longer reads resets the connection.
            if seg.end() != seg.seq && (seg.end() - seg.flags.one(Flags::FIN)).after(self.rcv.nxt) {
                cx.stats.add("TcpExtTCPAbortOnData", 1);
                self.reset(cx);
                cx.refused = Some(Refused::DataAfterClose);
                return self.answer_reset(cx, seg);
            }
        }
        if takes {
            self.data_queue(cx, seg);
        }
        if self.state != State::Closed {
            self.data_snd_check(cx);
            self.ack_snd_check(cx);
        }
    }

    fn refuse_handshake(&mut self, cx: &mut Cx, seg: &Segment) {
        self.answer_reset(cx, seg);
    }

    pub(super) fn answer_reset(&self, cx: &mut Cx, seg: &Segment) {
        if let Some(rst) = reset_for(seg) {
            cx.stats.add("TcpOutRsts", 1);
            cx.stats.add("TcpOutSegs", 1);
            cx.out.push(rst);
        }
    }

    /// Our FIN is acknowledged; false if the segment is used up.
    fn enter_fin_wait2(&mut self, cx: &mut Cx, seg: &Segment) -> bool {
        self.state = State::FinWait2;
        self.send_shutdown = true;
        if !self.orphan {
            self.woken = true;
            return true;
        }
        if self.opts.linger2 < 0 {
            self.done(cx);
            cx.stats.add("TcpExtTCPAbortOnData", 1);
            self.answer_reset(cx, seg);
            return false;
        }
        if seg.end() != seg.seq && (seg.end() - seg.flags.one(Flags::FIN)).after(self.rcv.nxt) {
            self.done(cx);
            cx.stats.add("TcpExtTCPAbortOnData", 1);
            self.answer_reset(cx, seg);
            return false;
        }
        let ms = self.fin_time(cx);
        if ms > super::timeout::TIMEWAIT || seg.has(Flags::FIN) {
            let wait = if ms > super::timeout::TIMEWAIT { ms - super::timeout::TIMEWAIT } else { ms };
            self.timers.keepalive = Some(cx.ticks.fires(cx.now, cx.ticks.from_millis(wait)));
            return true;
        }
        self.leave_time_wait(cx, true, ms);
        false
    }

    /// The third segment of a handshake came.
    fn handshake_done(&mut self, cx: &mut Cx, seg: &Segment) {
        self.snd.delivered += 1;
        if self.rtt.srtt8 == 0
            && let Some(us) = self.synack_rtt(cx)
        {
            self.measured(cx, us, us);
        }
        if self.stamps {
            self.rcv.advmss -= 12;
        }
        self.rec.retrans_stamp = 0;
        self.init_transfer(cx);
        self.rcv.copied = self.rcv.nxt;
        self.state = State::Established;
        self.connected = true;
        self.woken = true;
        self.snd.una = seg.ack;
        self.snd.wnd = u32::from(seg.window) << self.snd.wscale;
        self.snd.max_wnd = self.snd.max_wnd.max(self.snd.wnd);
        self.snd.wl1 = seg.seq;
        self.snd.lsndtime = cx.jiffies();
        self.init_rcv_mss();
        if self.send_shutdown {
            self.shutdown_write(cx);
        }
    }

    fn synack_rtt(&self, cx: &Cx) -> Option<u32> {
        let sent = self.synack_at?;
        Some(cx.us().saturating_sub(sent).max(1) as u32)
    }

    /// The connection begins to carry data (`tcp_init_transfer`).
    pub(super) fn init_transfer(&mut self, cx: &Cx) {
        self.mtup_init(cx);
        if self.rtt.srtt8 == 0 {
            self.rtt.fallback(3_000_000);
            self.rto = cx.ticks.from_millis(3_000);
        }
        self.cc.cwnd =
            if self.snd.total_retrans > 1 && self.rec.undo_marker.is_some() { 1 } else { self.snd.init_cwnd };
        self.rec.undo_marker = None;
        self.rec.state = super::recovery::CaState::Open;
        self.cc.ssthresh = super::congestion::INFINITE;
        self.snd.cwnd_stamp = cx.jiffies();
        if !self.snd.sndbuf_locked {
            self.expand_sndbuf(cx);
        }
        self.rcv.space_at = cx.us();
        self.rcv.space_seq = self.rcv.copied;
        let full = self.win_from_space(self.rcv.rcvbuf);
        self.rcv.clamp = self.rcv.clamp.min(full);
        self.rcv.ssthresh = self.rcv.ssthresh.min(self.rcv.clamp);
        self.rcv.space = self.rcv.ssthresh.min(self.rcv.wnd).min(self.snd.init_cwnd * self.rcv.advmss);
        self.ack.lrcvtime = cx.jiffies();
        if self.opts.keepalive {
            self.start_keepalive(cx);
        }
    }

    pub(super) fn init_rcv_mss(&mut self) {
        let hint = self.rcv.advmss.min(self.snd.mss).min(self.rcv.wnd / 2).min(536);
        self.ack.rcv_mss = hint.max(88);
    }

    /// RFC 9293, first to fourth, with RFC 5961 and RFC 7323 (`tcp_validate_incoming`).
    fn acceptable(&mut self, cx: &mut Cx, seg: &Segment) -> bool {
        if self.paws_refuses(cx, seg) {
            cx.stats.add("TcpExtPAWSEstab", 1);
            cx.refused = Some(Refused::OldTimestamp);
            if !seg.has(Flags::RST) {
                if seg.has(Flags::SYN) {
                    self.challenge_ack(cx);
                } else if !self.oow_limited(cx, seg) {
                    self.answer_out_of_window(cx, seg);
                }
                return false;
            }
            cx.refused = None;
        }
        if let Some(why) = self.outside(seg) {
            cx.refused = Some(why);
            if why == Refused::OverWindow {
                cx.stats.add("TcpExtBeyondWindow", 1);
            }
            if seg.has(Flags::RST) {
                if self.late_reset(seg) {
                    self.reset(cx);
                }
            } else if seg.has(Flags::SYN) {
                self.challenge_ack(cx);
            } else if !self.oow_limited(cx, seg) {
                self.answer_out_of_window(cx, seg);
            }
            return false;
        }
        if seg.has(Flags::RST) {
            let right = self.rcv.sacks.iter().map(|b| b.end).reduce(Seq::max);
            if seg.seq == self.rcv.nxt || self.late_reset(seg) || right == Some(seg.seq) {
                self.reset(cx);
            } else {
                cx.refused = Some(Refused::InexactReset);
                self.challenge_ack(cx);
            }
            return false;
        }
        if seg.has(Flags::SYN) {
            let crossed = self.state == State::SynReceived
                && seg.has(Flags::ACK)
                && seg.seq + 1 == self.rcv.nxt
                && seg.end() == self.rcv.nxt
                && seg.ack == self.snd.nxt;
            if !crossed {
                cx.stats.add("TcpExtTCPSYNChallenge", 1);
                cx.refused = Some(Refused::UnexpectedSyn);
                self.challenge_ack(cx);
                return false;
            }
        }
        true
    }

    /// A reset that was sent before our peer saw the ACK of its FIN.
    fn late_reset(&self, seg: &Segment) -> bool {
        seg.seq + 1 == self.rcv.nxt && matches!(self.state, State::CloseWait | State::LastAck | State::Closing)
    }

    /// RFC 9293, table 6, with the limits of Linux 6.18 (`tcp_sequence`).
    fn outside(&self, seg: &Segment) -> Option<Refused> {
        if seg.end().before(self.rcv.wup) {
            return Some(Refused::OldData);
        }
        let edge = self.rcv.nxt + self.receive_window();
        if (seg.end() - seg.flags.one(Flags::FIN)).after(edge) {
            if seg.seq.after(edge) {
                return Some(Refused::OverWindow);
            }
            if !self.rcv.queue.is_empty() {
                return Some(Refused::OverWindow);
            }
        }
        None
    }

    /// RFC 7323, 5.3 (`tcp_paws_discard`, `tcp_disordered_ack`).
    fn paws_refuses(&self, cx: &Cx, seg: &Segment) -> bool {
        let (Some(ts), true, Some(at)) = (seg.options.stamp, self.stamps, self.ts_recent_at) else { return false };
        if !Seq(ts.val).before(Seq(self.ts_recent)) || self.ts_recent == 0 {
            return false;
        }
        if (cx.us() / 1_000_000).saturating_sub(at) >= PAWS_AGE {
            return false;
        }
        // A duplicate ACK that was overtaken on the way is harmless.
        let window = u32::from(seg.window) << self.snd.wscale;
        let pure = seg.has(Flags::ACK)
            && seg.end() == seg.seq
            && seg.seq == self.rcv.nxt
            && seg.ack == self.snd.una
            && window == self.snd.wnd
            && u64::from(self.ts_recent.wrapping_sub(ts.val)) <= cx.ticks.micros(self.rto) / 1_000;
        !pure
    }

    /// RFC 9293, 3.10.7.3 (`tcp_rcv_synsent_state_process`).
    fn syn_sent_input(&mut self, cx: &mut Cx, seg: &Segment) {
        if seg.has(Flags::ACK) {
            if !seg.ack.after(self.snd.una) || seg.ack.after(self.snd.nxt) {
                if self.retransmits == 0 {
                    self.arm(cx, Pending::Retrans, 2);
                }
                cx.refused = Some(Refused::AckOfUnsent);
                return self.answer_reset(cx, seg);
            }
            let early = |ecr: u32| !Seq(ecr).between(Seq(self.rec.retrans_stamp), Seq(self.stamp_now(cx)));
            if seg.options.stamp.is_some_and(|ts| ts.ecr != 0 && early(ts.ecr)) {
                cx.refused = Some(Refused::OldTimestamp);
                return self.answer_reset(cx, seg);
            }
            if seg.has(Flags::RST) {
                return self.reset(cx);
            }
            if !seg.has(Flags::SYN) {
                cx.refused = Some(Refused::NoFlags);
                return;
            }
            return self.syn_answered(cx, seg);
        }
        if seg.has(Flags::RST) || !seg.has(Flags::SYN) {
            cx.refused = Some(Refused::NoFlags);
            return;
        }
        self.peer_options(cx, seg);
        self.rcv.nxt = seg.seq + 1;
        self.rcv.copied = self.rcv.nxt;
        self.rcv.wup = self.rcv.nxt;
        self.rcv.irs = seg.seq;
        self.snd.wnd = u32::from(seg.window);
        self.snd.wl1 = seg.seq;
        self.snd.max_wnd = self.snd.wnd;
        self.state = State::SynReceived;
        self.mtup_init(cx);
        self.sync_mss(cx);
        self.init_rcv_mss();
        // The SYN goes again, as SYN-ACK.
        if let Some(s) = self.snd.rtx.front_mut() {
            s.flags = Flags::SYN | Flags::ACK;
            s.at = cx.us();
        }
        let iss = self.snd.iss;
        self.snd.burst += 1;
        self.emit(cx, iss, 0, Flags::SYN | Flags::ACK);
        self.rcv.wup = self.rcv.nxt;
    }

    fn syn_answered(&mut self, cx: &mut Cx, seg: &Segment) {
        self.snd.wl1 = seg.seq;
        let spurious =
            self.rec.retrans_stamp != 0 && seg.options.stamp.is_some_and(|ts| ts.ecr == self.rec.retrans_stamp);
        if spurious {
            self.rec.undo_marker = None;
        }
        let had_undo = self.rec.undo_marker;
        self.ecn_ok = self.ecn_ok && seg.has(Flags::ECE) && !seg.has(Flags::CWR);
        self.stamps = seg.options.stamp.is_some();
        self.sack_ok = false;
        let _ = self.on_ack(cx, seg, true, true);
        self.rec.undo_marker = had_undo;
        self.rcv.nxt = seg.seq + 1;
        self.rcv.wup = self.rcv.nxt;
        self.rcv.irs = seg.seq;
        self.peer_options(cx, seg);
        self.snd.wnd = u32::from(seg.window);
        self.snd.max_wnd = self.snd.max_wnd.max(self.snd.wnd);
        if self.stamps {
            self.rcv.advmss -= 12;
        }
        self.sync_mss(cx);
        self.init_rcv_mss();
        self.rcv.copied = self.rcv.nxt;
        self.state = State::Established;
        self.init_transfer(cx);
        self.snd.lsndtime = cx.jiffies();
        self.connected = true;
        self.woken = true;
        if self.write_pending || self.ack.pingpong >= cx.sys.pingpong_thresh as u32 {
            self.ack.sched = true;
            self.enter_quickack(cx, super::receive::MAX_QUICKACKS);
            self.ack.timer = true;
            let wait = cx.ticks.from_millis(200);
            self.timers.delack_jiffy = cx.jiffies() + wait;
            self.timers.delack = Some(cx.ticks.fires(cx.now, wait));
        } else {
            self.send_ack(cx);
        }
        self.data_snd_check(cx);
    }

    /// What the peer's SYN allows.
    fn peer_options(&mut self, cx: &Cx, seg: &Segment) {
        let o = &seg.options;
        self.sack_ok = o.sack_ok && cx.sys.sack != 0;
        self.stamps = o.stamp.is_some() && cx.sys.timestamps != 0;
        self.wscale_ok = o.wscale.is_some() && cx.sys.window_scaling != 0;
        self.snd.wscale = if self.wscale_ok { o.wscale.unwrap_or(0).min(14) } else { 0 };
        if !self.wscale_ok {
            self.rcv.wscale = 0;
            self.rcv.clamp = self.rcv.clamp.min(65_535);
        }
        let mss = u32::from(o.mss.unwrap_or(536));
        let own = if self.opts.maxseg > 0 { self.opts.maxseg } else { u32::MAX };
        self.snd.mss_clamp = mss.min(own).max(1);
        self.snd.header_len = if self.stamps { 32 } else { 20 };
        if let Some(ts) = o.stamp.filter(|_| self.stamps) {
            self.ts_recent = ts.val;
            self.ts_recent_at = Some(cx.us() / 1_000_000);
        }
    }

    /// A valid RST (RFC 9293, second; `tcp_reset`).
    pub(super) fn reset(&mut self, cx: &mut Cx) {
        let error = match self.state {
            State::SynSent => Errno::ECONNREFUSED,
            State::CloseWait => Errno::EPIPE,
            State::Closed => return,
            State::SynReceived
            | State::Established
            | State::FinWait1
            | State::FinWait2
            | State::Closing
            | State::LastAck => Errno::ECONNRESET,
        };
        self.error = Some(error);
        cx.stats.add("TcpEstabResets", 1);
        self.purge(cx);
        self.done(cx);
    }
}
