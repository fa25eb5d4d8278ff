//! What the best documents hold of a query. Each posting list is walked once for all of them.

use tantivy::schema::IndexRecordOption;
use tantivy::{DocAddress, DocSet, Searcher, TERMINATED, Term};

use super::SearchError;
use super::indexer::SearchIndex;
use super::understood::Asked;

/// What a document holds of a query: the tokens, and each field's share of them, the largest first.
pub(super) type Matched<'a> = (Vec<&'a Asked>, Vec<(&'static str, f32)>);

impl SearchIndex {
    /// Which tokens each document holds in any field, and what each field has of them.
    pub(super) fn matched<'a>(
        &self,
        searcher: &Searcher,
        addresses: &[DocAddress],
        asked: &'a [Asked],
    ) -> Result<Vec<Matched<'a>>, SearchError> {
        let known: Vec<&Asked> = asked.iter().filter(|a| a.known).collect();
        let fields = self.fields.weighted();
        let mut by_place: Vec<usize> = (0..addresses.len()).collect();
        by_place.sort_by_key(|place| addresses[*place]);
        // For each document and field, which of the tokens it holds.
        let mut holds = vec![false; addresses.len() * fields.len() * known.len()];
        let at = |place: usize, field: usize, token: usize| (place * fields.len() + field) * known.len() + token;
        for part in by_place.chunk_by(|a, b| addresses[*a].segment_ord == addresses[*b].segment_ord) {
            let segment = searcher.segment_reader(addresses[part[0]].segment_ord);
            for (field, (handle, ..)) in fields.iter().enumerate() {
                let inverted = segment.inverted_index(*handle)?;
                for (token, a) in known.iter().enumerate() {
                    let term = Term::from_field_text(*handle, &a.token.text);
                    let postings =
                        inverted.read_postings(&term, IndexRecordOption::Basic).map_err(tantivy::TantivyError::from)?;
                    let Some(mut postings) = postings else { continue };
                    for place in part {
                        let wanted = addresses[*place].doc_id;
                        let doc = if postings.doc() < wanted { postings.seek(wanted) } else { postings.doc() };
                        if doc == TERMINATED {
                            break;
                        }
                        holds[at(*place, field, token)] = doc == wanted;
                    }
                }
            }
        }
        let one = |place: usize| {
            let mut found: Vec<&Asked> = Vec::new();
            let mut shares: Vec<(&'static str, f32)> = Vec::new();
            for (field, (_, name, field_weight)) in fields.iter().enumerate() {
                let mut held = 0.0;
                for (_, a) in known.iter().enumerate().filter(|(token, _)| holds[at(place, field, *token)]) {
                    held += field_weight * a.weight * a.rarity;
                    if !found.iter().any(|f| std::ptr::eq(*f, *a)) {
                        found.push(a);
                    }
                }
                shares.push((name, held));
            }
            let all: f32 = shares.iter().map(|(_, held)| held).sum();
            shares.retain(|(_, held)| *held > 0.0);
            shares.iter_mut().for_each(|(_, held)| *held /= all);
            shares.sort_by(|a, b| b.1.total_cmp(&a.1));
            (found, shares)
        };
        Ok((0..addresses.len()).map(one).collect())
    }
}
