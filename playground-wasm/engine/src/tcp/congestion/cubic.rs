//! CUBIC (RFC 9438) with HyStart, in the integer arithmetic of `net/ipv4/tcp_cubic.c`: beta 717/1024, C 0.4, time in
//! milliseconds.

use super::Now;

const BETA: u32 = 717;
const BETA_SCALE: u32 = 1024;
/// 2^10 units a second for the time axis.
const HZ_BITS: u32 = 10;
/// The scale of the cube: 41/1024 is C/10 in the kernel's units.
const CUBE_RTT_SCALE: u64 = 41 * 10;
/// 2^40 / `CUBE_RTT_SCALE`.
const CUBE_FACTOR: u64 = (1 << (10 + 3 * HZ_BITS)) / CUBE_RTT_SCALE;
/// 8 * (1024 + beta) / 3 / (1024 - beta).
const BETA_FRIENDLY: u32 = 8 * (BETA_SCALE + BETA) / 3 / (BETA_SCALE - BETA);
/// HyStart works from this window on.
const HYSTART_LOW_WINDOW: u32 = 16;
const HYSTART_MIN_SAMPLES: u32 = 8;
/// Bounds of the delay that HyStart takes for a queue, microseconds.
const HYSTART_DELAY: (u32, u32) = (4_000, 16_000);
/// ACKs closer than this belong to one train, microseconds.
const HYSTART_ACK_DELTA: u64 = 2_000;

/// What CUBIC remembers.
#[derive(Debug, Clone, Default)]
pub struct Cubic {
    cnt: u32,
    last_max_cwnd: u32,
    last_cwnd: u32,
    last_time: u64,
    origin_point: u32,
    k: u64,
    delay_min: u32,
    epoch_start: Option<u64>,
    ack_cnt: u32,
    tcp_cwnd: u32,
    found: bool,
    round_start: u64,
    end_seq: u32,
    last_ack: u64,
    curr_rtt: u32,
    sample_cnt: u32,
    started: bool,
}

impl Cubic {
    /// Forgets everything (`bictcp_reset`).
    pub fn reset(&mut self) {
        let (round_start, end_seq, last_ack) = (self.round_start, self.end_seq, self.last_ack);
        *self = Cubic { round_start, end_seq, last_ack, started: self.started, ..Cubic::default() };
    }

    /// A new round of HyStart begins.
    pub fn hystart_reset(&mut self, now: Now) {
        self.round_start = now.us;
        self.last_ack = now.us;
        self.end_seq = now.snd_nxt;
        self.curr_rtt = u32::MAX;
        self.sample_cnt = 0;
        self.started = true;
    }

    /// The threshold after a loss, with fast convergence (`cubictcp_recalc_ssthresh`).
    pub fn reduced(&mut self, cwnd: u32) -> u32 {
        self.epoch_start = None;
        self.last_max_cwnd =
            if cwnd < self.last_max_cwnd { cwnd * (BETA_SCALE + BETA) / (2 * BETA_SCALE) } else { cwnd };
        (cwnd * BETA / BETA_SCALE).max(2)
    }

    /// The silent time does not count for the cubic curve.
    pub fn resumes(&mut self, last_sent_us: u64, now_us: u64) {
        if let Some(start) = self.epoch_start
            && now_us > last_sent_us
        {
            self.epoch_start = Some((start + (now_us - last_sent_us)).min(now_us));
        }
    }

    /// After how many acknowledged segments the window grows by one (`bictcp_update`).
    pub fn update(&mut self, cwnd: u32, acked: u32, now: Now) -> u32 {
        self.ack_cnt += acked;
        let jiffy = now.ticks.jiffy;
        if self.last_cwnd == cwnd && now.us.saturating_sub(self.last_time) / jiffy <= 1_000_000 / jiffy / 32 {
            return self.cnt.max(2);
        }
        if self.epoch_start.is_some() && now.us / jiffy == self.last_time / jiffy {
            return self.friendly(cwnd);
        }
        self.last_cwnd = cwnd;
        self.last_time = now.us;
        let start = match self.epoch_start {
            Some(start) => start,
            None => {
                self.ack_cnt = acked;
                self.tcp_cwnd = cwnd;
                if self.last_max_cwnd <= cwnd {
                    self.k = 0;
                    self.origin_point = cwnd;
                } else {
                    self.k = cube_root(CUBE_FACTOR * u64::from(self.last_max_cwnd - cwnd));
                    self.origin_point = self.last_max_cwnd;
                }
                self.epoch_start = Some(now.us);
                now.us
            }
        };
        // Time in 1/1024 s since the epoch, one minimal round trip ahead.
        let t_us = now.us.saturating_sub(start) + u64::from(self.delay_min);
        let t = (t_us << HZ_BITS) / 1_000_000;
        let offset = t.abs_diff(self.k);
        let delta = (CUBE_RTT_SCALE.saturating_mul(offset.saturating_mul(offset).saturating_mul(offset))
            >> (10 + 3 * HZ_BITS)) as u32;
        let target =
            if t < self.k { self.origin_point.saturating_sub(delta) } else { self.origin_point.saturating_add(delta) };
        self.cnt = if target > cwnd { cwnd / (target - cwnd) } else { 100 * cwnd };
        if self.last_max_cwnd == 0 && self.cnt > 20 {
            self.cnt = 20;
        }
        self.friendly(cwnd)
    }

    /// Not slower than Reno would be (RFC 9438, 4.3).
    fn friendly(&mut self, cwnd: u32) -> u32 {
        let delta = (cwnd * BETA_FRIENDLY) >> 3;
        while delta > 0 && self.ack_cnt > delta {
            self.ack_cnt -= delta;
            self.tcp_cwnd += 1;
        }
        if self.tcp_cwnd > cwnd {
            self.cnt = self.cnt.min(cwnd / (self.tcp_cwnd - cwnd));
        }
        self.cnt = self.cnt.max(2);
        self.cnt
    }

    /// A round trip was measured; true if slow start should end (`cubictcp_acked`, `hystart_update`).
    pub fn measured(&mut self, rtt_us: u32, cwnd: u32, slow_start: bool, now: Now) -> bool {
        if self.epoch_start.is_some_and(|start| now.us.saturating_sub(start) < 1_000_000) {
            return false;
        }
        let delay = rtt_us.max(1);
        if self.delay_min == 0 || self.delay_min > delay {
            self.delay_min = delay;
        }
        if self.found || !slow_start || cwnd < HYSTART_LOW_WINDOW {
            if slow_start && !self.started {
                self.hystart_reset(now);
            }
            return false;
        }
        if !self.started || crate::tcp::segment::Seq(now.ack).after(crate::tcp::segment::Seq(self.end_seq)) {
            self.hystart_reset(now);
        }
        // A train of ACKs as long as half the round trip says that the pipe is full.
        if now.us.saturating_sub(self.last_ack) <= HYSTART_ACK_DELTA {
            self.last_ack = now.us;
            let threshold = (u64::from(self.delay_min) + 1_000) >> 1;
            if now.us.saturating_sub(self.round_start) > threshold {
                self.found = true;
                return true;
            }
        }
        if self.curr_rtt > delay {
            self.curr_rtt = delay;
        }
        if self.sample_cnt < HYSTART_MIN_SAMPLES {
            self.sample_cnt += 1;
        } else {
            let margin = (self.delay_min >> 3).clamp(HYSTART_DELAY.0, HYSTART_DELAY.1);
            if self.curr_rtt > self.delay_min.saturating_add(margin) {
                self.found = true;
                return true;
            }
        }
        false
    }
}

/// The integer cube root.
pub fn cube_root(a: u64) -> u64 {
    let (mut low, mut high) = (0u64, 2_642_245);
    while low < high {
        let mid = (low + high).div_ceil(2); // 2,642,245 cubed is the largest cube of 64 bits.
        if mid * mid * mid <= a { low = mid } else { high = mid - 1 }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cube_roots_are_exact() {
        for n in [0u64, 1, 2, 10, 255, 1_000, 65_535, 2_642_245] {
            assert_eq!(cube_root(n * n * n), n);
            if n > 0 {
                assert_eq!(cube_root(n * n * n - 1), n - 1);
            }
        }
        assert_eq!(cube_root(u64::MAX), 2_642_245);
    }

    #[test]
    fn a_loss_leaves_seven_tenths() {
        assert_eq!(Cubic::default().reduced(100), 70);
        assert_eq!(Cubic::default().reduced(2), 2);
    }
}
