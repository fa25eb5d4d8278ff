//! What an acknowledgment does (RFC 9293, 3.10.7.4; `tcp_ack`): the window, the scoreboard, the round trip, the
//! congestion window, and what is to be sent because of it.

use super::recovery::{CaState, Rexmit};
use super::segment::{Flags, Segment, Seq};
use super::send::Push;
use super::state::{Cx, Nonagle, Pending, Sent, Tcb};

/// What is learned while an ACK is processed (`FLAG_*`, `struct tcp_sacktag_state`).
#[derive(Debug)]
pub struct Ack {
    /// `snd_una` before it.
    pub prior_una: Seq,
    /// It acknowledges something new.
    pub una_advanced: bool,
    /// It carries data.
    pub data: bool,
    /// The window changed.
    pub win_update: bool,
    /// New data acknowledged.
    pub data_acked: bool,
    /// Our SYN acknowledged.
    pub syn_acked: bool,
    /// A retransmitted segment acknowledged.
    pub retrans_acked: bool,
    /// New SACKs.
    pub data_sacked: bool,
    /// A segment of the episode that was never retransmitted was (S)ACKed.
    pub orig_sacked: bool,
    /// A duplicate was reported.
    pub dsacking: bool,
    /// The duplicate is the tail loss probe.
    pub dsack_tlp: bool,
    /// A retransmission was lost again.
    pub lost_retrans: bool,
    /// The head of the queue was SACKed and is not acknowledged.
    pub reneging: bool,
    /// The timer is to be set.
    pub set_timer: bool,
    /// ECN echo.
    pub ece: bool,
    /// Duplicates counted.
    pub dup: u32,
    /// Lowest number that arrived late.
    pub reord: Seq,
    /// When the first newly SACKed segment was sent.
    pub first_sack: Option<u64>,
    /// When the last one was.
    pub last_sack: u64,
    /// Delivered count when the latest delivered segment was sent.
    pub prior_delivered: u32,
    /// What to send.
    pub rexmit: Rexmit,
    /// Round trip of the last (S)ACKed segment.
    pub rtt_us: Option<u32>,
}

impl Ack {
    fn new(una: Seq) -> Ack {
        Ack {
            prior_una: una,
            una_advanced: false,
            data: false,
            win_update: false,
            data_acked: false,
            syn_acked: false,
            retrans_acked: false,
            data_sacked: false,
            orig_sacked: false,
            dsacking: false,
            dsack_tlp: false,
            lost_retrans: false,
            reneging: false,
            set_timer: false,
            ece: false,
            dup: 0,
            reord: una,
            first_sack: None,
            last_sack: 0,
            prior_delivered: 0,
            rexmit: Rexmit::None,
            rtt_us: None,
        }
    }

    fn acked(&self) -> bool {
        self.data_acked || self.syn_acked
    }

    /// Certainly not a duplicate.
    pub fn not_dup(&self) -> bool {
        self.data || self.win_update || self.acked()
    }

    pub(super) fn rate_sample(&mut self, s: &Sent) {
        if self.prior_delivered == 0 || (s.delivered.wrapping_sub(self.prior_delivered) as i32) > 0 {
            self.prior_delivered = s.delivered;
        }
    }
}

/// Why an ACK was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadAck {
    /// It acknowledges what was never sent.
    Unsent,
    /// It is older than a window (RFC 5961, 5.2).
    TooOld,
}

impl Tcb {
    /// Processes the acknowledgment of a segment; `Ok(true)` if it is current.
    pub(super) fn on_ack(&mut self, cx: &mut Cx, seg: &Segment, slow: bool, challenge: bool) -> Result<bool, BadAck> {
        let mut a = Ack::new(self.snd.una);
        a.ece = self.ecn_ok && seg.has(Flags::ECE) && !seg.has(Flags::SYN);
        let delivered = self.snd.delivered;
        let lost = self.snd.lost;
        if seg.ack.before(self.snd.una) {
            let window = u64::from(self.snd.max_wnd).min(self.snd.bytes_acked) as u32;
            if seg.ack.before(self.snd.una - window) {
                if challenge {
                    self.challenge_ack(cx);
                }
                return Err(BadAck::TooOld);
            }
            if !seg.options.sack.is_empty() && self.sack_ok {
                self.tag_sacks(cx, seg, &mut a);
                self.fastretrans_alert(cx, &mut a);
                self.xmit_recovery(cx, a.rexmit);
            }
            return Ok(false);
        }
        if seg.ack.after(self.snd.nxt) {
            if challenge {
                self.challenge_ack(cx);
            }
            return Err(BadAck::Unsent);
        }
        if seg.ack.after(self.snd.una) {
            a.una_advanced = true;
            self.retransmits = 0;
        }
        let prior_packets = self.snd.packets_out;
        let prior_fack = if self.sack_ok { self.highest_sack() } else { self.snd.una };
        if slow {
            self.update_ts_recent(cx, seg);
        }
        a.data = seg.end() != seg.seq;
        self.update_window(cx, seg, &mut a);
        if !seg.options.sack.is_empty() && self.sack_ok {
            self.tag_sacks(cx, seg, &mut a);
        }
        self.soft_error = None;
        self.probes_out = 0;
        self.rcv_tstamp = cx.jiffies();
        if prior_packets == 0 {
            if a.dsacking {
                self.fastretrans_alert(cx, &mut a);
            }
            self.ack_probe(cx);
            self.process_tlp(cx, seg.ack, &a);
            return Ok(true);
        }
        self.clean_rtx_queue(cx, prior_fack, &mut a);
        self.update_reo_wnd(cx, a.prior_delivered);
        self.process_tlp(cx, seg.ack, &a);
        let alert = a.data_sacked || a.ece || a.dsacking;
        if !a.not_dup() || alert || self.rec.state != CaState::Open {
            if !a.una_advanced && !a.not_dup() && !a.dsacking {
                a.dup = 1;
            }
            self.fastretrans_alert(cx, &mut a);
        }
        if a.set_timer && !self.schedule_probe(cx, true) {
            self.rearm_rto(cx);
        }
        let acked = self.snd.delivered.wrapping_sub(delivered);
        let newly_lost = self.snd.lost.wrapping_sub(lost);
        if self.rec.reducing() {
            self.reduce(acked, newly_lost, a.una_advanced);
        } else {
            let may_raise =
                if self.rec.reordering > cx.sys.reordering as u32 { a.acked() || a.data_sacked } else { a.data_acked };
            if may_raise {
                let limited = self.cwnd_limited();
                let now = self.cc_now(cx);
                self.cc.grow(acked, limited, now);
            }
        }
        self.xmit_recovery(cx, a.rexmit);
        Ok(true)
    }

    /// Whether the window limits the sender (`tcp_is_cwnd_limited`).
    fn cwnd_limited(&self) -> bool {
        self.snd.cwnd_limited || (self.cc.in_slow_start() && self.cc.cwnd < 2 * self.snd.max_packets_out)
    }

    pub(super) fn xmit_recovery(&mut self, cx: &mut Cx, rexmit: Rexmit) {
        if rexmit == Rexmit::None || self.state == super::state::State::SynSent {
            return;
        }
        if rexmit == Rexmit::New {
            let mss = self.current_mss();
            let now = Nonagle { off: true, ..Nonagle::default() };
            self.push_frames(cx, mss, now);
            if self.snd.nxt.after(self.rec.high_seq) {
                return;
            }
            self.rec.frto = false;
        }
        self.xmit_retransmit_queue(cx);
    }

    /// RFC 7323, 4.3: the timestamp to echo (`tcp_replace_ts_recent`).
    pub(super) fn update_ts_recent(&mut self, cx: &Cx, seg: &Segment) {
        let Some(ts) = self.ts_now else { return };
        if !seg.seq.after(self.rcv.wup) {
            let fresh = self.ts_recent_at.is_none() || !Seq(ts.val).before(Seq(self.ts_recent));
            if fresh {
                self.ts_recent = ts.val;
                self.ts_recent_at = Some(cx.us() / 1_000_000);
            }
        }
    }

    /// RFC 9293, 3.10.7.4: SND.WND from segments that are not older than the last update (`tcp_ack_update_window`).
    fn update_window(&mut self, cx: &mut Cx, seg: &Segment, a: &mut Ack) {
        let window = if seg.has(Flags::SYN) { u32::from(seg.window) } else { u32::from(seg.window) << self.snd.wscale };
        let newer = seg.ack.after(self.snd.una)
            || seg.seq.after(self.snd.wl1)
            || (seg.seq == self.snd.wl1 && (window > self.snd.wnd || window == 0));
        if newer {
            a.win_update = true;
            self.snd.wl1 = seg.seq;
            if self.snd.wnd != window {
                self.snd.wnd = window;
                // The largest window decides how large a buffer may be.
                if window > self.snd.max_wnd {
                    self.snd.max_wnd = window;
                    self.sync_mss(cx);
                }
                if !self.snd.queue.is_empty() {
                    self.slow_start_after_idle(cx);
                }
            }
        }
        self.snd.bytes_acked += u64::from(seg.ack - self.snd.una);
        self.snd.una = seg.ack;
    }

    /// Removes what is acknowledged and measures (`tcp_clean_rtx_queue`).
    fn clean_rtx_queue(&mut self, cx: &mut Cx, prior_fack: Seq, a: &mut Ack) {
        let una = self.snd.una;
        let (mut first, mut last) = (None, 0);
        let mut reord = self.snd.nxt;
        let mut count = 0;
        while let Some(s) = self.snd.rtx.front() {
            if s.end.after(una) {
                break;
            }
            let Some(s) = self.snd.rtx.pop_front() else { break };
            if s.ever_retrans {
                if s.retrans {
                    self.rec.retrans_out -= 1;
                }
                a.retrans_acked = true;
            } else if !s.sacked {
                last = s.at;
                if first.is_none() {
                    first = Some(s.at);
                }
                if s.seq.before(reord) {
                    reord = s.seq;
                }
                if !s.end.after(self.rec.high_seq) {
                    a.orig_sacked = true;
                }
            }
            if s.sacked {
                self.rec.sacked_out -= 1;
            } else if self.sack_ok {
                self.snd.delivered += 1;
                let stamp = self.stamp_of(s.at);
                if !(s.ever_retrans && self.echo_before(stamp)) {
                    self.rack_advance(cx, &s);
                }
            }
            if s.lost {
                self.rec.lost_out -= 1;
            }
            self.snd.packets_out -= 1;
            count += 1;
            a.rate_sample(&s);
            if s.flags.has(Flags::SYN) {
                a.syn_acked = true;
                self.rec.retrans_stamp = 0;
            } else {
                a.data_acked = true;
            }
            self.snd.wmem = self.snd.wmem.saturating_sub(s.len() + s.overhead);
        }
        if self.snd.rtx.is_empty() {
            self.chrono_stop(cx, 1);
        } else if self.snd.rtx.front().is_some_and(|s| s.sacked) {
            a.reneging = true;
        }
        let us = cx.us();
        let since = |at: u64| us.saturating_sub(at) as u32;
        let seq_rtt = first.filter(|_| !a.retrans_acked).map(since);
        let sack_rtt = a.first_sack.map(since);
        let mut ca_rtt = seq_rtt.map(|_| since(last));
        if a.first_sack.is_some() {
            ca_rtt = Some(since(a.last_sack));
        }
        let updated = self.update_rtt(cx, seq_rtt.or(sack_rtt), ca_rtt, a);
        if a.acked() {
            a.set_timer = true;
            if self.snd.mtup.probe_size > 0 && !self.snd.mtup.probe.end.after(una) {
                self.mtu_probe_succeeded(cx);
            }
            if !self.sack_ok {
                self.remove_reno_sacks(count);
                if a.retrans_acked {
                    a.orig_sacked = false;
                }
            } else if reord.before(prior_fack) {
                self.check_sack_reordering(reord, cx);
            }
        } else if let (true, Some(rtt), Some(head)) = (updated, sack_rtt, self.snd.rtx.front()) {
            // Not if the measured segment left before the head was last sent.
            if rtt > since(head.at) {
                a.set_timer = true;
            }
        }
        if let Some(rtt) = a.rtt_us {
            let now = self.cc_now(cx);
            self.cc.measured(rtt, now);
        }
    }

    /// RFC 6298 with timestamps as a last resort (`tcp_ack_update_rtt`).
    fn update_rtt(&mut self, cx: &Cx, seq_rtt: Option<u32>, ca_rtt: Option<u32>, a: &mut Ack) -> bool {
        let (mut seq_rtt, mut ca_rtt) = (seq_rtt, ca_rtt);
        if seq_rtt.is_none() && a.acked() {
            seq_rtt = self.stamp_rtt(cx);
            ca_rtt = seq_rtt;
        }
        a.rtt_us = ca_rtt;
        let Some(rtt) = seq_rtt else { return false };
        self.measured(cx, rtt, ca_rtt.unwrap_or(rtt));
        true
    }

    /// One sample goes into the estimator, and the back-off ends.
    pub(super) fn measured(&mut self, cx: &Cx, rtt: u32, least: u32) {
        self.rtt.keep_min(least, cx.us());
        self.rtt.measured(rtt, self.snd.una, self.snd.nxt, cx.sys.rto_min_us as u32);
        self.set_rto(cx);
        self.backoff = 0;
    }

    pub(super) fn set_rto(&mut self, cx: &Cx) {
        let max = cx.ticks.from_millis(cx.sys.rto_max_ms as u64);
        self.rto = cx.ticks.from_micros(self.rtt.rto_us()).min(max);
    }

    /// The round trip by the echoed timestamp, in whole milliseconds, at least one (`tcp_rtt_tsopt_us`).
    pub(super) fn stamp_rtt(&self, cx: &Cx) -> Option<u32> {
        let ts = self.ts_now.filter(|ts| self.stamps && ts.ecr != 0)?;
        let delta = self.stamp_now(cx).wrapping_sub(ts.ecr);
        (delta < i32::MAX as u32 / 1_000).then(|| delta.max(1) * 1_000)
    }

    /// A window that opens ends the probing (`tcp_ack_probe`).
    fn ack_probe(&mut self, cx: &mut Cx) {
        let Some(head) = self.snd.queue.front() else { return };
        let end = self.snd.nxt + head.span();
        if !end.after(self.wnd_end()) {
            self.backoff = 0;
            self.probes_tstamp = 0;
            if self.timers.xmit.map(|x| x.0) == Some(Pending::Probe) {
                self.timers.xmit = None;
            }
        } else {
            let when = self.probe0_when(cx);
            let when = self.clamp_probe0(cx, when);
            self.arm(cx, Pending::Probe, when);
        }
    }

    /// Sends what has become possible (`tcp_data_snd_check`).
    pub(super) fn data_snd_check(&mut self, cx: &mut Cx) {
        if !self.snd.queue.is_empty() {
            self.refresh_mss(cx);
            let mss = self.current_mss();
            let nonagle = self.nonagle;
            self.push_frames(cx, mss, nonagle);
        }
        self.check_space(cx);
    }

    /// A blocked writer may go on (`tcp_check_space`, `sk_stream_write_space`).
    pub(super) fn check_space(&mut self, cx: &mut Cx) {
        if !self.snd.nospace {
            return;
        }
        if !self.snd.sndbuf_locked && self.in_flight() < self.cc.cwnd {
            self.expand_sndbuf(cx);
            self.snd.cwnd_stamp = cx.jiffies();
        }
        if self.writable() {
            self.snd.nospace = false;
            self.woken = true;
            if self.snd.chrono.kind == 3 {
                self.chrono_stop(cx, 3);
            }
        }
    }

    /// `SO_SNDBUF` was set: a writer that waits may find room.
    pub fn snd_space_changed(&mut self, cx: &mut Cx) {
        self.check_space(cx);
    }

    pub(super) fn fits_window(&self, mss: u32) -> bool {
        let Some(head) = self.snd.queue.front() else { return false };
        let span = if head.len > mss { mss } else { head.span() };
        !(self.snd.nxt + span).after(self.wnd_end())
    }

    /// What limits the sender now (`tcp_chrono_start`).
    pub(super) fn chrono_start(&mut self, cx: &Cx, kind: u8) {
        let c = &mut self.snd.chrono;
        if kind > c.kind {
            chrono_set(c, cx.us(), kind);
        }
    }

    /// That limit is over (`tcp_chrono_stop`).
    pub(super) fn chrono_stop(&mut self, cx: &Cx, kind: u8) {
        if self.snd.chrono.kind == 0 {
            return;
        }
        let idle = self.snd.rtx.is_empty() && self.snd.queue.is_empty();
        let c = &mut self.snd.chrono;
        if idle {
            chrono_set(c, cx.us(), 0);
        } else if kind == c.kind {
            chrono_set(c, cx.us(), 1);
        }
    }

    /// All that may leave leaves, and if nothing may, probing begins (`__tcp_push_pending_frames`).
    pub(super) fn push_frames(&mut self, cx: &mut Cx, mss: u32, nonagle: Nonagle) {
        if self.state == super::state::State::Closed {
            return;
        }
        if self.write_xmit(cx, mss, Push::All(nonagle)) {
            self.check_probe_timer(cx);
        }
    }
}

fn chrono_set(c: &mut super::state::Chrono, us: u64, kind: u8) {
    if c.kind > 0 {
        c.sum[c.kind as usize - 1] += us - c.start;
    }
    c.start = us;
    c.kind = kind;
}
