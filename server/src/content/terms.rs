//! Finds the first use of each glossary term in a page's prose, to hang a quiet tooltip on it.

use std::collections::HashSet;

use aho_corasick::{AhoCorasick, MatchKind};

use super::typography::is_han;
use crate::domain::{Lang, Term};

/// More tooltips than this on a page would be noise.
const MOST_PER_PAGE: usize = 14;

/// The words of the glossary in one language, ready to search.
pub struct Terms {
    finder: Option<AhoCorasick>,
    ids: Vec<String>,
    words: Vec<String>,
}

impl Terms {
    /// Collects the words of a language; aliases are left to search, they would link too much.
    pub fn new(glossary: &[Term], lang: Lang) -> Terms {
        let words: Vec<&str> = glossary.iter().map(|t| t.word.get(lang).as_str()).collect();
        let finder = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .ascii_case_insensitive(lang == Lang::En)
            .build(&words)
            .ok();
        let words = words.into_iter().map(str::to_owned).collect();
        Terms { finder, ids: glossary.iter().map(|t| t.id.clone()).collect(), words }
    }

    /// Starts a page.
    pub fn page(&self) -> PageTerms<'_> {
        PageTerms { terms: self, used: Vec::new(), seen: HashSet::new() }
    }
}

/// The terms met so far on one page.
pub struct PageTerms<'a> {
    terms: &'a Terms,
    used: Vec<String>,
    seen: HashSet<usize>,
}

/// A piece of a text: plain, or a term's first use with its id.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// As it stands.
    Plain(&'a str),
    /// A first use.
    Term(&'a str, &'a str),
}

impl<'a> PageTerms<'a> {
    /// Cuts a text at first uses.
    pub fn cut<'t>(&mut self, text: &'t str) -> Vec<Piece<'t>>
    where
        'a: 't,
    {
        let terms: &'a Terms = self.terms;
        let Some(finder) = terms.finder.as_ref().filter(|_| self.used.len() < MOST_PER_PAGE) else {
            return vec![Piece::Plain(text)];
        };
        let mut pieces = Vec::new();
        let mut done = 0;
        for found in finder.find_iter(text) {
            let index = found.pattern().as_usize();
            // RACK is a term, a rack is furniture: capitals must match.
            let capitals = !terms.words[index].chars().any(char::is_lowercase);
            let same = !capitals || text[found.start()..found.end()] == terms.words[index];
            let whole = same && stands_alone(text, found.start(), found.end());
            if !whole || self.used.len() >= MOST_PER_PAGE || !self.seen.insert(index) {
                continue;
            }
            let id = terms.ids[index].as_str();
            self.used.push(id.to_owned());
            if done < found.start() {
                pieces.push(Piece::Plain(&text[done..found.start()]));
            }
            pieces.push(Piece::Term(&text[found.start()..found.end()], id));
            done = found.end();
        }
        if done < text.len() {
            pieces.push(Piece::Plain(&text[done..]));
        }
        pieces
    }

    /// The ids of the terms met, in order.
    pub fn into_used(self) -> Vec<String> {
        self.used
    }
}

/// A Latin word must not be part of a longer one; Han has no word ends to look at.
fn stands_alone(text: &str, start: usize, end: usize) -> bool {
    let wordy = |c: Option<char>| c.is_some_and(|c| (c.is_alphanumeric() && !is_han(c)) || c == '_' || c == '-');
    let first_is_latin = text[start..].chars().next().is_some_and(|c| !is_han(c));
    let last_is_latin = text[..end].chars().next_back().is_some_and(|c| !is_han(c));
    let runs_on_before = first_is_latin && wordy(text[..start].chars().next_back());
    let runs_on_after = last_is_latin && wordy(text[end..].chars().next());
    !runs_on_before && !runs_on_after
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Both;

    #[test]
    fn only_first_whole_uses_are_cut() {
        let term = Term {
            id: "ack".into(),
            word: Both { zh: "延迟 ACK".into(), en: "delayed ACK".into() },
            aliases: Both::default(),
            definition: Both::default(),
            source: String::new(),
        };
        let terms = Terms::new(&[term], Lang::En);
        let mut page = terms.page();
        assert_eq!(page.cut("undelayed ACKs"), [Piece::Plain("undelayed ACKs")]);
        assert_eq!(
            page.cut("a Delayed ACK here"),
            [Piece::Plain("a "), Piece::Term("Delayed ACK", "ack"), Piece::Plain(" here")]
        );
        assert_eq!(page.cut("delayed ACK"), [Piece::Plain("delayed ACK")]);
        assert_eq!(page.into_used(), ["ack"]);
    }
}
