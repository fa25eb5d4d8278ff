//! JSON for programs.

pub mod search;
