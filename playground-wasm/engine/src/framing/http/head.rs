//! A head, and by which rule the body behind it ends.

use alloc::string::{String, ToString};

use super::lengths::Lengths;
use super::{BodyEnd, HttpError, Policy, Side};

const MOST_FIELDS: usize = 100;

/// The request that a response answers, as far as it decides where that ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    Head,
    Connect,
    Other,
}

impl Asked {
    pub(super) fn by(method: &str) -> Asked {
        match method {
            "HEAD" => Asked::Head,
            "CONNECT" => Asked::Connect,
            _ => Asked::Other,
        }
    }
}

/// What of a head counts for the framing.
pub(super) struct Head {
    side: Side,
    pub(super) status: u16,
    pub(super) method: String,
    /// A mistake in them counts only where they do.
    lengths: Result<Lengths, HttpError>,
}

impl Head {
    /// Folded lines are read in responses, as clients must, and refused in requests, as servers may (RFC 9112 section 5.2).
    pub(super) fn parse(side: Side, head: &[u8]) -> Result<Head, HttpError> {
        let bad = |error| match error {
            httparse::Error::TooManyHeaders => HttpError::TooManyFields { limit: MOST_FIELDS },
            _ => HttpError::BadHead,
        };
        let mut fields = [httparse::EMPTY_HEADER; MOST_FIELDS];
        let (status, method, fields) = match side {
            Side::Responses => {
                let mut response = httparse::Response::new(&mut fields);
                let mut config = httparse::ParserConfig::default();
                config.allow_obsolete_multiline_headers_in_responses(true);
                config.parse_response(&mut response, head).map_err(bad)?;
                (response.code.ok_or(HttpError::BadHead)?, "", response.headers)
            }
            Side::Requests => {
                let mut request = httparse::Request::new(&mut fields);
                request.parse(head).map_err(bad)?;
                (0, request.method.ok_or(HttpError::BadHead)?, request.headers)
            }
        };
        Ok(Head { side, status, method: method.to_string(), lengths: Lengths::of(fields) })
    }

    pub(super) fn has_both_lengths(&self) -> bool {
        self.lengths.as_ref().is_ok_and(|l| l.transfer && l.length.is_some())
    }

    /// RFC 9112 section 6.3, in its order.
    pub(super) fn body_end(&self, policy: Policy, asked: Asked) -> Result<BodyEnd, HttpError> {
        if self.side == Side::Responses {
            // Switching protocols ends HTTP on this connection (RFC 9110 section 15.2.2).
            if self.status == 101 || (asked == Asked::Connect && (200..300).contains(&self.status)) {
                return Ok(BodyEnd::Tunnel);
            }
            let bodiless = asked == Asked::Head || matches!(self.status, 100..200 | 204 | 304);
            let silent = self.lengths.as_ref().is_ok_and(|l| !l.transfer && l.length.is_none());
            if bodiless && (policy == Policy::Rfc || silent) {
                return Ok(BodyEnd::NoBody);
            }
        }
        let lengths = self.lengths.as_ref().map_err(|error| *error)?;
        match (lengths.transfer, lengths.chunked_last, lengths.length, self.side) {
            (true, true, ..) => Ok(BodyEnd::Chunked),
            (true, false, _, Side::Responses) => Ok(BodyEnd::Close),
            (true, false, _, Side::Requests) => Err(HttpError::BadTransferEncoding),
            (false, _, Some(length), _) => Ok(BodyEnd::Length(length)),
            (false, _, None, Side::Requests) => Ok(BodyEnd::NoBody),
            (false, _, None, Side::Responses) => Ok(BodyEnd::Close),
        }
    }
}
