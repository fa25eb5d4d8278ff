//! Integer time: instants and spans of whole microseconds, and the kernel's ticks.

use core::ops::{Add, Sub};

/// A length of time in microseconds. Saturates instead of wrapping: no schedule runs for 580,000 years.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Span(u64);

impl Span {
    /// No time at all.
    pub const ZERO: Span = Span(0);

    /// From microseconds.
    pub const fn micros(n: u64) -> Span {
        Span(n)
    }

    /// From milliseconds.
    pub const fn millis(n: u64) -> Span {
        Span(n.saturating_mul(1_000))
    }

    /// From seconds.
    pub const fn secs(n: u64) -> Span {
        Span(n.saturating_mul(1_000_000))
    }

    /// Whole microseconds.
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// Whole milliseconds, rounded down.
    pub const fn as_millis(self) -> u64 {
        self.0 / 1_000
    }

    /// `n` times as long.
    #[must_use]
    pub const fn times(self, n: u64) -> Span {
        Span(self.0.saturating_mul(n))
    }
}

impl Add for Span {
    type Output = Span;
    fn add(self, other: Span) -> Span {
        Span(self.0.saturating_add(other.0))
    }
}

impl Sub for Span {
    type Output = Span;
    fn sub(self, other: Span) -> Span {
        Span(self.0.saturating_sub(other.0))
    }
}

/// An instant, in microseconds since the world began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct SimTime(u64);

impl SimTime {
    /// The beginning of the world.
    pub const ZERO: SimTime = SimTime(0);
    /// Later than anything that happens.
    pub const NEVER: SimTime = SimTime(u64::MAX);

    /// So many microseconds after the beginning.
    pub const fn from_micros(n: u64) -> SimTime {
        SimTime(n)
    }

    /// Microseconds since the beginning.
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// How long ago `earlier` was; zero if it lies ahead.
    pub const fn since(self, earlier: SimTime) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Span> for SimTime {
    type Output = SimTime;
    fn add(self, span: Span) -> SimTime {
        SimTime(self.0.saturating_add(span.0))
    }
}

/// How a kernel rounds its timers: jiffies of 1/HZ s, and a wheel that fires long timers late rather than early
/// (`kernel/time/timer.c`, `calc_index`). How late depends on where in its steps a timer is armed, which is chance; here
/// it is always the mean, half a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ticks {
    /// Microseconds of one jiffy: 4000 at HZ=250.
    pub jiffy: u64,
    /// Whether timers of 63 jiffies and more are rounded up in steps of 8, 64, 512 … jiffies.
    pub wheel: bool,
    /// The jiffy counter when the world began.
    pub boot: u64,
}

/// Slots on each level of the timer wheel that count for choosing the level (`LVL_START`).
const LEVEL_SLOTS: u64 = 63;
/// Each level of the wheel is 8 times coarser than the one below.
const LEVEL_SHIFT: u32 = 3;
const LEVELS: u32 = 9;

impl Ticks {
    /// HZ=250, the usual kernel of distributions.
    pub const HZ250: Ticks = Ticks { jiffy: 4_000, wheel: true, boot: 75_035 };
    /// The same without the coarser steps, for scripts that were written against exact times.
    pub const EXACT: Ticks = Ticks { jiffy: 4_000, wheel: false, boot: 75_035 };

    /// The jiffy counter at an instant.
    pub const fn at(self, t: SimTime) -> u64 {
        self.boot + t.0 / self.jiffy
    }

    /// When a timer armed now for so many jiffies fires: never early, up to 1/8 late.
    pub fn fires(self, now: SimTime, jiffies: u64) -> SimTime {
        let exact = now.0.saturating_add(jiffies.saturating_mul(self.jiffy));
        if !self.wheel {
            return SimTime(exact.saturating_add(self.jiffy / 2));
        }
        let mut level = 0;
        while level + 1 < LEVELS && jiffies >= LEVEL_SLOTS << (LEVEL_SHIFT * level) {
            level += 1;
        }
        SimTime(exact.saturating_add((self.jiffy << (LEVEL_SHIFT * level)) / 2))
    }

    /// Jiffies in so many microseconds, rounded up (`usecs_to_jiffies`).
    pub const fn from_micros(self, us: u64) -> u64 {
        us.div_ceil(self.jiffy)
    }

    /// Jiffies in so many milliseconds.
    pub const fn from_millis(self, ms: u64) -> u64 {
        self.from_micros(ms * 1_000)
    }

    /// Microseconds in so many jiffies.
    pub const fn micros(self, jiffies: u64) -> u64 {
        jiffies.saturating_mul(self.jiffy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delayed_ack_of_40_ms_fires_after_40_to_44_ms() {
        // TCP_DELACK_MIN is HZ/25 (include/net/tcp.h); measured on Linux 6.18, HZ=250: 40.4-44 ms.
        for at in 0..8_000 {
            let now = SimTime(at);
            let wait = Ticks::HZ250.fires(now, 10).since(now).as_micros();
            assert!((40_000..=44_000).contains(&wait), "{at}: {wait}");
        }
    }

    #[test]
    fn long_timers_are_at_most_an_eighth_late() {
        for jiffies in [1, 10, 62, 63, 64, 100, 503, 504, 4_000, 30_000] {
            for at in [0, 3_999, 123_457, 9_876_543] {
                let now = SimTime(at);
                let wait = Ticks::HZ250.fires(now, jiffies).since(now).as_micros();
                assert!(wait >= jiffies * 4_000, "{jiffies} at {at}: {wait}");
                assert!(wait <= jiffies * 4_500 + 8_000, "{jiffies} at {at}: {wait}");
            }
        }
    }
}
