//! `/etc/host.conf`, of which `multi` matters: whether all lines of the hosts file count for glibc, or the first only.

use crate::map::Map;
use alloc::string::String;

use super::super::address::is_space;
use super::super::trace::{Effect, Rule, Trace, rule};
use super::{Notes, fgets, lossy};

const SOURCE: &str = "glibc resolv/res_hconf.c";

/// True when `multi on` holds.
pub fn multi(text: Option<&str>, env: &Map<String, String>, trace: &mut Trace) -> bool {
    const BAD: Rule = rule("glibc.host-conf-bad-command", SOURCE);
    const BOOL: Rule = rule("glibc.host-conf-on-or-off", SOURCE);
    const USED: Rule = rule("glibc.host-conf-multi", SOURCE);
    let mut multi = false;
    let mut notes = Notes::about("/etc/host.conf", trace);
    for (i, piece) in fgets(text.unwrap_or(""), 256).enumerate() {
        let line = lossy(piece.split(|&b| b == 0 || b == b'\n').next().unwrap_or(piece));
        let space = |c: char| u8::try_from(c).is_ok_and(is_space);
        let content = line.trim_start_matches(space);
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        let end = content.find(|c| space(c) || c == '#' || c == ',').unwrap_or(content.len());
        let (command, rest) = content.split_at_checked(end).unwrap_or((content, ""));
        match command.to_ascii_lowercase().as_str() {
            "multi" => match on_or_off(rest.trim_start_matches(space)) {
                Some(on) => {
                    multi = on;
                    notes.add(i + 1, &line, Effect::Used, USED);
                }
                None => notes.add(i + 1, &line, Effect::Ignored, BOOL),
            },
            "order" | "trim" | "reorder" => {}
            _ => notes.add(i + 1, &line, Effect::Ignored, BAD),
        }
    }
    env.get("RESOLV_MULTI").and_then(|value| on_or_off(value)).unwrap_or(multi)
}

/// The beginning counts: `once` is on.
fn on_or_off(text: &str) -> Option<bool> {
    let starts = |word: &str| text.get(..word.len()).is_some_and(|t| t.eq_ignore_ascii_case(word));
    if starts("on") {
        Some(true)
    } else if starts("off") {
        Some(false)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_multi_counts() {
        let read = |text| multi(Some(text), &Map::new(), &mut Trace::default());
        assert!(read("multi on\n"));
        assert!(read("  MULTI On # yes"));
        assert!(read("order hosts,bind\nmulti on\r\n"));
        assert!(!read("multi on\nmulti off\n"));
        assert!(!read("multi\n"));
        assert!(!read("#multi on\n"));
        assert!(!read("multi\0 on\n"));
    }
}
