//! Domain → index → hits. One document a case with both languages folded in; the reader's language decides what is shown.

mod analysis;
mod concepts;
mod fold;
mod held;
mod indexer;
mod passages;
pub mod paste;
pub mod probe;
mod query;
mod slips;
mod understood;

pub use analysis::{Kind, Token, tokens};
pub use concepts::{Concept, ConceptId};
pub use indexer::SearchIndex;
pub use passages::Place;
pub use query::{Found, Hit};
pub use slips::as_typed;
pub use understood::{Named, Understood, part_read};

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The engine failed.
    #[error("the search index failed: {0}")]
    Engine(#[from] tantivy::TantivyError),
}
