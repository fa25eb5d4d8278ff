//! How a stream of bytes becomes messages, wherever it is cut.
//!
//! TCP keeps bytes in order and nothing else (RFC 9293 section 3.8): where a message ends is the affair of a codec. A
//! [`Decoder`] gives the same frames whatever the cuts, and never holds more than its limit and a header. [`reader`] shows
//! what programs make of it that decode once per read or not at all, [`http`] finds the ends of HTTP/1.1 messages, [`udp`]
//! is the transport that keeps boundaries and drops what does not fit the read, [`question`] asks all of them in JSON.

pub mod http;
pub mod question;
pub mod reader;
pub mod spelling;
pub mod udp;

use alloc::vec::Vec;
use core::fmt;

/// Where messages end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Codec {
    /// Nowhere: every read is taken for a message.
    None,
    /// Before these bytes, which are not part of it.
    Delimiter(Vec<u8>),
    /// After so many bytes.
    Fixed(usize),
    /// Behind a length of 1, 2 or 4 bytes.
    Length(Width, ByteOrder),
    /// Behind a length in base 128, low groups first (protobuf, Go's `binary.Uvarint`).
    Varint,
}

/// Size of a length field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    /// One byte.
    One,
    /// Two bytes.
    Two,
    /// Four bytes.
    Four,
}

impl Width {
    /// In bytes.
    pub const fn bytes(self) -> usize {
        match self {
            Width::One => 1,
            Width::Two => 2,
            Width::Four => 4,
        }
    }
}

/// Order of the bytes of a length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByteOrder {
    /// Highest first, as networks have it.
    Big,
    /// Lowest first.
    Little,
}

/// Why a stream cannot be read on. The position of the next message is lost then: a program has to close.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameError {
    /// A message is longer than the limit: announced so by its length, or without its end in sight.
    TooLong {
        /// As announced; for delimiters what was seen.
        length: u64,
        /// The limit.
        limit: usize,
    },
    /// A varint of more than 64 bits.
    BadVarint,
    /// The codec itself makes no sense: an empty delimiter, a fixed size of 0 or beyond the limit.
    BadCodec,
    /// The stream ended inside a message.
    Unfinished {
        /// Bytes of it that came, its header included.
        have: usize,
    },
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FrameError::TooLong { length, limit } => {
                write!(f, "a message of {length} bytes, more than the limit of {limit}")
            }
            FrameError::BadVarint => f.write_str("a length of more than 64 bits"),
            FrameError::BadCodec => f.write_str(
                "a codec that cannot end a message: an empty delimiter, or a fixed size of 0 or above the limit",
            ),
            FrameError::Unfinished { have } => write!(f, "the stream ended {have} bytes into a message"),
        }
    }
}

/// 64 bits in groups of seven.
const VARINT_MAX: usize = 10;

/// Takes a stream apart, piece by piece.
#[derive(Debug, Clone)]
pub struct Decoder {
    codec: Codec,
    limit: usize,
    /// Bytes of a length that is not complete.
    header: Vec<u8>,
    /// The length, once known.
    wanted: Option<usize>,
    /// Bytes of the message.
    body: Vec<u8>,
    failed: Option<FrameError>,
}

impl Decoder {
    /// For messages of at most `limit` bytes.
    pub fn new(codec: Codec, limit: usize) -> Decoder {
        let failed = match &codec {
            Codec::Delimiter(end) if end.is_empty() => Some(FrameError::BadCodec),
            Codec::Fixed(size) if *size == 0 || *size > limit => Some(FrameError::BadCodec),
            _ => None,
        };
        let wanted = match &codec {
            Codec::Fixed(size) => Some(*size),
            _ => None,
        };
        Decoder { codec, limit, header: Vec::new(), wanted, body: Vec::new(), failed }
    }

    /// Bytes held back at the moment.
    pub fn held(&self) -> usize {
        self.header.len() + self.body.len()
    }

    /// Bytes of the message that has begun, once its length is known.
    pub fn wanted(&self) -> Option<usize> {
        self.wanted
    }

    /// Bytes of memory taken for them.
    pub fn allocated(&self) -> usize {
        self.header.capacity() + self.body.capacity()
    }

    /// Reads until one message is complete or the input is used up: how much was used, and the message. After an error every
    /// call gives that error again.
    pub fn step(&mut self, input: &[u8]) -> Result<(usize, Option<Vec<u8>>), FrameError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let done = match &self.codec {
            Codec::None => Ok((input.len(), Some(input.to_vec()).filter(|read| !read.is_empty()))),
            Codec::Delimiter(end) => delimited(&mut self.body, end, self.limit, input),
            Codec::Fixed(_) | Codec::Length(..) | Codec::Varint => self.counted(input),
        };
        if let Err(error) = done {
            self.failed = Some(error);
            self.body = Vec::new();
            self.header = Vec::new();
        }
        done
    }

    /// Feeds a piece and hands out every message that it completes.
    pub fn push(&mut self, input: &[u8], mut take: impl FnMut(Vec<u8>)) -> Result<(), FrameError> {
        self.steps(input, |_, frame| frame.into_iter().for_each(&mut take))
    }

    /// The same, step by step: how much of the piece each one used, and what it completed.
    pub fn steps(&mut self, input: &[u8], mut take: impl FnMut(usize, Option<Vec<u8>>)) -> Result<(), FrameError> {
        let mut rest = input;
        loop {
            let (used, frame) = self.step(rest)?;
            let complete = frame.is_some();
            take(used, frame);
            rest = rest.get(used..).unwrap_or(&[]);
            if rest.is_empty() && (!complete || used > 0) {
                return Ok(());
            }
        }
    }

    /// The stream ended: nothing may be left.
    pub fn finish(&self) -> Result<(), FrameError> {
        match (self.failed, self.held()) {
            (Some(error), _) => Err(error),
            (None, 0) => Ok(()),
            (None, have) => Err(FrameError::Unfinished { have }),
        }
    }

    /// Messages whose length is known before they come.
    fn counted(&mut self, input: &[u8]) -> Result<(usize, Option<Vec<u8>>), FrameError> {
        let mut used = 0;
        while self.wanted.is_none() {
            let Some(&byte) = input.get(used) else { return Ok((used, None)) };
            used += 1;
            self.header.push(byte);
            if let Some(length) = self.length()? {
                let fits = usize::try_from(length).ok().filter(|n| *n <= self.limit);
                self.wanted = Some(fits.ok_or(FrameError::TooLong { length, limit: self.limit })?);
            }
        }
        let missing = self.wanted.unwrap_or(0) - self.body.len();
        let rest = input.get(used..).unwrap_or(&[]);
        let piece = rest.get(..missing).unwrap_or(rest);
        append(&mut self.body, piece, self.wanted.unwrap_or(0));
        used += piece.len();
        if piece.len() < missing {
            return Ok((used, None));
        }
        if !matches!(self.codec, Codec::Fixed(_)) {
            self.wanted = None;
        }
        self.header.clear();
        Ok((used, Some(core::mem::take(&mut self.body))))
    }

    /// The length in the header, once all of it is there.
    fn length(&self) -> Result<Option<u64>, FrameError> {
        let fold = |all: u64, byte: &u8| (all << 8) | u64::from(*byte);
        match self.codec {
            Codec::Length(width, _) if self.header.len() < width.bytes() => Ok(None),
            Codec::Length(_, ByteOrder::Big) => Ok(Some(self.header.iter().fold(0, fold))),
            Codec::Length(_, ByteOrder::Little) => Ok(Some(self.header.iter().rev().fold(0, fold))),
            Codec::Varint => varint(&self.header),
            Codec::None | Codec::Delimiter(_) | Codec::Fixed(_) => Ok(None),
        }
    }
}

/// Adds to a message that will have at most so many bytes: room doubles as usual, but never beyond that.
fn append(body: &mut Vec<u8>, piece: &[u8], most: usize) {
    let needed = body.len() + piece.len();
    if needed > body.capacity() {
        let room = body.capacity().saturating_mul(2).min(most).max(needed);
        body.reserve_exact(room - body.len());
    }
    body.extend_from_slice(piece);
}

/// Byte by byte, so that a delimiter may be cut anywhere and the limit is met at the same byte whatever the cuts.
fn delimited(
    body: &mut Vec<u8>,
    end: &[u8],
    limit: usize,
    input: &[u8],
) -> Result<(usize, Option<Vec<u8>>), FrameError> {
    for (i, &byte) in input.iter().enumerate() {
        append(body, &[byte], limit.saturating_add(end.len()));
        if body.ends_with(end) {
            body.truncate(body.len() - end.len());
            if body.len() > limit {
                return Err(FrameError::TooLong { length: body.len() as u64, limit });
            }
            return Ok((i + 1, Some(core::mem::take(body))));
        }
        if body.len() >= limit.saturating_add(end.len()) {
            return Err(FrameError::TooLong { length: body.len() as u64, limit });
        }
    }
    Ok((input.len(), None))
}

/// A varint that may not be complete.
fn varint(bytes: &[u8]) -> Result<Option<u64>, FrameError> {
    let mut value: u64 = 0;
    for (i, byte) in bytes.iter().enumerate() {
        let group = u64::from(byte & 0x7f);
        if i >= VARINT_MAX || (i == VARINT_MAX - 1 && group > 1) {
            return Err(FrameError::BadVarint);
        }
        value |= group << (7 * i);
        if byte & 0x80 == 0 {
            return Ok(Some(value));
        }
    }
    if bytes.len() >= VARINT_MAX { Err(FrameError::BadVarint) } else { Ok(None) }
}

/// Writes a message as a codec wants it; `None` when its length has no room in the field, or it contains the delimiter.
pub fn encode(codec: &Codec, message: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(message.len() + VARINT_MAX);
    match codec {
        Codec::None => {}
        Codec::Delimiter(end) => {
            let with_end = [message, end.as_slice()].concat();
            let first = with_end.windows(end.len().max(1)).position(|w| w == end.as_slice());
            return (first == Some(message.len())).then_some(with_end);
        }
        Codec::Fixed(size) if *size != message.len() => return None,
        Codec::Fixed(_) => {}
        Codec::Length(width, order) => {
            let length = u32::try_from(message.len()).ok()?;
            let bytes = length.to_be_bytes();
            let (zeros, field) = bytes.split_at(4 - width.bytes());
            if zeros.iter().any(|b| *b != 0) {
                return None;
            }
            match order {
                ByteOrder::Big => out.extend_from_slice(field),
                ByteOrder::Little => out.extend(field.iter().rev()),
            }
        }
        Codec::Varint => {
            let mut left = message.len() as u64;
            while left >= 0x80 {
                out.push((left & 0x7f) as u8 | 0x80);
                left >>= 7;
            }
            out.push(left as u8);
        }
    }
    out.extend_from_slice(message);
    Some(out)
}
