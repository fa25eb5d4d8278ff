//! Bilingual terms: tooltips on pages, synonyms for search.

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
