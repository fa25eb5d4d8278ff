//! How codecs and handlers are written on a command line, in a link, in a scenario.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use super::reader::Handler;
use super::{ByteOrder, Codec, Width};

/// What is expected in place of what was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Misspelt(pub &'static str);

impl fmt::Display for Misspelt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is expected", self.0)
    }
}

impl core::error::Error for Misspelt {}

const CODECS: Misspelt = Misspelt("none, line, crlf, delimiter=HEX, fixed=N, u8, u16be, u16le, u32be, u32le or varint");

/// `none`, `line`, `crlf`, `delimiter=0d0a`, `fixed=8`, `u8`, `u16be`, `u16le`, `u32be`, `u32le`, `varint`.
impl FromStr for Codec {
    type Err = Misspelt;

    fn from_str(text: &str) -> Result<Codec, Misspelt> {
        Ok(match text {
            "none" => Codec::None,
            "line" => Codec::Delimiter(b"\n".to_vec()),
            "crlf" => Codec::Delimiter(b"\r\n".to_vec()),
            "u8" => Codec::Length(Width::One, ByteOrder::Big),
            "u16be" => Codec::Length(Width::Two, ByteOrder::Big),
            "u16le" => Codec::Length(Width::Two, ByteOrder::Little),
            "u32be" => Codec::Length(Width::Four, ByteOrder::Big),
            "u32le" => Codec::Length(Width::Four, ByteOrder::Little),
            "varint" => Codec::Varint,
            _ => match text.split_once('=') {
                Some(("delimiter", hex)) => Codec::Delimiter(unhex(hex)?),
                Some(("fixed", n)) => Codec::Fixed(n.parse().map_err(|_| Misspelt("fixed=N with a number"))?),
                _ => return Err(CODECS),
            },
        })
    }
}

/// `loop`, `once`, `naive`.
impl FromStr for Handler {
    type Err = Misspelt;

    fn from_str(text: &str) -> Result<Handler, Misspelt> {
        match text {
            "loop" => Ok(Handler::Loop),
            "once" => Ok(Handler::Once),
            "naive" => Ok(Handler::Naive),
            _ => Err(Misspelt("loop, once or naive")),
        }
    }
}

/// Bytes from pairs of hexadecimal digits; blanks between them are skipped.
pub fn unhex(text: &str) -> Result<Vec<u8>, Misspelt> {
    let expected = Misspelt("a pair of hexadecimal digits for each byte");
    let digits: Option<Vec<u8>> =
        text.chars().filter(|c| !c.is_whitespace()).map(|c| Some(c.to_digit(16)? as u8)).collect();
    let digits = digits.filter(|d| d.len() % 2 == 0).ok_or(expected)?;
    Ok(digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

/// The same bytes as digits.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |n: u8| char::from(b"0123456789abcdef"[usize::from(n & 15)]);
    bytes.iter().flat_map(|b| [digit(b >> 4), digit(*b)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codecs_by_name() {
        assert_eq!("crlf".parse(), Ok(Codec::Delimiter(b"\r\n".to_vec())));
        assert_eq!("delimiter=7C 7c".parse(), Ok(Codec::Delimiter(b"||".to_vec())));
        assert_eq!("u16le".parse(), Ok(Codec::Length(Width::Two, ByteOrder::Little)));
        for bad in ["delimiter=7", "delimiter=zz", "fixed=", "fixed=-1", "u64be", ""] {
            assert!(bad.parse::<Codec>().is_err(), "{bad}");
        }
    }

    #[test]
    fn digits_and_back() {
        let bytes: Vec<u8> = (0..=255).collect();
        assert_eq!(unhex(&hex(&bytes)), Ok(bytes));
        assert_eq!(unhex(" 0a\n0B "), Ok(b"\n\x0b".to_vec()));
    }
}
