//! Tail loss probe (RFC 8985, 7): when the last segments stay unanswered for two round trips, one of them goes again.

use super::CaState;
use super::rack::TIMEOUT_MIN;
use crate::tcp::ack::Ack;
use crate::tcp::send::Push;
use crate::tcp::state::{Cx, Pending, Tcb};

impl Tcb {
    /// Arms the probe timer if a probe makes sense (`tcp_schedule_loss_probe`).
    pub(in crate::tcp) fn schedule_probe(&mut self, cx: &mut Cx, advancing: bool) -> bool {
        let calm = matches!(self.rec.state, CaState::Open | CaState::Cwr);
        if !(3..=4).contains(&cx.sys.early_retrans) || self.snd.packets_out == 0 || !self.sack_ok || !calm {
            return false;
        }
        let mut timeout = if self.rtt.srtt8 > 0 {
            let extra = if self.snd.packets_out == 1 { cx.sys.rto_min_us as u64 } else { TIMEOUT_MIN };
            cx.ticks.from_micros(u64::from(self.rtt.srtt8 >> 2) + extra)
        } else {
            cx.ticks.from_millis(1_000)
        };
        let rto = if advancing { cx.ticks.micros(self.rto) as i64 } else { self.rto_left(cx) };
        if rto > 0 {
            timeout = timeout.min(cx.ticks.from_micros(rto as u64));
        }
        self.arm(cx, Pending::LossProbe, timeout);
        true
    }

    /// The probe timer fired (`tcp_send_loss_probe`).
    pub(in crate::tcp) fn send_loss_probe(&mut self, cx: &mut Cx) {
        if self.rec.tlp_high.is_some() {
            return self.rearm_rto(cx);
        }
        self.rec.tlp_retrans = false;
        let mss = self.current_mss();
        if !self.snd.queue.is_empty() && self.fits_window(mss) {
            let before = self.snd.packets_out;
            self.write_xmit(cx, mss, Push::Probe);
            if self.snd.packets_out <= before {
                return self.rearm_rto(cx);
            }
        } else {
            let Some(last) = self.snd.rtx.len().checked_sub(1) else {
                self.timers.xmit = None;
                return;
            };
            if !self.retransmit(cx, last) {
                return self.rearm_rto(cx);
            }
            self.rec.tlp_retrans = true;
        }
        self.rec.tlp_high = Some(self.snd.nxt);
        cx.stats.add("TcpExtTCPLossProbes", 1);
        // The timer restarts from now.
        self.timers.xmit = None;
        self.rearm_rto(cx);
    }

    /// What an ACK says of the probe (`tcp_process_tlp_ack`).
    pub(in crate::tcp) fn process_tlp(&mut self, cx: &mut Cx, ack: crate::tcp::segment::Seq, a: &Ack) {
        let Some(high) = self.rec.tlp_high else { return };
        if ack.before(high) {
            return;
        }
        if !self.rec.tlp_retrans || a.dsack_tlp {
            self.rec.tlp_high = None;
        } else if ack.after(high) {
            self.init_reduction();
            self.set_ca(cx, CaState::Cwr);
            self.end_reduction(cx);
            self.try_keep_open(cx);
            cx.stats.add("TcpExtTCPLossProbeRecovery", 1);
        } else if !a.una_advanced && !a.not_dup() && !a.data_sacked {
            self.rec.tlp_high = None;
        }
    }
}
