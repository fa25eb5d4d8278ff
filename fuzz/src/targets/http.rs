//! A stream of bytes → HTTP/1.1 messages. The first byte chooses side, policy and whether HEAD was asked, the second the
//! limit of bodies, the third where the stream is cut.

use netsim::framing::http::{HttpError, MOST_HEAD, Message, Policy, Reader, Side};

/// No panic; the same messages and the same end wherever the stream is cut; never more held than a head and a body.
pub fn check(bytes: &[u8]) {
    let [kind, size, cut, stream @ ..] = bytes else { return };
    let reader = || {
        let side = if kind & 1 == 0 { Side::Requests } else { Side::Responses };
        let policy = if kind & 2 == 0 { Policy::Rfc } else { Policy::TrustsLength };
        let mut reader = Reader::new(side, policy, usize::from(*size) * 16);
        (0..kind >> 4).for_each(|n| reader.expect(if n & 1 == kind >> 2 & 1 { "HEAD" } else { "GET" }));
        reader
    };
    let limit = usize::from(*size) * 16;
    let whole = messages(reader(), limit, stream, stream.len().max(1));
    assert_eq!(whole, messages(reader(), limit, stream, usize::from(*cut % 7) + 1), "cut otherwise");
    assert!(whole.0.iter().all(|message| message.body.len() <= limit), "a body beyond {limit} bytes");
}

fn messages(
    mut reader: Reader,
    limit: usize,
    stream: &[u8],
    pieces: usize,
) -> (Vec<Message>, Result<Option<Message>, HttpError>) {
    let mut found = Vec::new();
    for piece in stream.chunks(pieces) {
        if let Err(error) = reader.push(piece, |message| found.push(message)) {
            return (found, Err(error));
        }
        assert!(reader.held() <= limit + MOST_HEAD, "{} bytes held", reader.held());
    }
    (found, reader.finish())
}
