//! Path MTU discovery by probing (RFC 4821, `tcp_mtu_probe`, `tcp_mtu_probing`).

use super::segment::{Block, Flags, HEADERS};
use super::state::{Cx, Sent, Tcb, Unsent};

impl Tcb {
    /// The search begins (`tcp_mtup_init`).
    pub(super) fn mtup_init(&mut self, cx: &Cx) {
        let low = self.mss_to_mtu(cx.sys.base_mss as u32);
        let m = &mut self.snd.mtup;
        m.enabled = cx.sys.mtu_probing > 1;
        m.high = self.snd.mss_clamp.saturating_add(HEADERS);
        m.low = low;
        m.probe_size = 0;
    }

    fn mss_to_mtu(&self, mss: u32) -> u32 {
        mss + self.snd.header_len - 20 + HEADERS
    }

    /// Full segments do not get through: smaller ones from now on (`tcp_mtu_probing`).
    pub(super) fn black_hole(&mut self, cx: &mut Cx) {
        if cx.sys.mtu_probing == 0 {
            return;
        }
        if self.snd.mtup.enabled {
            let mss = self.mtu_to_mss(cx, self.snd.mtup.low) >> 1;
            let mss = mss.min(cx.sys.base_mss as u32).max(cx.sys.mtu_probe_floor as u32).max(cx.sys.min_snd_mss as u32);
            self.snd.mtup.low = self.mss_to_mtu(mss);
        } else {
            self.snd.mtup.enabled = true;
        }
        self.sync_mss(cx);
    }

    pub(super) fn mtu_probe_failed(&mut self) {
        self.snd.mtup.high = self.snd.mtup.probe_size.saturating_sub(1);
        self.snd.mtup.probe_size = 0;
    }

    pub(super) fn mtu_probe_succeeded(&mut self, cx: &Cx) {
        let probe = self.snd.mtup.probe_size;
        let (old, new) = (self.snd.mss, self.mtu_to_mss(cx, probe));
        self.rec.prior_ssthresh = self.current_ssthresh();
        let scaled = u64::from(self.cc.cwnd) * u64::from(self.mss_to_mtu(old)) / u64::from(probe.max(1));
        self.cc.cwnd = (scaled as u32).max(1);
        self.cc.cwnd_cnt = 0;
        self.snd.mtup.low = probe;
        self.snd.mtup.probe_size = 0;
        self.sync_mss(cx);
        let _ = new;
    }

    /// Sends a larger segment if there is enough to send: `Some(true)` sent, `Some(false)` wait, `None` no probe now.
    pub(super) fn mtu_probe(&mut self, cx: &mut Cx) -> Option<bool> {
        let m = &self.snd.mtup;
        let calm = self.rec.state == super::recovery::CaState::Open && self.cc.cwnd >= 11;
        if !m.enabled || m.probe_size > 0 || !calm || !self.rcv.sacks.is_empty() || self.rcv.dsack.is_some() {
            return None;
        }
        let mss = self.current_mss();
        let probe = self.mtu_to_mss(cx, (m.high + m.low) >> 1);
        if probe > self.mtu_to_mss(cx, m.high) || m.high.saturating_sub(m.low) < cx.sys.probe_threshold as u32 {
            return None;
        }
        let needed = probe + (self.rec.reordering + 1) * self.snd.mss;
        let queued: u32 = self.snd.queue.iter().map(|u| u.len).sum();
        if queued < needed || self.snd.wnd < needed {
            return None;
        }
        if (self.snd.nxt + needed).after(self.wnd_end()) {
            return Some(false);
        }
        if self.in_flight() + 2 > self.cc.cwnd {
            return if self.in_flight() == 0 { None } else { Some(false) };
        }
        let _ = mss;
        let mut left = probe;
        while left > 0 {
            let Some(u) = self.snd.queue.front_mut() else { break };
            let part = u.len.min(left);
            u.len -= part;
            left -= part;
            if u.len == 0 && !u.flags.has(Flags::FIN) {
                self.snd.queue.pop_front();
            }
        }
        let start = self.snd.nxt;
        self.snd.burst += 1;
        self.emit(cx, start, probe, Flags::ACK);
        self.cc.cwnd -= 1;
        self.record_sent(cx, probe, Flags::ACK);
        self.snd.mtup.probe_size = self.mss_to_mtu(probe);
        self.snd.mtup.probe = Block { start, end: start + probe };
        Some(true)
    }

    /// Puts one segment that left into the retransmission queue (`tcp_event_new_data_sent`).
    pub(super) fn record_sent(&mut self, cx: &mut Cx, len: u32, flags: Flags) {
        let seq = self.snd.nxt;
        let end = seq + (len + flags.one(Flags::SYN) + flags.one(Flags::FIN));
        self.snd.rtx.push_back(Sent {
            seq,
            end,
            flags,
            at: cx.us(),
            sacked: false,
            lost: false,
            settled: false,
            retrans: false,
            ever_retrans: false,
            delivered: self.snd.delivered,
            overhead: super::send::OVERHEAD,
            eor: false,
            buffer: self.snd.burst,
        });
        self.snd.nxt = end;
        let prior = self.snd.packets_out;
        self.snd.packets_out += 1;
        if prior == 0 || self.timers.xmit.map(|x| x.0) == Some(super::state::Pending::LossProbe) {
            self.rearm_rto(cx);
        }
    }

    /// Sends `room` bytes of the first buffer whatever Nagle says.
    pub(super) fn force_out(&mut self, cx: &mut Cx, room: u32, mss: u32) -> bool {
        let Some(u) = self.snd.queue.front_mut() else { return false };
        let take = u.len.min(room).min(mss);
        let whole = take == u.len;
        let mut flags = Flags::ACK | Flags::PSH;
        if whole && u.flags.has(Flags::FIN) {
            flags |= Flags::FIN;
        }
        self.snd.burst += 1;
        let seq = self.snd.nxt;
        self.emit(cx, seq, take, flags);
        if cx.congested {
            return false;
        }
        if whole {
            self.snd.queue.pop_front();
        } else if let Some(u) = self.snd.queue.front_mut() {
            let rest = Unsent { len: u.len - take, flags: u.flags, eor: u.eor };
            *u = rest;
            self.snd.wmem += super::send::OVERHEAD;
        }
        self.record_sent(cx, take, flags);
        true
    }
}
