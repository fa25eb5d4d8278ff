//! What programs make of reads. The case is the same in every event loop: one call per readable socket, whatever arrived.
//! A handler that decodes one message per call passes every test that sends them one by one, and keeps the rest for ever
//! when they come together.

use alloc::vec::Vec;

use super::{Codec, Decoder, FrameError};

/// How often a handler decodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handler {
    /// Takes every read for one message.
    Naive,
    /// Keeps the rest, decodes one message per read.
    Once,
    /// Decodes until nothing is complete.
    Loop,
}

/// What a handler saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Messages, with the number of the read that completed each.
    pub messages: Vec<(usize, Vec<u8>)>,
    /// Bytes that wait for more when the last read is over.
    pub left: usize,
    /// What ended the reading early, and in which read.
    pub error: Option<(usize, FrameError)>,
}

/// Hands the pieces of a stream to a handler.
pub fn read(pieces: &[&[u8]], codec: &Codec, limit: usize, handler: Handler) -> Seen {
    let mut seen = Seen { messages: Vec::new(), left: 0, error: None };
    let mut decoder = Decoder::new(codec.clone(), limit);
    let mut kept: Vec<u8> = Vec::new();
    for (i, piece) in pieces.iter().enumerate() {
        let done = match handler {
            Handler::Naive => {
                seen.messages.push((i, piece.to_vec()));
                Ok(())
            }
            Handler::Loop => decoder.push(piece, |frame| seen.messages.push((i, frame))),
            Handler::Once => {
                kept.extend_from_slice(piece);
                decoder.step(&kept).map(|(used, frame)| {
                    kept.drain(..used);
                    seen.messages.extend(frame.map(|frame| (i, frame)));
                })
            }
        };
        if let Err(error) = done {
            seen.error = Some((i, error));
            break;
        }
    }
    seen.left = decoder.held() + kept.len();
    seen
}

#[cfg(test)]
mod tests {
    use super::super::{ByteOrder, Width, encode};
    use super::*;

    const CODEC: Codec = Codec::Length(Width::Two, ByteOrder::Big);

    fn stream(count: u8) -> Vec<u8> {
        (0..count).flat_map(|n| encode(&CODEC, &[n; 5]).unwrap()).collect()
    }

    #[test]
    fn a_burst_shows_what_one_by_one_hides() {
        let all = stream(100);
        let counts = |pieces: &[&[u8]]| {
            [Handler::Naive, Handler::Once, Handler::Loop].map(|h| read(pieces, &CODEC, 1_000, h).messages.len())
        };
        assert_eq!(counts(&[&all]), [1, 1, 100]);
        let one_by_one: Vec<&[u8]> = all.chunks(7).collect();
        assert_eq!(counts(&one_by_one), [100, 100, 100]);
        let small: Vec<&[u8]> = all.chunks(3).collect();
        assert_eq!(counts(&small)[1..], [100, 100]);
        assert_eq!(read(&[&all], &CODEC, 1_000, Handler::Once).left, 99 * 7);
    }

    #[test]
    fn text_reads_as_a_huge_length() {
        let codec = Codec::Length(Width::Four, ByteOrder::Big);
        let seen = read(&[b"GET / HTTP/1.1\r\n"], &codec, 1 << 20, Handler::Loop);
        assert_eq!(seen.error, Some((0, FrameError::TooLong { length: 0x4745_5420, limit: 1 << 20 })));
    }
}
