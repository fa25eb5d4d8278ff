//! Undoing a reduction that turns out to be a mistake: the Eifel test by timestamps (RFC 3522), DSACK (RFC 3708), F-RTO.

use super::CaState;
use crate::tcp::segment::Seq;
use crate::tcp::state::{Cx, State, Tcb};

impl Tcb {
    /// The echoed timestamp is older than `stamp` (`tcp_tsopt_ecr_before`).
    pub(in crate::tcp) fn echo_before(&self, stamp: u32) -> bool {
        self.stamps && self.ts_now.is_some_and(|ts| ts.ecr != 0 && Seq(ts.ecr).before(Seq(stamp)))
    }

    fn packet_delayed(&self) -> bool {
        if self.rec.retrans_stamp != 0 {
            return self.echo_before(self.rec.retrans_stamp);
        }
        if !self.sack_ok && !self.snd.una.before(self.rec.high_seq) {
            return false;
        }
        self.state != State::SynSent
    }

    fn may_undo(&self) -> bool {
        self.rec.undo_marker.is_some() && (self.rec.undo_retrans == 0 || self.packet_delayed())
    }

    pub(in crate::tcp) fn init_undo(&mut self) {
        self.rec.undo_marker = Some(self.snd.una);
        self.rec.undo_retrans = self.rec.retrans_out as i32;
        if self.rec.tlp_high.is_some() && self.rec.tlp_retrans {
            self.rec.undo_retrans += 1;
        }
        if self.rec.undo_retrans == 0 {
            self.rec.undo_retrans = -1;
        }
    }

    fn undo_reduction(&mut self, cx: &Cx, unmark: bool) {
        if unmark {
            for s in &mut self.snd.rtx {
                s.lost = false;
            }
            self.rec.lost_out = 0;
        }
        if self.rec.prior_ssthresh > 0 {
            self.cc.cwnd = self.cc.undone();
            if self.rec.prior_ssthresh > self.cc.ssthresh {
                self.cc.ssthresh = self.rec.prior_ssthresh;
                self.ecn_queue_cwr = false;
            }
        }
        self.snd.cwnd_stamp = cx.jiffies();
        self.rec.undo_marker = None;
        self.rec.rack.advanced = true;
    }

    /// Without SACK the old state holds until something above `high_seq` is acknowledged (RFC 6582, 5).
    fn holds_back(&mut self) -> bool {
        if self.snd.una == self.rec.high_seq && !self.sack_ok {
            if !self.any_retrans_done() {
                self.rec.retrans_stamp = 0;
            }
            return true;
        }
        false
    }

    pub(in crate::tcp) fn try_undo_recovery(&mut self, cx: &mut Cx) -> bool {
        if self.may_undo() {
            cx.stats.add(if self.rec.state == CaState::Loss { "TcpExtTCPLossUndo" } else { "TcpExtTCPFullUndo" }, 1);
            self.undo_reduction(cx, false);
        }
        if self.holds_back() {
            return true;
        }
        self.set_ca(cx, CaState::Open);
        false
    }

    pub(in crate::tcp) fn try_undo_dsack(&mut self, cx: &mut Cx) -> bool {
        if self.rec.undo_marker.is_some() && self.rec.undo_retrans == 0 {
            self.rec.rack.persist = (self.rec.rack.persist + 1).min(super::rack::PERSIST);
            self.undo_reduction(cx, false);
            cx.stats.add("TcpExtTCPDSACKUndo", 1);
            return true;
        }
        false
    }

    pub(in crate::tcp) fn try_undo_partial(&mut self, cx: &mut Cx, prior_una: Seq) -> bool {
        if self.rec.undo_marker.is_some() && self.packet_delayed() {
            self.check_sack_reordering(prior_una, cx);
            if self.rec.retrans_out > 0 {
                return true;
            }
            if !self.any_retrans_done() {
                self.rec.retrans_stamp = 0;
            }
            self.undo_reduction(cx, true);
            cx.stats.add("TcpExtTCPPartialUndo", 1);
            self.try_keep_open(cx);
        }
        false
    }

    pub(in crate::tcp) fn try_undo_loss(&mut self, cx: &mut Cx, frto: bool) -> bool {
        if !frto && !self.may_undo() {
            return false;
        }
        self.undo_reduction(cx, true);
        cx.stats.add("TcpExtTCPLossUndo", 1);
        if frto {
            cx.stats.add("TcpExtTCPSpuriousRTOs", 1);
        }
        self.retransmits = 0;
        if self.holds_back() {
            return true;
        }
        if frto || self.sack_ok {
            self.set_ca(cx, CaState::Open);
        }
        true
    }
}
