//! Where an HTTP/1.1 message ends (RFC 9112 section 6.3), for a client that follows the rules and for the common one that
//! trusts Content-Length whatever the status is: that one waits for the body of a 204 that never comes.
//!
//! Heads are parsed by `httparse`; bodies are read byte for byte, so that any cut gives the same messages. Left out: HTTP/1.0
//! and obsolete line folding.

mod lengths;
#[cfg(test)]
mod tests;

use alloc::collections::VecDeque;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use lengths::Lengths;

/// A head may be this long; servers allow 8 to 64 KiB.
pub const MOST_HEAD: usize = 64 * 1024;
/// A line that announces a chunk, with its extensions.
const MOST_CHUNK_LINE: usize = 4 * 1024;
const MOST_FIELDS: usize = 100;

/// What is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Requests, by a server.
    Requests,
    /// Responses, by a client.
    Responses,
}

/// How a client finds the end of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Policy {
    /// RFC 9112: the status and the method of the request come first.
    #[default]
    Rfc,
    /// Content-Length or chunked whatever the status says.
    TrustsLength,
}

/// By which rule a body ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyEnd {
    /// There is none: HEAD, 1xx, 204, 304.
    NoBody,
    /// Content-Length.
    Length(u64),
    /// The last chunk.
    Chunked,
    /// The connection ends.
    Close,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Status of a response, 0 for a request.
    pub status: u16,
    /// Method of a request, empty for a response.
    pub method: String,
    /// The content, chunks joined.
    pub body: Vec<u8>,
    /// The rule that ended it.
    pub end: BodyEnd,
    /// Both Transfer-Encoding and Content-Length stand in it: the mark of request smuggling.
    pub both_lengths: bool,
}

/// Why reading stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HttpError {
    /// No HTTP head.
    BadHead,
    /// A head beyond the limit.
    HeadTooLong,
    /// Content-Length is no number, or several that differ.
    BadLength,
    /// A request whose transfer coding does not end in chunked.
    BadTransferEncoding,
    /// A chunk without a size, or without its line end.
    BadChunk,
    /// A body beyond the limit.
    TooLong {
        /// The limit.
        limit: usize,
    },
    /// The connection ended inside a message.
    Unfinished {
        /// Bytes of content that came.
        have: usize,
    },
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HttpError::BadHead => f.write_str("no HTTP/1.1 head"),
            HttpError::HeadTooLong => f.write_str("a head of more than 64 KiB"),
            HttpError::BadLength => f.write_str("no valid Content-Length"),
            HttpError::BadTransferEncoding => f.write_str("a request whose Transfer-Encoding does not end in chunked"),
            HttpError::BadChunk => f.write_str("no valid chunk"),
            HttpError::TooLong { limit } => write!(f, "a body beyond the limit of {limit} bytes"),
            HttpError::Unfinished { have } => write!(f, "the connection ended after {have} bytes of a body"),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Head,
    Counted(u64),
    UntilClose,
    ChunkSize,
    ChunkData(u64),
    /// CR and LF behind a chunk; how many of them are to come.
    ChunkEnd(u8),
    Trailers,
}

/// Reads messages from one direction of a connection.
#[derive(Debug, Clone)]
pub struct Reader {
    side: Side,
    policy: Policy,
    limit: usize,
    /// For each request sent and not yet answered, whether it was HEAD.
    heads: VecDeque<bool>,
    state: State,
    /// A head, or a line of the chunked coding.
    line: Vec<u8>,
    message: Option<Message>,
    failed: Option<HttpError>,
}

impl Reader {
    /// For bodies of at most `limit` bytes.
    pub fn new(side: Side, policy: Policy, limit: usize) -> Reader {
        let (heads, line) = (VecDeque::new(), Vec::new());
        Reader { side, policy, limit, heads, state: State::Head, line, message: None, failed: None }
    }

    /// A request was sent: the response to HEAD has no body.
    pub fn expect(&mut self, method: &str) {
        self.heads.push_back(method == "HEAD");
    }

    /// Bytes held back at the moment.
    pub fn held(&self) -> usize {
        self.line.len() + self.message.as_ref().map_or(0, |m| m.body.len())
    }

    /// Reads until a message is complete or the input is used up: how much was used, and the message.
    pub fn step(&mut self, input: &[u8]) -> Result<(usize, Option<Message>), HttpError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let done = self.run(input);
        if let Err(error) = done {
            self.failed = Some(error);
            self.line = Vec::new();
            self.message = None;
        }
        done
    }

    /// Feeds a piece and hands out every message that it completes.
    pub fn push(&mut self, input: &[u8], mut take: impl FnMut(Message)) -> Result<(), HttpError> {
        let mut rest = input;
        while !rest.is_empty() {
            let (used, message) = self.step(rest)?;
            if let Some(message) = message {
                take(message);
            }
            rest = rest.get(used..).unwrap_or(&[]);
        }
        Ok(())
    }

    /// The connection ended, which ends a body that has no other end.
    pub fn finish(&mut self) -> Result<Option<Message>, HttpError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        match (self.state, self.held()) {
            (State::UntilClose, _) => Ok(self.complete()),
            (State::Head, 0) => Ok(None),
            (_, _) => Err(HttpError::Unfinished { have: self.message.as_ref().map_or(0, |m| m.body.len()) }),
        }
    }

    fn run(&mut self, input: &[u8]) -> Result<(usize, Option<Message>), HttpError> {
        let mut used = 0;
        while let Some(&byte) = input.get(used) {
            match self.state {
                State::Counted(left) | State::ChunkData(left) => {
                    let rest = input.get(used..).unwrap_or(&[]);
                    let room = usize::try_from(left).unwrap_or(usize::MAX).min(rest.len());
                    let piece = rest.get(..room).unwrap_or(rest);
                    self.take(piece)?;
                    used += piece.len();
                    let left = left - piece.len() as u64;
                    let chunk = matches!(self.state, State::ChunkData(_));
                    self.state = match (left, chunk) {
                        (0, true) => State::ChunkEnd(2),
                        (0, false) => return Ok((used, self.complete())),
                        (left, true) => State::ChunkData(left),
                        (left, false) => State::Counted(left),
                    };
                    continue;
                }
                State::UntilClose => {
                    self.take(input.get(used..).unwrap_or(&[]))?;
                    return Ok((input.len(), None));
                }
                State::Head => self.head_byte(byte)?,
                State::ChunkSize => self.size_byte(byte)?,
                State::ChunkEnd(left) => {
                    if byte != if left == 2 { b'\r' } else { b'\n' } {
                        return Err(HttpError::BadChunk);
                    }
                    self.state = if left == 2 { State::ChunkEnd(1) } else { State::ChunkSize };
                }
                State::Trailers => {
                    if self.line_byte(byte, MOST_HEAD, HttpError::HeadTooLong)? {
                        let empty = self.line.is_empty();
                        self.line.clear();
                        if empty {
                            return Ok((used + 1, self.complete()));
                        }
                    }
                }
            }
            used += 1;
            // A head without a body is a whole message.
            if let (State::Counted(0), Some(_)) = (self.state, &self.message) {
                return Ok((used, self.complete()));
            }
        }
        Ok((used, None))
    }

    fn take(&mut self, piece: &[u8]) -> Result<(), HttpError> {
        let limit = self.limit;
        let Some(message) = &mut self.message else { return Err(HttpError::BadHead) };
        if message.body.len() + piece.len() > limit {
            return Err(HttpError::TooLong { limit });
        }
        message.body.extend_from_slice(piece);
        Ok(())
    }

    fn complete(&mut self) -> Option<Message> {
        self.state = State::Head;
        self.line.clear();
        self.message.take()
    }

    /// Collects a line without its end; true when it is whole.
    fn line_byte(&mut self, byte: u8, limit: usize, error: HttpError) -> Result<bool, HttpError> {
        if byte == b'\n' {
            if self.line.last() == Some(&b'\r') {
                self.line.pop();
            }
            return Ok(true);
        }
        if self.line.len() >= limit {
            return Err(error);
        }
        self.line.push(byte);
        Ok(false)
    }

    fn head_byte(&mut self, byte: u8) -> Result<(), HttpError> {
        // Empty lines before a head are skipped (RFC 9112 section 2.2).
        if self.line.is_empty() && matches!(byte, b'\r' | b'\n') {
            return Ok(());
        }
        if self.line.len() >= MOST_HEAD {
            return Err(HttpError::HeadTooLong);
        }
        self.line.push(byte);
        if self.line.ends_with(b"\n\r\n") || self.line.ends_with(b"\n\n") {
            let head = core::mem::take(&mut self.line);
            self.begin(&head)?;
        }
        Ok(())
    }

    fn begin(&mut self, head: &[u8]) -> Result<(), HttpError> {
        let mut fields = [httparse::EMPTY_HEADER; MOST_FIELDS];
        let (status, method, fields) = match self.side {
            Side::Responses => {
                let mut response = httparse::Response::new(&mut fields);
                response.parse(head).map_err(|_| HttpError::BadHead)?;
                (response.code.ok_or(HttpError::BadHead)?, "", response.headers)
            }
            Side::Requests => {
                let mut request = httparse::Request::new(&mut fields);
                request.parse(head).map_err(|_| HttpError::BadHead)?;
                (0, request.method.ok_or(HttpError::BadHead)?, request.headers)
            }
        };
        let lengths = Lengths::of(fields)?;
        let method = method.to_string();
        let end = self.body_end(status, &lengths)?;
        if let BodyEnd::Length(length) = end
            && length > self.limit as u64
        {
            return Err(HttpError::TooLong { limit: self.limit });
        }
        self.state = match end {
            BodyEnd::NoBody => State::Counted(0),
            BodyEnd::Length(length) => State::Counted(length),
            BodyEnd::Chunked => State::ChunkSize,
            BodyEnd::Close => State::UntilClose,
        };
        let both_lengths = lengths.transfer && lengths.length.is_some();
        self.message = Some(Message { status, method, body: Vec::new(), end, both_lengths });
        Ok(())
    }

    /// RFC 9112 section 6.3, in its order.
    fn body_end(&mut self, status: u16, lengths: &Lengths) -> Result<BodyEnd, HttpError> {
        if self.side == Side::Responses {
            let interim = (100..200).contains(&status);
            let head = if interim { false } else { self.heads.pop_front().unwrap_or(false) };
            let bodiless = head || interim || matches!(status, 204 | 304);
            if bodiless && (self.policy == Policy::Rfc || (!lengths.transfer && lengths.length.is_none())) {
                return Ok(BodyEnd::NoBody);
            }
        }
        match (lengths.transfer, lengths.chunked_last, lengths.length, self.side) {
            (true, true, ..) => Ok(BodyEnd::Chunked),
            (true, false, _, Side::Responses) => Ok(BodyEnd::Close),
            (true, false, _, Side::Requests) => Err(HttpError::BadTransferEncoding),
            (false, _, Some(length), _) => Ok(BodyEnd::Length(length)),
            (false, _, None, Side::Requests) => Ok(BodyEnd::NoBody),
            (false, _, None, Side::Responses) => Ok(BodyEnd::Close),
        }
    }

    fn size_byte(&mut self, byte: u8) -> Result<(), HttpError> {
        if !self.line_byte(byte, MOST_CHUNK_LINE, HttpError::BadChunk)? {
            return Ok(());
        }
        let line = core::mem::take(&mut self.line);
        let digits = line.split(|&b| b == b';').next().unwrap_or(&line).trim_ascii();
        let hex = !digits.is_empty() && digits.len() <= 16 && digits.iter().all(u8::is_ascii_hexdigit);
        let text = core::str::from_utf8(digits).map_err(|_| HttpError::BadChunk)?;
        let size = if hex {
            u64::from_str_radix(text, 16).map_err(|_| HttpError::BadChunk)?
        } else {
            return Err(HttpError::BadChunk);
        };
        let have = self.message.as_ref().map_or(0, |m| m.body.len()) as u64;
        if have.saturating_add(size) > self.limit as u64 {
            return Err(HttpError::TooLong { limit: self.limit });
        }
        self.state = if size == 0 { State::Trailers } else { State::ChunkData(size) };
        Ok(())
    }
}
