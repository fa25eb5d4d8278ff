//! Yellow marker: which words of a text a search matched. Works in Han text and in code.

use aho_corasick::{AhoCorasick, MatchKind};

use crate::content::highlight::escape;
use crate::search::{Kind, Token, tokens};

/// What a search matched, ready to be marked in texts.
pub struct Marker<'m> {
    matched: &'m [Token],
    wordings: Option<AhoCorasick>,
}

impl<'m> Marker<'m> {
    /// From the tokens that matched and every wording of the concepts that did: who asks for a half-open connection
    /// sees 半连接 marked.
    pub fn new(matched: &'m [Token], wordings: impl IntoIterator<Item = &'m str>) -> Marker<'m> {
        let wordings: Vec<&str> = wordings.into_iter().filter(|w| w.chars().count() > 1).collect();
        let finder =
            AhoCorasick::builder().ascii_case_insensitive(true).match_kind(MatchKind::LeftmostLongest).build(&wordings);
        Marker { matched, wordings: finder.ok().filter(|_| !wordings.is_empty()) }
    }

    /// Escapes a text and marks what matched.
    pub fn marked(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len() + 32);
        let mut done = 0;
        for (from, to) in self.hits(text) {
            escape(&mut out, &text[done..from]);
            out.push_str("<mark>");
            escape(&mut out, &text[from..to]);
            out.push_str("</mark>");
            done = to;
        }
        escape(&mut out, &text[done..]);
        out
    }

    /// The stretches of a text that matched, each once.
    pub fn matches<'t>(&self, text: &'t str) -> Vec<&'t str> {
        let mut found: Vec<&str> = Vec::new();
        for (from, to) in self.hits(text) {
            if !found.iter().any(|known| known.eq_ignore_ascii_case(&text[from..to])) {
                found.push(&text[from..to]);
            }
        }
        found
    }

    /// How many stretches of a text matched.
    pub fn count(&self, text: &str) -> usize {
        self.hits(text).len()
    }

    /// Where the first stretch that matched begins, in bytes.
    pub fn first(&self, text: &str) -> Option<usize> {
        self.hits(text).first().map(|(from, _)| *from)
    }

    /// The stretches that matched, as byte offsets, apart and in order.
    fn hits(&self, text: &str) -> Vec<(usize, usize)> {
        let mut hits = self.words(text);
        let whole = |from: usize, to: usize| !splits_word(text, from) && !splits_word(text, to);
        let found = self.wordings.iter().flat_map(|finder| finder.find_iter(text));
        hits.extend(found.map(|hit| (hit.start(), hit.end())).filter(|(from, to)| whole(*from, *to)));
        hits.sort_unstable();
        let mut apart: Vec<(usize, usize)> = Vec::new();
        for (from, to) in hits {
            match apart.last_mut() {
                Some((_, end)) if from <= *end => *end = (*end).max(to),
                _ => apart.push((from, to)),
            }
        }
        apart
    }

    /// Matched tokens: identifiers and words whole, Han by pairs.
    fn words(&self, text: &str) -> Vec<(usize, usize)> {
        // Every part of an identifier must match: a query for “out” is no reason to mark TcpOutRsts.
        let known = |word: &str| {
            let parts: Vec<Token> = tokens(word).into_iter().filter(|t| t.kind != Kind::Join).collect();
            parts.iter().any(telling) && parts.iter().all(|t| self.matched.iter().any(|m| m.text == t.text))
        };
        let mut hits: Vec<(usize, usize)> = Vec::new();
        let chars: Vec<(usize, char)> = text.char_indices().collect();
        let end_of = |index: usize| chars.get(index).map_or(text.len(), |(at, _)| *at);
        let mut at = 0;
        while at < chars.len() {
            let wordy = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
            if wordy(chars[at].1) {
                let mut end = at;
                while end < chars.len() && wordy(chars[end].1) {
                    end += 1;
                }
                if known(&text[chars[at].0..end_of(end)]) {
                    hits.push((chars[at].0, end_of(end)));
                }
                at = end;
            } else {
                if at + 1 < chars.len() && !chars[at + 1].1.is_ascii() && known(&text[chars[at].0..end_of(at + 2)]) {
                    hits.push((chars[at].0, end_of(at + 2)));
                }
                at += 1;
            }
        }
        hits
    }
}

/// Whether a place stands inside a Latin word.
fn splits_word(text: &str, at: usize) -> bool {
    let wordy = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    wordy(text[..at].chars().next_back()) && wordy(text[at..].chars().next())
}

/// A single digit or letter is no reason to pick up the marker.
fn telling(token: &Token) -> bool {
    token.text.chars().count() > 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn han_and_identifiers_are_marked() {
        let matched = tokens("close_wait 队列溢出");
        let marker = Marker::new(&matched, []);
        assert_eq!(marker.marked("大量 CLOSE-WAIT"), "大量 <mark>CLOSE-WAIT</mark>");
        assert_eq!(marker.marked("accept 队列溢出了"), "accept <mark>队列溢出</mark>了");
        assert_eq!(marker.marked("TcpExtWaitOut"), "TcpExtWaitOut");
        assert_eq!(marker.marked("<b>wait</b>"), "&lt;b&gt;<mark>wait</mark>&lt;/b&gt;");
    }

    #[test]
    fn other_words_for_what_was_asked_are_marked() {
        let marker = Marker::new(&[], ["half-open", "半连接", "FIN", "队"]);
        assert_eq!(marker.marked("SYN_RECV 是半连接。"), "SYN_RECV 是<mark>半连接</mark>。");
        assert_eq!(marker.marked("a Half-Open one <2"), "a <mark>Half-Open</mark> one &lt;2");
        assert_eq!(marker.marked("finish 队列"), "finish 队列");
        assert_eq!(marker.first("一条 FIN"), Some("一条 ".len()));
    }
}
