//! Slips of the finger: words that no case holds and that are near to a name of the dictionary.

use tantivy::Searcher;

use super::SearchError;
use super::analysis;
use super::indexer::SearchIndex;

/// More unknown words than this are not a slip of the finger.
const MOST_GUESSES: usize = 12;
/// A word of more parts than this is no word of the dictionary with a slip.
const MOST_PARTS: usize = 8;

/// Begins the codes of words that are no slips.
const AS_TYPED: &str = "~";

/// The code that says of a word that it was typed as it was meant.
pub fn as_typed(word: &str) -> String {
    format!("{AS_TYPED}{word}")
}

impl SearchIndex {
    /// Puts slips right: identifiers and words that no case holds and that are near to one of the dictionary. A reader
    /// who did mean a word takes it out by [`as_typed`].
    pub(super) fn corrected(
        &self,
        searcher: &Searcher,
        text: &str,
        without: &[String],
    ) -> Result<(String, Vec<(String, String)>), SearchError> {
        let mut guesses = MOST_GUESSES;
        let mut out = String::with_capacity(text.len());
        let mut corrected = Vec::new();
        let identifier = |c: char| c.is_alphanumeric() && !analysis::is_han(c) || matches!(c, '_' | '-');
        let mut rest = text;
        while let Some(start) = rest.find(identifier) {
            let end = rest[start..].find(|c| !identifier(c)).map_or(rest.len(), |n| start + n);
            out.push_str(&rest[..start]);
            let word = &rest[start..end];
            let meant_so = without.iter().any(|code| code.strip_prefix(AS_TYPED) == Some(word));
            let guess = if meant_so { None } else { self.guess(searcher, word, &mut guesses)? };
            match guess {
                Some(meant) => {
                    out.push_str(&meant);
                    corrected.push((word.to_owned(), meant));
                }
                None => out.push_str(word),
            }
            rest = &rest[end..];
        }
        out.push_str(rest);
        Ok((out, corrected))
    }

    /// What a word that no case holds may have been meant to be: whole, else part by part. Each such word takes one of
    /// the guesses that are left.
    fn guess(&self, searcher: &Searcher, word: &str, left: &mut usize) -> Result<Option<String>, SearchError> {
        if *left == 0 {
            return Ok(None);
        }
        let parts = analysis::parts(word);
        if parts.len() > MOST_PARTS {
            return Ok(None);
        }
        let mut unknown = Vec::new();
        for part in &parts {
            let tells = part.len() > 1 && !part.bytes().all(|b| b.is_ascii_digit()) && !analysis::is_stop_word(part);
            unknown.push(tells && self.frequency(searcher, &analysis::stemmed(part))? == 0);
        }
        let whole = parts.concat();
        if !unknown.contains(&true) || self.frequency(searcher, &whole)? > 0 {
            return Ok(None);
        }
        *left -= 1;
        if let Some(meant) = self.concepts.nearest(&whole) {
            return Ok((analysis::parts(meant) != parts).then(|| meant.to_owned()));
        }
        let mut changed = false;
        let mended: Vec<String> = parts
            .into_iter()
            .zip(unknown)
            .map(|(part, unknown)| match self.concepts.nearest(&part).filter(|_| unknown) {
                Some(meant) => {
                    changed = true;
                    meant.to_owned()
                }
                None => part,
            })
            .collect();
        Ok(changed.then(|| mended.join("_")))
    }
}
