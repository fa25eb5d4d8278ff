//! Loss recovery: the five congestion states and how one leads to another (`tcp_fastretrans_alert`, `tcp_process_loss`).
//! RACK alone decides what is lost; without SACK, NewReno does.

pub mod prr;
pub mod rack;
pub mod sack;
pub mod tlp;
pub mod undo;

use super::ack::Ack;
use super::segment::Seq;
use super::state::{Cx, Tcb};

/// `icsk_ca_state`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CaState {
    /// Nothing is wrong.
    Open,
    /// Duplicates or SACKs came.
    Disorder,
    /// The window is being reduced without a loss.
    Cwr,
    /// Lost segments are being sent again.
    Recovery,
    /// A timeout.
    Loss,
}

/// What recovery remembers of a connection.
#[derive(Debug, Clone)]
pub struct Recovery {
    /// Congestion state.
    pub state: CaState,
    /// Segments selectively acknowledged, or duplicates counted without SACK.
    pub sacked_out: u32,
    /// Segments taken for lost.
    pub lost_out: u32,
    /// Retransmissions in flight.
    pub retrans_out: u32,
    /// Behind the highest SACKed segment.
    pub fack: Option<Seq>,
    /// `snd_nxt` when the episode began.
    pub high_seq: Seq,
    /// `snd_una` when the window was reduced; none: nothing to undo.
    pub undo_marker: Option<Seq>,
    /// Retransmissions that must turn out needless before undoing; negative: none were made.
    pub undo_retrans: i32,
    /// Threshold before the reduction.
    pub prior_ssthresh: u32,
    /// First retransmission of the episode, timestamp clock; 0 none.
    pub retrans_stamp: u32,
    /// Delivered since the reduction began.
    pub prr_delivered: u32,
    /// Sent since then.
    pub prr_out: u32,
    /// F-RTO is looking at this timeout.
    pub frto: bool,
    /// Reordering seen, in segments.
    pub reordering: u32,
    /// How often.
    pub reord_seen: u32,
    /// A tail loss probe is out: `snd_nxt` then.
    pub tlp_high: Option<Seq>,
    /// It was a retransmission.
    pub tlp_retrans: bool,
    /// RACK.
    pub rack: rack::Rack,
    /// DSACKed segments in all.
    pub dsack_dups: u32,
    /// Timeouts in all.
    pub total_rto: u32,
    /// The peer reneged on SACKs.
    pub reneging: bool,
}

impl Recovery {
    /// A new connection's.
    pub fn new(reordering: u32) -> Recovery {
        Recovery {
            state: CaState::Open,
            sacked_out: 0,
            lost_out: 0,
            retrans_out: 0,
            fack: None,
            high_seq: Seq(0),
            undo_marker: None,
            undo_retrans: 0,
            prior_ssthresh: 0,
            retrans_stamp: 0,
            prr_delivered: 0,
            prr_out: 0,
            frto: false,
            reordering,
            reord_seen: 0,
            tlp_high: None,
            tlp_retrans: false,
            rack: rack::Rack::default(),
            dsack_dups: 0,
            total_rto: 0,
            reneging: false,
        }
    }

    /// The window is being reduced.
    pub fn reducing(&self) -> bool {
        matches!(self.state, CaState::Cwr | CaState::Recovery)
    }
}

/// What is to be sent once the window is settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rexmit {
    /// Nothing.
    None,
    /// What is marked lost.
    Lost,
    /// New data first (F-RTO).
    New,
}

impl Tcb {
    /// Highest sequence number SACKed (`tcp_highest_sack_seq`).
    pub fn highest_sack(&self) -> Seq {
        if self.rec.sacked_out == 0 { self.snd.una } else { self.rec.fack.unwrap_or(self.snd.nxt) }
    }

    pub(super) fn any_retrans_done(&self) -> bool {
        self.rec.retrans_out > 0 || self.snd.rtx.front().is_some_and(|s| s.ever_retrans)
    }

    pub(super) fn set_ca(&mut self, cx: &Cx, state: CaState) {
        if state == CaState::Loss {
            self.cc.lost_all(self.cc_now(cx));
        }
        self.rec.state = state;
    }

    /// The state machine of an ACK that is not plain (`tcp_fastretrans_alert`).
    pub(super) fn fastretrans_alert(&mut self, cx: &mut Cx, a: &mut Ack) {
        if self.snd.packets_out == 0 {
            self.rec.sacked_out = 0;
        }
        if a.ece {
            self.rec.prior_ssthresh = 0;
        }
        if self.check_reneging(cx, a) {
            return;
        }
        if self.rec.state == CaState::Open {
            self.rec.retrans_stamp = 0;
        } else if !self.snd.una.before(self.rec.high_seq) {
            match self.rec.state {
                CaState::Cwr => {
                    if self.snd.una != self.rec.high_seq {
                        self.end_reduction(cx);
                        self.set_ca(cx, CaState::Open);
                    }
                }
                CaState::Recovery => {
                    if !self.sack_ok {
                        self.rec.sacked_out = 0;
                    }
                    if self.try_undo_recovery(cx) {
                        return;
                    }
                    self.end_reduction(cx);
                }
                CaState::Open | CaState::Disorder | CaState::Loss => {}
            }
        }
        match self.rec.state {
            CaState::Recovery => {
                if !a.una_advanced {
                    if !self.sack_ok {
                        self.add_reno_sack(cx, a.dup);
                    }
                } else if self.try_undo_partial(cx, a.prior_una) {
                    return;
                }
                if self.try_undo_dsack(cx) {
                    self.try_to_open(cx, a.ece);
                }
                self.identify_loss(cx, a);
                if self.rec.state != CaState::Recovery {
                    if self.rec.lost_out == 0 {
                        return;
                    }
                    self.enter_recovery(cx, a.ece);
                }
                a.rexmit = Rexmit::Lost;
            }
            CaState::Loss => {
                self.process_loss(cx, a);
                self.identify_loss(cx, a);
                if self.rec.state != CaState::Open && !a.lost_retrans {
                    return;
                }
                self.alert_default(cx, a);
            }
            CaState::Open | CaState::Disorder | CaState::Cwr => self.alert_default(cx, a),
        }
    }

    fn alert_default(&mut self, cx: &mut Cx, a: &mut Ack) {
        if !self.sack_ok {
            if a.una_advanced {
                self.rec.sacked_out = 0;
            }
            self.add_reno_sack(cx, a.dup);
        }
        if self.rec.state <= CaState::Disorder {
            self.try_undo_dsack(cx);
        }
        self.identify_loss(cx, a);
        if self.rec.lost_out == 0 {
            self.try_to_open(cx, a.ece);
            return;
        }
        if self.rec.state < CaState::Cwr && self.snd.mtup.probe_size > 0 && self.snd.una == self.snd.mtup.probe.start {
            self.mtu_probe_failed();
            self.cc.cwnd += 1;
            self.simple_retransmit(cx);
            return;
        }
        self.enter_recovery(cx, a.ece);
        a.rexmit = Rexmit::Lost;
    }

    /// RFC 6675, 5.1: what was SACKed and is now missing at the head means that the peer forgot (`tcp_check_sack_reneging`).
    fn check_reneging(&mut self, cx: &mut Cx, a: &mut Ack) -> bool {
        if !a.reneging || !a.una_advanced {
            return false;
        }
        // Give the peer half a round trip, at least 10 ms, to think again.
        let delay = u64::from(self.rtt.srtt8 >> 4).max(10_000);
        self.rec.reneging = true;
        self.arm(cx, super::state::Pending::Retrans, cx.ticks.from_micros(delay));
        a.set_timer = false;
        true
    }

    fn identify_loss(&mut self, cx: &mut Cx, a: &mut Ack) {
        if self.snd.rtx.is_empty() {
            return;
        }
        if self.sack_ok {
            let before = self.rec.retrans_out;
            if self.rack_mark_lost(cx) {
                a.set_timer = false;
            }
            if before > self.rec.retrans_out {
                a.lost_retrans = true;
            }
        } else {
            let early = self.rec.state < CaState::Recovery && self.rec.sacked_out >= self.rec.reordering;
            if early || (self.rec.state == CaState::Recovery && a.una_advanced) {
                self.mark_lost(0);
            }
        }
    }

    /// Takes a segment of the retransmission queue for lost (`tcp_mark_skb_lost`).
    pub(super) fn mark_lost(&mut self, i: usize) {
        let Some(s) = self.snd.rtx.get_mut(i) else { return };
        if s.sacked {
            return;
        }
        if s.lost {
            if s.retrans {
                s.retrans = false;
                self.rec.retrans_out -= 1;
                self.snd.lost += 1;
            }
        } else {
            s.lost = true;
            self.rec.lost_out += 1;
            self.snd.lost += 1;
        }
    }

    /// RFC 5681, 3.2 with PRR: the reduction begins (`tcp_enter_recovery`).
    pub(super) fn enter_recovery(&mut self, cx: &mut Cx, ece: bool) {
        cx.stats.add(if self.sack_ok { "TcpExtTCPSackRecovery" } else { "TcpExtTCPRenoRecovery" }, 1);
        self.rec.retrans_stamp = 0;
        self.rec.prior_ssthresh = 0;
        self.init_undo();
        if !self.rec.reducing() {
            if !ece {
                self.rec.prior_ssthresh = self.current_ssthresh();
            }
            self.init_reduction();
        }
        self.set_ca(cx, CaState::Recovery);
    }

    fn process_loss(&mut self, cx: &mut Cx, a: &mut Ack) {
        let recovered = !self.snd.una.before(self.rec.high_seq);
        if a.una_advanced && self.try_undo_loss(cx, false) {
            return;
        }
        if self.rec.frto {
            if a.orig_sacked && self.try_undo_loss(cx, true) {
                return;
            }
            if self.snd.nxt.after(self.rec.high_seq) {
                if a.data_sacked || a.dup > 0 {
                    self.rec.frto = false;
                }
            } else if a.una_advanced && !recovered {
                self.rec.high_seq = self.snd.nxt;
                if !self.snd.queue.is_empty() && self.wnd_end().after(self.snd.nxt) {
                    a.rexmit = Rexmit::New;
                    return;
                }
                self.rec.frto = false;
            }
        }
        if recovered {
            self.try_undo_recovery(cx);
            return;
        }
        if !self.sack_ok {
            if self.snd.nxt.after(self.rec.high_seq) && a.dup > 0 {
                self.add_reno_sack(cx, a.dup);
            } else if a.una_advanced {
                self.rec.sacked_out = 0;
            }
        }
        a.rexmit = Rexmit::Lost;
    }

    fn try_to_open(&mut self, cx: &mut Cx, ece: bool) {
        if !self.any_retrans_done() {
            self.rec.retrans_stamp = 0;
        }
        if ece {
            self.enter_cwr(cx);
        }
        if self.rec.state != CaState::Cwr {
            self.try_keep_open(cx);
        }
    }

    pub(super) fn try_keep_open(&mut self, cx: &mut Cx) {
        let left = self.rec.sacked_out + self.rec.lost_out;
        let state = if left > 0 || self.any_retrans_done() { CaState::Disorder } else { CaState::Open };
        if self.rec.state != state {
            self.set_ca(cx, state);
            self.rec.high_seq = self.snd.nxt;
        }
    }

    /// Counts a duplicate without SACK (`tcp_add_reno_sack`).
    fn add_reno_sack(&mut self, _cx: &mut Cx, dup: u32) {
        if dup == 0 {
            return;
        }
        let before = self.rec.sacked_out;
        self.rec.sacked_out += dup;
        self.check_reno_reordering(0);
        if self.rec.sacked_out > before {
            self.snd.delivered += self.rec.sacked_out - before;
        }
    }

    pub(super) fn remove_reno_sacks(&mut self, acked: u32) {
        if acked > 0 {
            self.snd.delivered += acked.saturating_sub(self.rec.sacked_out).max(1);
            self.rec.sacked_out = self.rec.sacked_out.saturating_sub(acked - 1);
        }
        self.check_reno_reordering(acked);
    }

    fn check_reno_reordering(&mut self, addend: u32) {
        let holes = self.rec.lost_out.max(1).min(self.snd.packets_out);
        if self.rec.sacked_out + holes > self.snd.packets_out {
            self.rec.sacked_out = self.snd.packets_out - holes;
            self.rec.reordering = (self.snd.packets_out + addend).min(300);
            self.rec.reord_seen += 1;
        }
    }

    /// Everything longer than the new MSS goes again, without congestion control (`tcp_simple_retransmit`).
    pub(super) fn simple_retransmit(&mut self, cx: &mut Cx) {
        let mss = self.current_mss();
        let prior_lost = self.rec.lost_out;
        for i in 0..self.snd.rtx.len() {
            if self.snd.rtx[i].len() > mss {
                self.mark_lost(i);
            }
        }
        if prior_lost == self.rec.lost_out {
            return;
        }
        if self.rec.state != CaState::Loss {
            self.rec.high_seq = self.snd.nxt;
            self.cc.ssthresh = self.current_ssthresh();
            self.rec.prior_ssthresh = 0;
            self.rec.undo_marker = None;
            self.set_ca(cx, CaState::Loss);
        }
        self.xmit_retransmit_queue(cx);
    }
}
