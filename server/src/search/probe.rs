//! What is made of an input on its way to the index, step by step, for whoever checks what must hold of every input.

use super::analysis::{self, Joins, Token};
use super::concepts::{ConceptId, Concepts};
use super::{fold, paste};
use crate::domain::Library;

/// Analyses as a search does, without an index.
pub struct Probe(Concepts);

/// Each step's result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Steps {
    /// What is left of pasted output.
    pub text: String,
    /// That, line by line in one spelling.
    pub folded: Vec<String>,
    /// Its tokens as a query has them.
    pub tokens: Vec<Token>,
    /// The same tokens as the index stores them.
    pub indexed: String,
    /// The stream in which concepts are found.
    pub units: String,
    /// The concepts, and the units that named each.
    pub concepts: Vec<(ConceptId, String)>,
}

impl Probe {
    /// With the dictionary of a library.
    pub fn new(library: &Library) -> Probe {
        Probe(Concepts::new(library))
    }

    /// Takes an input through all steps.
    pub fn steps(&self, input: &str) -> Steps {
        let text = paste::read(input).text;
        let (indexed, units) = analysis::tokens_and_units(&text, Joins::Words);
        let mut concepts = Vec::new();
        self.0.each(&units, |concept, _, named| concepts.push((concept.id.clone(), named.to_owned())));
        let folded = text.lines().map(|line| fold::folded(line).into_owned()).collect();
        Steps { folded, tokens: analysis::tokens(&text), indexed, units, concepts, text }
    }
}
