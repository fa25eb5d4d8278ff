//! The passages of a case: stretches read at one glance. Words that stand in one passage belong together, words scattered
//! over a long text are accidents; and the passage that holds most of a query is what a result shows.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::concepts::Concepts;
use super::indexer::with_concepts;
use super::analysis::Joins;
use crate::domain::page_text::{Block, SectionId};
use crate::domain::{Case, Lang, Library};

/// Where a passage stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The title in a language.
    Title(Lang),
    /// A symptom in users' words.
    Symptom(Lang),
    /// The names and spellings of a signal.
    Signal,
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

impl Place {
    /// Whether a result shows it to readers of a language: titles stand there anyway, symptoms and spellings are for
    /// search alone.
    pub fn shows_to(&self, reader: Lang) -> bool {
        match self {
            Place::Words { lang, .. } => *lang == reader,
            Place::Evidence(_) => true,
            Place::Title(_) | Place::Symptom(_) | Place::Signal => false,
        }
    }
}

/// One passage.
#[derive(Debug)]
pub struct Passage {
    /// Where it stands.
    pub place: Place,
    /// The hashes of its tokens, in order.
    tokens: Vec<u64>,
}

impl Passage {
    fn new(concepts: &Concepts, place: Place, text: &str) -> Passage {
        let mut tokens: Vec<u64> =
            with_concepts(concepts, text, Joins::Words).split_ascii_whitespace().map(hash).collect();
        tokens.sort_unstable();
        tokens.dedup();
        Passage { place, tokens }
    }

    /// Whether it holds a token.
    pub fn holds(&self, token: &str) -> bool {
        self.tokens.binary_search(&hash(token)).is_ok()
    }
}

fn hash(token: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    token.hash(&mut hasher);
    hasher.finish()
}

/// All passages of a case, in both languages.
pub fn passages(concepts: &Concepts, case: &Case, library: &Library) -> Vec<Passage> {
    let mut found = Vec::new();
    let mut add = |place: Place, text: &str| found.push(Passage::new(concepts, place, text));
    for (lang, text) in case.text.iter() {
        add(Place::Title(lang), &text.title);
        for line in case.symptoms.get(lang) {
            add(Place::Symptom(lang), line);
        }
        for section in &text.sections {
            for block in &section.blocks {
                for line in lines(block) {
                    add(Place::Words { lang, section: section.id, text: line.clone() }, &line);
                }
            }
        }
    }
    for signal in case.signals.iter().filter_map(|s| library.signal(&s.id)) {
        let words = [&signal.name.zh, &signal.name.en, &signal.short.zh, &signal.short.en].into_iter();
        let words: Vec<&str> = words.chain(&signal.spellings).map(String::as_str).collect();
        add(Place::Signal, &words.join("\n"));
    }
    for (key, evidence) in &case.evidence {
        let hits = evidence.lines().zip(1..).filter(|(_, n)| evidence.hits.iter().any(|h| h.line == *n));
        let lines: Vec<&str> = evidence.command.as_deref().into_iter().chain(hits.map(|(line, _)| line)).collect();
        add(Place::Evidence(key.clone()), &lines.join("\n"));
    }
    found
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
