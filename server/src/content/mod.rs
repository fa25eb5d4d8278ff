//! Files → checked [`Library`](crate::domain::Library), or everything that is wrong with them.
//! Reads once, keeps nothing of the files but what pages need.

mod case_files;
mod fences;
pub mod files;
mod front_matter;
pub mod highlight;
mod json_place;
mod load;
mod markdown;
mod playgrounds;
mod preset_checks;
pub mod preset_claims;
mod preset_runs;
mod presets;
pub mod problems;
pub mod scaffold;
mod sequences;
mod shared_files;
mod terms;
pub mod typography;

pub use files::Files;
pub use load::{load, load_after};
pub use problems::{Problem, Problems};
