//! A reader's words → hits. All terms are OR-ed: symptoms are never typed the way they are written.
//! No query parser sees user text, so there is no syntax to get wrong.

use std::collections::{HashMap, HashSet};

use tantivy::collector::TopDocs;
use tantivy::query::{BooleanQuery, BoostQuery, Occur, Query, TermQuery};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocAddress, Searcher, TantivyDocument, Term};

use super::SearchError;
use super::analysis::{self, Joins, Kind, Token, tokens, tokens_and_units, words_of_units};
use super::concepts::{Concept, ConceptId};
use super::indexer::SearchIndex;
use super::passages::{Passages, Place};
use super::paste;
use crate::domain::{Both, Lang, Library, SignalId, Slug};

/// Longer queries are cut: a pasted log of megabytes tells no more than its first lines. About 700 lines of `ss` fit.
const LONGEST_QUERY: usize = 64 * 1024;
/// More distinct tokens than this cost time and add nothing.
const MOST_TOKENS: usize = 200;
/// More unknown words than this are not a slip of the finger.
const MOST_GUESSES: usize = 12;
/// A word of more parts than this is no word of the dictionary with a slip.
const MOST_PARTS: usize = 8;
/// Documents whose coverage is looked at: those that the bare sum of scores puts first.
const LOOKED_AT: usize = 30;
/// Postings that are read to find those documents: all of them in a library of hundreds of cases.
const MOST_POSTINGS: usize = 20_000;
/// What a signal of weight 5 that the query names adds to a case's score, times the signal's rarity.
const EVIDENCE: f32 = 4.0;
/// Evidence is shown rather than prose that holds up to this many times as much of the query.
const EVIDENCE_SHOWN: f32 = 1.5;
/// What ordinary words for one thing count.
const WORDING: f32 = 0.6;
/// Hits below this share of the best score are noise.
const FLOOR: f32 = 0.1;
/// When the best hit covers less of what the query tells, no case matches.
const COVERAGE_FLOOR: f32 = 0.25;
/// And this much of it when the query names nothing of the dictionary.
const COVERAGE_FLOOR_WITHOUT_CONCEPT: f32 = 0.45;

/// What an answer was made from, and the answer.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// How the query was read.
    pub understood: Understood,
    /// The cases, best first.
    pub hits: Vec<Hit>,
}

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

/// One result.
#[derive(Debug, Clone)]
pub struct Hit {
    /// Which case.
    pub slug: Slug,
    /// Higher is better; comparable within one answer only.
    pub score: f32,
    /// The signals of the case that the query names.
    pub signals: Vec<SignalId>,
    /// The query's tokens that the case holds.
    pub matched: Vec<Token>,
    /// The fields that hold them, each with its share of what matched, the largest first.
    pub fields: Vec<(&'static str, f32)>,
    /// The share of what the query tells that the case holds, 0 to 1.
    pub coverage: f32,
    /// For readers of each language, the passage that shows best why it matched.
    pub shown: Both<Option<Place>>,
    /// The score as a share of the best one's, 0 to 1.
    pub relative: f32,
}

impl Hit {
    /// The match meter, 1 to 5 bars: how much of the query the case holds, against the best hit.
    pub fn bars(&self) -> u8 {
        match self.coverage * self.relative {
            c if c >= 0.75 => 5,
            c if c >= 0.5 => 4,
            c if c >= 0.3 => 3,
            c if c >= 0.15 => 2,
            _ => 1,
        }
    }
}

impl SearchIndex {
    /// The best cases for what was typed, best first.
    pub fn search(&self, library: &Library, typed: &str, limit: usize) -> Result<Found, SearchError> {
        self.search_without(library, typed, &[], limit)
    }

    /// As [`SearchIndex::search`], for a reader who says that some concepts were not meant (see [`ConceptId::code`]).
    pub fn search_without(
        &self,
        library: &Library,
        typed: &str,
        without: &[String],
        limit: usize,
    ) -> Result<Found, SearchError> {
        let searcher = self.reader.searcher();
        let understood = self.understand(&searcher, typed, without)?;
        if limit == 0 || !understood.asked.iter().any(|a| a.known) {
            return Ok(Found { understood, hits: Vec::new() });
        }
        let named: Vec<(&SignalId, f32)> = understood.concepts.iter().filter_map(Named::signal).collect();
        let asked_for: Vec<&SignalId> =
            understood.concepts.iter().filter(|c| c.whole).filter_map(Named::signal).map(|(id, _)| id).collect();
        let looked_at = TopDocs::with_limit(limit.max(LOOKED_AT).min(self.len())).order_by_score();
        let mut hits = Vec::new();
        let best = searcher.search(&self.query(&searcher, &understood.asked)?, &looked_at)?;
        let addresses: Vec<DocAddress> = best.iter().map(|(_, address)| *address).collect();
        let matched = self.matched(&searcher, &addresses, &understood.asked)?;
        for ((score, address), (matched, fields)) in best.into_iter().zip(matched) {
            let document: TantivyDocument = searcher.doc(address)?;
            let Some(case) = self.slug_of(&document).and_then(|slug| library.case(&slug)) else { continue };
            let coverage = share(&matched, &understood.asked);
            let telling = |id: &SignalId| rarity(library.count_with(id) as u64, self.len());
            let mut signals = Vec::new();
            let mut evidence = 0.0;
            for signal in &case.signals {
                if let Some((_, share)) = named.iter().find(|(id, _)| **id == signal.id) {
                    evidence += share * f32::from(signal.weight) / 5.0 * telling(&signal.id);
                    signals.push(signal.id.clone());
                }
            }
            hits.push(Hit {
                slug: case.slug.clone(),
                score: score * (1.0 + coverage) + EVIDENCE * evidence,
                shown: Both { zh: None, en: None },
                signals,
                matched: matched.into_iter().map(|a| a.token.clone()).collect(),
                fields,
                coverage,
                relative: 0.0,
            });
        }
        // Who types a signal's wording and nothing else wants the cases that show it.
        let shows = |hit: &Hit| hit.signals.iter().any(|id| asked_for.contains(&id));
        hits.sort_by(|a, b| {
            shows(b).cmp(&shows(a)).then_with(|| b.score.total_cmp(&a.score)).then_with(|| a.slug.cmp(&b.slug))
        });
        let specific = understood.concepts.iter().any(|c| !matches!(c.id, ConceptId::Wording(_)));
        let floor = if !specific { COVERAGE_FLOOR_WITHOUT_CONCEPT } else { COVERAGE_FLOOR };
        if hits.first().is_some_and(|h| h.coverage < floor) {
            hits.clear();
        }
        let best = hits.iter().map(|h| h.score).fold(0.0, f32::max).max(f32::MIN_POSITIVE);
        for hit in &mut hits {
            hit.relative = hit.score / best;
        }
        hits.retain(|h| h.relative >= FLOOR);
        hits.truncate(limit);
        for hit in &mut hits {
            if let Some(case) = library.case(&hit.slug) {
                hit.shown = shown(&self.passages(case), &understood.asked);
            }
        }
        Ok(Found { understood, hits })
    }

    /// Reads what was typed: pasted or not, slips put right, concepts found, tokens weighed.
    fn understand(&self, searcher: &Searcher, typed: &str, without: &[String]) -> Result<Understood, SearchError> {
        let reading = paste::read(part_read(typed));
        let (text, corrected) = self.corrected(searcher, &reading.text)?;
        let weighed = |t: Token| {
            let weight = weight(t.kind, reading.pasted);
            (t, weight)
        };
        let mut weights: Vec<(Token, f32)> = tokens(&text).into_iter().map(weighed).collect();
        let mut concepts: Vec<Named> = Vec::new();
        let (_, units) = tokens_and_units(&text, Joins::Identifiers);
        let all_letters = analysis::letters_of_units(&units);
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
            let whole = analysis::letters_of_units(units) == all_letters;
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
        weights.retain(|(token, _)| !not_meant.contains(&token.text));
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

    /// Puts slips right: identifiers and words that no case holds and that are near to one of the dictionary.
    fn corrected(&self, searcher: &Searcher, text: &str) -> Result<(String, Vec<(String, String)>), SearchError> {
        let mut guesses = MOST_GUESSES;
        let mut out = String::with_capacity(text.len());
        let mut corrected = Vec::new();
        let identifier = |c: char| c.is_alphanumeric() && !analysis::is_han(c) || matches!(c, '_' | '-');
        let mut rest = text;
        while let Some(start) = rest.find(identifier) {
            let end = rest[start..].find(|c| !identifier(c)).map_or(rest.len(), |n| start + n);
            out.push_str(&rest[..start]);
            let word = &rest[start..end];
            match self.guess(searcher, word, &mut guesses)? {
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

    /// In how many cases a token stands, in the field where it stands in most.
    fn frequency(&self, searcher: &Searcher, token: &str) -> Result<u64, SearchError> {
        let mut most = 0;
        for (field, ..) in self.fields.weighted() {
            most = most.max(searcher.doc_freq(&Term::from_field_text(field, token))?);
        }
        Ok(most)
    }

    /// All of what is asked, as far as it is known. In a large library what tells least is left to coverage: the
    /// postings that are read are bounded, so that words that stand everywhere do not cost the most.
    fn query(&self, searcher: &Searcher, asked: &[Asked]) -> Result<BooleanQuery, SearchError> {
        let mut telling: Vec<&Asked> = asked.iter().filter(|a| a.known).collect();
        if telling.len() * self.fields.weighted().len() * self.len() > MOST_POSTINGS {
            telling.sort_by(|a, b| (b.weight * b.rarity).total_cmp(&(a.weight * a.rarity)));
        }
        let mut clauses: Vec<(Occur, Box<dyn Query>)> = Vec::new();
        let mut postings = 0;
        for a in telling {
            let mut added = 0;
            let before = clauses.len();
            for (field, _, field_weight) in self.fields.weighted() {
                let term = Term::from_field_text(field, &a.token.text);
                let frequency = searcher.doc_freq(&term)? as usize;
                if frequency > 0 {
                    added += frequency;
                    let term = TermQuery::new(term, IndexRecordOption::WithFreqs);
                    clauses.push((Occur::Should, Box::new(BoostQuery::new(Box::new(term), field_weight * a.weight))));
                }
            }
            postings += added;
            if postings > MOST_POSTINGS && before > 0 {
                clauses.truncate(before);
                postings -= added;
            }
        }
        Ok(BooleanQuery::new(clauses))
    }
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
fn rarity(frequency: u64, documents: usize) -> f32 {
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

/// The share of what is asked that is matched.
fn share(matched: &[&Asked], asked: &[Asked]) -> f32 {
    let all: f32 = asked.iter().map(|a| a.tells).sum();
    let held: f32 = matched.iter().map(|a| a.tells).sum();
    if all > 0.0 { (held / all).min(1.0) } else { 0.0 }
}

/// For readers of each language, the passage that holds most of what is asked: output that a machine printed rather than
/// prose, unless it holds much less.
fn shown(passages: &Passages, asked: &[Asked]) -> Both<Option<Place>> {
    let mut best: Both<Option<(f32, &Place)>> = Both { zh: None, en: None };
    for (place, held) in passages.worth(asked.iter().filter(|a| a.known).map(|a| (a.token.text.as_str(), a.tells))) {
        let (worth, readers) = match place {
            Place::Evidence(_) => (held * EVIDENCE_SHOWN, Lang::ALL.as_slice()),
            Place::Words { lang, .. } => (held, std::slice::from_ref(lang)),
        };
        for lang in readers {
            let best = best.get_mut(*lang);
            if best.is_none_or(|(most, _)| worth > most) {
                *best = Some((worth, place));
            }
        }
    }
    Both::make(|lang| best.get(lang).map(|(_, place)| place.clone()))
}

/// The part of what was typed that a search reads.
pub fn part_read(typed: &str) -> &str {
    &typed[..typed.floor_char_boundary(LONGEST_QUERY)]
}
