//! The targets.

pub mod analyse;
pub mod search;
