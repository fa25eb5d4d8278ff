//! Reads HTTP/1.1 byte for byte, so that any cut gives the same messages.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use super::super::append;
use super::head::{Asked, Head};
use super::{BodyEnd, HttpError, MOST_HEAD, Message, Policy, Side};

/// A line that announces a chunk, with its extensions.
const MOST_CHUNK_LINE: usize = 4 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Head,
    Counted(u64),
    UntilClose,
    /// The line that announces a chunk; true behind its CR.
    ChunkSize(bool),
    ChunkData(u64),
    /// CR and LF behind a chunk; how many of them are to come.
    ChunkEnd(u8),
    Trailers,
    /// Another protocol; none of its bytes are kept.
    Tunnel,
}

/// Reads messages from one direction of a connection.
#[derive(Debug, Clone)]
pub struct Reader {
    side: Side,
    policy: Policy,
    limit: usize,
    /// Requests sent and not yet answered.
    asked: VecDeque<Asked>,
    state: State,
    /// A head, or a line of the chunked coding.
    line: Vec<u8>,
    message: Option<Message>,
    failed: Option<HttpError>,
}

impl Reader {
    /// For bodies of at most `limit` bytes.
    pub fn new(side: Side, policy: Policy, limit: usize) -> Reader {
        let (asked, line) = (VecDeque::new(), Vec::new());
        Reader { side, policy, limit, asked, state: State::Head, line, message: None, failed: None }
    }

    /// A request was sent: the response to HEAD has no body, and CONNECT may open a tunnel.
    pub fn expect(&mut self, method: &str) {
        self.asked.push_back(Asked::by(method));
    }

    /// Bytes held back at the moment.
    pub fn held(&self) -> usize {
        self.line.len() + self.message.as_ref().map_or(0, |m| m.body.len())
    }

    /// The message whose head is read and whose body is not complete.
    pub fn begun(&self) -> Option<&Message> {
        self.message.as_ref()
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
            (State::Tunnel, _) | (State::Head, 0) => Ok(None),
            (State::Head, have) => Err(HttpError::UnfinishedHead { have }),
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
                State::Tunnel => return Ok((input.len(), None)),
                State::Head => self.head_byte(byte)?,
                State::ChunkSize(ending) => self.size_byte(byte, ending)?,
                State::ChunkEnd(left) => {
                    if byte != if left == 2 { b'\r' } else { b'\n' } {
                        return Err(HttpError::BadChunk);
                    }
                    self.state = if left == 2 { State::ChunkEnd(1) } else { State::ChunkSize(false) };
                }
                State::Trailers => {
                    if self.trailer_byte(byte)? {
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
            match (self.state, &self.message) {
                (State::Counted(0), Some(_)) => return Ok((used, self.complete())),
                (State::Tunnel, Some(_)) => return Ok((used, self.message.take())),
                _ => {}
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
        append(&mut message.body, piece, limit);
        Ok(())
    }

    fn complete(&mut self) -> Option<Message> {
        self.state = State::Head;
        self.line.clear();
        self.message.take()
    }

    /// Collects a line of the trailers without its end, which may be a lone LF (RFC 9112 section 2.2); true when it is whole.
    fn trailer_byte(&mut self, byte: u8) -> Result<bool, HttpError> {
        if byte == b'\n' {
            if self.line.last() == Some(&b'\r') {
                self.line.pop();
            }
            return Ok(true);
        }
        if self.line.len() >= MOST_HEAD {
            return Err(HttpError::HeadTooLong);
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
        let head = Head::parse(self.side, head)?;
        let interim = (100..200).contains(&head.status);
        // An interim response leaves its request unanswered.
        let asked = if self.side == Side::Requests || interim { None } else { self.asked.pop_front() };
        let end = head.body_end(self.policy, asked.unwrap_or(Asked::Other))?;
        self.state = match end {
            BodyEnd::NoBody => State::Counted(0),
            BodyEnd::Length(length) if length > self.limit as u64 => {
                return Err(HttpError::TooLong { limit: self.limit });
            }
            BodyEnd::Length(length) => State::Counted(length),
            BodyEnd::Chunked => State::ChunkSize(false),
            BodyEnd::Close => State::UntilClose,
            BodyEnd::Tunnel => State::Tunnel,
        };
        let both_lengths = head.has_both_lengths();
        self.message = Some(Message { status: head.status, method: head.method, body: Vec::new(), end, both_lengths });
        Ok(())
    }

    /// The line ends in CRLF and nothing else (RFC 9112 section 7.1): who takes a lone LF as well disagrees with others about
    /// where the data begins, and requests can be smuggled through that.
    fn size_byte(&mut self, byte: u8, ending: bool) -> Result<(), HttpError> {
        match (byte, ending) {
            (b'\n', true) => {}
            (b'\n', false) | (_, true) => return Err(HttpError::BadChunk),
            (b'\r', false) => {
                self.state = State::ChunkSize(true);
                return Ok(());
            }
            _ if self.line.len() >= MOST_CHUNK_LINE => return Err(HttpError::BadChunk),
            _ => {
                self.line.push(byte);
                return Ok(());
            }
        }
        let line = core::mem::take(&mut self.line);
        let size = chunk_size(&line).ok_or(HttpError::BadChunk)?;
        let have = self.message.as_ref().map_or(0, |m| m.body.len()) as u64;
        if have.saturating_add(size) > self.limit as u64 {
            return Err(HttpError::TooLong { limit: self.limit });
        }
        self.state = if size == 0 { State::Trailers } else { State::ChunkData(size) };
        Ok(())
    }
}

/// Hexadecimal digits, then perhaps blanks and extensions.
fn chunk_size(line: &[u8]) -> Option<u64> {
    let digits = line.split(|&b| b == b';').next()?.trim_ascii_end();
    if digits.is_empty() || digits.len() > 16 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u64::from_str_radix(core::str::from_utf8(digits).ok()?, 16).ok()
}
