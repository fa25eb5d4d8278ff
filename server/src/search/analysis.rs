//! Words, identifiers and Han bigrams: one function for index and query, so that the two can never disagree.
//! Identifiers fold: `FIN-WAIT-2`, `fin_wait2`, `FinWait2` and `fin wait 2` share their joined token.

use std::cell::RefCell;
use std::collections::HashMap;

use rust_stemmers::{Algorithm, Stemmer};

use super::fold::folded;

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
    /// A Han character among others.
    HanOne,
    /// Digits only.
    Number,
    /// A thing of the dictionary, whatever it was called.
    Concept,
    /// Ordinary words of the dictionary for what happens.
    Wording,
}

/// Words that say nothing by themselves.
const STOP_WORDS: &[&str] = &[
    "a", "about", "after", "all", "also", "an", "and", "any", "are", "as", "at", "be", "been", "but", "by", "can",
    "did", "do", "does", "for", "from", "get", "got", "had", "has", "have", "how", "i", "if", "in", "into", "is", "it",
    "its", "just", "me", "my", "not", "of", "on", "only", "or", "our", "out", "so", "some", "that", "the", "their",
    "them", "then", "there", "they", "this", "to", "too", "was", "we", "were", "what", "when", "where", "which",
    "while", "why", "will", "with", "you", "your",
];

/// Particles and pronouns, which stand in every Chinese sentence.
const STOP_HAN: &[char] =
    &['的', '了', '是', '在', '和', '与', '就', '都', '也', '还', '这', '那', '吗', '呢', '吧', '么'];

/// The longest run of parts that is joined into one token.
const LONGEST_JOIN: usize = 4;

/// Stands between the units of a stream in which concepts are found.
pub const UNIT: char = '\u{1}';

/// Analyses what someone typed, or a short text: neighbouring words are joined too, since `fin wait 2` may mean one thing.
pub fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    read(
        text,
        joins_words,
        &mut Gather { unit: |_: &str| {}, token: |text: &str, kind| found.push(Token { text: text.to_owned(), kind }) },
    );
    found
}

/// How neighbouring parts are joined in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Joins {
    /// Over spaces too: short texts and queries.
    Words,
    /// Inside identifiers only: in prose a query's joins still find these, and the index stays a third of the size.
    Identifiers,
}

/// The tokens of a text with spaces between them, for the index, and its stream of units, in which concepts are found.
pub fn tokens_and_units(text: &str, joins: Joins) -> (String, String) {
    let mut tokens = String::with_capacity(text.len() * 2);
    let mut units = String::with_capacity(text.len());
    units.push(UNIT);
    let mut gather = Gather {
        unit: |unit: &str| {
            units.push_str(unit);
            units.push(UNIT);
        },
        token: |token: &str, _| {
            tokens.push_str(token);
            tokens.push(' ');
        },
    };
    match joins {
        Joins::Words => read(text, joins_words, &mut gather),
        Joins::Identifiers => read(text, |c| matches!(c, '-' | '_'), &mut gather),
    }
    (tokens, units)
}

/// The stream of units of a wording, without the end of its sentence; `None` when it holds nothing to find.
pub fn units(wording: &str) -> Option<String> {
    let (_, mut units) = tokens_and_units(wording, Joins::Identifiers);
    units.truncate(units.trim_end_matches(UNIT).len());
    units.push(UNIT);
    (units.len() > UNIT.len_utf8()).then_some(units)
}

/// How many bytes of letters and digits a stretch of a unit stream holds.
pub fn letters_of_units(units: &str) -> usize {
    units.len() - units.bytes().filter(|b| *b == UNIT as u8).count()
}

/// The words of a stretch of a unit stream: Latin units apart, Han characters together.
pub fn words_of_units(units: &str) -> String {
    let mut out = String::with_capacity(units.len());
    for unit in units.split(UNIT).filter(|unit| !unit.is_empty()) {
        if !(out.is_empty() || out.ends_with(is_han) && unit.starts_with(is_han)) {
            out.push(' ');
        }
        out.push_str(unit);
    }
    out
}

/// The parts of a wording in lower case, not stemmed: `FIN_WAIT2` is fin, wait, 2. Han characters are a part each.
pub fn parts(wording: &str) -> Vec<String> {
    struct Parts(Vec<String>);
    impl Sink for Parts {
        fn part(&mut self, part: &str) {
            self.0.push(part.to_owned());
        }
        fn han(&mut self, c: char) {
            self.0.push(c.to_string());
        }
        fn unit(&mut self, _: &str) {}
        fn token(&mut self, _: &str, _: Kind) {}
    }
    let mut parts = Parts(Vec::new());
    read(wording, |_| false, &mut parts);
    parts.0
}

/// Takes what is found in a text, in order.
trait Sink {
    /// A Latin part in lower case.
    fn part(&mut self, _: &str) {}
    /// A Han character.
    fn han(&mut self, _: char) {}
    /// A part without its plural, a Han character or the end of a sentence (an empty unit).
    fn unit(&mut self, unit: &str);
    /// A token.
    fn token(&mut self, token: &str, kind: Kind);
}

struct Gather<U, T> {
    unit: U,
    token: T,
}

impl<U: FnMut(&str), T: FnMut(&str, Kind)> Sink for Gather<U, T> {
    fn unit(&mut self, unit: &str) {
        (self.unit)(unit);
    }
    fn token(&mut self, token: &str, kind: Kind) {
        (self.token)(token, kind);
    }
}

fn joins_words(c: char) -> bool {
    matches!(c, ' ' | '-' | '_')
}

fn read(text: &str, joins: impl Fn(char) -> bool, sink: &mut impl Sink) {
    let mut parts: Vec<String> = Vec::new();
    let mut han: Vec<char> = Vec::new();
    let mut part = String::new();
    for line in text.lines() {
        let mut last: Option<char> = None;
        for c in folded(line).chars() {
            if is_han(c) {
                end_part(&mut part, &mut parts);
                end_parts(&mut parts, sink);
                han.push(c);
            } else if c.is_alphanumeric() {
                end_han(&mut han, sink);
                let camel = last.is_some_and(|l| l.is_lowercase() && c.is_uppercase());
                let edge = last.is_some_and(|l| l.is_ascii_digit() != c.is_ascii_digit() && l.is_alphanumeric());
                if camel || edge {
                    end_part(&mut part, &mut parts);
                }
                part.extend(c.to_lowercase());
            } else {
                end_han(&mut han, sink);
                end_part(&mut part, &mut parts);
                // Joins run over one such character, not over what ends a phrase.
                if !joins(c) || last == Some(' ') && c == ' ' {
                    end_parts(&mut parts, sink);
                }
                if matches!(c, '。' | '；' | '？') {
                    sink.unit("");
                }
            }
            last = Some(c);
        }
        end_part(&mut part, &mut parts);
        end_parts(&mut parts, sink);
        end_han(&mut han, sink);
        sink.unit("");
    }
}

fn end_part(part: &mut String, parts: &mut Vec<String>) {
    if !part.is_empty() {
        parts.push(std::mem::take(part));
    }
}

fn end_parts(parts: &mut Vec<String>, sink: &mut impl Sink) {
    for (at, part) in parts.iter().enumerate() {
        sink.part(part);
        if part.bytes().all(|b| b.is_ascii_digit()) {
            sink.unit(part);
            sink.token(part, Kind::Number);
        } else {
            sink.unit(singular(part));
            with_stem(part, |stem, stops| {
                if part.len() > 1 && !stops {
                    sink.token(stem, Kind::Word);
                }
            });
        }
        let mut joined = part.clone();
        for next in parts[at + 1..].iter().take(LONGEST_JOIN - 1) {
            joined.push_str(next);
            sink.token(&joined, Kind::Join);
        }
    }
    parts.clear();
}

/// Longer runs of letters are no words: they have no stem, and are not worth remembering.
const LONGEST_WORD: usize = 64;

/// As many stems are remembered by a thread: the words of one language of one trade are fewer.
const MOST_STEMS: usize = 20_000;

thread_local! {
    /// The same words come again and again; a stem takes ten times as long to find as to look up.
    static STEMS: RefCell<HashMap<String, (String, bool)>> = RefCell::default();
}

/// Hands over the English stem (Snowball's Porter2) of a word, and whether it is a stop word.
fn with_stem(word: &str, found: impl FnOnce(&str, bool)) {
    if word.len() > LONGEST_WORD {
        return found(word, false);
    }
    STEMS.with_borrow_mut(|stems| {
        if !stems.contains_key(word) {
            if stems.len() >= MOST_STEMS {
                stems.clear();
            }
            let stem = Stemmer::create(Algorithm::English).stem(word).into_owned();
            stems.insert(word.to_owned(), (stem, STOP_WORDS.contains(&word)));
        }
        if let Some((stem, stops)) = stems.get(word) {
            found(stem, *stops);
        }
    });
}

/// A word without the ending of its plural. Concepts are not found by stems: CLOSED is not CLOSING.
pub fn singular(word: &str) -> &str {
    let plural = word.len() > 3 && word.ends_with('s') && !word.ends_with("ss") && !word.ends_with("us");
    if plural { &word[..word.len() - 1] } else { word }
}

/// Whether a word says nothing by itself.
pub fn is_stop_word(word: &str) -> bool {
    STOP_WORDS.contains(&word)
}

/// The stem of a word in lower case.
pub fn stemmed(word: &str) -> String {
    let mut out = String::new();
    with_stem(word, |stem, _| out.push_str(stem));
    out
}

fn end_han(han: &mut Vec<char>, sink: &mut impl Sink) {
    let mut letters = String::with_capacity(8);
    for c in han.iter() {
        letters.clear();
        letters.push(*c);
        sink.han(*c);
        sink.unit(&letters);
        if han.len() > 1 && !STOP_HAN.contains(c) {
            sink.token(&letters, Kind::HanOne);
        }
    }
    for pair in han.windows(han.len().clamp(1, 2)) {
        if pair.iter().all(|c| STOP_HAN.contains(c)) {
            continue;
        }
        letters.clear();
        letters.extend(pair);
        sink.token(&letters, Kind::Han);
    }
    han.clear();
}

/// Whether a character is a Han ideograph.
pub fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{2fa1f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        tokens(text).into_iter().filter(|t| t.kind != Kind::HanOne).map(|t| t.text).collect()
    }

    #[test]
    fn identifiers_fold_to_one_token() {
        for spelling in ["FIN-WAIT-2", "fin_wait2", "FinWait2", "fin wait 2", "ＦＩＮ_WAIT_2"] {
            assert!(texts(spelling).contains(&"finwait2".to_owned()), "{spelling}: {:?}", texts(spelling));
        }
    }

    #[test]
    fn prose_joins_identifiers_only() {
        let (tokens, _) = tokens_and_units("stuck in FIN_WAIT_2 now", Joins::Identifiers);
        let texts: Vec<&str> = tokens.split_whitespace().collect();
        assert!(texts.contains(&"finwait2") && !texts.contains(&"stuckin"), "{texts:?}");
    }

    #[test]
    fn han_runs_become_bigrams() {
        assert_eq!(texts("队列溢出"), ["队列", "列溢", "溢出"]);
        assert_eq!(texts("丢"), ["丢"]);
        assert_eq!(texts("大量 CLOSE_WAIT"), ["大量", "close", "closewait", "wait"]);
        assert_eq!(texts("連線佇列"), texts("连接队列"));
    }

    #[test]
    fn streams_keep_every_word_and_the_ends_of_sentences() {
        let stream = |text| units(text).unwrap().replace(UNIT, "|");
        assert_eq!(stream("Reset by the peers"), "|reset|by|the|peer|");
        assert_eq!(stream("队列满。丢"), "|队|列|满||丢|");
        assert_eq!(units("—！"), None);
    }

    #[test]
    fn units_read_as_words_again() {
        assert_eq!(words_of_units(&units("大量CLOSE_WAIT堆积").unwrap()), "大量 close wait 堆积");
    }

    #[test]
    fn what_is_too_long_for_a_word_is_not_remembered() {
        let long = "walking".repeat(1_000);
        assert_eq!(texts(&long), [long.as_str()]);
        STEMS.with_borrow(|stems| assert!(stems.keys().all(|word| word.len() <= LONGEST_WORD)));
    }

    #[test]
    fn a_text_has_at_most_four_tokens_a_character() {
        for text in
            ["a1".repeat(500), "a-b_c ".repeat(200), "连接".repeat(500), "a 连".repeat(300), "e\u{301}".repeat(500)]
        {
            assert!(tokens(&text).len() <= LONGEST_JOIN * text.chars().count(), "{text}");
        }
    }

    #[test]
    fn empty_and_odd_texts_give_no_tokens() {
        for text in ["", "   ", "\0\u{1b}[31m".trim_end_matches("31m"), "——！？"] {
            assert_eq!(texts(text), Vec::<String>::new(), "{text:?}");
        }
    }
}
