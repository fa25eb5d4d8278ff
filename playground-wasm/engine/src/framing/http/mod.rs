//! Where an HTTP/1.1 message ends (RFC 9112 section 6.3), for a client that follows the rules and for the common one that
//! trusts Content-Length whatever the status is: that one waits for the body of a 204 that never comes.
//!
//! Heads are parsed by `httparse`; bodies are read byte for byte, so that any cut gives the same messages. Left out: HTTP/1.0.

mod head;
mod lengths;
mod reader;
#[cfg(test)]
mod tests;

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

pub use reader::Reader;

/// A head may be this long; servers allow 8 to 64 KiB.
pub const MOST_HEAD: usize = 64 * 1024;

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
    /// There is none, and what follows is another protocol: 101, or 2xx to CONNECT.
    Tunnel,
}

impl BodyEnd {
    /// Its name, with the length if that is the rule.
    pub fn name(self) -> String {
        String::from(match self {
            BodyEnd::NoBody => "NoBody",
            BodyEnd::Length(length) => return alloc::format!("Length({length})"),
            BodyEnd::Chunked => "Chunked",
            BodyEnd::Close => "Close",
            BodyEnd::Tunnel => "Tunnel",
        })
    }
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
    /// A head of more fields than are read.
    TooManyFields {
        /// The limit.
        limit: usize,
    },
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
    /// The connection ended inside a head.
    UnfinishedHead {
        /// Bytes of it that came.
        have: usize,
    },
    /// The connection ended behind a head, before the end of its body.
    Unfinished {
        /// Bytes of content that came.
        have: usize,
    },
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HttpError::BadHead => f.write_str("no HTTP/1.1 head where one should begin"),
            HttpError::HeadTooLong => f.write_str("a head or trailer line of more than 64 KiB"),
            HttpError::TooManyFields { limit } => write!(f, "a head of more than {limit} fields"),
            HttpError::BadLength => f.write_str("a Content-Length that is no number, or several that differ"),
            HttpError::BadTransferEncoding => f.write_str("a request whose Transfer-Encoding does not end in chunked"),
            HttpError::BadChunk => f.write_str("no chunk where one should begin: hexadecimal size, CRLF, data, CRLF"),
            HttpError::TooLong { limit } => write!(f, "a body beyond the limit of {limit} bytes"),
            HttpError::UnfinishedHead { have } => write!(f, "the connection ended {have} bytes into a head"),
            HttpError::Unfinished { have } => {
                write!(f, "the connection ended {have} bytes into a body that was to go on")
            }
        }
    }
}
