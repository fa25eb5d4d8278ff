//! Words, identifiers and Han bigrams: one function for index and query, so that the two can never disagree.
//! Identifiers fold: `FIN-WAIT-2`, `fin_wait2`, `FinWait2` and `fin wait 2` share their joined token.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;

use rust_stemmers::{Algorithm, Stemmer};
use unicode_normalization::UnicodeNormalization;

/// A token and how much it tells.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Token {
    /// The folded text.
    pub text: String,
    /// What it was made from.
    pub kind: Kind,
}

/// What a token was made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A stemmed Latin word.
    Word,
    /// Two to four neighbouring parts joined.
    Join,
    /// Two neighbouring Han characters, or one that stands alone.
    Han,
    /// Digits only.
    Number,
}

/// Words that say nothing by themselves.
const STOP_WORDS: &[&str] = &[
    "a", "an", "and", "are", "as", "at", "be", "but", "by", "do", "does", "for", "from", "has", "have", "how", "i",
    "if", "in", "is", "it", "its", "my", "of", "on", "or", "so", "that", "the", "then", "there", "this", "to", "was",
    "we", "what", "when", "which", "why", "with", "you",
];

/// The longest run of parts that is joined into one token.
const LONGEST_JOIN: usize = 4;

/// Analyses what someone typed, or a short text: neighbouring words are joined too, since `fin wait 2` may mean one thing.
pub fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    each_token(text, |c| matches!(c, ' ' | '-' | '_'), &mut |text, kind| {
        found.push(Token { text: text.to_owned(), kind });
    });
    found
}

/// The tokens of a short text with spaces between them, for the index.
pub fn joined_tokens(text: &str) -> String {
    spaced(text, |c| matches!(c, ' ' | '-' | '_'))
}

/// The tokens of prose with spaces between them, for the index: identifiers are joined, words with spaces between them
/// are not. A query's joins still find the identifiers, and an index of prose stays a third of the size.
pub fn joined_tokens_of_prose(text: &str) -> String {
    spaced(text, |c| matches!(c, '-' | '_'))
}

fn spaced(text: &str, joins: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    each_token(text, joins, &mut |token, _| {
        out.push_str(token);
        out.push(' ');
    });
    out
}

/// NFKC of a line. Ours are mostly ASCII, Han and full-width forms, which need no tables; anything else takes the long way.
fn folded(text: &str) -> Cow<'_, str> {
    let plain = |c: char| {
        c.is_ascii() || matches!(c, '\u{4e00}'..='\u{9fff}' | '\u{3001}' | '\u{3002}' | '\u{2013}'..='\u{201d}')
    };
    let full_width = |c: char| matches!(c, '\u{ff01}'..='\u{ff5e}');
    if text.chars().all(plain) {
        Cow::Borrowed(text)
    } else if text.chars().all(|c| plain(c) || full_width(c)) {
        // U+FF01 to U+FF5E are ASCII's ! to ~ in the same order.
        let narrow = |c: char| if full_width(c) { char::from((c as u32 - 0xff01) as u8 + b'!') } else { c };
        Cow::Owned(text.chars().map(narrow).collect())
    } else {
        Cow::Owned(text.nfkc().collect())
    }
}

fn each_token(text: &str, joins: impl Fn(char) -> bool, found: &mut impl FnMut(&str, Kind)) {
    let mut parts: Vec<String> = Vec::new();
    let mut han: Vec<char> = Vec::new();
    let mut last: Option<char> = None;
    let mut part = String::new();
    let lines: Vec<Cow<'_, str>> = text.split_inclusive('\n').map(folded).collect();
    for c in lines.iter().flat_map(|line| line.chars()) {
        if is_han(c) {
            end_part(&mut part, &mut parts);
            end_parts(&mut parts, found);
            han.push(c);
        } else if c.is_alphanumeric() {
            end_han(&mut han, found);
            let camel = last.is_some_and(|l| l.is_lowercase() && c.is_uppercase());
            let edge = last.is_some_and(|l| l.is_ascii_digit() != c.is_ascii_digit() && l.is_alphanumeric());
            if camel || edge {
                end_part(&mut part, &mut parts);
            }
            part.extend(c.to_lowercase());
        } else {
            end_han(&mut han, found);
            end_part(&mut part, &mut parts);
            // Joins run over one such character, not over what ends a phrase.
            if !joins(c) || last == Some(' ') && c == ' ' {
                end_parts(&mut parts, found);
            }
        }
        last = Some(c);
    }
    end_part(&mut part, &mut parts);
    end_parts(&mut parts, found);
    end_han(&mut han, found);
}

fn end_part(part: &mut String, parts: &mut Vec<String>) {
    if !part.is_empty() {
        parts.push(std::mem::take(part));
    }
}

fn end_parts(parts: &mut Vec<String>, found: &mut impl FnMut(&str, Kind)) {
    for (at, part) in parts.iter().enumerate() {
        if part.bytes().all(|b| b.is_ascii_digit()) {
            found(part, Kind::Number);
        } else if part.len() > 1 {
            with_stem(part, |stem| found(stem, Kind::Word));
        }
        let mut joined = part.clone();
        for next in parts[at + 1..].iter().take(LONGEST_JOIN - 1) {
            joined.push_str(next);
            found(&joined, Kind::Join);
        }
    }
    parts.clear();
}

/// As many stems are remembered by a thread: the words of one language of one trade are fewer.
const MOST_STEMS: usize = 20_000;

thread_local! {
    /// The same words come again and again; a stem takes ten times as long to find as to look up.
    static STEMS: RefCell<HashMap<String, Option<String>>> = RefCell::default();
}

/// Hands over the English stem (Snowball's Porter2) of a word; a stop word has none.
fn with_stem(word: &str, found: impl FnOnce(&str)) {
    STEMS.with_borrow_mut(|stems| {
        if !stems.contains_key(word) {
            if stems.len() >= MOST_STEMS {
                stems.clear();
            }
            let says_something = !STOP_WORDS.contains(&word);
            let stem = says_something.then(|| Stemmer::create(Algorithm::English).stem(word).into_owned());
            stems.insert(word.to_owned(), stem);
        }
        if let Some(Some(stem)) = stems.get(word) {
            found(stem);
        }
    });
}

fn end_han(han: &mut Vec<char>, found: &mut impl FnMut(&str, Kind)) {
    let mut letters = String::with_capacity(8);
    for pair in han.windows(han.len().clamp(1, 2)) {
        letters.clear();
        letters.extend(pair);
        found(&letters, Kind::Han);
    }
    han.clear();
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{2fa1f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        tokens(text).into_iter().map(|t| t.text).collect()
    }

    #[test]
    fn identifiers_fold_to_one_token() {
        for spelling in ["FIN-WAIT-2", "fin_wait2", "FinWait2", "fin wait 2", "ＦＩＮ_WAIT_2"] {
            assert!(texts(spelling).contains(&"finwait2".to_owned()), "{spelling}: {:?}", texts(spelling));
        }
    }

    #[test]
    fn prose_joins_identifiers_only() {
        let texts: Vec<String> =
            joined_tokens_of_prose("stuck in FIN_WAIT_2 now").split_whitespace().map(str::to_owned).collect();
        assert!(texts.contains(&"finwait2".to_owned()) && !texts.contains(&"stuckin".to_owned()), "{texts:?}");
    }

    #[test]
    fn han_runs_become_bigrams() {
        assert_eq!(texts("队列溢出"), ["队列", "列溢", "溢出"]);
        assert_eq!(texts("丢"), ["丢"]);
        assert_eq!(texts("大量 CLOSE_WAIT"), ["大量", "close", "closewait", "wait"]);
    }

    #[test]
    fn empty_and_odd_texts_give_no_tokens() {
        for text in ["", "   ", "\0\u{1b}[31m".trim_end_matches("31m"), "——！？"] {
            assert_eq!(texts(text), Vec::<String>::new(), "{text:?}");
        }
    }
}
