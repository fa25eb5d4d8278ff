//! The words of the field, as terms with a meaning and as people say them.

use super::lang::Both;

/// One term of the field.
#[derive(Debug, Clone)]
pub struct Term {
    /// Kebab-case id.
    pub id: String,
    /// The word as prose writes it.
    pub word: Both<String>,
    /// Other words for the same thing.
    pub aliases: Both<Vec<String>>,
    /// What it means, in a sentence or two.
    pub definition: Both<String>,
    /// Where the definition comes from (https).
    pub source: String,
}

/// Ordinary words for one thing that happens, across languages. Search alone knows them: they need no definition.
#[derive(Debug, Clone)]
pub struct Wording {
    /// Kebab-case id.
    pub id: String,
    /// At least one word a language.
    pub words: Both<Vec<String>>,
}
