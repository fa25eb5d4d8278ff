//! Checks that make no sense: those of another kind of preset, and those that could never fail.

use netsim::view::nstat;

use crate::domain::claim::Check;
use crate::domain::preset::Kind;

/// Calls as traces name them: of one that is misspelt there are always 0.
const CALLS: [&str; 16] = [
    "accept",
    "arping",
    "bind",
    "close",
    "connect",
    "exit",
    "getsockopt",
    "listen",
    "recv",
    "recvfrom",
    "send",
    "sendto",
    "sendv",
    "setopt",
    "shutdown",
    "ss",
];
/// States as `ss` prints them.
const STATES: [&str; 12] = [
    "CLOSE",
    "CLOSE-WAIT",
    "CLOSING",
    "ESTAB",
    "FIN-WAIT-1",
    "FIN-WAIT-2",
    "LAST-ACK",
    "LISTEN",
    "SYN-RECV",
    "SYN-SENT",
    "TIME-WAIT",
    "UNCONN",
];

/// Why a check cannot be made of such a preset, or could never fail.
pub fn misfit(check: &Check, kind: &Kind) -> Option<&'static str> {
    let fits = matches!(
        (kind, check),
        (Kind::Names { .. }, Check::Names(_))
            | (Kind::Stream, Check::Stream(_))
            | (Kind::Tcp, Check::Call(_) | Check::Packets(_) | Check::Socket(_) | Check::Counter(_) | Check::Order(_))
    );
    if !fits {
        return Some("this check is of another kind of preset, see content/README.md");
    }
    match check {
        Check::Call(c) if !CALLS.contains(&c.name.as_str()) => Some("an unknown call, name it as `netsim run` does"),
        Check::Socket(s) if !STATES.contains(&s.state.as_str()) => {
            Some("an unknown state, write it as ss does: CLOSE-WAIT")
        }
        Check::Counter(c) if !nstat::is_counter(&c.name) => Some("an unknown counter, write it as nstat does"),
        Check::Call(c) if c.count.is_some() && c.nth.is_some() => Some("nth and count in one call, keep one"),
        Check::Call(c) if c.nth == Some(0) => Some("nth = 0, count calls from 1, or write -1 for the last"),
        Check::Counter(c) if c.at_least.is_some() == c.equals.is_some() => {
            Some("a counter needs either at_least or equals")
        }
        Check::Order(events) if events.iter().any(|e| e.packet.is_some() == e.call.is_some() || e.nth == 0) => {
            Some("an event of order needs either packet or call, and nth counts from 1")
        }
        Check::Names(n)
            if matches!(kind, Kind::Names { connect: None, .. }) && (n.connected.is_some() || n.failure.is_some()) =>
        {
            Some("nothing connects, add `connect` or take connected and failure out")
        }
        Check::Names(n) => match (kind, &n.implementation) {
            (Kind::Names { implementations, .. }, Some(name)) if !implementations.contains(name) => {
                Some("an implementation that is not in implementations, add it there")
            }
            _ => None,
        },
        Check::Call(_)
        | Check::Packets(_)
        | Check::Socket(_)
        | Check::Counter(_)
        | Check::Order(_)
        | Check::Stream(_) => None,
    }
}
