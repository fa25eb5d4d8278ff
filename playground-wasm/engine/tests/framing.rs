//! The same messages whatever the cuts, never more memory than the limit, and the same as independent implementations give.

mod common;

use std::io::Write;
use std::process::{Command, Stdio};

use common::Rng;
use netsim::framing::http::{HttpError, Message, Policy, Reader, Side};
use netsim::framing::{ByteOrder, Codec, Decoder, FrameError, Width, encode};

const LIMIT: usize = 300;
/// A length of ten bytes, or a delimiter.
const HEADER: usize = 10;

fn codecs() -> Vec<Codec> {
    vec![
        Codec::Delimiter(b"\n".to_vec()),
        Codec::Delimiter(b"\r\n".to_vec()),
        Codec::Delimiter(b"aab".to_vec()),
        Codec::Fixed(1),
        Codec::Fixed(17),
        Codec::Length(Width::One, ByteOrder::Big),
        Codec::Length(Width::Two, ByteOrder::Big),
        Codec::Length(Width::Two, ByteOrder::Little),
        Codec::Length(Width::Four, ByteOrder::Big),
        Codec::Length(Width::Four, ByteOrder::Little),
        Codec::Varint,
    ]
}

/// What a stream gives in pieces: messages, and how it ended.
fn decode(codec: &Codec, pieces: &[&[u8]]) -> (Vec<Vec<u8>>, Result<(), FrameError>) {
    let mut decoder = Decoder::new(codec.clone(), LIMIT);
    let mut frames = Vec::new();
    for piece in pieces {
        let done = decoder.push(piece, |frame| frames.push(frame));
        assert!(decoder.held() <= LIMIT + HEADER, "{codec:?} holds {}", decoder.held());
        // The allocator's smallest piece for a header is 8 bytes, then 16.
        assert!(decoder.allocated() <= LIMIT + 16, "{codec:?} takes {}", decoder.allocated());
        if done.is_err() {
            return (frames, done);
        }
    }
    (frames, decoder.finish())
}

fn cut<'a>(stream: &'a [u8], rng: &mut Rng) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    let mut rest = stream;
    let most = [1, 2, 5, 50, 5_000][rng.below(5)];
    while !rest.is_empty() {
        let (piece, tail) = rest.split_at((1 + rng.below(most)).min(rest.len()));
        pieces.push(piece);
        rest = tail;
    }
    pieces
}

fn message(codec: &Codec, rng: &mut Rng) -> Vec<u8> {
    let size = match codec {
        Codec::Fixed(size) => *size,
        Codec::Length(Width::One, _) => rng.below(256),
        _ => rng.below(LIMIT + 1),
    };
    match codec {
        Codec::Delimiter(_) => (0..size).map(|_| b"ab\rxy"[rng.below(5)]).collect(),
        _ => rng.bytes(size),
    }
}

#[test]
fn messages_come_back_whatever_the_cuts() {
    let mut rng = Rng::new(1);
    for codec in codecs() {
        for _ in 0..200 {
            let mut sent = Vec::new();
            let mut stream = Vec::new();
            for _ in 0..rng.below(8) {
                let message = message(&codec, &mut rng);
                if let Some(bytes) = encode(&codec, &message) {
                    stream.extend(bytes);
                    sent.push(message);
                }
            }
            assert_eq!(decode(&codec, &cut(&stream, &mut rng)), (sent, Ok(())), "{codec:?}");
        }
    }
}

#[test]
fn any_bytes_end_the_same_way_whatever_the_cuts() {
    let mut rng = Rng::new(2);
    for codec in codecs() {
        for _ in 0..400 {
            let size = rng.below(700);
            // Small values make lengths that fit; others lie.
            let stream: Vec<u8> = match rng.below(3) {
                0 => rng.bytes(size),
                1 => (0..size).map(|_| rng.below(4) as u8).collect(),
                _ => (0..size).map(|_| b"ab\r\n"[rng.below(4)]).collect(),
            };
            let whole = decode(&codec, &[&stream]);
            assert_eq!(decode(&codec, &cut(&stream, &mut rng)), whole, "{codec:?} {stream:?}");
            let single: Vec<&[u8]> = stream.chunks(1).collect();
            assert_eq!(decode(&codec, &single), whole, "{codec:?} {stream:?}");
        }
    }
}

#[test]
fn lying_lengths_are_refused_before_memory_is_taken() {
    for (codec, bytes) in [
        (Codec::Length(Width::Four, ByteOrder::Big), &[0xff, 0xff, 0xff, 0xff][..]),
        (Codec::Length(Width::Four, ByteOrder::Little), &[0, 0, 0, 0x7f]),
        (Codec::Varint, &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]),
    ] {
        assert!(matches!(decode(&codec, &[bytes]).1, Err(FrameError::TooLong { .. })), "{codec:?}");
    }
    assert_eq!(decode(&Codec::Varint, &[&[0x80; 11]]).1, Err(FrameError::BadVarint));
    assert_eq!(decode(&Codec::Fixed(0), &[b"x"]).1, Err(FrameError::BadCodec));
    assert_eq!(decode(&Codec::Delimiter(Vec::new()), &[b"x"]).1, Err(FrameError::BadCodec));
    let line = vec![b'x'; LIMIT];
    let ended = [line.as_slice(), b"\n"].concat();
    assert_eq!(decode(&Codec::Delimiter(b"\n".to_vec()), &[&ended]), (vec![line.clone()], Ok(())));
    let longer = [line.as_slice(), b"x\n"].concat();
    assert!(matches!(decode(&Codec::Delimiter(b"\n".to_vec()), &[&longer]).1, Err(FrameError::TooLong { .. })));
    let short = [0, 5, b'a'];
    assert_eq!(
        decode(&Codec::Length(Width::Two, ByteOrder::Big), &[&short]).1,
        Err(FrameError::Unfinished { have: 3 })
    );
}

fn http(side: Side, policy: Policy, methods: &[&str], pieces: &[&[u8]]) -> (Vec<Message>, Result<(), HttpError>) {
    let mut reader = Reader::new(side, policy, LIMIT);
    methods.iter().for_each(|m| reader.expect(m));
    let mut messages = Vec::new();
    for piece in pieces {
        if let Err(error) = reader.push(piece, |m| messages.push(m)) {
            return (messages, Err(error));
        }
        assert!(reader.held() <= LIMIT.max(64 * 1024) + 1);
    }
    let end = reader.finish().map(|last| messages.extend(last));
    (messages, end)
}

/// Responses as they are, and damaged in one byte: what to make of that is up to the reader.
fn responses(rng: &mut Rng, damaged: bool) -> Vec<u8> {
    let mut out = Vec::new();
    for _ in 0..1 + rng.below(4) {
        let status = ["200 OK", "204 No Content", "304 Not Modified", "100 Continue", "404 Not Found"][rng.below(5)];
        let body = (0..rng.below(40)).map(|_| b'a' + rng.below(26) as u8).collect::<Vec<u8>>();
        out.extend(format!("HTTP/1.1 {status}\r\nServer: x\r\n").bytes());
        let none = status.starts_with('1') || status.starts_with("204") || status.starts_with("304");
        match rng.below(if none { 3 } else { 2 }) {
            0 => {
                out.extend(format!("Content-Length: {}\r\n\r\n", body.len()).bytes());
                out.extend(if none { &[][..] } else { &body });
            }
            1 => {
                out.extend(b"Transfer-Encoding: chunked\r\n\r\n");
                if !none {
                    for chunk in body.chunks(1 + rng.below(9)) {
                        out.extend(format!("{:x};ext=1\r\n", chunk.len()).bytes());
                        out.extend(chunk);
                        out.extend(b"\r\n");
                    }
                    out.extend(b"0\r\nTrailer: 1\r\n\r\n");
                }
            }
            _ => out.extend(b"\r\n"),
        }
    }
    if damaged && rng.below(4) == 0 && !out.is_empty() {
        let at = rng.below(out.len());
        out[at] = rng.next() as u8;
    }
    out
}

#[test]
fn http_messages_are_the_same_whatever_the_cuts() {
    let mut rng = Rng::new(3);
    for _ in 0..2_000 {
        let stream = responses(&mut rng, true);
        let methods = ["GET", "HEAD", "GET", "GET"];
        for policy in [Policy::Rfc, Policy::TrustsLength] {
            let whole = http(Side::Responses, policy, &methods, &[&stream]);
            let pieces = cut(&stream, &mut rng);
            assert_eq!(http(Side::Responses, policy, &methods, &pieces), whole, "{}", stream.escape_ascii());
        }
        let whole = http(Side::Requests, Policy::Rfc, &[], &[&stream]);
        assert_eq!(http(Side::Requests, Policy::Rfc, &[], &cut(&stream, &mut rng)), whole);
    }
}

/// Runs the Go program beside this file on one stream per line of hexadecimal; `None` when there is no Go here.
fn go(mode: &str, streams: &[Vec<u8>]) -> Option<Vec<String>> {
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/framing_go/main.go");
    let started = Command::new("go").args(["run", program, mode]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let Ok(mut child) = started else {
        eprintln!("SKIPPED: no `go` on this machine, {mode} is not compared with Go");
        return None;
    };
    let mut lines = String::new();
    for stream in streams {
        stream.iter().for_each(|b| lines += &format!("{b:02x}"));
        lines.push('\n');
    }
    // The program reads everything before it writes.
    child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    let done = child.wait_with_output().unwrap();
    assert!(done.status.success(), "go run {program} {mode} failed");
    Some(String::from_utf8(done.stdout).unwrap().lines().map(String::from).collect())
}

fn hex(frames: &[Vec<u8>]) -> String {
    let texts: Vec<String> = frames.iter().map(|f| format!("<{}>", f.escape_ascii())).collect();
    texts.join(" ")
}

/// Go's bufio and encoding/binary on the same streams: `<message> <message> end`, end being ok, short or bad.
#[test]
fn go_reads_the_same_messages() {
    for (mode, codec) in [
        ("line", Codec::Delimiter(b"\n".to_vec())),
        ("u8", Codec::Length(Width::One, ByteOrder::Big)),
        ("u16be", Codec::Length(Width::Two, ByteOrder::Big)),
        ("u16le", Codec::Length(Width::Two, ByteOrder::Little)),
        ("u32be", Codec::Length(Width::Four, ByteOrder::Big)),
        ("u32le", Codec::Length(Width::Four, ByteOrder::Little)),
        ("varint", Codec::Varint),
    ] {
        let mut rng = Rng::new(4);
        let streams: Vec<Vec<u8>> = (0..300)
            .map(|_| {
                let count = rng.below(4);
                let mut stream: Vec<u8> = (0..count)
                    .flat_map(|_| {
                        let message = message(&codec, &mut rng);
                        encode(&codec, &message).unwrap_or_default()
                    })
                    .collect();
                let extra = rng.below(5);
                stream.extend(rng.bytes(extra));
                stream
            })
            .collect();
        let Some(answers) = go(mode, &streams) else { return };
        assert_eq!(answers.len(), streams.len());
        for (stream, answer) in streams.iter().zip(answers) {
            let (frames, end) = decode(&codec, &cut(stream, &mut rng));
            let end = match end {
                Ok(()) => "ok",
                Err(FrameError::Unfinished { .. }) => "short",
                Err(_) => "bad",
            };
            assert_eq!(format!("{} {end}", hex(&frames)).trim_start(), answer, "{mode} {}", stream.escape_ascii());
        }
    }
}

/// net/http's ReadResponse, a real client, on responses that keep the rules and some that do not.
#[test]
fn a_real_http_client_finds_the_same_ends() {
    let mut rng = Rng::new(5);
    let fixed: [&[u8]; 6] = [
        b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
        b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\n\r\nto the end",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
    ];
    let mut streams: Vec<Vec<u8>> = fixed.iter().map(|s| s.to_vec()).collect();
    while streams.len() < 300 {
        streams.push(responses(&mut rng, false));
    }
    let Some(answers) = go("http", &streams) else { return };
    for (stream, answer) in streams.iter().zip(answers) {
        let (messages, end) = http(Side::Responses, Policy::Rfc, &[], &cut(stream, &mut rng));
        let frames: Vec<String> = messages.iter().map(|m| format!("{}<{}>", m.status, m.body.escape_ascii())).collect();
        let end = if end.is_ok() { "ok" } else { "short" };
        assert_eq!(format!("{} {end}", frames.join(" ")).trim_start(), answer, "{}", stream.escape_ascii());
    }
}
