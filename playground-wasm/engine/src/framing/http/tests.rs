//! Heads and bodies as they are and as they should not be.

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
