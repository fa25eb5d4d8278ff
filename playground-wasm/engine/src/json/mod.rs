//! JSON as text that became values (RFC 8259). Numbers keep their digits, since nothing here is a float; readers, and not
//! this, say which fields make sense. A reader of our own because the usual one brings floats, typed decoding and its
//! errors: a tenth of what a browser would have to load.

pub mod fields;

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use crate::map::Map;

/// Objects and lists may stand in each other this deep.
const DEEPEST: u32 = 128;

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A text.
    String(String),
    /// A list.
    Array(Vec<Value>),
    /// An object; of a name that stands twice the last one counts.
    Object(Map<String, Value>),
}

/// A number as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number(String);

impl Number {
    /// If it is whole and not negative.
    pub fn as_u64(&self) -> Option<u64> {
        self.0.parse().ok()
    }

    /// If it is whole.
    pub fn as_i64(&self) -> Option<i64> {
        self.0.parse().ok()
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<u64> for Value {
    fn from(n: u64) -> Value {
        Value::Number(Number(n.to_string()))
    }
}

impl Value {
    /// Reads a whole text.
    pub fn parse(text: &str) -> Result<Value, BadJson> {
        let mut reader = Reader { text, at: 0 };
        let value = reader.value(0)?;
        reader.blanks();
        if reader.at < text.len() { Err(reader.bad("nothing may follow the value")) } else { Ok(value) }
    }

    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        if let Value::String(s) = self { Some(s) } else { None }
    }

    /// The number, if it is a whole one that is not negative.
    pub fn as_u64(&self) -> Option<u64> {
        if let Value::Number(n) = self { n.as_u64() } else { None }
    }

    /// The number, if it is a whole one.
    pub fn as_i64(&self) -> Option<i64> {
        if let Value::Number(n) = self { n.as_i64() } else { None }
    }

    /// Whether it is true, if it is true or false.
    pub fn as_bool(&self) -> Option<bool> {
        if let Value::Bool(b) = self { Some(*b) } else { None }
    }

    /// The list, if it is one.
    pub fn as_array(&self) -> Option<&Vec<Value>> {
        if let Value::Array(a) = self { Some(a) } else { None }
    }

    /// The object, if it is one.
    pub fn as_object(&self) -> Option<&Map<String, Value>> {
        if let Value::Object(o) = self { Some(o) } else { None }
    }

    /// A field of an object.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.as_object()?.get(name)
    }

    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        *self == Value::Null
    }
}

/// JSON without blanks.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Null => f.write_str("null"),
            Value::Bool(b) => f.write_str(if *b { "true" } else { "false" }),
            Value::Number(n) => f.write_str(&n.0),
            Value::String(s) => quote(s, f),
            Value::Array(list) => {
                for (i, value) in list.iter().enumerate() {
                    f.write_str(if i == 0 { "[" } else { "," })?;
                    value.fmt(f)?;
                }
                f.write_str(if list.is_empty() { "[]" } else { "]" })
            }
            Value::Object(map) => {
                for (i, (name, value)) in map.iter().enumerate() {
                    f.write_str(if i == 0 { "{" } else { "," })?;
                    quote(name, f)?;
                    f.write_str(":")?;
                    value.fmt(f)?;
                }
                f.write_str(if map.is_empty() { "{}" } else { "}" })
            }
        }
    }
}

fn quote(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("\"")?;
    for c in text.chars() {
        match c {
            '"' => f.write_str("\\\""),
            '\\' => f.write_str("\\\\"),
            '\0'..='\x1f' => write!(f, "\\u{:04x}", u32::from(c)),
            c => f.write_fmt(format_args!("{c}")),
        }?;
    }
    f.write_str("\"")
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

    /// `uXXXX`, and the second half of a pair if there is one.
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

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::ToString;

    use super::*;
    use crate::rng::Rng;

    /// Both readers agree: on what is JSON, and on what it says.
    fn same(text: &str) {
        let (ours, usual) = (Value::parse(text), serde_json::from_str::<serde_json::Value>(text));
        match (&ours, &usual) {
            (Ok(ours), Ok(usual)) => {
                let again: serde_json::Value = serde_json::from_str(&ours.to_string()).unwrap();
                assert_eq!(&again, usual, "{text}");
            }
            (Err(_), Err(_)) => {}
            // A number beyond a float is a number all the same.
            (Ok(_), Err(e)) if e.to_string().contains("out of range") => {}
            (_, _) => panic!("{text}: {ours:?}, {usual:?}"),
        }
    }

    const TEXTS: [&str; 22] = [
        r#"{"a": [1, -2.5, 1e9, 0], "b": {"c": null, "d": true}, "e": "x\n\"\\/\u00e9\ud83d\ude00"}"#,
        "[]",
        "{}",
        "[1,]",
        "{,}",
        "{\"a\":1,}",
        "01",
        "-",
        "1.",
        ".5",
        "1e",
        "\"\\ud83d\"",
        "\"\\udc00\"",
        "\"\\ud83dx\"",
        "\"\\q\"",
        "\"a\nb\"",
        "nul",
        "true false",
        "{\"a\" 1}",
        "{\"a\":1,\"a\":2}",
        "[1 2]",
        "",
    ];

    #[test]
    fn it_reads_what_the_usual_reader_reads() {
        TEXTS.iter().for_each(|text| same(text));
        same(&format!("{}1{}", "[".repeat(100), "]".repeat(100)));
        assert!(Value::parse(&"[".repeat(100_000)).is_err());
    }

    #[test]
    fn it_refuses_what_the_usual_reader_refuses() {
        let mut rng = Rng::new(8, 259);
        for _ in 0..20_000 {
            let mut text: Vec<u8> = TEXTS[rng.below(TEXTS.len() as u64) as usize].into();
            for _ in 0..1 + rng.below(3) {
                let at = rng.below(text.len() as u64 + 1) as usize;
                let byte = b"{}[]\",:\\u0123456789abe+-. \n\ttrfnl"[rng.below(33) as usize];
                if rng.below(2) == 0 {
                    text.insert(at, byte)
                } else if at < text.len() {
                    text[at] = byte
                }
            }
            if let Ok(text) = core::str::from_utf8(&text) {
                same(text);
            }
        }
    }

    #[test]
    fn many_names_are_no_burden() {
        let fields: Vec<String> = (0..200_000).rev().map(|n| format!("\"{n:06}\":{n}")).collect();
        let value = Value::parse(&format!("{{{}}}", fields.join(","))).unwrap();
        assert_eq!(value.as_object().unwrap().len(), 200_000);
        assert_eq!(value.get("000007").and_then(Value::as_u64), Some(7));
    }

    #[test]
    fn errors_say_where() {
        let bad = |text| Value::parse(text).unwrap_err().to_string();
        assert_eq!(bad("{\n  \"é\" 1}"), "not JSON: `:` is expected at line 2 column 7");
        assert_eq!(bad("[1] x"), "not JSON: nothing may follow the value at line 1 column 5");
        assert_eq!(bad("\"abc"), "not JSON: a text does not end at line 1 column 5");
    }
}
