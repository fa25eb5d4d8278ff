//! `nstat`: the counters of a host.

use alloc::format;
use alloc::string::String;

use crate::host::Host;

/// Counters that are not zero, as `nstat -az` prints them.
pub fn render(host: &Host) -> String {
    let mut out = String::from("#kernel\n");
    for (name, n) in host.stats.iter() {
        out.push_str(&format!("{name:<32}{n:<19}0.0\n"));
    }
    out
}
