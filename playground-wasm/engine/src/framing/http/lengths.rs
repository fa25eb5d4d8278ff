//! Content-Length and Transfer-Encoding of a head.

use super::HttpError;

/// The fields that say where a body ends.
pub(super) struct Lengths {
    pub(super) length: Option<u64>,
    pub(super) transfer: bool,
    pub(super) chunked_last: bool,
}

impl Lengths {
    pub(super) fn of(fields: &[httparse::Header<'_>]) -> Result<Lengths, HttpError> {
        let mut out = Lengths { length: None, transfer: false, chunked_last: false };
        for field in fields {
            if field.name.eq_ignore_ascii_case("transfer-encoding") {
                out.transfer = true;
                // Empty elements of a list do not count (RFC 9110 section 5.6.1).
                let mut codings = field.value.split(|&b| b == b',').map(<[u8]>::trim_ascii).filter(|c| !c.is_empty());
                if let Some(last) = codings.next_back() {
                    out.chunked_last = last.eq_ignore_ascii_case(b"chunked");
                }
            } else if field.name.eq_ignore_ascii_case("content-length") {
                // The same number several times is one (RFC 9110 section 8.6).
                for part in field.value.split(|&b| b == b',') {
                    let part = part.trim_ascii();
                    let digits = !part.is_empty() && part.iter().all(u8::is_ascii_digit);
                    let text = core::str::from_utf8(part).map_err(|_| HttpError::BadLength)?;
                    let number = if digits { text.parse().ok() } else { None }.ok_or(HttpError::BadLength)?;
                    if out.length.is_some_and(|before| before != number) {
                        return Err(HttpError::BadLength);
                    }
                    out.length = Some(number);
                }
            }
        }
        Ok(out)
    }
}
