//! Datagrams: boundaries are kept, and what does not fit the read is dropped without a word (udp(7), recv(2)).

use alloc::vec::Vec;

/// The largest payload over IPv4: 65,535 less 20 for IP and 8 for UDP (RFC 768, RFC 791).
pub const MOST_IPV4: usize = 65_507;

/// What became of a datagram.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivered {
    /// What the read returned; `None` when sending failed with EMSGSIZE.
    pub read: Option<Vec<u8>>,
    /// Bytes that are lost, and that the next read does not return.
    pub dropped: usize,
    /// MSG_TRUNC is set in the flags of recvmsg, for those who look.
    pub truncated: bool,
    /// IP fragments on the way; the loss of one loses the datagram.
    pub fragments: usize,
}

/// Sends datagrams over a link and reads each into a buffer of `room` bytes.
pub fn deliver(datagrams: &[&[u8]], room: usize, mtu: usize) -> Vec<Delivered> {
    datagrams.iter().map(|payload| one(payload, room, mtu)).collect()
}

fn one(payload: &[u8], room: usize, mtu: usize) -> Delivered {
    if payload.len() > MOST_IPV4 {
        return Delivered { read: None, dropped: payload.len(), truncated: false, fragments: 0 };
    }
    let kept = payload.get(..room).unwrap_or(payload);
    let dropped = payload.len() - kept.len();
    Delivered {
        read: Some(kept.to_vec()),
        dropped,
        truncated: dropped > 0,
        fragments: fragments(payload.len() + 8, mtu),
    }
}

/// Fragments carry multiples of 8 bytes, except for the last (RFC 791 section 3.2).
fn fragments(packet: usize, mtu: usize) -> usize {
    let room = mtu.saturating_sub(20);
    if packet <= room {
        return 1;
    }
    packet.div_ceil((room / 8 * 8).max(8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_excess_is_gone() {
        let (long, next) = ([1; 2_000], [2; 100]);
        let read = deliver(&[&long, &next], 1_024, 1_500);
        assert_eq!(read[0].read.as_ref().map(Vec::len), Some(1_024));
        assert_eq!((read[0].dropped, read[0].truncated, read[0].fragments), (976, true, 2));
        assert_eq!(read[1].read, Some(next.to_vec()));
    }

    #[test]
    fn sizes_have_edges() {
        let fragments = |n: usize| deliver(&[&alloc::vec![0; n]], 70_000, 1_500)[0].fragments;
        assert_eq!((fragments(1_472), fragments(1_473)), (1, 2));
        assert_eq!(deliver(&[&[0; MOST_IPV4 + 1]], 70_000, 1_500)[0].read, None);
        assert_eq!(fragments(MOST_IPV4), 45);
    }
}
