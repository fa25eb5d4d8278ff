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
    /// How much of the stream was used up when each message was complete, its header and end included.
    pub ends: Vec<usize>,
    /// What waits after each read.
    pub waits: Vec<Waits>,
    /// Bytes that wait for more when the last read is over.
    pub left: usize,
    /// What ended the reading early, and in which read.
    pub error: Option<(usize, FrameError)>,
}

/// What a handler keeps between two reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waits {
    /// Bytes, those of a header included.
    pub held: usize,
    /// The length of the message that has begun, once known.
    pub wanted: Option<usize>,
}

/// Hands the pieces of a stream to a handler.
pub fn read(pieces: &[&[u8]], codec: &Codec, limit: usize, handler: Handler) -> Seen {
    let mut seen = Seen { messages: Vec::new(), ends: Vec::new(), waits: Vec::new(), left: 0, error: None };
    let mut decoder = Decoder::new(codec.clone(), limit);
    let mut kept: Vec<u8> = Vec::new();
    let mut used = 0;
    for (i, piece) in pieces.iter().enumerate() {
        let done = match handler {
            Handler::Naive => {
                used += piece.len();
                seen.note(i, used, piece.to_vec());
                Ok(())
            }
            Handler::Loop => decoder.steps(piece, |n, frame| {
                used += n;
                frame.into_iter().for_each(|frame| seen.note(i, used, frame));
            }),
            Handler::Once => {
                kept.extend_from_slice(piece);
                decoder.step(&kept).map(|(n, frame)| {
                    kept.drain(..n);
                    used += n;
                    frame.into_iter().for_each(|frame| seen.note(i, used, frame));
                })
            }
        };
        seen.waits.push(Waits { held: decoder.held() + kept.len(), wanted: decoder.wanted() });
        if let Err(error) = done {
            seen.error = Some((i, error));
            break;
        }
    }
    seen.left = decoder.held() + kept.len();
    seen
}

impl Seen {
    fn note(&mut self, read: usize, end: usize, frame: Vec<u8>) {
        self.messages.push((read, frame));
        self.ends.push(end);
    }
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
    fn a_reader_can_see_where_messages_end_and_what_waits() {
        let all = stream(2);
        let seen = read(&[&all[..1], &all[1..9], &all[9..]], &CODEC, 1_000, Handler::Loop);
        assert_eq!(seen.ends, [7, 14]);
        let waits = |held, wanted| Waits { held, wanted };
        assert_eq!(seen.waits, [waits(1, None), waits(2, Some(5)), waits(0, None)]);
    }

    #[test]
    fn text_reads_as_a_huge_length() {
        let codec = Codec::Length(Width::Four, ByteOrder::Big);
        let seen = read(&[b"GET / HTTP/1.1\r\n"], &codec, 1 << 20, Handler::Loop);
        assert_eq!(seen.error, Some((0, FrameError::TooLong { length: 0x4745_5420, limit: 1 << 20 })));
    }
}
