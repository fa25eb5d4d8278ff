//! What a program does with the addresses: one after the other, the first only, or both families in a race.
//!
//! An attempt that nobody answers ends when the kernel gives up on the SYN, or earlier by the program's own limit.

use alloc::vec::Vec;
use core::net::IpAddr;

use super::trace::{Event, Rule, Trace, rule};
use crate::time::Span;

/// Linux with `tcp_syn_retries` = 6: 1 + 2 + 4 + 8 + 16 + 32 + 64 s (ip-sysctl).
pub const SYN_GIVES_UP: Span = Span::secs(127);

/// How programs go through a list of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strategy {
    /// In order, each with the whole limit: Python's `socket.create_connection`, most Java HTTP clients.
    Sequential,
    /// The first and no other: `java.net.Socket(host, port)` and what builds on it.
    FirstOnly,
    /// Go's `net.Dialer`: the family of the first address; the other 300 ms later, or when the first has failed.
    Go,
    /// curl from 7.62 to 8.15: the same with 200 ms.
    Curl,
}

/// What an address does with a SYN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reaction {
    /// A connection after a round trip.
    Accepts(Span),
    /// RST after a round trip.
    Refuses(Span),
    /// Nothing.
    Silent,
    /// No route: the call fails at once.
    Unreachable,
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Failure {
    /// ECONNREFUSED.
    Refused,
    /// ENETUNREACH.
    Unreachable,
    /// ETIMEDOUT, or the program's own limit.
    TimedOut,
}

impl Failure {
    /// As strerror says it.
    pub const fn name(self) -> &'static str {
        match self {
            Failure::Refused => "connection refused",
            Failure::Unreachable => "network is unreachable",
            Failure::TimedOut => "connection timed out",
        }
    }
}

/// The end: an address, or the failure that the program reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connected {
    /// Who answered first.
    pub result: Result<IpAddr, Failure>,
    /// When.
    pub at: Span,
}

const PYTHON: Rule = rule("connect.sequential", "Python Lib/socket.py create_connection");
const JAVA: Rule = rule("connect.first-only", "java.net.InetSocketAddress(String, int), InetAddress.getByName");
const GO: Rule = rule("connect.go", "Go net/dial.go dialParallel, fallbackDelay 300 ms");
const CURL: Rule = rule("connect.curl", "curl_easy_setopt CURLOPT_HAPPY_EYEBALLS_TIMEOUT_MS, 200 ms");

impl Strategy {
    /// By the name on a command line.
    pub fn named(name: &str) -> Option<Strategy> {
        match name {
            "python" | "sequential" => Some(Strategy::Sequential),
            "java" => Some(Strategy::FirstOnly),
            "go" => Some(Strategy::Go),
            "curl" => Some(Strategy::Curl),
            _ => None,
        }
    }

    fn rule(self) -> Rule {
        match self {
            Strategy::Sequential => PYTHON,
            Strategy::FirstOnly => JAVA,
            Strategy::Go => GO,
            Strategy::Curl => CURL,
        }
    }

    /// How long the second family waits.
    fn head_start(self) -> Option<Span> {
        match self {
            Strategy::Sequential | Strategy::FirstOnly => None,
            Strategy::Go => Some(Span::millis(300)),
            Strategy::Curl => Some(Span::millis(200)),
        }
    }
}

/// An attempt as it would go if nobody else won.
struct Attempt {
    address: IpAddr,
    start: Span,
    end: Span,
    outcome: Result<(), Failure>,
}

/// Tries the addresses; `limit` is the program's own timeout, of all attempts for Go, of each for the others.
#[inline]
pub fn connect(
    addresses: &[IpAddr],
    strategy: Strategy,
    reach: &dyn Fn(IpAddr) -> Reaction,
    limit: Option<Span>,
    trace: &mut Trace,
) -> Option<Connected> {
    let first = *addresses.first()?;
    let began = trace.now;
    let head_start = strategy.head_start();
    let mut attempts: Vec<Attempt> = Vec::new();
    let in_lane = |ip: &IpAddr, second: bool| (head_start.is_some() && ip.is_ipv4() != first.is_ipv4()) == second;
    for second in [false, true] {
        let mut now = match (attempts.last(), head_start) {
            (Some(last), Some(head)) if last.outcome.is_ok() || last.end > began + head => began + head,
            (Some(last), Some(_)) => last.end,
            _ => began,
        };
        for (i, &address) in addresses.iter().enumerate() {
            if !in_lane(&address, second) {
                continue;
            }
            let patience = match limit {
                None => SYN_GIVES_UP,
                Some(limit) => {
                    let left = addresses.iter().skip(i).filter(|ip| in_lane(ip, second)).count();
                    patience(strategy, limit, began, now, u64::try_from(left).unwrap_or(1))
                }
            };
            let (takes, outcome) = match reach(address) {
                Reaction::Accepts(rtt) if rtt <= patience => (rtt, Ok(())),
                Reaction::Refuses(rtt) if rtt <= patience => (rtt, Err(Failure::Refused)),
                Reaction::Unreachable => (Span::ZERO, Err(Failure::Unreachable)),
                Reaction::Accepts(_) | Reaction::Refuses(_) | Reaction::Silent => (patience, Err(Failure::TimedOut)),
            };
            attempts.push(Attempt { address, start: now, end: now + takes, outcome });
            now = now + takes;
            if outcome.is_ok() || strategy == Strategy::FirstOnly {
                break;
            }
        }
    }
    let mut done: Option<Connected> = None;
    for a in attempts.iter().filter(|a| a.outcome.is_ok()) {
        if done.as_ref().is_none_or(|best| a.end < best.at) {
            done = Some(Connected { result: Ok(a.address), at: a.end });
        }
    }
    let done = done.unwrap_or_else(|| {
        // Go reports its first error, others the last they saw.
        let (mut last, mut failure) = (began, Failure::TimedOut);
        for a in &attempts {
            if a.end >= last {
                last = a.end;
                failure = a.outcome.err().unwrap_or(failure);
            }
        }
        if strategy == Strategy::Go {
            failure = attempts.first().and_then(|a| a.outcome.err()).unwrap_or(failure);
        }
        Connected { result: Err(failure), at: last }
    });
    note(&attempts, &done, strategy.rule(), trace);
    Some(done)
}

/// How long one attempt may take. Go divides what is left of its limit among the addresses left, two seconds at least
/// (`partialDeadline`); curl gives half to all but the last of a family.
fn patience(strategy: Strategy, limit: Span, began: Span, now: Span, left: u64) -> Span {
    let own = match strategy {
        Strategy::Sequential | Strategy::FirstOnly => limit,
        Strategy::Go => {
            let remaining = (began + limit) - now;
            let share = Span::micros(remaining.as_micros() / left.max(1)).max(Span::secs(2));
            share.min(remaining)
        }
        Strategy::Curl if left > 1 => Span::micros(limit.as_micros() / 2),
        Strategy::Curl => (began + limit) - now,
    };
    own.min(SYN_GIVES_UP)
}

fn note(attempts: &[Attempt], done: &Connected, why: Rule, trace: &mut Trace) {
    for a in attempts {
        let won = done.result == Ok(a.address) && a.end == done.at;
        // What starts in the very moment of success does not start.
        if a.start > done.at || (a.start == done.at && !won && done.result.is_ok()) {
            continue;
        }
        let outcome = match a.outcome {
            Ok(()) if won => "connected",
            Err(failure) if a.end < done.at || done.result.is_err() => failure.name(),
            _ => "cancelled",
        };
        trace.insert(a.start, Event::ConnectStart { address: a.address }, why);
        trace.insert(a.end.min(done.at), Event::ConnectEnd { address: a.address, outcome }, why);
    }
    trace.now = done.at;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn dial(strategy: Strategy, list: &[(&str, Reaction)], limit: Option<Span>) -> Connected {
        let addresses: Vec<IpAddr> = list.iter().map(|(a, _)| ip(a)).collect();
        let reach = |asked: IpAddr| list.iter().find(|(a, _)| ip(a) == asked).map_or(Reaction::Silent, |(_, r)| *r);
        connect(&addresses, strategy, &reach, limit, &mut Trace::default()).unwrap()
    }

    const RTT: Span = Span::millis(20);
    const SILENT_SIX: [(&str, Reaction); 2] =
        [("2001:db8::1", Reaction::Silent), ("192.0.2.1", Reaction::Accepts(RTT))];

    #[test]
    fn a_silent_first_family_costs_the_head_start_or_everything() {
        let at = |strategy| dial(strategy, &SILENT_SIX, None).at;
        assert_eq!(at(Strategy::Go), Span::millis(320));
        assert_eq!(at(Strategy::Curl), Span::millis(220));
        assert_eq!(at(Strategy::Sequential), Span::secs(127) + RTT);
        assert_eq!(dial(Strategy::FirstOnly, &SILENT_SIX, None).result, Err(Failure::TimedOut));
    }

    #[test]
    fn a_refusal_starts_the_second_family_at_once() {
        let list = [("::1", Reaction::Refuses(Span::ZERO)), ("127.0.0.1", Reaction::Accepts(Span::millis(1)))];
        for strategy in [Strategy::Go, Strategy::Curl, Strategy::Sequential] {
            assert_eq!(dial(strategy, &list, None), Connected { result: Ok(ip("127.0.0.1")), at: Span::millis(1) });
        }
    }

    #[test]
    fn go_reports_the_first_error() {
        let list = [("::1", Reaction::Refuses(RTT)), ("127.0.0.1", Reaction::Unreachable)];
        assert_eq!(dial(Strategy::Go, &list, None).result, Err(Failure::Refused));
        assert_eq!(dial(Strategy::Sequential, &list, None).result, Err(Failure::Unreachable));
    }

    #[test]
    fn go_divides_its_limit_among_addresses() {
        let list =
            [("192.0.2.1", Reaction::Silent), ("192.0.2.2", Reaction::Silent), ("192.0.2.3", Reaction::Accepts(RTT))];
        assert_eq!(dial(Strategy::Go, &list, Some(Span::secs(9))).at, Span::secs(6) + RTT);
        assert_eq!(dial(Strategy::Go, &list, Some(Span::secs(3))).result, Err(Failure::TimedOut));
        assert_eq!(dial(Strategy::Sequential, &list, Some(Span::secs(1))).at, Span::secs(2) + RTT);
    }
}
