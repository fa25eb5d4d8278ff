//! JSON as text that became values (RFC 8259). Numbers keep their digits, since nothing here is a float; readers, and not
//! this, say which fields make sense. A reader of our own because the usual one brings floats, typed decoding and its
//! errors: a tenth of what a browser would have to load.

pub mod fields;
mod reader;
pub mod write;

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use crate::map::Map;

pub use reader::BadJson;
pub use write::Json;

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
        reader::read(text)
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

    fn write(&self, out: &mut Json) {
        match self {
            Value::Null => out.null(""),
            Value::Bool(flag) => out.flag("", *flag),
            Value::Number(n) => out.word("", &n.0),
            Value::String(text) => out.text("", text),
            Value::Array(list) => {
                out.open("", '[');
                list.iter().for_each(|value| value.write(out));
                out.close(']')
            }
            Value::Object(map) => {
                out.open("", '{');
                for (name, value) in map {
                    out.name(name);
                    value.write(out);
                }
                out.close('}')
            }
        };
    }

    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        *self == Value::Null
    }
}

/// JSON without blanks.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = Json::default();
        self.write(&mut out);
        f.write_str(&out.0)
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
