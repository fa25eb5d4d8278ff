//! The dictionary of the field: every word for a thing, in both languages, gives the same token.
//! Made from the glossary (words and aliases), the signals (spellings) and the wordings, which are reviewed like code.

use std::collections::{BTreeMap, HashMap};

use aho_corasick::AhoCorasick;

use super::analysis::{self, Kind, Token, UNIT};
use crate::domain::{Both, Library, SignalId};

/// What a concept is made from.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ConceptId {
    /// A term of the glossary.
    Term(String),
    /// A signal.
    Signal(SignalId),
    /// Ordinary words for one thing.
    Wording(String),
}

impl ConceptId {
    /// The token that stands for it in index and query. No analysed word holds its first character.
    pub fn token(&self) -> Token {
        match self {
            ConceptId::Term(id) => Token { text: format!("§{id}"), kind: Kind::Concept },
            ConceptId::Signal(id) => Token { text: format!("§{id}"), kind: Kind::Concept },
            ConceptId::Wording(id) => Token { text: format!("¶{id}"), kind: Kind::Wording },
        }
    }

    /// Its name in addresses: a signal's id has a dot, a term's has none.
    pub fn code(&self) -> &str {
        match self {
            ConceptId::Term(id) | ConceptId::Wording(id) => id,
            ConceptId::Signal(id) => id.as_str(),
        }
    }
}

/// One thing that texts name in many ways.
#[derive(Debug, Clone)]
pub struct Concept {
    /// Which.
    pub id: ConceptId,
    /// How it is shown.
    pub label: Both<String>,
}

/// All of them, ready to be found.
pub struct Concepts {
    all: Vec<Concept>,
    finder: Option<AhoCorasick>,
    /// The bytes of the longest pattern of the finder.
    longest: usize,
    /// For each pattern of the finder, the concepts it names.
    named: Vec<Vec<usize>>,
    /// What a misspelling may have meant, by length: the folded joined form of an identifier and a spelling of it.
    identifiers: HashMap<usize, Vec<(String, String)>>,
}

impl Concepts {
    /// Collects the words of a library.
    pub fn new(library: &Library) -> Concepts {
        let mut all = Vec::new();
        let mut wordings: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        let mut identifiers = BTreeMap::new();
        for term in &library.glossary {
            let words = [&term.word.zh, &term.word.en].into_iter();
            let words: Vec<&String> = words.chain(&term.aliases.zh).chain(&term.aliases.en).collect();
            add(&mut wordings, &mut identifiers, all.len(), &words);
            all.push(Concept { id: ConceptId::Term(term.id.clone()), label: term.word.clone() });
        }
        for signal in library.signals() {
            let words: Vec<&String> = [&signal.name.zh, &signal.name.en, &signal.short.zh, &signal.short.en]
                .into_iter()
                .chain(&signal.spellings)
                .collect();
            add(&mut wordings, &mut identifiers, all.len(), &words);
            all.push(Concept { id: ConceptId::Signal(signal.id.clone()), label: signal.short.clone() });
        }
        for wording in &library.wordings {
            let words: Vec<&String> = wording.words.iter().flat_map(|(_, words)| words).collect();
            // Nobody is taken to have meant an ordinary word.
            add(&mut wordings, &mut BTreeMap::new(), all.len(), &words);
            let label = Both::make(|lang| wording.words.get(lang).first().cloned().unwrap_or_default());
            all.push(Concept { id: ConceptId::Wording(wording.id.clone()), label });
        }
        let (patterns, named): (Vec<String>, Vec<Vec<usize>>) = wordings.into_iter().unzip();
        let mut by_length: HashMap<usize, Vec<(String, String)>> = HashMap::new();
        for (folded, spelling) in identifiers {
            by_length.entry(folded.len()).or_default().push((folded, spelling));
        }
        let longest = patterns.iter().map(String::len).max().unwrap_or(0);
        Concepts { all, finder: AhoCorasick::new(&patterns).ok(), longest, named, identifiers: by_length }
    }

    /// Hands over each concept that a unit stream (see [`analysis::tokens_and_units`]) names, as often as it does, with
    /// its share of the wording (one may name several things) and the units that named it.
    pub fn each<'c>(&'c self, units: &str, mut found: impl FnMut(&'c Concept, f32, &str)) {
        let Some(finder) = &self.finder else { return };
        let hits: Vec<_> = finder.find_overlapping_iter(units).collect();
        // Hits come by their end: what holds one entirely ends with it or later, one wording's length away at most.
        let inside = |at: usize| {
            let (from, to) = (hits[at].start(), hits[at].end());
            let larger = |h: &aho_corasick::Match| h.start() <= from && h.end() >= to && h.len() > to - from;
            hits[at + 1..].iter().take_while(|h| h.end() <= from + self.longest).any(larger)
                || hits[..at].iter().rev().take_while(|h| h.end() == to).any(larger)
        };
        for (at, hit) in hits.iter().enumerate() {
            let named = &self.named[hit.pattern().as_usize()];
            for index in named {
                let concept = &self.all[*index];
                // "Not released" is no releasing, "stuck together" not stuck; a term is still meant inside a longer one.
                if matches!(concept.id, ConceptId::Wording(_)) && inside(at) {
                    continue;
                }
                found(concept, 1.0 / named.len() as f32, &units[hit.start()..hit.end()]);
            }
        }
    }

    /// The concept of a code, if the library has it.
    pub fn find(&self, code: &str) -> Option<&Concept> {
        self.all.iter().find(|c| c.id.code() == code)
    }

    /// The identifier of the dictionary that a folded word may have been meant to be: neighbours swapped, a letter lost,
    /// doubled or wrong; one slip at most, two from eight letters on. Among all words of an index this would be slow and
    /// would invent.
    pub fn nearest(&self, typed: &str) -> Option<&str> {
        if typed.len() < SHORTEST_WORD || !typed.is_ascii() {
            return None;
        }
        let most = if typed.len() >= 8 { 2 } else { 1 };
        let near = (typed.len() - most..=typed.len() + most).filter_map(|length| self.identifiers.get(&length));
        near.flatten()
            .map(|(folded, spelling)| (strsim::osa_distance(typed, folded), folded, spelling))
            .filter(|(distance, folded, _)| {
                *distance <= most && (typed.len() > SHORT_WORD || same_letters(typed, folded))
            })
            .min_by_key(|(distance, folded, _)| (*distance, folded.len().abs_diff(typed.len()), *folded))
            .map(|(.., spelling)| spelling.as_str())
    }
}

fn add(
    wordings: &mut BTreeMap<String, Vec<usize>>,
    identifiers: &mut BTreeMap<String, String>,
    index: usize,
    words: &[&String],
) {
    for word in words {
        let parts = analysis::parts(word);
        // An `f` in what someone types is no FIN.
        if parts.len() == 1 && parts[0].len() == 1 {
            continue;
        }
        for stream in [analysis::units(word), joined_stream(&parts)].into_iter().flatten() {
            let concepts = wordings.entry(stream).or_default();
            if !concepts.contains(&index) {
                concepts.push(index);
            }
        }
        let latin = parts.iter().all(|p| p.is_ascii());
        if latin && (2..=4).contains(&parts.len()) && !word.contains(' ') {
            identifiers.entry(parts.concat()).or_insert_with(|| (*word).clone());
        }
        // The words of a whole error message are ordinary ones, and slips of them too.
        let name = !word.contains(' ') || parts.len() <= MOST_PARTS_OF_A_NAME;
        for part in parts.iter().filter(|_| name).filter(|p| p.is_ascii() && p.len() >= SHORTEST_WORD) {
            identifiers.entry(part.clone()).or_insert_with(|| part.clone());
        }
    }
}

/// More words than this are a sentence.
const MOST_PARTS_OF_A_NAME: usize = 3;
/// Shorter words are too near to each other to guess between.
const SHORTEST_WORD: usize = 4;

/// In words up to this length another letter makes another word: `lang` is no slip of `hang`, nor CORS of core.
const SHORT_WORD: usize = 5;

/// Whether two words are of the same letters.
fn same_letters(a: &str, b: &str) -> bool {
    let sorted = |word: &str| {
        let mut letters = word.as_bytes().to_vec();
        letters.sort_unstable();
        letters
    };
    sorted(a) == sorted(b)
}

/// `TIME_WAIT` is also typed `timewait`: letters in a row, numbers apart as analysis has them.
fn joined_stream(parts: &[String]) -> Option<String> {
    let letters = |p: &String| p.bytes().all(|b| b.is_ascii_alphabetic());
    let words = parts.iter().filter(|p| letters(p)).count();
    if !(2..=4).contains(&words) || !parts.iter().all(|p| p.is_ascii()) {
        return None;
    }
    let mut runs: Vec<String> = Vec::new();
    let mut last_was_letters = false;
    for part in parts {
        match runs.last_mut() {
            Some(run) if last_was_letters && letters(part) => run.push_str(part),
            _ => runs.push(part.clone()),
        }
        last_was_letters = letters(part);
    }
    let mut stream = String::from(UNIT);
    for run in runs {
        stream.push_str(analysis::singular(&run));
        stream.push(UNIT);
    }
    Some(stream)
}
