//! Links as a scenario writes them: what each direction does, and rules about single packets.

use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;

use crate::json::Value;
use crate::order::sort_by_key;

use super::steps::Fields;
use super::{Read, milliseconds, refuse};
use crate::ip::Unreachable;
use crate::link::{Kind, Lane, Reject, Rule};
use crate::time::Span;

/// The fields of a link beside its delay, each one value or `{"C": …, "S": …}`.
pub(super) const LANE_FIELDS: [&str; 8] = [
    "rate_kbit",
    "queue_packets",
    "queue_bytes",
    "loss_percent",
    "duplicate_percent",
    "reorder_percent",
    "reorder_ms",
    "black_hole",
];

/// A value for both directions, or one for each.
pub(super) fn both<T: Copy>(field: &str, v: &Value, one: impl Fn(&str, &Value) -> Read<T>) -> Read<[T; 2]> {
    let Value::Object(m) = v else { return one(field, v).map(|d| [d, d]) };
    let side = |k: &str| match m.get(k) {
        Some(v) => one(&format!("{field}.{k}"), v),
        None => refuse(field, format!("side {k} is missing")),
    };
    if let Some(k) = m.keys().find(|k| *k != "C" && *k != "S") {
        return refuse(&format!("{field}.{k}"), "no such side; there are C and S");
    }
    Ok([side("C")?, side("S")?])
}

fn count(field: &str, v: &Value) -> Read<u64> {
    match v.as_u64() {
        Some(n) if n <= 1 << 40 => Ok(n),
        Some(_) | None => refuse(field, "not a whole number from 0 on"),
    }
}

/// Percent with up to four places, as parts of a million.
fn percent(field: &str, v: &Value) -> Read<u64> {
    match v {
        Value::Number(n) if n.to_string().split_once('.').is_none_or(|p| p.1.len() <= 4) => {
            let text = n.to_string();
            let (whole, places) = text.split_once('.').unwrap_or((&text, ""));
            match format!("{whole}{places:0<4}").parse::<u64>() {
                Ok(n) if n <= 1_000_000 => Ok(n),
                Ok(_) | Err(_) => refuse(field, "not from 0 to 100"),
            }
        }
        _ => refuse(field, "not a number of percent with at most four places"),
    }
}

fn span(field: &str, v: &Value) -> Read<Span> {
    milliseconds(field, v).map(|m| Span::micros(m.0))
}

/// Both directions of a link. `at` comes before each field's name; `values` are those of [`LANE_FIELDS`].
pub(super) fn read_lanes(at: &str, delay: &Value, values: [Option<&Value>; 8]) -> Read<[Lane; 2]> {
    let mut lanes = both(&format!("{at}delay_ms"), delay, span)?.map(|delay| Lane { delay, ..Lane::default() });
    for (name, value) in LANE_FIELDS.iter().zip(values) {
        let Some(value) = value else { continue };
        let field = format!("{at}{name}");
        let numbers = |one: fn(&str, &Value) -> Read<u64>| both(&field, value, one);
        let mut set = |numbers: [u64; 2], put: fn(&mut Lane, u64)| {
            lanes.iter_mut().zip(numbers).for_each(|(lane, n)| put(lane, n));
        };
        match *name {
            // 1000 bits a second are 125 bytes.
            "rate_kbit" => set(numbers(count)?, |l, n| l.rate = n * 125),
            "queue_packets" => set(numbers(count)?, |l, n| l.queue = n.min(u32::MAX.into()) as usize),
            "queue_bytes" => set(numbers(count)?, |l, n| l.queue_bytes = n),
            "loss_percent" => set(numbers(percent)?, |l, n| l.loss = n as u32),
            "duplicate_percent" => set(numbers(percent)?, |l, n| l.duplicate = n as u32),
            "reorder_percent" => set(numbers(percent)?, |l, n| l.reorder.0 = n as u32),
            "reorder_ms" => set(both(&field, value, span)?.map(Span::as_micros), |l, n| l.reorder.1 = Span::micros(n)),
            _ => {
                let on = |f: &str, v: &Value| v.as_bool().map_or_else(|| refuse(f, "not true or false"), Ok);
                set(both(&field, value, on)?.map(u64::from), |l, n| l.black_hole = n > 0);
            }
        }
    }
    Ok(lanes)
}

/// A list of rules.
pub(super) fn read_rules(at: &str, rules: &[Value]) -> Read<Vec<Rule>> {
    rules.iter().enumerate().map(|(i, r)| read_rule(&format!("{at}[{i}]"), r)).collect()
}

fn read_rule(field: &str, v: &Value) -> Read<Rule> {
    let mut f = Fields::new(field, v)?;
    let from = match f.word("dir") {
        None => None,
        Some("C") => Some(0),
        Some("S") => Some(1),
        Some(other) => return f.refuse("dir", &format!("{other} is neither C nor S")),
    };
    let kind = match f.word("what") {
        None => None,
        Some("syn") => Some(Kind::Syn),
        Some("synack") => Some(Kind::SynAck),
        Some("rst") => Some(Kind::Rst),
        Some("fin") => Some(Kind::Fin),
        Some("data") => Some(Kind::Data),
        Some("ack") => Some(Kind::Ack),
        Some("udp") => Some(Kind::Udp),
        Some("icmp") => Some(Kind::Icmp),
        Some("fragment") => Some(Kind::Fragment),
        Some("arp") => Some(Kind::Arp),
        Some(other) => return f.refuse("what", &format!("{other} is no kind of packet")),
    };
    let reject = match f.word("reject") {
        None => None,
        Some("tcp-reset") => Some(Reject::TcpReset),
        Some("ttl-exceeded") => Some(Reject::TimeExceeded),
        Some("icmp-net-unreachable") => Some(Reject::Unreachable(Unreachable::Net)),
        Some("icmp-host-unreachable") => Some(Reject::Unreachable(Unreachable::Host)),
        Some("icmp-proto-unreachable") => Some(Reject::Unreachable(Unreachable::Protocol)),
        Some("icmp-port-unreachable") => Some(Reject::Unreachable(Unreachable::Port)),
        Some("icmp-host-prohibited") => Some(Reject::Unreachable(Unreachable::HostProhibited)),
        Some("icmp-admin-prohibited") => Some(Reject::Unreachable(Unreachable::AdminProhibited)),
        Some(other) => return f.refuse("reject", &format!("{other} is no way to reject")),
    };
    let extra = f.time("extra_ms");
    if reject.is_some() && extra.is_some() {
        return f.refuse("extra_ms", "what is rejected is not delivered");
    }
    let rule = Rule {
        reject,
        from,
        kind,
        min_wire: f.number("minwire", Some(0), 0, i64::from(u32::MAX)) as u32,
        after: f.time("after_ms").unwrap_or(Span::ZERO),
        before: f.time("before_ms"),
        nth: match f.list("nth") {
            Some(list) => {
                f.check()?;
                Some(nth(&f.path("nth"), list)?)
            }
            None => None,
        },
        extra,
    };
    f.end()?;
    Ok(rule)
}

fn nth(field: &str, list: &[Value]) -> Read<Vec<u64>> {
    let one = |(i, v): (usize, &Value)| match v.as_u64() {
        Some(n) => Ok(n),
        None => refuse(&format!("{field}[{i}]"), "not a count"),
    };
    let mut all = list.iter().enumerate().map(one).collect::<Read<Vec<u64>>>()?;
    sort_by_key(&mut all, |n| *n);
    Ok(all)
}
