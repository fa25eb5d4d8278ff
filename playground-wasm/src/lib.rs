//! The browser edge of netsim: JSON in, JSON out, errors as JavaScript errors. Translates, and no more.
//! Words are the page's affair: what crosses are numbers and the names of settings.
#![warn(clippy::unwrap_used)]

pub mod dto;

use wasm_bindgen::prelude::*;

/// How long Linux takes to notice that a peer is gone. Takes [`dto::Question`] and gives [`dto::Answer`], both as JSON;
/// throws with the name of the setting that is missing, unknown or out of range.
#[wasm_bindgen]
pub fn dead_peer(question: &str) -> Result<String, JsError> {
    dto::dead_peer(question).map_err(|what| JsError::new(&what))
}
