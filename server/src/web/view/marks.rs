//! Yellow marker: which words of a text a search matched. Works in Han text and in code.

use crate::content::highlight::escape;
use crate::search::{Kind, Token, tokens};

/// Escapes a text and marks the words whose tokens are among the matched ones.
pub fn marked(text: &str, matched: &[Token]) -> String {
    let mut out = String::with_capacity(text.len() + 32);
    for (piece, hit) in pieces(text, matched) {
        if hit {
            out.push_str("<mark>");
            escape(&mut out, piece);
            out.push_str("</mark>");
        } else {
            escape(&mut out, piece);
        }
    }
    out
}

/// Whether a text holds a matched word, and how many.
pub fn count(text: &str, matched: &[Token]) -> usize {
    pieces(text, matched).into_iter().filter(|(_, hit)| *hit).count()
}

/// Runs of a text with whether they are matched: identifiers and words whole, Han by pairs.
fn pieces<'t>(text: &'t str, matched: &[Token]) -> Vec<(&'t str, bool)> {
    // Every part of an identifier must match: a query for “out” is no reason to mark TcpOutRsts.
    let known = |word: &str| {
        let parts: Vec<Token> = tokens(word).into_iter().filter(|t| t.kind != Kind::Join).collect();
        parts.iter().any(telling) && parts.iter().all(|t| matched.iter().any(|m| m.text == t.text))
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
    let mut runs = Vec::new();
    let mut done = 0;
    let mut hits = hits.into_iter().peekable();
    while let Some((from, mut to)) = hits.next() {
        while let Some((_, next)) = hits.next_if(|(f, _)| *f <= to) {
            to = to.max(next);
        }
        if done < from {
            runs.push((&text[done..from], false));
        }
        runs.push((&text[from..to], true));
        done = to;
    }
    if done < text.len() {
        runs.push((&text[done..], false));
    }
    runs
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
        assert_eq!(marked("大量 CLOSE-WAIT", &matched), "大量 <mark>CLOSE-WAIT</mark>");
        assert_eq!(marked("accept 队列溢出了", &matched), "accept <mark>队列溢出</mark>了");
        assert_eq!(marked("TcpExtWaitOut", &matched), "TcpExtWaitOut");
        assert_eq!(marked("<b>wait</b>", &matched), "&lt;b&gt;<mark>wait</mark>&lt;/b&gt;");
    }
}
