//! `tcpdump -n`: one line a packet, as captured at one host, with relative sequence numbers after the SYN.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::tcp::segment::{Endpoint, Flags, Segment, Seq};
use crate::time::SimTime;
use crate::trace::{Fact, What};

/// An address as `10.9.0.1.80`.
fn end(e: Endpoint) -> String {
    let a = e.addr.to_be_bytes();
    format!("{}.{}.{}.{}.{}", a[0], a[1], a[2], a[3], e.port)
}

/// `HH:MM:SS.micros` since the beginning.
fn clock(at: SimTime) -> String {
    let us = at.as_micros();
    let s = us / 1_000_000;
    format!("{:02}:{:02}:{:02}.{:06}", s / 3_600 % 24, s / 60 % 60, s % 60, us % 1_000_000)
}

/// What a capture at `host` holds up to `until`: what it sent, and what arrived.
pub fn seen<'a>(facts: &'a [Fact], host: usize, until: SimTime) -> impl Iterator<Item = (SimTime, &'a Segment)> + 'a {
    let mut sent: BTreeMap<u32, &Segment> = BTreeMap::new();
    facts.iter().take_while(move |f| f.at <= until).filter_map(move |f| match &f.what {
        What::Sent { packet, segment } => {
            sent.insert(*packet, segment.as_ref());
            (f.host == host).then_some((f.at, segment.as_ref()))
        }
        What::Arrived { packet } if f.host == host => sent.get(packet).map(|s| (f.at, *s)),
        What::Arrived { .. }
        | What::Lost { .. }
        | What::Discarded { .. }
        | What::Call(_)
        | What::Socket { .. }
        | What::Gone { .. }
        | What::Stopped { .. } => None,
    })
}

fn options(seg: &Segment, relative: impl Fn(Seq) -> u32) -> String {
    let o = &seg.options;
    let mut parts: Vec<String> = Vec::new();
    if let Some(mss) = o.mss {
        parts.push(format!("mss {mss}"));
    }
    if o.sack_ok {
        parts.push(String::from("sackOK"));
    } else if o.stamp.is_some() {
        parts.push(String::from("nop"));
        parts.push(String::from("nop"));
    }
    if let Some(ts) = o.stamp {
        parts.push(format!("TS val {} ecr {}", ts.val, ts.ecr));
    }
    if let Some(w) = o.wscale {
        parts.push(String::from("nop"));
        parts.push(format!("wscale {w}"));
    }
    if !o.sack.is_empty() {
        parts.push(String::from("nop"));
        parts.push(String::from("nop"));
        let blocks: Vec<String> =
            o.sack.iter().map(|b| format!("{{{}:{}}}", relative(b.start), relative(b.end))).collect();
        parts.push(format!("sack {} {}", o.sack.len(), blocks.join("")));
    }
    if parts.is_empty() { String::new() } else { format!(", options [{}]", parts.join(",")) }
}

fn flags(f: Flags) -> String {
    let letters = [
        (Flags::SYN, 'S'),
        (Flags::FIN, 'F'),
        (Flags::RST, 'R'),
        (Flags::PSH, 'P'),
        (Flags::ECE, 'E'),
        (Flags::CWR, 'W'),
        (Flags::ACK, '.'),
    ];
    let s: String = letters.into_iter().filter(|(bit, _)| f.has(*bit)).map(|(_, c)| c).collect();
    if s.is_empty() { String::from("none") } else { s }
}

/// The text of the capture.
pub fn render(facts: &[Fact], host: usize, until: SimTime) -> String {
    let mut isn: BTreeMap<(Endpoint, Endpoint), Seq> = BTreeMap::new();
    let mut out = String::new();
    for (at, seg) in seen(facts, host, until) {
        let (there, back) = ((seg.from, seg.to), (seg.to, seg.from));
        let syn = seg.has(Flags::SYN);
        if syn {
            isn.insert(there, seg.seq);
        }
        let relative = |key: (Endpoint, Endpoint), s: Seq| isn.get(&key).map_or(s.0, |i| s - *i);
        let seq = if syn { seg.seq.0 } else { relative(there, seg.seq) };
        let mut line = format!("{} IP {} > {}: Flags [{}]", clock(at), end(seg.from), end(seg.to), flags(seg.flags));
        let counted = seg.len > 0 || seg.flags.0 & (Flags::SYN | Flags::FIN | Flags::RST).0 != 0;
        if seg.len > 0 {
            line.push_str(&format!(", seq {}:{}", seq, seq.wrapping_add(seg.len)));
        } else if counted {
            line.push_str(&format!(", seq {seq}"));
        }
        if seg.has(Flags::ACK) {
            line.push_str(&format!(", ack {}", relative(back, seg.ack)));
        }
        line.push_str(&format!(", win {}", seg.window));
        line.push_str(&options(seg, |s| relative(back, s)));
        line.push_str(&format!(", length {}\n", seg.len));
        out.push_str(&line);
    }
    out
}
