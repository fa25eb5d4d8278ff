//! What templates are given: plain structs with everything decided.

pub mod blocks;
pub mod case;
pub mod dead_peer;
pub mod filters;
pub mod marks;
pub mod sequence;
pub mod shell;
pub mod text;
