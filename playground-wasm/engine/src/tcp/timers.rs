//! When Linux gives up on a peer that does not answer: keepalive probes on an idle connection, retransmissions when data is
//! unacknowledged. Follows `net/ipv4/tcp_timer.c` of Linux 6.x (`tcp_keepalive_timer`, `tcp_write_timeout`).
//! Left out: a route or interface that reports the failure earlier, and thin streams.

use alloc::vec::Vec;

use crate::time::Span;

/// `TCP_RTO_MIN`: the unit of the limit that `tcp_retries2` sets (`include/net/tcp.h`).
pub const RTO_MIN: Span = Span::millis(200);
/// `TCP_RTO_MAX`: the retransmission timer never backs off further.
pub const RTO_MAX: Span = Span::secs(120);

/// Settings of a socket that watches for a dead peer. Ranges are those the kernel accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// `TCP_KEEPIDLE` or `tcp_keepalive_time`, 1 to 32767 s.
    pub keepalive_time: Span,
    /// `TCP_KEEPINTVL` or `tcp_keepalive_intvl`, 1 to 32767 s.
    pub keepalive_interval: Span,
    /// `TCP_KEEPCNT` or `tcp_keepalive_probes`, 1 to 127.
    pub keepalive_probes: u32,
    /// The retransmission timeout when the peer vanishes, 200 ms to 120 s (`ss -ti` prints it as `rto:`).
    pub rto: Span,
    /// `tcp_retries2`, 1 to 100.
    pub retries2: u32,
    /// `TCP_USER_TIMEOUT`; zero when unset.
    pub user_timeout: Span,
}

/// A setting outside its range, by the name it has in [`Settings`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutOfRange(pub &'static str);

impl Settings {
    /// Linux as it comes (ip-sysctl), with the RTO that a LAN connection shows at HZ=250.
    pub const LINUX: Settings = Settings {
        keepalive_time: Span::secs(7200),
        keepalive_interval: Span::secs(75),
        keepalive_probes: 9,
        rto: Span::millis(204),
        retries2: 15,
        user_timeout: Span::ZERO,
    };

    /// The same settings if the kernel would take them.
    pub fn checked(self) -> Result<Settings, OutOfRange> {
        let within = |value: Span, least: Span, most: Span| least <= value && value <= most;
        let seconds = |value| within(value, Span::secs(1), Span::secs(32_767));
        match self {
            s if !seconds(s.keepalive_time) => Err(OutOfRange("keepalive_time")),
            s if !seconds(s.keepalive_interval) => Err(OutOfRange("keepalive_interval")),
            s if !(1..=127).contains(&s.keepalive_probes) => Err(OutOfRange("keepalive_probes")),
            s if !within(s.rto, RTO_MIN, RTO_MAX) => Err(OutOfRange("rto")),
            s if !(1..=100).contains(&s.retries2) => Err(OutOfRange("retries2")),
            s if !within(s.user_timeout, Span::ZERO, Span::secs(86_400)) => Err(OutOfRange("user_timeout")),
            s => Ok(s),
        }
    }
}

/// What happens on an idle connection whose peer is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idle {
    /// From the last packet to `ETIMEDOUT`.
    pub error_after: Span,
    /// Probes sent meanwhile.
    pub probes: u32,
}

/// `tcp_keepalive_timer`: the first probe after `keepalive_time`, one each interval; at each interval's end the kernel gives
/// up when enough probes went unanswered, or, with `TCP_USER_TIMEOUT`, when that much time has passed.
pub fn idle(settings: Settings) -> Idle {
    let mut elapsed = settings.keepalive_time;
    let mut probes = 0;
    loop {
        let give_up = match settings.user_timeout {
            Span::ZERO => probes >= settings.keepalive_probes,
            limit => probes > 0 && elapsed >= limit,
        };
        if give_up {
            return Idle { error_after: elapsed, probes };
        }
        probes += 1;
        elapsed = elapsed + settings.keepalive_interval;
    }
}

/// What happens to a segment that is never acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unacknowledged {
    /// From the first transmission to `ETIMEDOUT`.
    pub error_after: Span,
    /// When it was sent again, from the first transmission: the tail loss probe, then one at each RTO.
    pub sent_again: Vec<Span>,
}

/// `tcp_write_timeout`: a tail loss probe, then retransmissions that back off to [`RTO_MAX`]. The clock of both limits starts
/// at the first retransmission by RTO, not at the write (measured on Linux 6.18).
/// For a lone segment the probe's timeout is clipped to the RTO (RFC 8985, 7.2), so the first two gaps are equal.
pub fn unacknowledged(settings: Settings) -> Unacknowledged {
    let limit = match settings.user_timeout {
        Span::ZERO => retries_limit(settings.retries2),
        limit => limit,
    };
    let probe = settings.rto;
    let first = probe + settings.rto;
    let mut sent_again = alloc::vec![probe, first];
    let mut timeout = settings.rto;
    let mut at = first;
    loop {
        timeout = timeout.times(2).min(RTO_MAX);
        // tcp_clamp_rto_to_user_timeout: the last wait ends when the time is up, not later.
        let wait = match settings.user_timeout {
            Span::ZERO => timeout,
            limit => timeout.min(limit - (at - first)),
        };
        at = at + wait;
        if at - first >= limit {
            return Unacknowledged { error_after: at, sent_again };
        }
        sent_again.push(at);
    }
}

/// `tcp_model_timeout`: the time that `retries` doublings from [`RTO_MIN`] would take; 924.6 s for 15.
pub fn retries_limit(retries: u32) -> Span {
    let doublings = (RTO_MAX.as_micros() / RTO_MIN.as_micros()).ilog2();
    let doubled = RTO_MIN.times((2 << retries.min(doublings)) - 1);
    doubled + RTO_MAX.times(u64::from(retries.saturating_sub(doublings)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries2_is_924_6_seconds_as_ip_sysctl_says() {
        assert_eq!(retries_limit(15), Span::millis(924_600));
        assert_eq!(retries_limit(1), Span::millis(600));
    }

    #[test]
    fn idle_connections_wait_time_plus_probes() {
        assert_eq!(idle(Settings::LINUX), Idle { error_after: Span::secs(7875), probes: 9 });
        // Measured on Linux 6.18: KEEPIDLE 2, KEEPINTVL 1, KEEPCNT 3 → ETIMEDOUT after 5.1 s, three probes.
        let short = Settings {
            keepalive_time: Span::secs(2),
            keepalive_interval: Span::secs(1),
            keepalive_probes: 3,
            ..Settings::LINUX
        };
        assert_eq!(idle(short), Idle { error_after: Span::secs(5), probes: 3 });
    }

    #[test]
    fn user_timeout_overrides_the_count_of_probes() {
        let settings = Settings {
            keepalive_time: Span::secs(10),
            keepalive_interval: Span::secs(5),
            user_timeout: Span::secs(22),
            ..Settings::LINUX
        };
        assert_eq!(idle(settings), Idle { error_after: Span::secs(25), probes: 3 });
        // Shorter than the idle time: still one probe and one interval.
        let hasty = Settings { user_timeout: Span::secs(1), ..settings };
        assert_eq!(idle(hasty), Idle { error_after: Span::secs(15), probes: 1 });
    }

    #[test]
    fn unacknowledged_data_backs_off_to_two_minutes() {
        let run = unacknowledged(Settings::LINUX);
        let gaps: Vec<u64> = run.sent_again.windows(2).map(|w| (w[1] - w[0]).as_millis()).collect();
        assert_eq!(gaps[..5], [204, 408, 816, 1632, 3264]);
        assert!(gaps[10..].iter().all(|g| *g == 120_000), "{gaps:?}");
        assert!(run.error_after >= retries_limit(15) && run.error_after < retries_limit(15) + RTO_MAX);
    }

    #[test]
    fn user_timeout_counts_from_the_first_retransmission() {
        // Measured on Linux 6.18, RTT 50 ms, TCP_USER_TIMEOUT 3000: ETIMEDOUT 3.54 s after the write.
        let run =
            unacknowledged(Settings { rto: Span::millis(256), user_timeout: Span::millis(3000), ..Settings::LINUX });
        assert_eq!(run.error_after, Span::millis(512 + 3000));
    }

    #[test]
    fn settings_outside_the_kernels_ranges_are_named() {
        assert_eq!(Settings { keepalive_probes: 0, ..Settings::LINUX }.checked(), Err(OutOfRange("keepalive_probes")));
        assert_eq!(Settings { rto: Span::millis(1), ..Settings::LINUX }.checked(), Err(OutOfRange("rto")));
        assert_eq!(Settings::LINUX.checked(), Ok(Settings::LINUX));
    }

    #[test]
    fn every_accepted_setting_ends() {
        for rto in [200, 201, 1_000, 120_000] {
            for retries2 in [1, 8, 100] {
                for user_timeout in [0, 1, 5_000, 86_400_000] {
                    let settings = Settings {
                        rto: Span::millis(rto),
                        retries2,
                        user_timeout: Span::millis(user_timeout),
                        ..Settings::LINUX
                    };
                    assert!(settings.checked().is_ok());
                    assert!(unacknowledged(settings).error_after > Span::ZERO && idle(settings).probes > 0);
                }
            }
        }
    }
}
