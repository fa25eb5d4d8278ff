//! The kernel settings that a host of ours obeys. A name that is not here is refused, not ignored.

use alloc::string::String;

use crate::tcp::congestion::Algorithm;

macro_rules! settings {
    ($($(#[$doc:meta])* $field:ident: $name:literal = $default:expr,)*) => {
        /// Settings under `net.ipv4`, with Linux's defaults.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct Sysctls {
            $($(#[$doc])* pub $field: i64,)*
            /// `tcp_rmem`: least, first and most bytes of a receive buffer.
            pub rmem: [i64; 3],
            /// `tcp_wmem`: least, first and most bytes of a send buffer.
            pub wmem: [i64; 3],
            /// `tcp_congestion_control`.
            pub congestion: Algorithm,
        }

        impl Sysctls {
            /// Linux 6.18 as it comes, congestion control cubic.
            pub const LINUX: Sysctls = Sysctls {
                $($field: $default,)*
                rmem: [4096, 131_072, 6_291_456],
                wmem: [4096, 16_384, 4_194_304],
                congestion: Algorithm::Cubic,
            };

            fn number(&mut self, name: &str) -> Option<&mut i64> {
                match name {
                    $($name => Some(&mut self.$field),)*
                    _ => None,
                }
            }
        }
    };
}

settings! {
    /// How often a SYN is sent again.
    syn_retries: "tcp_syn_retries" = 6,
    /// How many of those are one second apart.
    syn_linear_timeouts: "tcp_syn_linear_timeouts" = 4,
    /// How often a SYN-ACK is sent again.
    synack_retries: "tcp_synack_retries" = 5,
    /// When an unanswered segment makes the route suspect.
    retries1: "tcp_retries1" = 3,
    /// When an unanswered segment ends the connection.
    retries2: "tcp_retries2" = 15,
    /// The same for a socket without a process; 0 means 8.
    orphan_retries: "tcp_orphan_retries" = 0,
    /// Seconds in FIN_WAIT_2 without a process.
    fin_timeout: "tcp_fin_timeout" = 60,
    /// SYN cookies: 0 never, 1 when the queue is full, 2 always.
    syncookies: "tcp_syncookies" = 1,
    /// RST instead of silence when the accept queue is full.
    abort_on_overflow: "tcp_abort_on_overflow" = 0,
    /// Most half-open connections of a listener, with cookies off.
    max_syn_backlog: "tcp_max_syn_backlog" = 2048,
    /// Selective acknowledgments.
    sack: "tcp_sack" = 1,
    /// Duplicate SACK.
    dsack: "tcp_dsack" = 1,
    /// Timestamps: 0 off, 1 with a random offset, 2 without.
    timestamps: "tcp_timestamps" = 1,
    /// Window scaling.
    window_scaling: "tcp_window_scaling" = 1,
    /// Path MTU probing: 0 off, 1 after a black hole, 2 always.
    mtu_probing: "tcp_mtu_probing" = 0,
    /// The MSS that probing starts from.
    base_mss: "tcp_base_mss" = 1024,
    /// The least MSS that probing falls to.
    mtu_probe_floor: "tcp_mtu_probe_floor" = 48,
    /// Bytes between the bounds at which the search for an MTU ends.
    probe_threshold: "tcp_probe_threshold" = 8,
    /// Least MSS sent.
    min_snd_mss: "tcp_min_snd_mss" = 48,
    /// Reordering that is tolerated at first, in segments.
    reordering: "tcp_reordering" = 3,
    /// The most that is ever learned.
    max_reordering: "tcp_max_reordering" = 300,
    /// Bit 0: RACK; bit 1: its window does not adapt; bit 2: no count of duplicates.
    recovery: "tcp_recovery" = 1,
    /// Tail loss probe: 3 or 4 on.
    early_retrans: "tcp_early_retrans" = 3,
    /// F-RTO.
    frto: "tcp_frto" = 2,
    /// Small segments are joined when they are retransmitted.
    retrans_collapse: "tcp_retrans_collapse" = 1,
    /// The congestion window restarts after an idle time.
    slow_start_after_idle: "tcp_slow_start_after_idle" = 1,
    /// Seconds of silence before the first keepalive probe.
    keepalive_time: "tcp_keepalive_time" = 7200,
    /// Seconds between probes.
    keepalive_intvl: "tcp_keepalive_intvl" = 75,
    /// Probes without an answer.
    keepalive_probes: "tcp_keepalive_probes" = 9,
    /// The receive buffer grows by itself.
    moderate_rcvbuf: "tcp_moderate_rcvbuf" = 1,
    /// The window may shrink.
    shrink_window: "tcp_shrink_window" = 0,
    /// Explicit congestion notification.
    ecn: "tcp_ecn" = 2,
    /// TCP Fast Open bits; without a cookie from the peer nothing changes.
    fastopen: "tcp_fastopen" = 1,
    /// Metrics of routes are not kept.
    no_metrics_save: "tcp_no_metrics_save" = 1,
    /// How much of the window an offloaded burst may take.
    tso_win_divisor: "tcp_tso_win_divisor" = 3,
    /// Least segments of an offloaded burst.
    min_tso_segs: "tcp_min_tso_segs" = 2,
    /// Pacing in slow start, percent.
    pacing_ss_ratio: "tcp_pacing_ss_ratio" = 200,
    /// Pacing otherwise, percent.
    pacing_ca_ratio: "tcp_pacing_ca_ratio" = 120,
    /// Unsent bytes at which a socket stops being writable.
    notsent_lowat: "tcp_notsent_lowat" = 4_294_967_295,
    /// Challenge ACKs a second and host.
    challenge_ack_limit: "tcp_challenge_ack_limit" = 2_147_483_647,
    /// Milliseconds between answers to segments out of window.
    invalid_ratelimit: "tcp_invalid_ratelimit" = 500,
    /// RFC 1337: a RST does not end TIME_WAIT.
    rfc1337: "tcp_rfc1337" = 0,
    /// TIME_WAIT may be reused for outgoing connections: 2 on loopback only.
    tw_reuse: "tcp_tw_reuse" = 2,
    /// Compressed ACKs at most this late, nanoseconds.
    comp_sack_delay_ns: "tcp_comp_sack_delay_ns" = 1_000_000,
    /// Compressed ACKs at most so many.
    comp_sack_nr: "tcp_comp_sack_nr" = 44,
    /// Least retransmission timeout, microseconds.
    rto_min_us: "tcp_rto_min_us" = 200_000,
    /// Most retransmission timeout, milliseconds.
    rto_max_ms: "tcp_rto_max_ms" = 120_000,
    /// Thin streams back off linearly.
    thin_linear_timeouts: "tcp_thin_linear_timeouts" = 0,
    /// Small writes wait while earlier ones sit in the device's queue; on an idle link it never shows.
    autocorking: "tcp_autocorking" = 1,
    /// Connection attempts stop waiting for ECN.
    ecn_fallback: "tcp_ecn_fallback" = 1,
    /// Accurate ECN option.
    ecn_option: "tcp_ecn_option" = 2,
    /// Forward acknowledgment, gone since 4.15.
    fack: "tcp_fack" = 0,
    /// Round trips that a reply may take and still count as interactive.
    pingpong_thresh: "tcp_pingpong_thresh" = 1,
    /// `net.core.somaxconn`: most connections that wait for accept.
    somaxconn: "somaxconn" = 4096,
}

/// Why a setting was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// No host of ours has a setting of that name.
    Unknown,
    /// Not a value that it can take.
    Value,
}

impl Sysctls {
    /// Sets by name (`net.ipv4.tcp_sack`, `net.core.somaxconn`), as `sysctl -w` would.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), Refusal> {
        let short =
            name.strip_prefix("net.ipv4.").or_else(|| name.strip_prefix("net.core.")).ok_or(Refusal::Unknown)?;
        match short {
            "tcp_rmem" => self.rmem = triple(value).ok_or(Refusal::Value)?,
            "tcp_wmem" => self.wmem = triple(value).ok_or(Refusal::Value)?,
            "tcp_congestion_control" => self.congestion = Algorithm::named(value.trim()).ok_or(Refusal::Value)?,
            _ => *self.number(short).ok_or(Refusal::Unknown)? = whole(value).ok_or(Refusal::Value)?,
        }
        Ok(())
    }
}

/// A decimal or hexadecimal number, not negative.
fn whole(text: &str) -> Option<i64> {
    let text = text.trim();
    let n = match text.strip_prefix("0x") {
        Some(hex) => i64::from_str_radix(hex, 16).ok()?,
        None => text.parse().ok()?,
    };
    (0..=1 << 40).contains(&n).then_some(n)
}

/// Three ascending numbers.
fn triple(text: &str) -> Option<[i64; 3]> {
    let text: String = text.chars().filter(|c| *c != '"').collect();
    let mut parts = text.split_whitespace().map(whole);
    let three = [parts.next()??, parts.next()??, parts.next()??];
    (parts.next().is_none() && three.iter().all(|n| (256..=1 << 30).contains(n))).then_some(three)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_names_and_values_are_refused() {
        let mut s = Sysctls::LINUX;
        assert_eq!(s.set("net.ipv4.tcp_sack", "0"), Ok(()));
        assert_eq!(s.sack, 0);
        assert_eq!(s.set("net.ipv4.tcp_sak", "0"), Err(Refusal::Unknown));
        assert_eq!(s.set("net.ipv4.tcp_sack", "no"), Err(Refusal::Value));
        assert_eq!(s.set("net.ipv4.tcp_rmem", "4096 8192 16384"), Ok(()));
        assert_eq!(s.rmem, [4096, 8192, 16384]);
    }
}
