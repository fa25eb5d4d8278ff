//! From text to values, byte by byte.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::{Number, Value};

/// Objects and lists may stand in each other this deep.
const DEEPEST: u32 = 128;

/// Reads a whole text.
pub(super) fn read(text: &str) -> Result<Value, BadJson> {
    let mut reader = Reader { text, at: 0 };
    let value = reader.value(0)?;
    reader.blanks();
    if reader.at < text.len() { Err(reader.bad("nothing may follow the value")) } else { Ok(value) }
}

/// Where a text stops being JSON, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadJson {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub what: &'static str,
}

impl fmt::Display for BadJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not JSON: {} at line {} column {}", self.what, self.line, self.column)
    }
}

impl core::error::Error for BadJson {}

struct Reader<'a> {
    text: &'a str,
    /// In bytes.
    at: usize,
}

impl Reader<'_> {
    fn bad(&self, what: &'static str) -> BadJson {
        let before = self.text.get(..self.at).unwrap_or(self.text);
        let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or(before).chars().count() + 1;
        BadJson { line, column, what }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Skips blanks and takes a byte if it is the next.
    fn takes(&mut self, byte: u8) -> bool {
        self.blanks();
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    fn value(&mut self, depth: u32) -> Result<Value, BadJson> {
        if depth > DEEPEST {
            return Err(self.bad("too deep"));
        }
        self.blanks();
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.list(depth),
            Some(b'"') => self.string().map(Value::String),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(_) => self.word(),
            None => Err(self.bad("a value is missing")),
        }
    }

    fn word(&mut self) -> Result<Value, BadJson> {
        let rest = self.text.get(self.at..).unwrap_or("");
        let words = [("true", Value::Bool(true)), ("false", Value::Bool(false)), ("null", Value::Null)];
        match words.into_iter().find(|(word, _)| rest.starts_with(word)) {
            Some((word, value)) => {
                self.at += word.len();
                Ok(value)
            }
            None => Err(self.bad("a value is expected")),
        }
    }

    fn object(&mut self, depth: u32) -> Result<Value, BadJson> {
        self.at += 1;
        let mut fields = Vec::new();
        while !self.takes(b'}') {
            if !fields.is_empty() && !self.takes(b',') {
                return Err(self.bad("`,` or `}` is expected"));
            }
            self.blanks();
            if self.peek() != Some(b'"') {
                return Err(self.bad("a name in quotes is expected"));
            }
            let name = self.string()?;
            if !self.takes(b':') {
                return Err(self.bad("`:` is expected"));
            }
            fields.push((name, self.value(depth + 1)?));
        }
        // Sorted once: names may come by the thousand.
        Ok(Value::Object(fields.into_iter().collect()))
    }

    fn list(&mut self, depth: u32) -> Result<Value, BadJson> {
        self.at += 1;
        let mut list = Vec::new();
        while !self.takes(b']') {
            if !list.is_empty() && !self.takes(b',') {
                return Err(self.bad("`,` or `]` is expected"));
            }
            list.push(self.value(depth + 1)?);
        }
        Ok(Value::Array(list))
    }

    fn digits(&mut self) -> Result<(), BadJson> {
        let from = self.at;
        while self.peek().is_some_and(|b| b.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == from { Err(self.bad("a digit is expected")) } else { Ok(()) }
    }

    fn number(&mut self) -> Result<Value, BadJson> {
        let from = self.at;
        self.at += usize::from(self.peek() == Some(b'-'));
        let whole = self.at;
        self.digits()?;
        if self.at > whole + 1 && self.text.as_bytes().get(whole) == Some(&b'0') {
            self.at = whole;
            return Err(self.bad("a number does not begin with 0"));
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            self.digits()?;
        }
        Ok(Value::Number(Number(self.text.get(from..self.at).unwrap_or("").into())))
    }

    fn string(&mut self) -> Result<String, BadJson> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let rest = self.text.get(self.at..).unwrap_or("");
            let plain = rest.find(|c| c == '"' || c == '\\' || c < ' ').unwrap_or(rest.len());
            out.push_str(rest.get(..plain).unwrap_or(""));
            self.at += plain;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => out.push(self.escape()?),
                Some(_) => return Err(self.bad("a control character stands in a text")),
                None => return Err(self.bad("a text does not end")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, BadJson> {
        self.at += 1;
        let c = match self.peek() {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\x08',
            Some(b'f') => '\x0c',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(),
            _ => return Err(self.bad("no such escape")),
        };
        self.at += 1;
        Ok(c)
    }

    /// `u` and four digits, and the second half of a pair if there is one.
    fn unicode(&mut self) -> Result<char, BadJson> {
        let first = self.four()?;
        if !(0xd800..0xdc00).contains(&first) {
            return char::from_u32(first).ok_or_else(|| self.bad("half of a surrogate pair"));
        }
        let pair = self.peek() == Some(b'\\') && self.text.as_bytes().get(self.at + 1) == Some(&b'u');
        self.at += usize::from(pair);
        let second = if pair { self.four()? } else { 0 };
        let low = second.wrapping_sub(0xdc00);
        let whole = if low < 0x400 { char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + low) } else { None };
        whole.ok_or_else(|| self.bad("half of a surrogate pair"))
    }

    fn four(&mut self) -> Result<u32, BadJson> {
        let digits = self.text.get(self.at + 1..self.at + 5).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
        let n =
            digits.and_then(|d| u32::from_str_radix(d, 16).ok()).ok_or_else(|| self.bad("four digits are expected"))?;
        self.at += 5;
        Ok(n)
    }
}
