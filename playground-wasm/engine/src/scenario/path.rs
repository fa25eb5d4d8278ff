//! Links as a scenario writes them: what each direction does, and rules about single packets.

use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;

use super::span;
use crate::ip::Unreachable;
use crate::json::Value;
use crate::json::fields::{Fields, Items, Node};
use crate::link::{Kind, Lane, Reject, Rule};
use crate::order::sort_by_key;
use crate::time::Span;

/// A value for both directions, or `{"C": …, "S": …}` with one for each.
fn both(node: &Node, one: fn(&Node) -> u64) -> [u64; 2] {
    let Value::Object(_) = node.value else { return [one(node); 2] };
    let mut sides = node.fields();
    let both = ["C", "S"].map(|side| match sides.take(side) {
        Some(node) => one(&node),
        None => {
            node.refuse(&format!("side {side} is missing"));
            0
        }
    });
    sides.finish();
    both
}

fn count(node: &Node) -> u64 {
    node.whole(0, 1 << 40) as u64
}

fn micros(node: &Node) -> u64 {
    span(node).as_micros()
}

/// Percent with up to four places, as parts of a million.
fn percent(node: &Node) -> u64 {
    let text = if let Value::Number(n) = node.value { n.to_string() } else { "?".to_string() };
    let (whole, places) = text.split_once('.').unwrap_or((&text, ""));
    let all = format!("{whole}{places:0<4}").parse().ok().filter(|n| places.len() <= 4 && *n <= 1_000_000);
    all.unwrap_or_else(|| {
        node.refuse("a number from 0 to 100 with at most four places is expected");
        0
    })
}

/// Both directions of a link: each field is a value, or `{"C": …, "S": …}`.
pub(super) fn read_lanes(f: &mut Fields) -> [Lane; 2] {
    let mut lanes = [Lane::default(), Lane::default()];
    let mut read = |name: &str, one: fn(&Node) -> u64, put: fn(&mut Lane, u64)| {
        if let Some(node) = f.take(name) {
            lanes.iter_mut().zip(both(&node, one)).for_each(|(lane, n)| put(lane, n));
        }
    };
    read("delay_ms", micros, |lane, n| lane.delay = Span::micros(n));
    // 1000 bits a second are 125 bytes.
    read("rate_kbit", count, |lane, n| lane.rate = n * 125);
    read("queue_packets", count, |lane, n| lane.queue = n.min(u32::MAX.into()) as usize);
    read("queue_bytes", count, |lane, n| lane.queue_bytes = n);
    read("loss_percent", percent, |lane, n| lane.loss = n as u32);
    read("duplicate_percent", percent, |lane, n| lane.duplicate = n as u32);
    read("reorder_percent", percent, |lane, n| lane.reorder.0 = n as u32);
    read("reorder_ms", micros, |lane, n| lane.reorder.1 = Span::micros(n));
    read("black_hole", |node| node.flag().into(), |lane, on| lane.black_hole = on > 0);
    lanes
}

/// A list of rules.
pub(super) fn read_rules(rules: Items) -> Vec<Rule> {
    let mut out = Vec::new();
    for node in rules {
        out.push(read_rule(&node));
    }
    out
}

fn read_rule(node: &Node) -> Rule {
    let mut f = node.fields();
    let from = f.take("dir").map(|dir| dir.word(&[("C", 0), ("S", 1)]));
    let kind = f.take("what").map(|what| {
        what.word(&[
            ("syn", Kind::Syn),
            ("synack", Kind::SynAck),
            ("rst", Kind::Rst),
            ("fin", Kind::Fin),
            ("data", Kind::Data),
            ("ack", Kind::Ack),
            ("udp", Kind::Udp),
            ("icmp", Kind::Icmp),
            ("fragment", Kind::Fragment),
            ("arp", Kind::Arp),
        ])
    });
    let reject = f.take("reject").map(|reject| {
        reject.word(&[
            ("tcp-reset", Reject::TcpReset),
            ("ttl-exceeded", Reject::TimeExceeded),
            ("icmp-net-unreachable", Reject::Unreachable(Unreachable::Net)),
            ("icmp-host-unreachable", Reject::Unreachable(Unreachable::Host)),
            ("icmp-proto-unreachable", Reject::Unreachable(Unreachable::Protocol)),
            ("icmp-port-unreachable", Reject::Unreachable(Unreachable::Port)),
            ("icmp-host-prohibited", Reject::Unreachable(Unreachable::HostProhibited)),
            ("icmp-admin-prohibited", Reject::Unreachable(Unreachable::AdminProhibited)),
        ])
    });
    let mut time = |name: &str| f.take(name).map(|ms| span(&ms));
    let (extra, after, before) = (time("extra_ms"), time("after_ms").unwrap_or(Span::ZERO), time("before_ms"));
    if reject.is_some() && extra.is_some() {
        f.refuse("extra_ms", "what is rejected is not delivered");
    }
    let min_wire = f.whole("minwire", 0, u32::MAX.into()).unwrap_or(0) as u32;
    let nth = f.take("nth").map(|nth| {
        let mut all = Vec::new();
        for node in nth.list() {
            all.push(node.whole(0, i64::MAX) as u64);
        }
        sort_by_key(&mut all, |n| *n);
        all
    });
    f.finish();
    Rule { reject, from, kind, min_wire, after, before, nth, extra }
}
