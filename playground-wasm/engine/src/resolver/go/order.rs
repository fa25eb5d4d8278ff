//! Go's choice: cgo or its own resolver, and in which order that reads the hosts file and asks DNS (`net/conf.go`).

use alloc::string::String;
use alloc::vec::Vec;

use super::super::files::nsswitch::{GoFile, GoSource};
use super::super::trace::{Event, Rule, Trace, rule};
use super::super::version::Go;

const SOURCE: &str = "Go net/conf.go hostLookupOrder";

/// What `hostLookupOrder` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Order {
    /// The C library does it.
    Cgo,
    /// The hosts file, then DNS.
    FilesDns,
    /// DNS, then the hosts file.
    DnsFiles,
    /// The hosts file only.
    Files,
    /// DNS only.
    Dns,
}

impl Order {
    /// As Go prints it.
    pub const fn name(self) -> &'static str {
        match self {
            Order::Cgo => "cgo",
            Order::FilesDns => "files,dns",
            Order::DnsFiles => "dns,files",
            Order::Files => "files",
            Order::Dns => "dns",
        }
    }
}

/// The operating system, as far as the choice depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Os {
    /// Linux.
    Linux,
    /// No nsswitch.conf; `lookup` in resolv.conf.
    OpenBsd,
    /// illumos and Solaris.
    Solaris,
    /// Android and iOS: always the C library if there is one.
    Phone,
    /// Windows: no hosts file before 1.22.
    Windows,
    /// Plan 9.
    Plan9,
    /// Any other Unix.
    Other,
}

/// resolv.conf as far as the choice depends on it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Resolv {
    /// It is not there.
    pub missing: bool,
    /// It is there and cannot be read.
    pub unreadable: bool,
    /// Something in it is unknown.
    pub unknown: bool,
    /// The words of OpenBSD's `lookup` line.
    pub lookup: Vec<String>,
}

/// Everything that the choice depends on.
#[derive(Debug, Clone)]
pub struct Situation<'a> {
    /// Version and build.
    pub version: Go,
    /// `runtime.GOOS`.
    pub os: Os,
    /// Go's resolver is asked for: netgo, GODEBUG or `PreferGo`. Builds without cgo count up to 1.19.
    pub want_go: bool,
    /// cgo is asked for: netcgo or GODEBUG.
    pub want_cgo: bool,
    /// cgo is preferred: by the environment, or by the system.
    pub prefer_cgo: bool,
    /// cgo is linked in.
    pub has_cgo: bool,
    /// resolv.conf.
    pub resolv: &'a Resolv,
    /// nsswitch.conf.
    pub nsswitch: &'a GoFile,
    /// `/etc/mdns.allow` exists.
    pub mdns_allow: bool,
    /// The own host name.
    pub own_name: &'a str,
}

/// GODEBUG as a list of settings: `key=value,key=value`.
pub fn godebug<'a>(text: &'a str, key: &str, version: Go) -> Option<&'a str> {
    let mut values = text.split(',').filter_map(|part| part.split_once('=')).filter(|(k, _)| *k == key).map(|(_, v)| v);
    if version.last_godebug_counts() { values.next_back() } else { values.next() }
}

/// The mode in `netdns=mode+level`: text that begins with no digit; the second of two counts.
pub fn netdns_mode(value: &str) -> &str {
    let is_mode = |part: &&str| !part.is_empty() && !part.starts_with(|c: char| c.is_ascii_digit());
    match value.split_once('+') {
        Some((first, second)) => [second, first].into_iter().find(is_mode).unwrap_or(""),
        None => Some(value).filter(is_mode).unwrap_or(""),
    }
}

/// The order for a name.
pub fn choose(s: &Situation<'_>, name: &str, trace: &mut Trace) -> Order {
    let (order, why) = if s.version.unified_order() { unified(s, name) } else { first(s, name) };
    trace.push(Event::Order { sources: order.name().into() }, why);
    let resolver = if order == Order::Cgo { "cgo" } else { "go" };
    trace.push(Event::ChooseResolver { resolver }, why);
    order
}

const FORCED: Rule = rule("go.cgo-by-environment", "Go net/conf.go initConfVal");
const ODD_NAME: Rule = rule("go.cgo-for-backslash-and-percent", SOURCE);
const RESOLV: Rule = rule("go.cgo-for-unknown-resolv-conf", SOURCE);
const PLATFORM: Rule = rule("go.platform", SOURCE);
const LOCAL: Rule = rule("go.cgo-for-local", SOURCE);
const DEFAULT: Rule = rule("go.order-without-hosts-line", SOURCE);
const BROKEN: Rule = rule("go.nsswitch-unreadable", SOURCE);
const ACTIONS: Rule = rule("go.cgo-for-actions", SOURCE);
const SOURCES: Rule = rule("go.order-of-sources", SOURCE);
const UNKNOWN: Rule = rule("go.cgo-for-unknown-source", SOURCE);
const MYHOSTNAME: Rule = rule("go.cgo-for-myhostname", SOURCE);
const MDNS: Rule = rule("go.cgo-for-mdns-allow", SOURCE);
const NOBODY: Rule = rule("go.no-source", SOURCE);

fn is_local(name: &str) -> bool {
    ends_with(name, ".local")
}

fn ends_with(name: &str, suffix: &str) -> bool {
    let tail = name.len().checked_sub(suffix.len()).and_then(|at| name.get(at..));
    tail.is_some_and(|tail| tail.eq_ignore_ascii_case(suffix))
}

/// Names that nss-myhostname answers.
fn is_myhostname(name: &str, s: &Situation<'_>) -> bool {
    let is = |other: &str| name.eq_ignore_ascii_case(other);
    let gateway = if s.version.old_gateway_name() { is("gateway") } else { is("_gateway") || is("_outbound") };
    let localhost = is("localhost") || is("localhost.localdomain");
    let below = ends_with(name, ".localhost") || ends_with(name, ".localhost.localdomain");
    gateway || localhost || below || is(s.own_name)
}

/// Without a hosts line.
fn default_order(s: &Situation<'_>, fallback: Order, can_cgo: bool) -> (Order, Rule) {
    if s.os == Os::Solaris && can_cgo {
        return (fallback, PLATFORM);
    }
    let dns_first = s.os == Os::Linux && s.version.dns_first_by_default();
    (if dns_first { Order::DnsFiles } else { Order::FilesDns }, DEFAULT)
}

fn openbsd(s: &Situation<'_>, fallback: Order) -> (Order, Rule) {
    const LOOKUP: Rule = rule("go.openbsd-lookup", "Go net/conf.go, OpenBSD resolv.conf(5)");
    if s.resolv.missing {
        return (Order::Files, LOOKUP);
    }
    let words: Vec<&str> = s.resolv.lookup.iter().map(String::as_str).collect();
    let order = match words.as_slice() {
        [] | ["bind", "file"] => Order::DnsFiles,
        ["file", "bind"] => Order::FilesDns,
        ["bind"] => Order::Dns,
        ["file"] => Order::Files,
        _ => fallback,
    };
    (order, LOOKUP)
}

fn of_sources(files: bool, dns: bool, first_is_files: bool) -> Option<Order> {
    match (files, dns) {
        (true, true) if first_is_files => Some(Order::FilesDns),
        (true, true) => Some(Order::DnsFiles),
        (true, false) => Some(Order::Files),
        (false, true) => Some(Order::Dns),
        (false, false) => None,
    }
}

/// Up to 1.19: whatever is unknown gives the fallback, which without cgo is files,dns.
fn first(s: &Situation<'_>, name: &str) -> (Order, Rule) {
    let fallback = match (s.want_go, s.os) {
        (false, _) => Order::Cgo,
        (true, Os::Windows) => Order::Dns,
        (true, _) => Order::FilesDns,
    };
    if matches!(s.os, Os::Windows | Os::Plan9 | Os::Phone) {
        return (fallback, PLATFORM);
    }
    if s.prefer_cgo || s.want_cgo || s.resolv.unreadable {
        return (fallback, FORCED);
    }
    if s.resolv.unknown {
        return (fallback, RESOLV);
    }
    if name.contains(['\\', '%']) {
        return (fallback, ODD_NAME);
    }
    if s.os == Os::OpenBsd {
        return openbsd(s, fallback);
    }
    let name = name.strip_suffix('.').unwrap_or(name);
    if is_local(name) {
        return (fallback, LOCAL);
    }
    let sources = match s.nsswitch {
        GoFile::Missing => return default_order(s, fallback, true),
        GoFile::Broken => return (fallback, BROKEN),
        GoFile::Sources(list) if list.is_empty() => return default_order(s, fallback, true),
        GoFile::Sources(list) => list,
    };
    let (mut files, mut dns, mut mdns) = (false, false, false);
    let mut first_is_files = None;
    for source in sources {
        match source.name.as_str() {
            "myhostname" if is_myhostname(name, s) => return (fallback, MYHOSTNAME),
            "myhostname" => {}
            "files" | "dns" if !source.is_standard() => return (fallback, ACTIONS),
            "files" => {
                files = true;
                first_is_files.get_or_insert(true);
            }
            "dns" => {
                dns = true;
                first_is_files.get_or_insert(false);
            }
            other if other.starts_with("mdns") => mdns = true,
            _ => return (fallback, UNKNOWN),
        }
    }
    if mdns && s.mdns_allow {
        return (fallback, MDNS);
    }
    match of_sources(files, dns, first_is_files == Some(true)) {
        Some(order) => (order, SOURCES),
        None => (fallback, NOBODY),
    }
}

/// From 1.21 on: without cgo the written order holds, actions are ignored, and an unknown source stands for DNS.
fn unified(s: &Situation<'_>, name: &str) -> (Order, Rule) {
    let can_cgo = s.has_cgo && !s.want_go;
    if can_cgo {
        if s.want_cgo || s.prefer_cgo {
            return (Order::Cgo, FORCED);
        }
        if name.contains(['\\', '%']) {
            return (Order::Cgo, ODD_NAME);
        }
    }
    let fallback = match (can_cgo, s.os) {
        (true, _) => Order::Cgo,
        (false, Os::Windows) if s.version.onion_stops_search() => Order::Dns,
        (false, _) => Order::FilesDns,
    };
    if matches!(s.os, Os::Windows | Os::Plan9 | Os::Phone) {
        return (fallback, PLATFORM);
    }
    if can_cgo && (s.resolv.unreadable || s.resolv.unknown) {
        return (Order::Cgo, RESOLV);
    }
    if s.os == Os::OpenBsd {
        return openbsd(s, fallback);
    }
    let name = name.strip_suffix('.').unwrap_or(name);
    if can_cgo && s.version.local_is_always_cgo() && is_local(name) {
        return (Order::Cgo, LOCAL);
    }
    let sources = match s.nsswitch {
        GoFile::Missing => return default_order(s, fallback, can_cgo),
        GoFile::Broken => return (fallback, BROKEN),
        GoFile::Sources(list) if list.is_empty() => return default_order(s, fallback, can_cgo),
        GoFile::Sources(list) => list,
    };
    let has_dns = sources.iter().any(|source| source.name == "dns");
    let (mut files, mut dns) = (false, false);
    let mut first_is_files = None;
    for source in sources {
        match source.name.as_str() {
            "files" | "dns" if can_cgo && !source.is_standard() => return (Order::Cgo, ACTIONS),
            "files" => {
                files = true;
                first_is_files.get_or_insert(true);
            }
            "dns" => {
                dns = true;
                first_is_files.get_or_insert(false);
            }
            _ if can_cgo => match asks_cgo(s, name, source) {
                Some(why) => return (Order::Cgo, why),
                None => continue,
            },
            _ if !has_dns => {
                dns = true;
                first_is_files.get_or_insert(false);
            }
            _ => {}
        }
    }
    match of_sources(files, dns, first_is_files == Some(true)) {
        Some(order) => (order, SOURCES),
        None => (fallback, NOBODY),
    }
}

/// Whether a source other than files and dns sends the lookup to cgo.
fn asks_cgo(s: &Situation<'_>, name: &str, source: &GoSource) -> Option<Rule> {
    if name.is_empty() {
        return Some(UNKNOWN);
    }
    if source.name == "myhostname" {
        return is_myhostname(name, s).then_some(MYHOSTNAME);
    }
    if source.name.starts_with("mdns") {
        if is_local(name) {
            return Some(LOCAL);
        }
        return s.mdns_allow.then_some(MDNS);
    }
    Some(UNKNOWN)
}
