//! What templates are given: plain structs with everything decided.

pub mod blocks;
pub mod case;
pub mod dead_peer;
pub mod filters;
pub mod knobs;
pub mod marks;
pub mod names;
pub mod names_chart;
pub mod preset_file;
pub mod queues;
pub mod race;
pub mod sequence;
pub mod shell;
pub mod stage;
pub mod states;
mod states_graph;
pub mod stream;
pub mod text;
mod text_names;
mod text_stage;
mod text_states;
mod text_stream;
pub mod variants;
