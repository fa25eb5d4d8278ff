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
        self.0.push(Problem { path: path.to_owned(), line: line.max(1), what: what.into() });
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

/// The 1-based line of a byte offset.
pub fn line_of(text: &str, offset: usize) -> usize {
    let upto = offset.min(text.len());
    text.as_bytes()[..upto].iter().filter(|b| **b == b'\n').count() + 1
}
