//! Findings about content files: each says where, what is wrong and what to do. All are collected, none stops the rest.

use std::fmt;

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Path from the content folder.
    pub path: String,
    /// Line, from 1.
    pub line: usize,
    /// What is wrong, and after a comma or semicolon what to do.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.what)
    }
}

/// The findings of one load.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Notes a finding.
    pub fn add(&mut self, path: &str, line: usize, what: impl Into<String>) {
        self.0.push(Problem { path: on_one_line(path.to_owned()), line: line.max(1), what: on_one_line(what.into()) });
    }

    /// Takes over the findings of a part.
    pub fn absorb(&mut self, other: Problems) {
        self.0.extend(other.0);
    }

    /// Sorted by place, without repetitions.
    pub fn sorted(mut self) -> Vec<Problem> {
        self.0.sort();
        self.0.dedup();
        self.0
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A finding is one line on a terminal, whatever stands in the file it quotes.
fn on_one_line(text: String) -> String {
    if !text.contains(char::is_control) {
        return text;
    }
    let shown = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(shown).collect()
}

/// Where the lines of a text end, to tell the lines of many offsets.
pub struct Lines(Vec<usize>);

impl Lines {
    /// Looks through a text once.
    pub fn of(text: &str) -> Lines {
        Lines(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(at, _)| at).collect())
    }

    /// The 1-based line of a byte offset.
    pub fn at(&self, offset: usize) -> usize {
        self.0.partition_point(|end| *end < offset) + 1
    }
}

/// The 1-based line of a byte offset.
pub fn line_of(text: &str, offset: usize) -> usize {
    let upto = offset.min(text.len());
    text.as_bytes()[..upto].iter().filter(|b| **b == b'\n').count() + 1
}
