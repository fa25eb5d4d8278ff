//! A reader's words → hits. All terms are OR-ed: symptoms are never typed the way they are written.
//! No query parser sees user text, so there is no syntax to get wrong.

use tantivy::collector::TopDocs;
use tantivy::query::{BooleanQuery, BoostQuery, Occur, Query, TermQuery};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocAddress, Searcher, TantivyDocument, Term};

use super::SearchError;
use super::analysis::Token;
use super::concepts::ConceptId;
use super::indexer::SearchIndex;
use super::passages::{Passages, Place};
use super::understood::{Asked, Named, Understood, rarity};
use crate::domain::{Both, Lang, Library, SignalId, Slug};

/// Documents whose coverage is looked at: those that the bare sum of scores puts first.
const LOOKED_AT: usize = 30;
/// Postings that are read to find those documents: all of them in a library of hundreds of cases.
const MOST_POSTINGS: usize = 20_000;
/// What a signal of weight 5 that the query names adds to a case's score, times the signal's rarity.
const EVIDENCE: f32 = 4.0;
/// Evidence is shown rather than prose that holds up to this many times as much of the query.
const EVIDENCE_SHOWN: f32 = 1.5;
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
        // Who types a signal's wording and nothing else wants the cases that show it, before all others.
        let most = hits.iter().map(|hit| hit.score).fold(0.0, f32::max);
        for hit in hits.iter_mut().filter(|hit| hit.signals.iter().any(|id| asked_for.contains(&id))) {
            hit.score += most;
        }
        hits.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.slug.cmp(&b.slug)));
        let specific = understood.concepts.iter().any(|c| !matches!(c.id, ConceptId::Wording(_)));
        let floor = if !specific { COVERAGE_FLOOR_WITHOUT_CONCEPT } else { COVERAGE_FLOOR };
        if hits.first().is_some_and(|h| h.coverage < floor) {
            hits.clear();
        }
        let best = hits.first().map_or(1.0, |h| h.score).max(f32::MIN_POSITIVE);
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
