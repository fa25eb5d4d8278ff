//! Proportional rate reduction (RFC 6937, `tcp_cwnd_reduction`): the window shrinks as ACKs come, not at once.

use super::CaState;
use crate::tcp::congestion::{INFINITE, Now};
use crate::tcp::state::{Cx, Tcb};

impl Tcb {
    pub(in crate::tcp) fn cc_now(&self, cx: &Cx) -> Now {
        Now {
            us: cx.us(),
            srtt8: self.rtt.srtt8,
            ack: self.snd.una.0,
            snd_nxt: self.snd.nxt.0,
            mss: self.snd.mss,
            ticks: cx.ticks,
        }
    }

    /// The threshold as it would be if nothing were wrong (`tcp_current_ssthresh`).
    pub(in crate::tcp) fn current_ssthresh(&self) -> u32 {
        if self.rec.reducing() {
            self.cc.ssthresh
        } else {
            self.cc.ssthresh.max((self.cc.cwnd >> 1) + (self.cc.cwnd >> 2))
        }
    }

    pub(in crate::tcp) fn init_reduction(&mut self) {
        self.rec.high_seq = self.snd.nxt;
        self.rec.tlp_high = None;
        self.cc.cwnd_cnt = 0;
        self.cc.prior_cwnd = self.cc.cwnd;
        self.rec.prr_delivered = 0;
        self.rec.prr_out = 0;
        self.cc.ssthresh = self.cc.reduced();
        self.ecn_queue_cwr = self.ecn_ok;
    }

    pub(in crate::tcp) fn reduce(&mut self, acked: u32, newly_lost: u32, una_advanced: bool) {
        if acked == 0 || self.cc.prior_cwnd == 0 {
            return;
        }
        let in_flight = self.in_flight();
        let delta = i64::from(self.cc.ssthresh) - i64::from(in_flight);
        self.rec.prr_delivered += acked;
        let (delivered, out) = (i64::from(self.rec.prr_delivered), i64::from(self.rec.prr_out));
        let mut send = if delta < 0 {
            let prior = i64::from(self.cc.prior_cwnd);
            (i64::from(self.cc.ssthresh) * delivered + prior - 1) / prior - out
        } else {
            let mut send = (delivered - out).max(i64::from(acked));
            if una_advanced && newly_lost == 0 {
                send += 1;
            }
            delta.min(send)
        };
        // The first retransmission leaves in any case.
        send = send.max(i64::from(self.rec.prr_out == 0));
        self.cc.cwnd = (i64::from(in_flight) + send).max(1) as u32;
    }

    pub(in crate::tcp) fn end_reduction(&mut self, cx: &Cx) {
        let settled = self.rec.state == CaState::Cwr || self.rec.undo_marker.is_some();
        if self.cc.ssthresh < INFINITE && settled {
            self.cc.cwnd = self.cc.ssthresh;
            self.snd.cwnd_stamp = cx.jiffies();
        }
    }

    /// The window is reduced without a loss (`tcp_enter_cwr`).
    pub(in crate::tcp) fn enter_cwr(&mut self, cx: &Cx) {
        self.rec.prior_ssthresh = 0;
        if self.rec.state < CaState::Cwr {
            self.rec.undo_marker = None;
            self.init_reduction();
            self.set_ca(cx, CaState::Cwr);
        }
    }
}
