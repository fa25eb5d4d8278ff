//! Sending what the program wrote: Nagle with Minshall's rule, the windows, bursts (`tcp_sendmsg`, `tcp_write_xmit`).

use super::recovery::CaState;
use super::segment::Flags;
use super::state::{Cx, Nonagle, Pending, Sent, Tcb, Unsent};

/// Bookkeeping of one send buffer, bytes (`SKB_TRUESIZE` of an empty one on x86-64).
pub const OVERHEAD: u32 = 832;
/// Largest burst of the segmentation offload, bytes.
const GSO_MAX: u32 = 65_536 - 257;
/// An odd rest waits this long for the next ACK at most, microseconds (`tcp_tso_should_defer`).
const DEFER: u64 = 1_000;

/// How `write_xmit` is asked to send.
#[derive(Debug, Clone, Copy)]
pub enum Push {
    /// Everything that may leave.
    All(Nonagle),
    /// One buffer, as soon as it is full.
    One,
    /// One segment in any case: a tail loss probe.
    Probe,
}

/// Flags of a `send` call.
#[derive(Debug, Clone, Copy, Default)]
pub struct SendFlags {
    /// `MSG_MORE`.
    pub more: bool,
    /// `MSG_DONTWAIT`.
    pub dontwait: bool,
    /// `MSG_EOR`.
    pub eor: bool,
}

impl Tcb {
    /// Copies as much of `n` bytes as the send buffer takes and sends what may leave; `None`: the caller must wait
    /// (`tcp_sendmsg_locked`).
    pub fn write(&mut self, cx: &mut Cx, n: u32, flags: SendFlags) -> (u32, bool) {
        let mut copied = 0;
        self.refresh_mss(cx);
        let mss = self.current_mss();
        let goal = self.size_goal(mss);
        while copied < n {
            let room = match self.snd.queue.back() {
                Some(u) if !u.eor && !u.flags.has(Flags::FIN) => goal.saturating_sub(u.len),
                Some(_) | None => 0,
            };
            if room == 0 {
                if self.snd.wmem >= self.snd.sndbuf || !self.unsent_ok(0) {
                    return self.wait_for_space(cx, copied, mss, goal, flags);
                }
                self.slow_start_after_idle(cx);
                if self.snd.queue.is_empty() {
                    self.chrono_start(cx, 1);
                }
                self.snd.queue.push_back(Unsent::default());
                self.snd.wmem += OVERHEAD;
                if self.nonagle.push {
                    self.nonagle.push = false;
                }
                continue;
            }
            let part = room.min(n - copied);
            if let Some(u) = self.snd.queue.back_mut() {
                u.len += part;
                if copied == 0 {
                    u.flags = u.flags.without(Flags::PSH);
                }
            }
            self.snd.wmem += part;
            self.snd.write = self.snd.write + part;
            copied += part;
            if copied == n {
                break;
            }
            let full = self.snd.queue.back().is_some_and(|u| u.len >= goal);
            if !full {
                continue;
            }
            if self.snd.write.after(self.snd.pushed + (self.snd.max_wnd >> 1)) {
                self.mark_push();
                let push = Nonagle { push: true, ..self.nonagle };
                self.push_frames(cx, mss, push);
            } else if self.snd.queue.len() == 1 {
                self.write_xmit(cx, mss, Push::One);
            }
        }
        if copied > 0 {
            self.push(cx, flags.more, mss, self.nonagle, goal);
        }
        if flags.eor
            && let Some(u) = self.snd.queue.back_mut()
        {
            u.eor = true;
        } else if flags.eor
            && let Some(s) = self.snd.rtx.back_mut()
        {
            s.eor = true;
        }
        (copied, false)
    }

    fn wait_for_space(&mut self, cx: &mut Cx, copied: u32, mss: u32, goal: u32, flags: SendFlags) -> (u32, bool) {
        self.snd.nospace = true;
        if copied > 0 || !self.snd.queue.is_empty() {
            // What is queued leaves before the program sleeps.
            let push = Nonagle { push: true, ..self.nonagle };
            self.push(cx, flags.more, mss, push, goal);
        }
        if self.snd.queue.is_empty() && self.snd.packets_out > 0 {
            self.chrono_start(cx, 3);
        }
        (copied, true)
    }

    fn mark_push(&mut self) {
        if let Some(u) = self.snd.queue.back_mut() {
            u.flags |= Flags::PSH;
        }
        self.snd.pushed = self.snd.write;
    }

    /// `tcp_push`.
    fn push(&mut self, cx: &mut Cx, more: bool, mss: u32, nonagle: Nonagle, _goal: u32) {
        if self.snd.queue.is_empty() {
            return;
        }
        let forced = self.snd.write.after(self.snd.pushed + (self.snd.max_wnd >> 1));
        if !more || forced {
            self.mark_push();
        }
        let nonagle = if more { Nonagle { cork: true, ..nonagle } } else { nonagle };
        self.push_frames(cx, mss, nonagle);
    }

    /// Half the peer's largest window bounds a buffer (`tcp_xmit_size_goal`).
    fn size_goal(&mut self, mss: u32) -> u32 {
        let cutoff = if self.snd.max_wnd > 536 { self.snd.max_wnd >> 1 } else { self.snd.max_wnd };
        let bound = if cutoff > 0 && GSO_MAX > cutoff { cutoff.max(68 - self.snd.header_len.min(67)) } else { GSO_MAX };
        let goal = self.snd.gso_segs * mss;
        if bound < goal || bound >= goal + mss {
            self.snd.gso_segs = bound / mss;
        }
        (self.snd.gso_segs * mss).max(mss)
    }

    /// RFC 5681, 4.1: after an idle time the window starts again (`tcp_slow_start_after_idle_check`).
    pub(super) fn slow_start_after_idle(&mut self, cx: &Cx) {
        if cx.sys.slow_start_after_idle == 0 || self.snd.packets_out > 0 {
            return;
        }
        let idle = cx.jiffies().saturating_sub(self.snd.lsndtime);
        if idle <= self.rto {
            return;
        }
        let restart = self.snd.init_cwnd.min(self.cc.cwnd);
        self.cc.ssthresh = self.current_ssthresh();
        let (mut left, mut cwnd) = (idle as i64 - self.rto as i64, self.cc.cwnd);
        while left > 0 && cwnd > restart {
            cwnd >>= 1;
            left -= self.rto as i64;
        }
        self.cc.cwnd = cwnd.max(restart);
        self.snd.cwnd_stamp = cx.jiffies();
        self.snd.cwnd_used = 0;
    }

    /// Minshall's rule: is a small segment in flight? (`tcp_nagle_check`)
    fn nagle_holds(&self, partial: bool, n: Nonagle) -> bool {
        let small_out = self.snd.small.after(self.snd.una) && !self.snd.small.after(self.snd.nxt);
        partial && (n.cork || (!n.off && self.snd.packets_out > 0 && small_out))
    }

    /// How many segments a burst may have (`tcp_tso_autosize`).
    pub(super) fn burst_segs(&self, cx: &Cx, mss: u32) -> u32 {
        let shift = self.rtt.min >> 9;
        let mut bytes = self.pacing_rate(cx) >> 10;
        if shift < 32 {
            bytes += u64::from(GSO_MAX >> shift);
        }
        let segs = bytes.min(u64::from(GSO_MAX)) as u32 / mss.max(1);
        segs.max(cx.sys.min_tso_segs as u32)
    }

    /// Bytes a second (`tcp_update_pacing_rate`).
    pub fn pacing_rate(&self, cx: &Cx) -> u64 {
        let cwnd = u64::from(self.cc.cwnd.max(self.snd.packets_out));
        let ratio = if self.cc.cwnd < self.cc.ssthresh / 2 { cx.sys.pacing_ss_ratio } else { cx.sys.pacing_ca_ratio };
        let rate = u64::from(self.snd.mss) * cwnd * ratio as u64 * 80_000;
        if self.rtt.srtt8 > 0 { rate / u64::from(self.rtt.srtt8) } else { rate / 8_000 }
    }

    /// Sends while the windows and Nagle allow; true if nothing is in flight and something waits (`tcp_write_xmit`).
    pub(super) fn write_xmit(&mut self, cx: &mut Cx, mss: u32, push: Push) -> bool {
        let mut sent = 0;
        let (mut cwnd_limited, mut rwnd_limited) = (false, false);
        if matches!(push, Push::All(_)) {
            match self.mtu_probe(cx) {
                Some(false) => return false,
                Some(true) => sent = 1,
                None => {}
            }
        }
        let max_segs = self.burst_segs(cx, mss);
        while !self.snd.queue.is_empty() {
            let in_flight = self.in_flight();
            let mut quota = if in_flight >= self.cc.cwnd {
                if !matches!(push, Push::Probe) {
                    break;
                }
                1
            } else {
                (self.cc.cwnd >> 1).max(1).min(self.cc.cwnd - in_flight)
            };
            quota = quota.min(max_segs);
            self.grow_head(quota * mss);
            let (head_len, head_span) = match self.snd.queue.front() {
                Some(u) => (u.len, u.span()),
                None => break,
            };
            let segs = head_len.div_ceil(mss).max(1);
            let last = self.snd.queue.len() == 1;
            if !self.fits_window(mss) {
                rwnd_limited = true;
                break;
            }
            let nonagle = match push {
                Push::All(n) => n,
                Push::One => Nonagle { push: true, ..Nonagle::default() },
                Push::Probe => Nonagle { off: true, ..Nonagle::default() },
            };
            if segs == 1 {
                let n = if last { nonagle } else { Nonagle { push: true, ..nonagle } };
                let fin = self.snd.queue.front().is_some_and(|u| u.flags.has(Flags::FIN));
                if !n.push && !fin && self.nagle_holds(head_len < mss, n) {
                    break;
                }
            } else if matches!(push, Push::All(_))
                && self.defers(cx, head_len, last, max_segs, &mut cwnd_limited, &mut rwnd_limited)
            {
                break;
            }
            let limit = if segs > 1 { self.split_point(head_len, mss, quota, last, nonagle) } else { mss };
            let take = head_len.min(limit);
            if head_span == 0 || !self.transmit_new(cx, take, mss) {
                break;
            }
            sent += take.div_ceil(mss).max(1);
            if !matches!(push, Push::All(_)) {
                break;
            }
        }
        if rwnd_limited {
            self.chrono_start(cx, 2);
        } else {
            self.chrono_stop(cx, 2);
        }
        cwnd_limited |= self.in_flight() >= self.cc.cwnd;
        if sent > 0 || cwnd_limited {
            self.validate_cwnd(cx, cwnd_limited);
        }
        if sent > 0 {
            if self.rec.reducing() {
                self.rec.prr_out += sent;
            }
            if !matches!(push, Push::Probe) {
                self.schedule_probe(cx, false);
            }
            return false;
        }
        self.snd.packets_out == 0 && !self.snd.queue.is_empty()
    }

    /// Small buffers that waited leave together (`tcp_grow_skb`).
    fn grow_head(&mut self, want: u32) {
        let Some(first) = self.snd.queue.front() else { return };
        if first.len >= want || first.eor || self.snd.queue.len() < 2 {
            return;
        }
        let missing = want - first.len;
        let Some(mut first) = self.snd.queue.pop_front() else { return };
        if let Some(next) = self.snd.queue.front_mut() {
            let part = missing.min(next.len);
            if part > 0 {
                first.len += part;
                next.len -= part;
            }
            if part > 0 && next.len == 0 {
                first.flags |= next.flags;
                first.eor = next.eor;
                self.snd.queue.pop_front();
                self.snd.wmem -= OVERHEAD.min(self.snd.wmem);
            }
        }
        self.snd.queue.push_front(first);
    }

    /// How much of the first buffer leaves now (`tcp_mss_split_point`).
    fn split_point(&self, len: u32, mss: u32, quota: u32, last: bool, n: Nonagle) -> u32 {
        let window = self.wnd_end() - self.snd.nxt;
        let most = mss * quota;
        if most <= window && !last {
            return most;
        }
        let needed = len.min(window);
        if most <= needed {
            return most;
        }
        let partial = needed % mss;
        if !n.push && self.nagle_holds(partial != 0, n) { needed - partial } else { needed }
    }

    fn defers(&self, cx: &Cx, len: u32, last: bool, max_segs: u32, by_cwnd: &mut bool, by_wnd: &mut bool) -> bool {
        if self.rec.state >= CaState::Recovery || cx.us().saturating_sub(self.snd.wstamp) >= DEFER {
            return false;
        }
        let send_win = self.wnd_end() - self.snd.nxt;
        let cong_win = (self.cc.cwnd - self.in_flight()) * self.snd.mss;
        let limit = send_win.min(cong_win);
        if limit >= max_segs * self.snd.mss || (!last && limit >= len) {
            return false;
        }
        let window = self.snd.wnd.min(self.cc.cwnd * self.snd.mss);
        let enough = match window.checked_div(cx.sys.tso_win_divisor as u32) {
            Some(chunk) => limit >= chunk,
            None => limit > 3 * self.snd.mss,
        };
        if enough {
            return false;
        }
        let Some(head) = self.snd.rtx.front() else { return false };
        let srtt = u64::from(self.rtt.srtt8 >> 3);
        let expected = head.at + srtt;
        let threshold = (srtt >> 1).min(DEFER);
        if expected as i64 - cx.us() as i64 - threshold as i64 > 0 {
            return false;
        }
        if cong_win < send_win {
            if cong_win <= len {
                *by_cwnd = true;
                return true;
            }
        } else if send_win <= len {
            *by_wnd = true;
            return true;
        }
        !self.snd.queue.front().is_some_and(|u| u.flags.has(Flags::FIN) || u.eor)
    }

    /// Cuts `take` bytes off the first buffer, in segments of `mss`, and sends them as one burst.
    fn transmit_new(&mut self, cx: &mut Cx, take: u32, mss: u32) -> bool {
        let Some(mut head) = self.snd.queue.pop_front() else { return false };
        let whole = take >= head.len;
        let flags = if whole { head.flags } else { head.flags.without(Flags::FIN | Flags::PSH) };
        let start = self.snd.nxt;
        let burst = take.div_ceil(mss).max(1);
        self.snd.burst += 1;
        let mut at = start;
        let mut left = take;
        let mut pieces = alloc::vec::Vec::new();
        for i in 0..burst {
            let len = left.min(mss);
            left -= len;
            let tail = i + 1 == burst;
            let mut f = Flags::ACK;
            if tail {
                f |= flags & (Flags::PSH | Flags::FIN);
            }
            let end = at + len + f.one(Flags::FIN);
            pieces.push(Sent {
                seq: at,
                end,
                flags: f,
                at: cx.us(),
                sacked: false,
                lost: false,
                settled: false,
                retrans: false,
                ever_retrans: false,
                delivered: self.snd.delivered,
                overhead: if tail { OVERHEAD } else { 0 },
                eor: tail && whole && head.eor,
                buffer: self.snd.burst,
            });
            // A burst is pushed, but its parts are not when they go again.
            let pushed = if tail && burst > 1 { f | Flags::PSH } else { f };
            self.emit(cx, at, len, pushed);
            at = end;
        }
        if cx.congested {
            self.snd.queue.push_front(head);
            return false;
        }
        if !whole {
            head.len -= take;
            self.snd.wmem += OVERHEAD;
            self.snd.queue.push_front(head);
        }
        self.snd.nxt = at;
        let prior = self.snd.packets_out;
        self.snd.packets_out += burst;
        cx.stats.add("TcpExtTCPOrigDataSent", u64::from(burst));
        if take < burst * mss {
            self.snd.small = at;
        }
        self.snd.rtx.extend(pieces);
        if prior == 0 || self.timers.xmit.map(|x| x.0) == Some(Pending::LossProbe) {
            self.rearm_rto(cx);
        }
        self.check_space(cx);
        true
    }
}
