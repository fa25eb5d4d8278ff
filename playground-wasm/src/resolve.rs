//! A name lookup, and what the program then does with the addresses.

use netsim::resolver::outcome::Status;
use netsim::resolver::trace::Step;
use netsim::resolver::version::Implementation;
use netsim::resolver::{lookup, read};
use serde::Serialize;

/// How it ended.
#[derive(Debug, Serialize)]
pub struct Answer {
    /// `OK`, an `EAI_` code, or the kind of Go's error.
    pub status: &'static str,
    /// The text of Go's error.
    pub text: Option<String>,
    /// In the order in which a program tries them.
    pub addresses: Vec<String>,
    /// The canonical name.
    pub canonical: Option<String>,
    /// The order that Go prints.
    pub order: Option<&'static str>,
    /// When the lookup was over, microseconds.
    pub at_us: u64,
    /// Every step, with its rule and where that can be read.
    pub steps: Vec<Step>,
}

/// Looks a name up.
pub fn resolve(case: &str, implementation: &str) -> Result<String, String> {
    let case = read::case(case).map_err(|bad| bad.to_string())?;
    let implementation: Implementation = implementation.parse().map_err(|unknown| format!("{unknown}"))?;
    let done = lookup(&case, implementation);
    let text = match &done.status {
        Status::Go(error) => Some(error.text.clone()),
        Status::Ok | Status::Eai(_) | Status::Killed => None,
    };
    let answer = Answer {
        status: done.status.name(),
        text,
        addresses: done.printed(),
        canonical: done.canonical.clone(),
        order: done.order.map(|o| o.name()),
        at_us: done.trace.now.as_micros(),
        steps: done.trace.steps,
    };
    serde_json::to_string(&answer).map_err(|e| e.to_string())
}
