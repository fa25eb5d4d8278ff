//! The round-trip estimator and the retransmission timeout (RFC 6298 with Linux's variance, `tcp_rtt_estimator`).

use super::segment::Seq;

/// Smoothed round trip and its deviation, microseconds; the kernel's fixed-point scales.
#[derive(Debug, Clone)]
pub struct Rtt {
    /// Eight times the smoothed round trip; 0 before the first measurement.
    pub srtt8: u32,
    mdev4: u32,
    mdev_max: u32,
    /// Four times the deviation, never below the least RTO.
    pub rttvar: u32,
    rtt_seq: Seq,
    /// The smallest round trip of the last five minutes.
    pub min: u32,
    min_at: u64,
}

/// How long a minimum counts, microseconds (`tcp_min_rtt_wlen`).
const MIN_WINDOW: u64 = 300_000_000;

impl Rtt {
    /// Before any measurement: `timeout` microseconds of deviation give the first RTO.
    pub fn new(timeout: u32) -> Rtt {
        Rtt { srtt8: 0, mdev4: timeout, mdev_max: 0, rttvar: 0, rtt_seq: Seq(0), min: u32::MAX, min_at: 0 }
    }

    /// One measurement of `us` microseconds.
    pub fn measured(&mut self, us: u32, snd_una: Seq, snd_nxt: Seq, rto_min: u32) {
        if self.srtt8 == 0 {
            self.srtt8 = us.saturating_mul(8).max(1);
            self.mdev4 = us.saturating_mul(2);
            self.rttvar = self.mdev4.max(rto_min);
            self.mdev_max = self.rttvar;
            self.rtt_seq = snd_nxt;
            return;
        }
        let mut m = i64::from(us) - i64::from(self.srtt8 >> 3);
        self.srtt8 = (i64::from(self.srtt8) + m).max(1) as u32;
        if m < 0 {
            m = -m - i64::from(self.mdev4 >> 2);
            // A falling round trip must not blow up the deviation.
            if m > 0 {
                m >>= 3;
            }
        } else {
            m -= i64::from(self.mdev4 >> 2);
        }
        self.mdev4 = (i64::from(self.mdev4) + m).max(0) as u32;
        if self.mdev4 > self.mdev_max {
            self.mdev_max = self.mdev4;
            self.rttvar = self.rttvar.max(self.mdev_max);
        }
        if snd_una.after(self.rtt_seq) {
            if self.mdev_max < self.rttvar {
                self.rttvar -= (self.rttvar - self.mdev_max) >> 2;
            }
            self.rtt_seq = snd_nxt;
            self.mdev_max = rto_min;
        }
    }

    /// Keeps the smallest of a window of time.
    pub fn keep_min(&mut self, us: u32, now_us: u64) {
        let us = us.max(1);
        if us <= self.min || now_us.saturating_sub(self.min_at) > MIN_WINDOW {
            self.min = us;
            self.min_at = now_us;
        }
    }

    /// The handshake gave no sample (it was retransmitted): three seconds (RFC 6298, 5.7).
    pub fn fallback(&mut self, us: u32) {
        self.rttvar = us;
        self.mdev4 = us;
        self.mdev_max = us;
    }

    /// The deviation that `ss` and tcp_info show: the mean one, microseconds.
    pub fn deviation(&self) -> u32 {
        self.mdev4 >> 2
    }

    /// The timeout in microseconds, without back-off.
    pub fn rto_us(&self) -> u64 {
        u64::from(self.srtt8 >> 3) + u64::from(self.rttvar)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_floor_of_200_ms_is_on_the_deviation() {
        // Measured on Linux 6.18: about 250 ms at a round trip of 50 ms, not 200 ms and not 1 s.
        let mut rtt = Rtt::new(1_000_000);
        for i in 0..100 {
            rtt.measured(50_000, Seq(i * 10 + 5), Seq(i * 10), 200_000);
        }
        assert_eq!(rtt.rto_us(), 250_000);
    }
}
