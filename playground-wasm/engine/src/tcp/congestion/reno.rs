//! Reno (RFC 5681): halve on loss, one segment each round trip otherwise.

/// The threshold after a loss: half the window, at least two (`tcp_reno_ssthresh`).
pub fn reduced(cwnd: u32) -> u32 {
    (cwnd >> 1).max(2)
}
