//! RACK (RFC 8985, `net/ipv4/tcp_recovery.c`): a segment is lost when one sent later has arrived and some time has passed.

use super::CaState;
use crate::tcp::segment::Seq;
use crate::tcp::state::{Cx, Pending, Sent, Tcb};

/// Recoveries that a widened window lasts (`TCP_RACK_RECOVERY_THRESH`).
pub const PERSIST: u8 = 16;
/// Added to the reordering timer, microseconds (`TCP_TIMEOUT_MIN_US`).
pub const TIMEOUT_MIN: u64 = 2_000;

/// What RACK remembers.
#[derive(Debug, Clone)]
pub struct Rack {
    /// When the latest delivered segment was sent, microseconds.
    pub mstamp: u64,
    /// Its round trip.
    pub rtt_us: u32,
    /// Its end.
    pub end_seq: Seq,
    /// Something was delivered since the last look.
    pub advanced: bool,
    /// A DSACK came in this round.
    pub dsack_seen: bool,
    /// Width of the reordering window, quarters of the least round trip.
    pub steps: u8,
    /// Recoveries until it narrows again.
    pub persist: u8,
    /// Delivered when it was last widened.
    pub last_delivered: u32,
}

impl Default for Rack {
    fn default() -> Rack {
        Rack {
            mstamp: 0,
            rtt_us: 0,
            end_seq: Seq(0),
            advanced: false,
            dsack_seen: false,
            steps: 1,
            persist: 0,
            last_delivered: 0,
        }
    }
}

fn sent_after(t1: u64, t2: u64, seq1: Seq, seq2: Seq) -> bool {
    t1 > t2 || (t1 == t2 && seq1.after(seq2))
}

impl Tcb {
    /// A segment was delivered (`tcp_rack_advance`).
    pub(in crate::tcp) fn rack_advance(&mut self, cx: &Cx, s: &Sent) {
        let rtt = cx.us().saturating_sub(s.at) as u32;
        // The ACK of a retransmission that came too soon was for the original.
        if rtt < self.rtt.min && s.ever_retrans {
            return;
        }
        let rack = &mut self.rec.rack;
        rack.advanced = true;
        rack.rtt_us = rtt;
        if sent_after(s.at, rack.mstamp, s.end, rack.end_seq) {
            rack.mstamp = s.at;
            rack.end_seq = s.end;
        }
    }

    fn reo_wnd(&self, cx: &Cx) -> u64 {
        if self.rec.reord_seen == 0 {
            if self.rec.state >= CaState::Recovery {
                return 0;
            }
            if self.rec.sacked_out >= self.rec.reordering && cx.sys.recovery & 4 == 0 {
                return 0;
            }
        }
        let quarter = u64::from(self.rtt.min >> 2) * u64::from(self.rec.rack.steps);
        quarter.min(u64::from(self.rtt.srtt8 >> 3))
    }

    /// Marks what is lost; how long to wait for the rest, microseconds (`tcp_rack_detect_loss`).
    fn detect_loss(&mut self, cx: &Cx) -> u64 {
        let reo_wnd = self.reo_wnd(cx);
        let (mstamp, end_seq, rtt) = (self.rec.rack.mstamp, self.rec.rack.end_seq, u64::from(self.rec.rack.rtt_us));
        let mut timeout = 0;
        for i in 0..self.snd.rtx.len() {
            let s = &self.snd.rtx[i];
            if s.sacked || s.settled || (s.lost && !s.retrans) || !sent_after(mstamp, s.at, end_seq, s.end) {
                continue;
            }
            let remaining = (rtt + reo_wnd) as i64 - cx.us().saturating_sub(s.at) as i64;
            if remaining <= 0 {
                self.mark_lost(i);
                self.snd.rtx[i].settled = true;
            } else {
                timeout = timeout.max(remaining as u64);
            }
        }
        timeout
    }

    /// After an ACK; true if the reordering timer runs (`tcp_rack_mark_lost`).
    pub(in crate::tcp) fn rack_mark_lost(&mut self, cx: &mut Cx) -> bool {
        if !self.rec.rack.advanced {
            return false;
        }
        self.rec.rack.advanced = false;
        let timeout = self.detect_loss(cx);
        if timeout > 0 {
            self.arm(cx, Pending::Reorder, cx.ticks.from_micros(timeout + TIMEOUT_MIN));
        }
        timeout > 0
    }

    /// The reordering timer fired (`tcp_rack_reo_timeout`).
    pub(in crate::tcp) fn reorder_timeout(&mut self, cx: &mut Cx) {
        let (in_flight, lost) = (self.in_flight(), self.snd.lost);
        self.detect_loss(cx);
        if in_flight != self.in_flight() {
            if self.rec.state != CaState::Recovery {
                self.enter_recovery(cx, false);
                self.reduce(1, self.snd.lost - lost, false);
            }
            self.xmit_retransmit_queue(cx);
        }
        if self.timers.xmit.map(|x| x.0) != Some(Pending::Retrans) {
            self.rearm_rto(cx);
        }
    }

    /// The window widens with DSACKs and narrows after a while (`tcp_rack_update_reo_wnd`).
    pub(in crate::tcp) fn update_reo_wnd(&mut self, cx: &Cx, prior_delivered: u32) {
        if cx.sys.recovery & 2 != 0 || prior_delivered == 0 {
            return;
        }
        let delivered = self.snd.delivered;
        let rack = &mut self.rec.rack;
        if (prior_delivered.wrapping_sub(rack.last_delivered) as i32) < 0 {
            rack.dsack_seen = false;
        }
        if rack.dsack_seen {
            rack.steps = rack.steps.saturating_add(1);
            rack.dsack_seen = false;
            rack.last_delivered = delivered;
            rack.persist = PERSIST;
        } else if rack.persist == 0 {
            rack.steps = 1;
        }
    }
}
