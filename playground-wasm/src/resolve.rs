//! A name lookup.

use netsim::resolver::answer::{Dial, answer};
use netsim::resolver::read;
use netsim::resolver::version::Implementation;

/// Looks a name up, and connects if `dial` ([`Dial::parse`]) is given.
pub fn resolve(case: &str, implementation: &str, dial: Option<&str>) -> Result<String, String> {
    let case = read::case(case).map_err(|bad| bad.to_string())?;
    let dial = dial.map(Dial::parse).transpose().map_err(|bad| bad.to_string())?;
    let implementation: Implementation = implementation.parse().map_err(|unknown| format!("{unknown}"))?;
    Ok(answer(&case, implementation, dial).json())
}
