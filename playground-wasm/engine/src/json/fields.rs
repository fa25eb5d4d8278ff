//! Inputs read field by field. Every complaint names the path of its field (`files.hosts`, `dns.rules[2]`), and what is
//! left of an object at the end is unknown. Reading goes on behind what is wrong, as if it said something usual, and the
//! first complaint is what comes out: code that stopped at each field would be twice as long for the same answer.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cell::OnceCell;
use core::fmt;

use super::Value;
use crate::text::join;

/// What is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadField {
    /// `dns.rules[2].action`.
    pub field: String,
    /// What was expected, or why it cannot be.
    pub reason: String,
}

impl fmt::Display for BadField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.reason)
    }
}

impl core::error::Error for BadField {}

/// The first complaint about an input.
struct Complaint {
    /// What the input as a whole is called.
    input: &'static str,
    first: OnceCell<BadField>,
}

/// Reads a text, which as a whole is called `input`.
pub fn read<T>(input: &'static str, text: &str, how: impl FnOnce(&Node) -> T) -> Result<T, BadField> {
    match Value::parse(text) {
        Ok(value) => read_value(input, &value, how),
        Err(bad) => Err(BadField { field: input.into(), reason: bad.to_string() }),
    }
}

/// Reads a value, which as a whole is called `input`.
pub fn read_value<T>(input: &'static str, value: &Value, how: impl FnOnce(&Node) -> T) -> Result<T, BadField> {
    let complaint = Complaint { input, first: OnceCell::new() };
    let read = how(&Node { path: String::new(), value, complaint: &complaint });
    complaint.first.into_inner().map_or(Ok(read), Err)
}

/// A value that knows its path.
pub struct Node<'a> {
    path: String,
    /// What stands there.
    pub value: &'a Value,
    complaint: &'a Complaint,
}

impl<'a> Node<'a> {
    /// Complains.
    pub fn refuse(&self, reason: &str) {
        let field = if self.path.is_empty() { self.complaint.input } else { &self.path };
        // Of several complaints the first counts.
        let _ = self.complaint.first.set(BadField { field: field.into(), reason: reason.into() });
    }

    /// A text.
    pub fn text(&self) -> &'a str {
        self.value.as_str().unwrap_or_else(|| {
            self.refuse("a text is expected");
            ""
        })
    }

    /// A whole number in a range.
    pub fn whole(&self, least: i64, most: i64) -> i64 {
        self.value.as_i64().filter(|n| (least..=most).contains(n)).unwrap_or_else(|| {
            self.refuse(&format!("a whole number from {least} to {most} is expected"));
            least
        })
    }

    /// True or false.
    pub fn flag(&self) -> bool {
        self.value.as_bool().unwrap_or_else(|| {
            self.refuse("true or false is expected");
            false
        })
    }

    /// What one of some words means; if it is none of them, what the first means.
    pub fn word<T: Copy>(&self, words: &[(&str, T)]) -> T {
        let said = self.value.as_str();
        match words.iter().find(|word| Some(word.0) == said) {
            Some(word) => word.1,
            None => {
                self.refuse(&any_of(words.iter().map(|word| word.0).collect()));
                words[0].1
            }
        }
    }

    /// What a list holds.
    pub fn list(&self) -> Items<'a> {
        let items = match self.value {
            Value::Array(items) => items.as_slice(),
            _ => {
                self.refuse("a list is expected");
                &[]
            }
        };
        Items { path: self.path.clone(), items, next: 0, complaint: self.complaint }
    }

    /// The fields of an object. Null is as good as nothing.
    pub fn fields(&self) -> Fields<'a> {
        let mut left = Vec::new();
        match self.value {
            Value::Object(map) => {
                for (name, value) in map {
                    if !value.is_null() {
                        left.push((name.as_str(), value));
                    }
                }
            }
            _ => self.refuse("an object is expected"),
        }
        left.reverse();
        Fields { path: self.path.clone(), left, complaint: self.complaint }
    }
}

/// `any, 4 or 6 is expected`.
fn any_of(mut words: Vec<&str>) -> String {
    let last = words.pop().unwrap_or("");
    if words.is_empty() {
        format!("{last} is expected")
    } else {
        format!("{} or {last} is expected", join(&words, ", "))
    }
}

/// What a list holds, one after another.
pub struct Items<'a> {
    path: String,
    items: &'a [Value],
    next: usize,
    complaint: &'a Complaint,
}

impl<'a> Iterator for Items<'a> {
    type Item = Node<'a>;

    fn next(&mut self) -> Option<Node<'a>> {
        let value = self.items.get(self.next)?;
        let path = format!("{}[{}]", self.path, self.next);
        self.next += 1;
        Some(Node { path, value, complaint: self.complaint })
    }
}

/// The fields of an object, taken one by one.
pub struct Fields<'a> {
    path: String,
    /// Last things first, so that the first one is quickly taken.
    left: Vec<(&'a str, &'a Value)>,
    complaint: &'a Complaint,
}

impl<'a> Fields<'a> {
    /// A field, whether it is there or not.
    fn node(&self, name: &str, value: &'a Value) -> Node<'a> {
        let path = if self.path.is_empty() { name.into() } else { format!("{}.{name}", self.path) };
        Node { path, value, complaint: self.complaint }
    }

    /// Complains about a field.
    pub fn refuse(&self, name: &str, reason: &str) {
        self.node(name, &Value::Null).refuse(reason);
    }

    /// Whether a field is there, and not taken yet.
    pub fn has(&self, name: &str) -> bool {
        self.left.iter().any(|field| field.0 == name)
    }

    /// Takes a field.
    pub fn take(&mut self, name: &str) -> Option<Node<'a>> {
        let place = self.left.iter().position(|field| field.0 == name)?;
        let value = self.left.remove(place).1;
        Some(self.node(name, value))
    }

    /// Takes a field that has to be there.
    pub fn need(&mut self, name: &str) -> Node<'a> {
        self.take(name).unwrap_or_else(|| {
            let node = self.node(name, &Value::Null);
            node.refuse("is missing");
            node
        })
    }

    /// A text.
    pub fn text(&mut self, name: &str) -> Option<&'a str> {
        self.take(name).map(|node| node.text())
    }

    /// A whole number in a range.
    pub fn whole(&mut self, name: &str, least: i64, most: i64) -> Option<i64> {
        self.take(name).map(|node| node.whole(least, most))
    }

    /// True or false; absent is false.
    pub fn flag(&mut self, name: &str) -> bool {
        self.take(name).is_some_and(|node| node.flag())
    }

    /// What a list holds; absent is empty.
    pub fn list(&mut self, name: &str) -> Items<'a> {
        match self.take(name) {
            Some(node) => node.list(),
            None => Items { path: String::new(), items: &[], next: 0, complaint: self.complaint },
        }
    }

    /// The fields of an object; absent is empty.
    pub fn object(&mut self, name: &str) -> Fields<'a> {
        match self.take(name) {
            Some(node) => node.fields(),
            None => Fields { path: String::new(), left: Vec::new(), complaint: self.complaint },
        }
    }

    /// Takes the first field: for objects whose names are data.
    pub fn pop(&mut self) -> Option<(&'a str, Node<'a>)> {
        let (name, value) = self.left.pop()?;
        Some((name, self.node(name, value)))
    }

    /// The end: nothing may be left.
    pub fn finish(&self) {
        if let Some((name, _)) = self.left.last() {
            self.refuse(name, "unknown field");
        }
    }
}
