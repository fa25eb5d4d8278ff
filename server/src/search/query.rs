//! A reader's words → hits. All terms are OR-ed: symptoms are never typed the way they are written.
//! No query parser sees user text, so there is no syntax to get wrong.

use std::collections::{BTreeMap, HashSet};

use tantivy::collector::TopDocs;
use tantivy::query::{BooleanQuery, BoostQuery, Occur, Query, TermQuery};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocAddress, DocSet, Searcher, TERMINATED, TantivyDocument, Term};

use super::SearchError;
use super::analysis::{Kind, Token, tokens};
use super::indexer::SearchIndex;
use crate::domain::{Library, SignalId, Slug};

/// Longer queries are cut: a pasted log of megabytes tells no more than its first lines.
const LONGEST_QUERY: usize = 8 * 1024;
/// More distinct tokens than this cost time and add nothing.
const MOST_TOKENS: usize = 200;

/// One result.
#[derive(Debug, Clone)]
pub struct Hit {
    /// Which case.
    pub slug: Slug,
    /// Higher is better; comparable within one answer only.
    pub score: f32,
    /// The signals of the case whose names or spellings the query holds.
    pub signals: Vec<SignalId>,
    /// The query's tokens that the case holds.
    pub matched: Vec<Token>,
    /// The share of the query's tokens that the case holds, 0 to 1.
    pub coverage: f32,
    /// The score as a share of the best one's, 0 to 1.
    pub relative: f32,
}

/// Hits below this share of the best score are noise.
const FLOOR: f32 = 0.2;

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
    pub fn search(&self, library: &Library, typed: &str, limit: usize) -> Result<Vec<Hit>, SearchError> {
        let asked = distinct(tokens(part_read(typed)));
        if asked.is_empty() || limit == 0 || self.is_empty() {
            return Ok(Vec::new());
        }
        let searcher = self.reader.searcher();
        let top = searcher.search(&self.query(&asked), &TopDocs::with_limit(limit.min(self.len())).order_by_score())?;
        let mut hits = Vec::with_capacity(top.len());
        for (score, address) in top {
            let document: TantivyDocument = searcher.doc(address)?;
            let Some(slug) = self.slug_of(&document) else { continue };
            let Some(case) = library.case(&slug) else { continue };
            let matched = self.matched(&searcher, address, &asked)?;
            let coverage = share(&matched, &asked);
            let held: HashSet<&str> = asked.iter().map(|t| t.text.as_str()).collect();
            let signals = case
                .signals
                .iter()
                .filter(|s| {
                    library.signal(&s.id).is_some_and(|signal| signal.spellings.iter().any(|w| holds(&held, w)))
                })
                .map(|s| s.id.clone())
                .collect();
            hits.push(Hit { slug, score: score * (0.5 + coverage), signals, matched, coverage, relative: 0.0 });
        }
        hits.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.slug.cmp(&b.slug)));
        let best = hits.first().map_or(1.0, |h| h.score).max(f32::MIN_POSITIVE);
        for hit in &mut hits {
            hit.relative = hit.score / best;
        }
        hits.retain(|h| h.relative >= FLOOR);
        Ok(hits)
    }

    fn query(&self, asked: &[Token]) -> BooleanQuery {
        let mut clauses: Vec<(Occur, Box<dyn Query>)> = Vec::new();
        for token in asked {
            for (field, field_weight) in self.fields.weighted() {
                let term = TermQuery::new(Term::from_field_text(field, &token.text), IndexRecordOption::WithFreqs);
                clauses.push((Occur::Should, Box::new(BoostQuery::new(Box::new(term), field_weight * weight(token)))));
            }
        }
        BooleanQuery::new(clauses)
    }

    /// Which tokens a document holds in any field.
    fn matched(&self, searcher: &Searcher, address: DocAddress, asked: &[Token]) -> Result<Vec<Token>, SearchError> {
        let segment = searcher.segment_reader(address.segment_ord);
        let mut found = Vec::new();
        for token in asked {
            for (field, _) in self.fields.weighted() {
                let term = Term::from_field_text(field, &token.text);
                let inverted = segment.inverted_index(field)?;
                let postings =
                    inverted.read_postings(&term, IndexRecordOption::Basic).map_err(tantivy::TantivyError::from)?;
                let Some(mut postings) = postings else { continue };
                let at = if postings.doc() < address.doc_id { postings.seek(address.doc_id) } else { postings.doc() };
                if at != TERMINATED && at == address.doc_id {
                    found.push(token.clone());
                    break;
                }
            }
        }
        Ok(found)
    }
}

/// Joined identifiers tell most, bare numbers least.
fn weight(token: &Token) -> f32 {
    match token.kind {
        Kind::Join => 1.4,
        Kind::Word | Kind::Han => 1.0,
        Kind::Number => 0.2,
    }
}

/// Coverage counts words, Han and numbers; joins only ever add to the score, since most are accidents.
fn share(matched: &[Token], asked: &[Token]) -> f32 {
    let sum = |list: &[Token]| list.iter().filter(|t| t.kind != Kind::Join).map(weight).sum::<f32>();
    let all = sum(asked);
    if all > 0.0 { (sum(matched) / all).min(1.0) } else { 0.0 }
}

/// Whether the query holds a spelling: its longest joins, or all its words.
fn holds(held: &HashSet<&str>, spelling: &str) -> bool {
    let parts = tokens(spelling);
    let words: Vec<&Token> = parts.iter().filter(|t| t.kind != Kind::Join).collect();
    let telling = words.iter().any(|t| t.kind != Kind::Number);
    telling && words.iter().all(|t| held.contains(t.text.as_str()))
        || parts
            .iter()
            .filter(|t| t.kind == Kind::Join)
            .max_by_key(|t| t.text.len())
            .is_some_and(|t| held.contains(t.text.as_str()))
}

fn distinct(tokens: Vec<Token>) -> Vec<Token> {
    let mut kept: BTreeMap<Token, ()> = BTreeMap::new();
    let mut out = Vec::new();
    for token in tokens {
        if out.len() < MOST_TOKENS && kept.insert(token.clone(), ()).is_none() {
            out.push(token);
        }
    }
    out
}

/// The part of what was typed that a search reads.
pub fn part_read(typed: &str) -> &str {
    &typed[..typed.floor_char_boundary(LONGEST_QUERY)]
}
