//! Congestion control: how many segments may be in flight. What an algorithm does with an ACK, and nothing about loss
//! detection, which is `recovery`.

pub mod cubic;
pub mod reno;

use crate::time::Ticks;

/// No limit learned yet (`TCP_INFINITE_SSTHRESH`).
pub const INFINITE: u32 = 0x7fff_ffff;
/// RFC 6928: ten segments.
pub const INITIAL_WINDOW: u32 = 10;

/// Which algorithm a socket uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// RFC 5681.
    Reno,
    /// RFC 9438 as Linux computes it.
    Cubic,
}

impl Algorithm {
    /// By the name that `tcp_congestion_control` takes.
    pub fn named(name: &str) -> Option<Algorithm> {
        match name {
            "reno" => Some(Algorithm::Reno),
            "cubic" => Some(Algorithm::Cubic),
            _ => None,
        }
    }
}

/// What an ACK tells an algorithm.
#[derive(Debug, Clone, Copy)]
pub struct Now {
    /// Microseconds of the simulation.
    pub us: u64,
    /// Smoothed round trip in eighths of a microsecond.
    pub srtt8: u32,
    /// Sequence number acknowledged.
    pub ack: u32,
    /// Next sequence number to be sent.
    pub snd_nxt: u32,
    /// Bytes of a segment, for windows given in bytes.
    pub mss: u32,
    /// The kernel's clock.
    pub ticks: Ticks,
}

/// The congestion window of one connection, in segments.
#[derive(Debug, Clone)]
pub struct Congestion {
    /// Which algorithm.
    pub algorithm: Algorithm,
    /// Segments that may be in flight.
    pub cwnd: u32,
    /// Where slow start ends.
    pub ssthresh: u32,
    /// ACKs counted towards the next increase.
    pub cwnd_cnt: u32,
    /// The window before the last reduction, to undo it.
    pub prior_cwnd: u32,
    /// Never above this.
    pub clamp: u32,
    cubic: cubic::Cubic,
}

impl Congestion {
    /// A new connection's.
    pub fn new(algorithm: Algorithm) -> Congestion {
        Congestion {
            algorithm,
            cwnd: INITIAL_WINDOW,
            ssthresh: INFINITE,
            cwnd_cnt: 0,
            prior_cwnd: 0,
            clamp: u32::MAX,
            cubic: cubic::Cubic::default(),
        }
    }

    /// Below the threshold.
    pub fn in_slow_start(&self) -> bool {
        self.cwnd < self.ssthresh
    }

    /// The threshold after a loss (`ssthresh` of the algorithm).
    pub fn reduced(&mut self) -> u32 {
        match self.algorithm {
            Algorithm::Reno => reno::reduced(self.cwnd),
            Algorithm::Cubic => self.cubic.reduced(self.cwnd),
        }
    }

    /// The window to return to when a reduction was a mistake.
    pub fn undone(&self) -> u32 {
        self.cwnd.max(self.prior_cwnd)
    }

    /// So many segments were newly acknowledged while the window was in use (`cong_avoid`).
    pub fn grow(&mut self, acked: u32, limited: bool, now: Now) {
        if !limited {
            return;
        }
        let mut acked = acked;
        if self.in_slow_start() {
            acked = self.slow_start(acked);
            if acked == 0 {
                return;
            }
        }
        match self.algorithm {
            Algorithm::Reno => self.additive(self.cwnd, acked),
            Algorithm::Cubic => {
                let per_increase = self.cubic.update(self.cwnd, acked, now);
                self.additive(per_increase, acked);
            }
        }
    }

    /// RFC 5681, 3.1: one segment for each acknowledged, up to the threshold; what is left over goes on (`tcp_slow_start`).
    fn slow_start(&mut self, acked: u32) -> u32 {
        let cwnd = self.cwnd.saturating_add(acked).min(self.ssthresh);
        let used = cwnd - self.cwnd;
        self.cwnd = cwnd.min(self.clamp);
        acked - used
    }

    /// One segment more for each `w` acknowledged (`tcp_cong_avoid_ai`).
    fn additive(&mut self, w: u32, acked: u32) {
        if self.cwnd_cnt >= w {
            self.cwnd_cnt = 0;
            self.cwnd += 1;
        }
        self.cwnd_cnt += acked;
        if self.cwnd_cnt >= w && w > 0 {
            let delta = self.cwnd_cnt / w;
            self.cwnd_cnt -= delta * w;
            self.cwnd += delta;
        }
        self.cwnd = self.cwnd.min(self.clamp);
    }

    /// A round trip was measured: CUBIC may leave slow start before it loses (HyStart).
    pub fn measured(&mut self, rtt_us: u32, now: Now) {
        if self.algorithm == Algorithm::Cubic {
            let exit = self.cubic.measured(rtt_us, self.cwnd, self.in_slow_start(), now);
            if exit {
                self.ssthresh = self.cwnd;
            }
        }
    }

    /// All was lost: the algorithm forgets its epoch.
    pub fn lost_all(&mut self, now: Now) {
        if self.algorithm == Algorithm::Cubic {
            self.cubic.reset();
            self.cubic.hystart_reset(now);
        }
    }

    /// Sending begins again after `idle` microseconds of silence (`CA_EVENT_TX_START`).
    pub fn resumes(&mut self, last_sent_us: u64, now_us: u64) {
        if self.algorithm == Algorithm::Cubic {
            self.cubic.resumes(last_sent_us, now_us);
        }
    }
}
