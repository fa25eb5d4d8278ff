//! Heads and bodies as they are and as they should not be.

use alloc::string::ToString;

use super::*;

fn read(policy: Policy, methods: &[&str], text: &str) -> (Vec<Message>, Result<Option<Message>, HttpError>) {
    let mut reader = Reader::new(Side::Responses, policy, 1_000);
    methods.iter().for_each(|m| reader.expect(m));
    let mut messages = Vec::new();
    let done = reader.push(text.as_bytes(), |m| messages.push(m));
    let end = done.and_then(|()| reader.finish());
    (messages, end)
}

#[test]
fn a_204_ends_at_its_head_unless_the_client_trusts_the_length() {
    let text = "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n";
    let (messages, end) = read(Policy::Rfc, &["GET"], text);
    assert_eq!((messages.len(), messages[0].end, end), (1, BodyEnd::NoBody, Ok(None)));
    let (messages, end) = read(Policy::TrustsLength, &["GET"], text);
    assert_eq!((messages.len(), end), (0, Err(HttpError::Unfinished { have: 0 })));
}

#[test]
fn a_204_that_really_has_a_body_is_read_as_the_next_head() {
    let text = "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    let (messages, end) = read(Policy::Rfc, &["GET", "GET"], text);
    assert_eq!((messages.len(), end), (1, Err(HttpError::BadHead)));
    assert_eq!(read(Policy::TrustsLength, &["GET", "GET"], text).0.len(), 2);
}

#[test]
fn head_interim_and_304_have_no_body() {
    let text = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nHTTP/1.1 304 Not Modified\r\n\
                Content-Length: 9\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nT: x\r\n\r\n";
    let (messages, end) = read(Policy::Rfc, &["HEAD", "GET", "GET"], text);
    let seen: Vec<(u16, &[u8])> = messages.iter().map(|m| (m.status, m.body.as_slice())).collect();
    assert_eq!(seen, [(100, &b""[..]), (200, b""), (304, b""), (200, b"abc")]);
    assert_eq!(end, Ok(None));
}

#[test]
fn transfer_encoding_overrides_the_length() {
    let text = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n";
    let (messages, _) = read(Policy::Rfc, &["GET"], text);
    assert_eq!((messages[0].end, messages[0].both_lengths), (BodyEnd::Chunked, true));
}

#[test]
fn lies_and_limits_end_the_reading() {
    let error = |text: &str| read(Policy::Rfc, &["GET"], text).1;
    let length = |value: &str| error(&alloc::format!("HTTP/1.1 200 OK\r\nContent-Length: {value}\r\n\r\n"));
    assert_eq!(length("5, 6"), Err(HttpError::BadLength));
    assert_eq!(length("-1"), Err(HttpError::BadLength));
    assert_eq!(length("99999999999999999999"), Err(HttpError::BadLength));
    assert_eq!(length("1001"), Err(HttpError::TooLong { limit: 1_000 }));
    assert_eq!(length("5, 5"), Err(HttpError::Unfinished { have: 0 }));
    let chunk = |line: &str| error(&alloc::format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{line}\r\n"));
    assert_eq!(chunk("ffffffffffffffff"), Err(HttpError::TooLong { limit: 1_000 }));
    assert_eq!(chunk("1ffffffffffffffff"), Err(HttpError::BadChunk));
    assert_eq!(chunk("-1"), Err(HttpError::BadChunk));
    assert_eq!(chunk("2\r\nabc"), Err(HttpError::BadChunk));
    assert_eq!(error("SSH-2.0-OpenSSH_9.2\r\n\r\n"), Err(HttpError::BadHead));
}

#[test]
fn a_response_without_a_length_ends_with_the_connection() {
    let (messages, end) = read(Policy::Rfc, &["GET"], "HTTP/1.1 200 OK\r\n\r\nabc");
    assert_eq!((messages.len(), end.map(|m| m.map(|m| m.body))), (0, Ok(Some(b"abc".to_vec()))));
}

#[test]
fn requests_without_a_length_have_no_body() {
    let mut reader = Reader::new(Side::Requests, Policy::Rfc, 1_000);
    let mut seen = Vec::new();
    let text = b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nokGET /b HTTP/1.1\r\nHost: x\r\n\r\n";
    assert_eq!(reader.push(text, |m| seen.push((m.method, m.body))), Ok(()));
    assert_eq!(seen, [("POST".to_string(), b"ok".to_vec()), ("GET".to_string(), Vec::new())]);
    let bad = b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n";
    assert_eq!(reader.push(bad, |_| {}), Err(HttpError::BadTransferEncoding));
}

#[test]
fn another_protocol_begins_behind_101_and_a_connect_that_succeeds() {
    let (messages, end) = read(Policy::Rfc, &["CONNECT"], "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n\x16\x03\x01");
    assert_eq!((messages.len(), messages[0].end, end), (1, BodyEnd::Tunnel, Ok(None)));
    let (messages, end) = read(Policy::TrustsLength, &["GET"], "HTTP/1.1 101 Switching Protocols\r\n\r\n\x01\x05hello");
    assert_eq!((messages.len(), messages[0].end, end), (1, BodyEnd::Tunnel, Ok(None)));
    let refused = "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 2\r\n\r\nno";
    assert_eq!(read(Policy::Rfc, &["CONNECT"], refused).0[0].body, b"no");
}

#[test]
fn where_there_is_no_body_its_length_may_be_nonsense() {
    let text = |status: &str| alloc::format!("HTTP/1.1 {status} X\r\nContent-Length: 5, x\r\n\r\n");
    assert_eq!(read(Policy::Rfc, &["GET"], &text("204")).1, Ok(None));
    assert_eq!(read(Policy::Rfc, &["HEAD"], &text("200")).1, Ok(None));
    assert_eq!(read(Policy::Rfc, &["GET"], &text("200")).1, Err(HttpError::BadLength));
    assert_eq!(read(Policy::TrustsLength, &["GET"], &text("204")).1, Err(HttpError::BadLength));
}

#[test]
fn folded_lines_are_read_in_responses_only() {
    let fields = "Transfer-Encoding:\r\n gzip,\r\n\tchunked,\r\n\r\n1\r\na\r\n0\r\n\r\n";
    let (messages, end) = read(Policy::Rfc, &["GET"], &alloc::format!("HTTP/1.1 200 OK\r\n{fields}"));
    assert_eq!((messages[0].end, messages[0].body.as_slice(), end), (BodyEnd::Chunked, &b"a"[..], Ok(None)));
    let mut reader = Reader::new(Side::Requests, Policy::Rfc, 1_000);
    let request = alloc::format!("POST / HTTP/1.1\r\n{fields}");
    assert_eq!(reader.push(request.as_bytes(), |_| {}), Err(HttpError::BadHead));
}

#[test]
fn chunk_lines_end_in_crlf_and_begin_with_their_size() {
    let chunked = |body: &str| {
        let text = alloc::format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{body}");
        let (messages, end) = read(Policy::Rfc, &["GET"], &text);
        end.map(|_| messages.iter().map(|m| m.body.len()).sum::<usize>())
    };
    assert_eq!(chunked("1 ;a=\"b\"\r\nx\r\n0\r\nTrailer: 1\r\nOther: 2\r\n\r\n"), Ok(1));
    assert_eq!(chunked("01\r\nx\r\n000\r\n\r\n"), Ok(1));
    for bad in
        ["1\nx\r\n0\r\n\r\n", " 1\r\nx\r\n0\r\n\r\n", "1\rx\r\n", "1;\r;\r\n", "\r\n", "0x1\r\n", ";a\r\n", "+1\r\n"]
    {
        assert_eq!(chunked(bad), Err(HttpError::BadChunk), "{bad:?}");
    }
    assert_eq!(chunked("1\r\nx\r\n"), Err(HttpError::Unfinished { have: 1 }));
}

#[test]
fn a_head_that_never_ends_is_told_from_a_body() {
    assert_eq!(read(Policy::Rfc, &[], "HTTP/1.1 200 OK\r\n").1, Err(HttpError::UnfinishedHead { have: 17 }));
    let many = alloc::format!("HTTP/1.1 200 OK\r\n{}\r\n", "A: b\r\n".repeat(101));
    assert_eq!(read(Policy::Rfc, &[], &many).1, Err(HttpError::TooManyFields { limit: 100 }));
    let long = "x".repeat(MOST_HEAD + 1);
    assert_eq!(read(Policy::Rfc, &[], &long).1, Err(HttpError::HeadTooLong));
}
