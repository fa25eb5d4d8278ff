//! Objects read field by field: every complaint names the path of its field (`files.hosts`, `dns.rules[2]`), and what is
//! left at the end is unknown.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use core::fmt;

use super::Value;
use crate::map::Map;

/// What is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadField {
    /// `dns.rules[2].action`.
    pub path: String,
    /// What was expected.
    pub expected: String,
}

impl fmt::Display for BadField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.expected)
    }
}

/// What reading gives. Boxed, because nearly every line passes it on.
pub type Read<T> = Result<T, Box<BadField>>;

/// A JSON object that knows its path; fields are taken out, and what is left at the end is unknown.
pub struct Fields<'a> {
    path: String,
    left: Map<&'a str, &'a Value>,
}

/// A complaint.
pub fn bad<T>(path: &str, expected: &str) -> Read<T> {
    let path = if path.is_empty() { "the input".into() } else { path.into() };
    Err(Box::new(BadField { path, expected: expected.into() }))
}

impl<'a> Fields<'a> {
    /// An object under a path (empty for the whole input).
    pub fn of(value: &'a Value, path: &str) -> Read<Fields<'a>> {
        match value.as_object() {
            Some(map) => Ok(Fields::from_map(map, path)),
            None => bad(path, "an object is expected"),
        }
    }

    fn from_map(map: &'a Map<String, Value>, path: &str) -> Fields<'a> {
        let mut left = Map::new();
        for (key, value) in map {
            left.insert(key.as_str(), value);
        }
        Fields { path: path.into(), left }
    }

    /// The path of a field.
    pub fn path(&self, key: &str) -> String {
        if self.path.is_empty() { key.into() } else { format!("{}.{key}", self.path) }
    }

    /// Takes a field; absent and null are the same.
    pub fn take(&mut self, key: &str) -> Option<&'a Value> {
        self.left.remove(key).filter(|v| !v.is_null())
    }

    /// A text, if it is there.
    pub fn text(&mut self, key: &str) -> Read<Option<&'a str>> {
        match self.take(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => bad(&self.path(key), "a text is expected"),
        }
    }

    /// A whole number in a range; it has to be there.
    pub fn number(&mut self, key: &str, least: u64, most: u64) -> Read<u64> {
        match self.take(key).and_then(Value::as_u64) {
            Some(n) if (least..=most).contains(&n) => Ok(n),
            Some(_) | None => bad(&self.path(key), &format!("a whole number from {least} to {most} is expected")),
        }
    }

    /// True or false; absent is false.
    pub fn flag(&mut self, key: &str) -> Read<bool> {
        match self.take(key) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) => bad(&self.path(key), "true or false is expected"),
        }
    }

    /// A list; absent is empty.
    pub fn list(&mut self, key: &str) -> Read<&'a [Value]> {
        match self.take(key) {
            None => Ok(&[]),
            Some(Value::Array(list)) => Ok(list),
            Some(_) => bad(&self.path(key), "a list is expected"),
        }
    }

    /// An object; absent is empty.
    pub fn object(&mut self, key: &str) -> Read<Fields<'a>> {
        let path = self.path(key);
        match self.take(key) {
            None => Ok(Fields { path, left: Map::new() }),
            Some(value) => Fields::of(value, &path),
        }
    }

    /// A map of texts.
    pub fn texts(&mut self, key: &str) -> Read<Map<String, String>> {
        let object = self.object(key)?;
        let mut out = Map::new();
        for (name, value) in &object.left {
            match value.as_str() {
                Some(text) => out.insert(name.to_string(), text.to_string()),
                None => return bad(&object.path(name), "a text is expected"),
            };
        }
        Ok(out)
    }

    /// All that is left, when names are data.
    pub fn rest(&self) -> impl Iterator<Item = (&'a str, &'a Value)> + '_ {
        self.left.iter().map(|(key, value)| (*key, *value))
    }

    /// The end: nothing may be left.
    pub fn finish(self) -> Read<()> {
        match self.left.keys().next() {
            None => Ok(()),
            Some(key) => bad(&self.path(key), "unknown field"),
        }
    }
}
