//! Plain types and the rules that hold for them. No I/O, no clock, no HTTP, no SQL.

pub mod case;
pub mod claim;
pub mod feedback;
pub mod glossary;
pub mod lang;
pub mod library;
pub mod masks;
pub mod naming;
pub mod page_text;
pub mod playground;
pub mod preset;
pub mod search_log;
pub mod sequence;
pub mod signal;

pub use case::{Case, Difficulty, Layer, Slug};
pub use feedback::{Answer, Feedback};
pub use glossary::{Term, Wording};
pub use lang::{Both, Lang};
pub use library::Library;
pub use preset::Preset;
pub use search_log::{SearchCounts, Searched, Words};
pub use signal::{Area, Signal, SignalId, SignalKind};
