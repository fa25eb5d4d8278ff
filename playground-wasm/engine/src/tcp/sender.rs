//! What surrounds sending: how full the windows are, the send buffer, the end of the stream, the options that shape
//! segments, and their size.

use super::congestion::INITIAL_WINDOW;
use super::recovery::CaState;
use super::segment::{Flags, HEADERS};
use super::send::OVERHEAD;
use super::state::{Cx, Nonagle, State, Tcb, Unsent};
use crate::errno::Errno;

impl Tcb {
    /// Whether the window was in use (RFC 7661, `tcp_cwnd_validate`).
    pub(super) fn validate_cwnd(&mut self, cx: &Cx, limited: bool) {
        let s = &mut self.snd;
        if !s.una.before(s.cwnd_usage_seq) || limited || (!s.cwnd_limited && s.packets_out > s.max_packets_out) {
            s.cwnd_limited = limited;
            s.max_packets_out = s.packets_out;
            s.cwnd_usage_seq = s.nxt;
        }
        let in_use = s.cwnd_limited || (self.cc.in_slow_start() && self.cc.cwnd < 2 * s.max_packets_out);
        let now = cx.jiffies();
        if in_use {
            s.cwnd_used = 0;
            s.cwnd_stamp = now;
            return;
        }
        s.cwnd_used = s.cwnd_used.max(s.packets_out);
        if cx.sys.slow_start_after_idle != 0 && now.saturating_sub(s.cwnd_stamp) >= self.rto {
            if self.rec.state == CaState::Open && !self.snd.nospace {
                let used = self.snd.cwnd_used.max(self.snd.init_cwnd);
                if used < self.cc.cwnd {
                    self.cc.ssthresh = self.current_ssthresh();
                    self.cc.cwnd = (self.cc.cwnd + used) >> 1;
                }
                self.snd.cwnd_used = 0;
            }
            self.snd.cwnd_stamp = now;
        }
        if self.snd.queue.is_empty() && self.snd.nospace && matches!(self.state, State::Established | State::CloseWait)
        {
            self.chrono_start(cx, 3);
        }
    }

    /// The send buffer follows the window (`tcp_sndbuf_expand`).
    pub(super) fn expand_sndbuf(&mut self, cx: &Cx) {
        let per = (self.snd.mss_clamp.max(self.snd.mss) + 256 + 320).next_power_of_two() + 256;
        let segs = INITIAL_WINDOW.max(self.cc.cwnd).max(self.rec.reordering + 1);
        let want = 2 * segs * per;
        if self.snd.sndbuf < want {
            self.snd.sndbuf = want.min(cx.sys.wmem[2] as u32);
        }
    }

    /// Our FIN joins what waits, or leaves alone (`tcp_send_fin`).
    pub(super) fn send_fin(&mut self, cx: &mut Cx) {
        match self.snd.queue.back_mut() {
            Some(u) => u.flags |= Flags::FIN,
            None => {
                self.snd.queue.push_back(Unsent { len: 0, flags: Flags::FIN, eor: false });
                self.snd.wmem += OVERHEAD;
            }
        }
        self.snd.write = self.snd.write + 1;
        let mss = self.current_mss();
        self.push_frames(cx, mss, Nonagle { off: true, ..Nonagle::default() });
    }

    /// `TCP_NODELAY` and `TCP_CORK` (`__tcp_sock_set_nodelay`, `__tcp_sock_set_cork`).
    pub fn set_nodelay(&mut self, cx: &mut Cx, on: bool) {
        self.opts.nodelay = on;
        self.nonagle.off = on;
        if on {
            self.nonagle.push = true;
            if matches!(self.state, State::Established | State::CloseWait) {
                self.push_pending(cx);
            }
        }
    }

    /// See [`Tcb::set_nodelay`].
    pub fn set_cork(&mut self, cx: &mut Cx, on: bool) {
        self.opts.cork = on;
        self.nonagle.cork = on;
        if !on {
            if self.nonagle.off {
                self.nonagle.push = true;
            }
            self.push_pending(cx);
        }
    }

    fn push_pending(&mut self, cx: &mut Cx) {
        if !self.snd.queue.is_empty() {
            let mss = self.current_mss();
            let n = self.nonagle;
            self.push_frames(cx, mss, n);
        }
    }

    /// Whether and how a call may write (`tcp_sendmsg_locked`, its head).
    pub fn may_write(&mut self) -> Result<(), Errno> {
        if let Some(e) = self.error.take() {
            return Err(e);
        }
        if self.send_shutdown {
            return Err(Errno::EPIPE);
        }
        match self.state {
            State::Established | State::CloseWait => Ok(()),
            State::SynSent | State::SynReceived => Err(Errno::EAGAIN),
            State::FinWait1 | State::FinWait2 | State::Closing | State::LastAck | State::Closed => Err(Errno::EPIPE),
        }
    }

    /// Payload of a full segment now: SACK blocks that are due take room (`tcp_current_mss`).
    pub fn current_mss(&self) -> u32 {
        let blocks = (self.rcv.sacks.len() + usize::from(self.rcv.dsack.is_some())) as u32;
        let mut mss = self.snd.mss;
        if self.sack_ok && blocks > 0 {
            let room = 40 - (self.snd.header_len - 20);
            let fit = room.saturating_sub(4) / 8;
            if fit > 0 {
                mss = mss.saturating_sub(4 + 8 * blocks.min(fit).min(4));
            }
        }
        mss.max(8)
    }

    /// A route that changed its MTU is noticed with the first segment that takes it (`tcp_current_mss`).
    pub(super) fn refresh_mss(&mut self, cx: &Cx) {
        if self.snd.route_mtu != self.snd.pmtu {
            self.snd.pmtu = self.snd.route_mtu;
            self.sync_mss(cx);
        }
    }

    /// The MSS from the path's MTU (`tcp_sync_mss`, `tcp_mtu_to_mss`).
    pub(super) fn sync_mss(&mut self, cx: &Cx) {
        if self.snd.mtup.high > self.snd.pmtu {
            self.snd.mtup.high = self.snd.pmtu;
        }
        let mut mss = self.mtu_to_mss(cx, self.snd.pmtu);
        let cutoff = if self.snd.max_wnd > 536 { self.snd.max_wnd >> 1 } else { self.snd.max_wnd };
        if cutoff > 0 && mss > cutoff {
            mss = cutoff.max(68 - self.snd.header_len.min(67));
        }
        if self.snd.mtup.enabled {
            mss = mss.min(self.mtu_to_mss(cx, self.snd.mtup.low));
        }
        self.snd.mss = mss;
    }

    /// Payload that fits an MTU.
    pub(super) fn mtu_to_mss(&self, cx: &Cx, mtu: u32) -> u32 {
        let clamp = self.snd.mss_clamp;
        let mss = mtu.saturating_sub(HEADERS).min(clamp).max(cx.sys.min_snd_mss as u32);
        mss - (self.snd.header_len - 20).min(mss - 1)
    }
}
