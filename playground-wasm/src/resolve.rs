//! A name lookup.

use netsim::json::Json;
use netsim::resolver::outcome::Status;
use netsim::resolver::version::Implementation;
use netsim::resolver::{lookup, read};

/// Looks a name up: a case as JSON, the name of an implementation. Gives JSON: `status` (`OK`, an `EAI_` code, or the kind
/// of Go's error), `text` of Go's error or null, `addresses` in the order in which a program tries them, the `canonical`
/// name or null, the `order` that Go prints or null, `at_us` when it was over, and every step with its rule and where that
/// can be read ([`netsim::resolver::trace::Step::write`]).
pub fn resolve(case: &str, implementation: &str) -> Result<String, String> {
    let case = read::case(case).map_err(|bad| bad.to_string())?;
    let implementation: Implementation = implementation.parse().map_err(|unknown| format!("{unknown}"))?;
    let done = lookup(&case, implementation);
    let text = match &done.status {
        Status::Go(error) => Some(error.text.as_str()),
        Status::Ok | Status::Eai(_) | Status::Killed => None,
    };
    let mut out = Json::default();
    out.open("", '{').text("status", done.status.name()).maybe_text("text", text).open("addresses", '[');
    for address in done.printed() {
        out.text("", &address);
    }
    out.close(']').maybe_text("canonical", done.canonical.as_deref());
    out.maybe_text("order", done.order.map(|o| o.name()));
    out.number("at_us", done.trace.now.as_micros() as i64).open("steps", '[');
    for step in &done.trace.steps {
        step.write(&mut out);
    }
    out.close(']').close('}');
    Ok(out.0)
}
