//! A stream of bytes → frames. The first byte chooses the codec, the second the limit, the third where it is cut.

use netsim::framing::{ByteOrder, Codec, Decoder, FrameError, Width};

/// A varint, the longest length that is held before a frame is known.
const LONGEST_HEADER: usize = 10;

/// No panic; the same frames and the same end wherever the stream is cut; never more held than the limit and a header.
pub fn check(bytes: &[u8]) {
    let [kind, size, cut, stream @ ..] = bytes else { return };
    let limit = usize::from(*size) * 4;
    let codec = match kind % 12 {
        0 => Codec::None,
        1 => Codec::Delimiter(b"\n".to_vec()),
        2 => Codec::Delimiter(b"\r\n".to_vec()),
        3 => Codec::Delimiter(stream.iter().copied().take(3).collect()),
        4 => Codec::Fixed(usize::from(*cut)),
        5 => Codec::Length(Width::One, ByteOrder::Big),
        6 => Codec::Length(Width::Two, ByteOrder::Big),
        7 => Codec::Length(Width::Two, ByteOrder::Little),
        8 => Codec::Length(Width::Four, ByteOrder::Big),
        9 => Codec::Length(Width::Four, ByteOrder::Little),
        _ => Codec::Varint,
    };
    let pieces = usize::from(*cut % 7) + 1;
    let whole = frames(&codec, limit, stream, stream.len().max(1));
    // Without a codec, cuts are what makes messages.
    if codec != Codec::None {
        assert_eq!(whole, frames(&codec, limit, stream, pieces), "{codec:?} in pieces of {pieces}");
    }
    for frame in &whole.0 {
        assert!(codec == Codec::None || frame.len() <= limit, "{codec:?}: {} bytes, limit {limit}", frame.len());
    }
}

fn frames(codec: &Codec, limit: usize, stream: &[u8], pieces: usize) -> (Vec<Vec<u8>>, Result<(), FrameError>) {
    let mut decoder = Decoder::new(codec.clone(), limit);
    let mut found = Vec::new();
    for piece in stream.chunks(pieces) {
        if let Err(error) = decoder.push(piece, |frame| found.push(frame)) {
            return (found, Err(error));
        }
        let header = if let Codec::Delimiter(end) = codec { end.len() } else { LONGEST_HEADER };
        assert!(decoder.held() <= limit + header, "{codec:?} holds {}, limit {limit}", decoder.held());
    }
    (found, decoder.finish())
}
