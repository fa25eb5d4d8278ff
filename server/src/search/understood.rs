//! How a query is read: pasted or typed, slips put right, things of the dictionary named, tokens weighed.

use std::collections::{HashMap, HashSet};

use tantivy::{Searcher, Term};

use super::SearchError;
use super::analysis::{Joins, Kind, Token, letters_of_units, tokens, tokens_and_units, words_of_units};
use super::concepts::{Concept, ConceptId};
use super::indexer::SearchIndex;
use super::paste;
use crate::domain::{Both, SignalId};

/// Longer queries are cut: a pasted log of megabytes tells no more than its first lines. About 700 lines of `ss` fit.
const LONGEST_QUERY: usize = 64 * 1024;
/// More distinct tokens than this cost time and add nothing.
const MOST_TOKENS: usize = 200;
/// What ordinary words for one thing count.
const WORDING: f32 = 0.6;

/// How a query was read.
#[derive(Debug, Clone, Default)]
pub struct Understood {
    /// It is pasted output rather than a question.
    pub pasted: bool,
    /// What was typed with a slip, and what it was read as.
    pub corrected: Vec<(String, String)>,
    /// Things of the dictionary that it names, with the words that named them.
    pub concepts: Vec<Named>,
    /// The tokens that were looked for.
    pub asked: Vec<Asked>,
}

impl Understood {
    /// What was typed, with the slips put right.
    pub fn mended(&self, typed: &str) -> String {
        self.corrected.iter().fold(typed.to_owned(), |text, (slip, meant)| text.replace(slip, meant))
    }
}

/// A concept that a query names.
#[derive(Debug, Clone)]
pub struct Named {
    /// Which.
    pub id: ConceptId,
    /// How it is shown.
    pub label: Both<String>,
    /// 1 when the words that named it name nothing else, less when they name several things.
    pub share: f32,
    /// The query is its wording and nothing else.
    pub whole: bool,
}

/// A token of a query.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The token.
    pub token: Token,
    /// How much it counts for its kind.
    pub weight: f32,
    /// How much it tells in this library: its inverse document frequency; highest when no case holds it.
    pub rarity: f32,
    /// Whether any case holds it.
    pub known: bool,
    /// How much of what the query tells it is.
    pub tells: f32,
}
impl Named {
    /// The signal it is, if it is one, and how surely it was meant.
    pub fn signal(&self) -> Option<(&SignalId, f32)> {
        match &self.id {
            ConceptId::Signal(id) => Some((id, self.share)),
            ConceptId::Term(_) | ConceptId::Wording(_) => None,
        }
    }
}
impl SearchIndex {
    /// Reads what was typed: pasted or not, slips put right, concepts found, tokens weighed.
    pub(super) fn understand(
        &self,
        searcher: &Searcher,
        typed: &str,
        without: &[String],
    ) -> Result<Understood, SearchError> {
        let reading = paste::read(part_read(typed));
        let (text, corrected) = self.corrected(searcher, &reading.text, without)?;
        let weighed = |t: Token| {
            let weight = weight(t.kind, reading.pasted);
            (t, weight)
        };
        let mut weights: Vec<(Token, f32)> = tokens(&text).into_iter().map(weighed).collect();
        let mut concepts: Vec<Named> = Vec::new();
        let (_, units) = tokens_and_units(&text, Joins::Identifiers);
        let all_letters = letters_of_units(&units);
        // A term and a signal of one name go together: to a reader they are one thing.
        let gone: Vec<(&str, &str)> = without
            .iter()
            .filter_map(|code| self.concepts.find(code))
            .map(|concept| (concept.id.code(), concept.label.en.as_str()))
            .collect();
        let mut not_meant: HashSet<String> = HashSet::new();
        let mut explained: HashSet<String> = HashSet::new();
        let mut name = |concept: &Concept, share: f32, units: &str| {
            // Programs do not say what happens in people's words.
            if reading.pasted && matches!(concept.id, ConceptId::Wording(_)) {
                return;
            }
            if gone.iter().any(|(code, label)| *code == concept.id.code() || *label == concept.label.en) {
                not_meant.extend(tokens(&words_of_units(units)).into_iter().map(|t| t.text));
                return;
            }
            let whole = letters_of_units(units) == all_letters;
            match concepts.iter_mut().find(|n| n.id == concept.id) {
                Some(known) => {
                    known.share = known.share.max(share);
                    known.whole |= whole;
                }
                None => concepts.push(Named { id: concept.id.clone(), label: concept.label.clone(), share, whole }),
            }
            let token = concept.id.token();
            let weight = weight(token.kind, false) * share;
            weights.push((token, weight));
            explained.extend(tokens(&words_of_units(units)).into_iter().map(|t| t.text));
        };
        self.concepts.each(&units, &mut name);
        for id in reading.signals {
            if let Some(concept) = self.concepts.find(id) {
                name(concept, 1.0, "");
            }
        }
        weights.retain(|(token, _)| !not_meant.contains(&token.text) || explained.contains(&token.text));
        Ok(Understood {
            pasted: reading.pasted,
            corrected,
            concepts,
            asked: self.asked(searcher, weights, &explained, reading.pasted)?,
        })
    }

    /// Each token once, with its largest weight and what it tells in this library. Words and characters of a wording that
    /// the dictionary knows are explained by it, whether or not a case uses them.
    fn asked(
        &self,
        searcher: &Searcher,
        weights: Vec<(Token, f32)>,
        explained: &HashSet<String>,
        pasted: bool,
    ) -> Result<Vec<Asked>, SearchError> {
        let mut asked: Vec<Asked> = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        for (token, weight) in weights {
            if let Some(at) = places.get(&token.text) {
                asked[*at].weight = asked[*at].weight.max(weight);
            } else if asked.len() < MOST_TOKENS || matches!(token.kind, Kind::Concept | Kind::Wording) {
                let frequency = self.frequency(searcher, &token.text)?;
                if frequency == 0 && explained.contains(&token.text) {
                    continue;
                }
                places.insert(token.text.clone(), asked.len());
                let (rarity, known) = (rarity(frequency, self.len()), frequency > 0);
                let tells = tells(&token, weight, rarity, known, pasted);
                asked.push(Asked { token, weight, rarity, known, tells });
            }
        }
        Ok(asked)
    }
    /// In how many cases a token stands, in the field where it stands in most.
    pub(super) fn frequency(&self, searcher: &Searcher, token: &str) -> Result<u64, SearchError> {
        let mut most = 0;
        for (field, ..) in self.fields.weighted() {
            most = most.max(searcher.doc_freq(&Term::from_field_text(field, token))?);
        }
        Ok(most)
    }
}

/// How much a token counts for its kind. Tuned on labelled queries.
fn weight(kind: Kind, pasted: bool) -> f32 {
    match kind {
        Kind::Concept => 1.5,
        Kind::Wording => WORDING,
        Kind::Word => 1.0,
        Kind::Han => 0.6,
        Kind::Join => 0.8,
        Kind::HanOne => 0.2,
        Kind::Number if pasted => 0.05,
        Kind::Number => 0.5,
    }
}

/// The inverse document frequency as BM25 has it.
pub(super) fn rarity(frequency: u64, documents: usize) -> f32 {
    let (n, all) = (frequency as f32, documents as f32);
    (1.0 + (all - n + 0.5) / (n + 0.5)).ln()
}

/// How much of what a query tells a token is, by weight and rarity. Joins and single Han characters only ever add to the
/// score, since most of them are accidents. What no case holds tells most: a word of another trade, a character that our
/// trade does not use; but not in output, which is full of names. Two Han characters side by side by chance tell little.
fn tells(token: &Token, weight: f32, rarity: f32, known: bool, pasted: bool) -> f32 {
    match token.kind {
        Kind::Word if !known && pasted => weight * rarity * 0.5,
        Kind::Word if !known => weight * rarity * 1.6,
        Kind::Han if !known => weight * rarity * 0.05,
        Kind::HanOne if !known => rarity * 0.5,
        Kind::Wording if !known => 0.0,
        Kind::Join | Kind::HanOne => 0.0,
        _ => weight * rarity,
    }
}
/// The part of what was typed that a search reads.
pub fn part_read(typed: &str) -> &str {
    &typed[..typed.floor_char_boundary(LONGEST_QUERY)]
}
