//! The passages of a case: stretches read at one glance. The one that holds most of a query is what a result shows.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::analysis::Joins;
use super::concepts::Concepts;
use super::indexer::with_concepts;
use crate::domain::page_text::{Block, SectionId};
use crate::domain::{Case, Lang};

/// Where a passage stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A paragraph, an item, a row.
    Words {
        /// In this language.
        lang: Lang,
        /// In this section.
        section: SectionId,
        /// The words.
        text: String,
    },
    /// The lines of recorded output that matter, by key of the case's evidence.
    Evidence(String),
}

/// The passages of a case, in both languages.
#[derive(Debug, Default)]
pub struct Passages {
    places: Vec<Place>,
    /// The passages that hold a token, by its hash.
    holding: HashMap<u64, Vec<u16>>,
}

impl Passages {
    /// Reads them.
    pub fn of(concepts: &Concepts, case: &Case) -> Passages {
        let mut passages = Passages::default();
        let mut add = |place: Place, text: &str| passages.add(concepts, place, text);
        for (lang, text) in case.text.iter() {
            for section in &text.sections {
                for block in &section.blocks {
                    for line in lines(block) {
                        add(Place::Words { lang, section: section.id, text: line.clone() }, &line);
                    }
                }
            }
        }
        for (key, evidence) in &case.evidence {
            let hits = evidence.lines().zip(1..).filter(|(_, n)| evidence.hits.iter().any(|h| h.line == *n));
            let lines: Vec<&str> = evidence.command.as_deref().into_iter().chain(hits.map(|(line, _)| line)).collect();
            add(Place::Evidence(key.clone()), &lines.join("\n"));
        }
        passages
    }

    fn add(&mut self, concepts: &Concepts, place: Place, text: &str) {
        let Ok(number) = u16::try_from(self.places.len()) else { return };
        self.places.push(place);
        for token in with_concepts(concepts, text, Joins::Words).split_ascii_whitespace() {
            let holding = self.holding.entry(hash(token)).or_default();
            if holding.last() != Some(&number) {
                holding.push(number);
            }
        }
    }

    /// Each passage that holds any of the tokens, with the sum of the worths of those that it holds.
    pub fn worth<'t>(&self, tokens: impl IntoIterator<Item = (&'t str, f32)>) -> impl Iterator<Item = (&Place, f32)> {
        let mut worth = vec![0.0; self.places.len()];
        for (token, worth_of_token) in tokens {
            for number in self.holding.get(&hash(token)).into_iter().flatten() {
                worth[usize::from(*number)] += worth_of_token;
            }
        }
        self.places.iter().zip(worth).filter(|(_, worth)| *worth > 0.0)
    }
}

fn hash(token: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    token.hash(&mut hasher);
    hasher.finish()
}

/// The lines of a block that are read.
fn lines(block: &Block) -> Vec<String> {
    let all = |text: String| text.lines().filter(|l| !l.trim().is_empty()).map(str::to_owned).collect();
    match block {
        Block::Words(html) | Block::Statement(html) => all(html.plain()),
        Block::Heading { text, .. } => vec![text.clone()],
        Block::Evidence { caption, notes, .. } => {
            let mut lines: Vec<String> = all(caption.plain());
            lines.extend(notes.iter().map(|(_, note)| note.clone()));
            lines
        }
        Block::Checks(checks) => checks.iter().map(|c| format!("{} {}", c.command, c.html.plain())).collect(),
        Block::Code(_) | Block::Sequence { .. } | Block::File { .. } | Block::Tool(_) => Vec::new(),
    }
}
