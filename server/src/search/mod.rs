//! Domain → index → hits. One document a case with both languages folded in; the reader's language decides what is shown.

mod analysis;
mod indexer;
mod query;

pub use analysis::{Kind, Token, tokens};
pub use indexer::SearchIndex;
pub use query::{Hit, part_read};

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The engine failed.
    #[error("the search index failed: {0}")]
    Engine(#[from] tantivy::TantivyError),
}
