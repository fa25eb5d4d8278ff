//! Configuration files → a lookup by every implementation that was recorded. The files follow each other, apart by a
//! record separator (0x1e): name, resolv.conf, hosts, nsswitch.conf, host.conf, gai.conf, environment (`NAME=value` a line).

use netsim::resolver::case::{Action, Case, Files};
use netsim::resolver::lookup;
use netsim::resolver::version::RECORDED;

/// A trace has no more steps.
const MOST_STEPS: usize = 30_000;

/// No panic; the same lookup gives the same outcome; work ends.
pub fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut parts = text.split('\u{1e}').map(str::to_owned);
    let name = parts.next().unwrap_or_default();
    let files = Files {
        resolv: parts.next(),
        hosts: parts.next(),
        nsswitch: parts.next(),
        host_conf: parts.next(),
        gai_conf: parts.next(),
        mdns_allow: false,
    };
    let mut case = Case { name, own_name: "box".into(), files, ..Case::default() };
    for (name, value) in parts.next().iter().flat_map(|env| env.lines()).filter_map(|line| line.split_once('=')) {
        case.env.insert(name.to_owned(), value.to_owned());
    }
    case.dns.servers.insert([127, 0, 0, 11].into(), Action::Nxdomain);
    for implementation in RECORDED.iter().filter_map(|name| name.parse().ok()) {
        let (once, again) = (lookup(&case, implementation), lookup(&case, implementation));
        assert_eq!(format!("{once:?}"), format!("{again:?}"), "{implementation:?}");
        assert!(once.trace.steps.len() <= MOST_STEPS, "{implementation:?}: {} steps", once.trace.steps.len());
    }
}
