//! Lists of names: what the search list and `ndots` make of one name.

use alloc::string::String;
use alloc::vec::Vec;

use super::files::resolv_conf::Conf;
use super::trace::Why;
use super::version::Go;

/// Names for Go, which tries them all until one has addresses (`net/dnsclient_unix.go`, `nameList`).
pub fn go(name: &str, conf: &Conf, version: Go) -> Vec<(String, Why)> {
    let mut out = Vec::new();
    if version.onion_stops_search() && is_onion(name) {
        return out;
    }
    let rooted = name.ends_with('.');
    let too_long =
        name.len() > 254 || (name.len() == 254 && if version.drops_longest_rooted() { rooted } else { !rooted });
    if too_long {
        return out;
    }
    let mut add = |name: String, why| {
        if version.onion_stops_search() || !is_onion(&name) {
            out.push((name, why));
        }
    };
    if rooted {
        add(name.into(), Why::AsIs);
        return out;
    }
    let first = name.bytes().filter(|&b| b == b'.').count() >= conf.ndots as usize;
    let bare = alloc::format!("{name}.");
    if first {
        add(bare.clone(), Why::AsIs);
    }
    for suffix in &conf.search {
        if bare.len() + suffix.len() <= 254 {
            add(alloc::format!("{bare}{suffix}"), Why::Suffix);
        }
    }
    if !first {
        add(bare, Why::Bare);
    }
    out
}

/// RFC 7686: names under `.onion` are not for DNS.
fn is_onion(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    name.len().checked_sub(6).and_then(|at| name.get(at..)).is_some_and(|end| end.eq_ignore_ascii_case(".onion"))
}

/// How glibc walks (`resolv/res_query.c`, `__res_context_search`): what it does after a failure depends on the failure, so
/// this is a plan and not a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GlibcPlan {
    /// As it is first.
    pub as_is_first: bool,
    /// It ends in a dot: nothing else is tried.
    pub final_dot: bool,
    /// No dot in it.
    pub dotless: bool,
}

/// The plan for a name.
pub fn glibc(name: &str, conf: &Conf) -> GlibcPlan {
    let dots = name.bytes().filter(|&b| b == b'.').count();
    let final_dot = name.ends_with('.');
    GlibcPlan { as_is_first: dots >= conf.ndots as usize || final_dot, final_dot, dotless: dots == 0 }
}

/// Names for musl: suffixes only below `ndots`, then the name itself (`src/network/lookup_name.c`, `name_from_dns_search`).
/// `None` when more than one dot ends it, or nothing stands before.
pub fn musl(name: &str, conf: &Conf) -> Option<Vec<(String, Why)>> {
    let dots = name.bytes().filter(|&b| b == b'.').count();
    let base = name.strip_suffix('.').unwrap_or(name);
    if base.is_empty() || base.ends_with('.') {
        return None;
    }
    let search = dots < conf.ndots as usize && !name.ends_with('.');
    let mut out = Vec::new();
    if search {
        for suffix in conf.search.iter().filter(|s| s.len() < 256usize.saturating_sub(base.len() + 1)) {
            out.push((alloc::format!("{base}.{suffix}"), Why::Suffix));
        }
    }
    out.push((name.into(), if search { Why::Bare } else { Why::AsIs }));
    Some(out)
}
