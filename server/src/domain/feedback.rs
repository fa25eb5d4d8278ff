//! "Was this it?": what a reader answers at the end of a case. No identity, no address.

use super::case::Slug;
use super::lang::Lang;

/// The longest line a reader may leave, in characters.
pub const LONGEST_LINE: usize = 500;

/// Did the case match what the reader saw?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Yes.
    Yes,
    /// No.
    No,
}

impl Answer {
    /// The word used in the form and in the database.
    pub fn code(self) -> &'static str {
        match self {
            Answer::Yes => "yes",
            Answer::No => "no",
        }
    }

    /// Reads the word used in the form and in the database.
    pub fn from_code(code: &str) -> Option<Answer> {
        match code {
            "yes" => Some(Answer::Yes),
            "no" => Some(Answer::No),
            _ => None,
        }
    }
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feedback {
    /// Which case.
    pub case: Slug,
    /// In which language it was read.
    pub lang: Lang,
    /// Yes or no.
    pub answer: Answer,
    /// What the reader added; may be empty.
    pub line: String,
    /// Seconds since the Unix epoch.
    pub at: i64,
}

/// Cleans what was typed into the line: control characters become spaces, ends are trimmed,
/// and what is longer than [`LONGEST_LINE`] is refused with its length.
pub fn tidy_line(typed: &str) -> Result<String, usize> {
    let line: String = typed.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let line = line.trim();
    match line.chars().count() {
        n if n > LONGEST_LINE => Err(n),
        _ => Ok(line.to_owned()),
    }
}
