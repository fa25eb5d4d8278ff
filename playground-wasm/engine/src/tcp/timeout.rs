//! What happens when a timer fires (`net/ipv4/tcp_timer.c`): retransmission, probing, delayed ACK, keepalive, and giving up.

use super::recovery::CaState;
use super::segment::{Flags, Seq};
use super::state::{Cx, Pending, State, Tcb};
use super::timers::RTO_MIN;
use crate::errno::Errno;
use crate::time::SimTime;

/// Half a second until the local queue is tried again (`TCP_RESOURCE_PROBE_INTERVAL`), milliseconds.
const RESOURCE_PROBE: u64 = 500;
/// RFC 6298, 2: the first timeout, milliseconds.
pub const FIRST_RTO: u64 = 1_000;
/// TIME_WAIT and the part of FIN_WAIT_2 that needs no socket, milliseconds (`TCP_TIMEWAIT_LEN`).
pub const TIMEWAIT: u64 = 60_000;

impl Tcb {
    /// Runs every timer that is due; the name of the first, for the trace.
    pub fn run_timers(&mut self, cx: &mut Cx) {
        let due = |t: Option<SimTime>, now: SimTime| t.is_some_and(|t| t <= now);
        if due(self.timers.compress, cx.now) {
            self.timers.compress = None;
            if self.rcv.compressed > 0 {
                self.rcv.compressed = 0;
                self.send_ack(cx);
            }
        }
        if due(self.timers.delack, cx.now) {
            self.timers.delack = None;
            self.delack_timer(cx);
        }
        if let Some((what, at)) = self.timers.xmit
            && at <= cx.now
        {
            if self.state == State::Closed {
                self.timers.xmit = None;
                return;
            }
            match what {
                Pending::Reorder => self.reorder_timeout(cx),
                Pending::LossProbe => self.send_loss_probe(cx),
                Pending::Retrans => {
                    self.timers.xmit = None;
                    self.retransmit_timer(cx);
                }
                Pending::Probe => {
                    self.timers.xmit = None;
                    self.probe_timer(cx);
                }
            }
            // Whatever happened, the same instant must not come again.
            if self.timers.xmit.is_some_and(|x| x.1 <= cx.now) {
                self.rearm_rto(cx);
            }
        }
        if due(self.timers.keepalive, cx.now) {
            self.timers.keepalive = None;
            self.keepalive_timer(cx);
        }
    }

    fn delack_timer(&mut self, cx: &mut Cx) {
        if self.state == State::Closed || !self.ack.timer {
            return;
        }
        self.ack.timer = false;
        if self.ack.sched {
            if self.ack.pingpong >= cx.sys.pingpong_thresh as u32 {
                self.ack.pingpong = 0;
                self.ack.ato = super::receive::ato_min(cx);
            } else {
                self.ack.ato = (self.ack.ato << 1).min(self.rto);
            }
            cx.stats.add("TcpExtDelayedACKs", 1);
            self.send_ack(cx);
        }
    }

    /// The limit that so many doublings of `base` make, milliseconds (`tcp_model_timeout`).
    fn model_timeout(cx: &Cx, retries: u64, base_ms: u64) -> u64 {
        let max = cx.sys.rto_max_ms as u64;
        let doublings = u64::from((max / base_ms).max(1).ilog2());
        if retries <= doublings {
            ((2 << retries) - 1) * base_ms
        } else {
            ((2 << doublings) - 1) * base_ms + (retries - doublings) * max
        }
    }

    /// Whether the time for retransmissions is over (`retransmits_timed_out`).
    fn timed_out(&self, cx: &Cx, boundary: u64, user_ms: u64) -> bool {
        if self.retransmits == 0 {
            return false;
        }
        let base = match self.state {
            State::SynSent | State::SynReceived => FIRST_RTO,
            State::Established
            | State::FinWait1
            | State::FinWait2
            | State::CloseWait
            | State::Closing
            | State::LastAck
            | State::Closed => RTO_MIN.as_millis(),
        };
        let limit = if user_ms > 0 { user_ms } else { Self::model_timeout(cx, boundary, base) };
        let elapsed = self.stamp_now(cx).wrapping_sub(self.rec.retrans_stamp) as i32;
        i64::from(elapsed) >= limit as i64
    }

    /// Retries of a socket without a process (`tcp_orphan_retries`).
    fn orphan_retries(&self, cx: &Cx, alive: bool) -> u64 {
        let retries = cx.sys.orphan_retries as u64;
        if self.soft_error.is_some() && !alive {
            return 0;
        }
        if retries == 0 && alive { 8 } else { retries }
    }

    /// True if the connection ends (`tcp_write_timeout`).
    fn write_timeout(&mut self, cx: &mut Cx) -> bool {
        let user = u64::from(self.opts.user_timeout);
        let (retries, mut expired) = match self.state {
            State::SynSent | State::SynReceived => {
                let retries =
                    if self.opts.syncnt > 0 { u64::from(self.opts.syncnt) } else { cx.sys.syn_retries as u64 };
                let linear = if self.state == State::SynSent { cx.sys.syn_linear_timeouts as u64 } else { 0 };
                (retries, u64::from(self.retransmits) >= retries + linear)
            }
            State::Established
            | State::FinWait1
            | State::FinWait2
            | State::CloseWait
            | State::Closing
            | State::LastAck
            | State::Closed => {
                if self.timed_out(cx, cx.sys.retries1 as u64, 0) {
                    self.black_hole(cx);
                }
                let mut retries = cx.sys.retries2 as u64;
                if self.orphan {
                    let alive = self.rto < cx.ticks.from_millis(cx.sys.rto_max_ms as u64);
                    retries = self.orphan_retries(cx, alive);
                }
                (retries, false)
            }
        };
        if !expired {
            expired = self.timed_out(cx, retries, user);
        }
        if expired {
            self.write_error(cx);
        }
        expired
    }

    /// The connection gives up (`tcp_write_err`).
    pub(super) fn write_error(&mut self, cx: &mut Cx) {
        self.error = Some(self.soft_error.unwrap_or(Errno::ETIMEDOUT));
        cx.stats.add("TcpExtTCPAbortOnTimeout", 1);
        self.purge(cx);
        self.done(cx);
    }

    fn retransmit_timer(&mut self, cx: &mut Cx) {
        if self.snd.packets_out == 0 || self.snd.rtx.is_empty() {
            return;
        }
        let opening = matches!(self.state, State::SynSent | State::SynReceived);
        if self.snd.wnd == 0 && !self.orphan && !opening {
            if self.probe_timed_out(cx) {
                return self.write_error(cx);
            }
            self.enter_loss(cx);
            self.retransmit_marked(cx, 0);
        } else {
            cx.stats.add("TcpExtTCPTimeouts", 1);
            if self.write_timeout(cx) {
                return;
            }
            self.enter_loss(cx);
            self.retransmits += 1;
            self.rec.total_rto += 1;
            if !self.retransmit_marked(cx, 0) {
                return self.arm(cx, Pending::Retrans, cx.ticks.from_millis(RESOURCE_PROBE));
            }
        }
        let linear = self.state == State::SynSent && u64::from(self.rec.total_rto) <= cx.sys.syn_linear_timeouts as u64;
        if !linear {
            self.backoff += 1;
            self.rto = (self.rto << 1).min(cx.ticks.from_millis(cx.sys.rto_max_ms as u64));
        }
        let rto = self.user_clamped_rto(cx);
        self.arm(cx, Pending::Retrans, rto);
    }

    /// The last wait ends with `TCP_USER_TIMEOUT` (`tcp_clamp_rto_to_user_timeout`).
    fn user_clamped_rto(&self, cx: &Cx) -> u64 {
        let user = i64::from(self.opts.user_timeout);
        if user == 0 {
            return self.rto;
        }
        let elapsed = i64::from(self.stamp_now(cx).wrapping_sub(self.rec.retrans_stamp) as i32);
        match user - elapsed {
            left if left <= 0 => 1,
            left => self.rto.min(cx.ticks.from_millis(left as u64)),
        }
    }

    /// Retransmissions into a closed window end too, much later (`tcp_rtx_probe0_timed_out`).
    fn probe_timed_out(&self, cx: &Cx) -> bool {
        let Some(head) = self.snd.rtx.front() else { return false };
        let mut timeout = u64::from(self.opts.user_timeout);
        if timeout == 0 {
            timeout = 2 * cx.sys.rto_max_ms as u64;
        }
        let silent = cx.jiffies().saturating_sub(self.rcv_tstamp);
        if cx.ticks.micros(silent) / 1_000 <= timeout {
            return false;
        }
        let since = if self.rec.retrans_stamp != 0 {
            self.stamp_now(cx).wrapping_sub(self.rec.retrans_stamp)
        } else {
            (cx.us().saturating_sub(head.at) / 1_000) as u32
        };
        u64::from(since) > timeout
    }

    /// RFC 5681, 3.1: all that is old enough is lost, one segment goes (`tcp_enter_loss`).
    pub(super) fn enter_loss(&mut self, cx: &mut Cx) {
        let new = self.rec.state < CaState::Recovery;
        self.mark_all_lost(cx);
        let fresh = self.rec.state <= CaState::Disorder
            || !self.rec.high_seq.after(self.snd.una)
            || (self.rec.state == CaState::Loss && self.retransmits == 0);
        if fresh {
            self.rec.prior_ssthresh = self.current_ssthresh();
            self.cc.prior_cwnd = self.cc.cwnd;
            self.cc.ssthresh = self.cc.reduced();
            self.init_undo();
        }
        self.cc.cwnd = self.in_flight() + 1;
        self.cc.cwnd_cnt = 0;
        self.snd.cwnd_stamp = cx.jiffies();
        let usual = cx.sys.reordering as u32;
        if self.rec.state <= CaState::Disorder && self.rec.sacked_out >= usual {
            self.rec.reordering = self.rec.reordering.min(usual);
        }
        self.set_ca(cx, CaState::Loss);
        self.rec.high_seq = self.snd.nxt;
        self.rec.tlp_high = None;
        self.rec.frto = cx.sys.frto != 0 && (new || self.retransmits > 0) && self.snd.mtup.probe_size == 0;
    }

    fn mark_all_lost(&mut self, cx: &Cx) {
        let reneged = self.snd.rtx.front().is_some_and(|s| s.sacked);
        if reneged || !self.sack_ok {
            self.rec.sacked_out = 0;
        }
        for i in 0..self.snd.rtx.len() {
            let s = &mut self.snd.rtx[i];
            if reneged {
                s.sacked = false;
            } else if i > 0 && i64::from(self.rec.rack.rtt_us) > cx.us().saturating_sub(s.at) as i64 {
                continue;
            }
            self.mark_lost(i);
        }
    }

    /// The base of probing, jiffies (`tcp_probe0_base`).
    fn probe0_base(&self, cx: &Cx) -> u64 {
        self.rto.max(cx.ticks.from_micros(RTO_MIN.as_micros()))
    }

    pub(super) fn probe0_when(&self, cx: &Cx) -> u64 {
        let most = u32::max(10, self.backoff.min(10));
        let max = cx.ticks.from_millis(cx.sys.rto_max_ms as u64);
        (self.probe0_base(cx) << self.backoff.min(most)).min(max)
    }

    pub(super) fn clamp_probe0(&self, cx: &Cx, when: u64) -> u64 {
        let user = cx.ticks.from_millis(u64::from(self.opts.user_timeout));
        if user == 0 || self.probes_tstamp == 0 {
            return when;
        }
        let elapsed = (cx.jiffies() + 1).saturating_sub(self.probes_tstamp);
        user.saturating_sub(elapsed).max(2).min(when)
    }

    /// Something waits and nothing is in flight: probe (`tcp_check_probe_timer`).
    pub(super) fn check_probe_timer(&mut self, cx: &Cx) {
        if self.snd.packets_out == 0 && self.timers.xmit.is_none() {
            let base = self.probe0_base(cx);
            self.arm(cx, Pending::Probe, base);
        }
    }

    fn probe_timer(&mut self, cx: &mut Cx) {
        if self.snd.packets_out > 0 || self.snd.queue.is_empty() {
            self.probes_out = 0;
            self.probes_tstamp = 0;
            return;
        }
        let user = cx.ticks.from_millis(u64::from(self.opts.user_timeout));
        if self.probes_tstamp == 0 {
            self.probes_tstamp = cx.jiffies() + 1;
        } else if user > 0 && cx.jiffies() + 1 - self.probes_tstamp >= user {
            return self.write_error(cx);
        }
        let mut most = cx.sys.retries2 as u64;
        if self.orphan {
            let max = cx.ticks.from_millis(cx.sys.rto_max_ms as u64);
            let alive = (self.rto << self.backoff.min(40)) < max;
            most = self.orphan_retries(cx, alive);
            if !alive && u64::from(self.backoff) >= most {
                return self.write_error(cx);
            }
        }
        if u64::from(self.probes_out) >= most {
            return self.write_error(cx);
        }
        self.send_probe0(cx);
    }

    fn send_probe0(&mut self, cx: &mut Cx) {
        cx.stats.add("TcpExtTCPWinProbe", 1);
        let sent = self.wake_up(cx);
        if self.snd.packets_out > 0 || self.snd.queue.is_empty() {
            (self.probes_out, self.backoff, self.probes_tstamp) = (0, 0, 0);
            return;
        }
        self.probes_out += 1;
        let when = if sent {
            if i64::from(self.backoff) < cx.sys.retries2 {
                self.backoff += 1;
            }
            self.probe0_when(cx)
        } else {
            cx.ticks.from_millis(RESOURCE_PROBE)
        };
        let when = self.clamp_probe0(cx, when);
        self.arm(cx, Pending::Probe, when);
    }

    /// Sends what the window lets through, whatever its size, else a probe (`tcp_write_wakeup`).
    fn wake_up(&mut self, cx: &mut Cx) -> bool {
        if self.state == State::Closed {
            return false;
        }
        if !self.snd.queue.is_empty() && self.snd.nxt.before(self.wnd_end()) {
            let mss = self.current_mss();
            let room = (self.wnd_end() - self.snd.nxt).min(mss);
            if let Some(u) = self.snd.queue.front_mut() {
                u.flags |= Flags::PSH;
                let end: Seq = self.snd.nxt + u.span();
                self.snd.pushed = self.snd.pushed.max(end);
            }
            return self.force_out(cx, room, mss);
        }
        self.send_probe(cx)
    }

    fn keepalive_timer(&mut self, cx: &mut Cx) {
        if self.state == State::FinWait2 && self.orphan {
            if self.opts.linger2 >= 0 {
                let left = self.fin_time(cx).saturating_sub(TIMEWAIT);
                if left > 0 {
                    return self.leave_time_wait(cx, true, left);
                }
            }
            self.active_reset(cx);
            return self.done(cx);
        }
        if !self.opts.keepalive || matches!(self.state, State::Closed | State::SynSent) {
            return;
        }
        let ticks = cx.ticks;
        let seconds = move |own: u32, system: i64| {
            ticks.from_millis(if own > 0 { u64::from(own) * 1_000 } else { system as u64 * 1_000 })
        };
        let idle = seconds(self.opts.keepidle, cx.sys.keepalive_time);
        let mut next = idle;
        if self.snd.packets_out == 0 && self.snd.queue.is_empty() {
            let elapsed = self.silent_for(cx);
            if elapsed >= idle {
                let user = cx.ticks.from_millis(u64::from(self.opts.user_timeout));
                let most = if self.opts.keepcnt > 0 { self.opts.keepcnt } else { cx.sys.keepalive_probes as u32 };
                let over = if user > 0 { elapsed >= user && self.probes_out > 0 } else { self.probes_out >= most };
                if over {
                    self.active_reset(cx);
                    return self.write_error(cx);
                }
                cx.stats.add("TcpExtTCPKeepAlive", 1);
                next = if self.wake_up(cx) {
                    self.probes_out += 1;
                    seconds(self.opts.keepintvl, cx.sys.keepalive_intvl)
                } else {
                    cx.ticks.from_millis(RESOURCE_PROBE)
                };
            } else {
                next = idle - elapsed;
            }
        }
        self.timers.keepalive = Some(cx.ticks.fires(cx.now, next));
    }

    /// Jiffies since anything came (`keepalive_time_elapsed`).
    pub(super) fn silent_for(&self, cx: &Cx) -> u64 {
        cx.jiffies().saturating_sub(self.ack.lrcvtime.max(self.rcv_tstamp))
    }

    /// Starts the keepalive timer when the option is set (`tcp_set_keepalive`).
    pub fn set_keepalive(&mut self, cx: &Cx, on: bool) {
        if on && !self.opts.keepalive {
            self.start_keepalive(cx);
        } else if !on {
            self.timers.keepalive = None;
        }
        self.opts.keepalive = on;
    }

    pub(super) fn start_keepalive(&mut self, cx: &Cx) {
        let idle = if self.opts.keepidle > 0 { u64::from(self.opts.keepidle) } else { cx.sys.keepalive_time as u64 };
        if self.state != State::Closed {
            self.timers.keepalive = Some(cx.ticks.fires(cx.now, cx.ticks.from_millis(idle * 1_000)));
        }
    }

    /// `TCP_KEEPIDLE`: the time already passed counts (`tcp_sock_set_keepidle_locked`).
    pub fn set_keepidle(&mut self, cx: &Cx, seconds: u32) {
        self.opts.keepidle = seconds;
        if self.opts.keepalive && !matches!(self.state, State::Closed) {
            let idle = cx.ticks.from_millis(u64::from(seconds) * 1_000);
            let left = idle.saturating_sub(self.silent_for(cx));
            self.timers.keepalive = Some(cx.ticks.fires(cx.now, left));
        }
    }

    /// How long FIN_WAIT_2 lasts without a process, milliseconds (`tcp_fin_time`).
    pub(super) fn fin_time(&self, cx: &Cx) -> u64 {
        let own = if self.opts.linger2 > 0 { self.opts.linger2 as u64 } else { cx.sys.fin_timeout as u64 };
        let rto = cx.ticks.micros(self.rto) / 1_000;
        (own * 1_000).max((rto << 2) - (rto >> 1))
    }
}
