//! Marks the engine's trace against the kernel's of the same scenario. Exact: the sequence of packets that carry data,
//! SYN, FIN or RST, and of probes; pure ACKs too unless more than ten segments flow one way; every call's result in
//! order; states of sockets; window zero or not. Times within what timers of that kind are late by. What the kernel
//! itself did not repeat is not demanded.

mod calls;
mod times;

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

/// A trace.
#[derive(Debug, Clone, Deserialize)]
pub struct Trace {
    pub head: Head,
    pub packets: Vec<Packet>,
    pub app: Vec<Call>,
    #[serde(default)]
    pub counters: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Head {
    pub end_ms: f64,
    #[serde(default)]
    pub stable: Stable,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Stable {
    pub data_until: Option<f64>,
    pub packets_until: Option<f64>,
    pub app_until: Option<f64>,
    pub recv_sizes_vary: bool,
    pub window_varies: bool,
    pub ss_varies: bool,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Packet {
    pub t: f64,
    pub c: u32,
    pub f: String,
    pub fl: String,
    pub seq: i64,
    pub ack: Option<i64>,
    pub len: i64,
    pub win: i64,
    #[serde(default)]
    pub sack: Vec<[i64; 2]>,
    #[serde(default)]
    pub drop: u8,
    pub rx: Option<f64>,
    #[serde(default)]
    pub jit: f64,
    #[serde(skip)]
    pub probe: bool,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Call {
    pub t: f64,
    #[serde(default)]
    pub took: f64,
    pub f: String,
    #[serde(default)]
    pub th: u32,
    pub call: String,
    pub c: Option<u32>,
    pub sock: Option<String>,
    pub n: Option<serde_json::Value>,
    pub ret: Option<i64>,
    pub err: Option<String>,
    #[serde(default)]
    pub rows: Vec<Row>,
    #[serde(default)]
    pub jit: f64,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Row {
    pub c: u32,
    pub st: String,
    pub rq: i64,
    pub left_ms: Option<f64>,
}

/// Kernel time and what differs there.
pub type Difference = (f64, String);

/// One direction of one connection.
pub type Flow = (u32, String);

impl Packet {
    fn flags(&self) -> String {
        self.fl.replace('P', "")
    }

    fn has(&self, flag: char) -> bool {
        self.fl.contains(flag)
    }

    pub fn pure(&self) -> bool {
        self.flags() == "." && self.len == 0 && !self.probe
    }

    fn same(&self, o: &Packet) -> bool {
        self.flags() == o.flags()
            && (self.seq, self.ack, self.len) == (o.seq, o.ack, o.len)
            && self.sack == o.sack
            && (self.drop != 0) == (o.drop != 0)
    }

    fn show(&self) -> String {
        let ack = self.ack.map_or(String::new(), |a| format!(" ack {a}"));
        let sack = if self.sack.is_empty() { String::new() } else { format!(" sack {:?}", self.sack) };
        let drop = if self.drop != 0 { " (dropped)" } else { "" };
        format!("{} {}:{}({}){ack}{sack}{drop}", self.flags(), self.seq, self.seq + self.len, self.len)
    }
}

/// Keepalive and zero-window probes: nothing in them, below what was sent.
fn mark_probes(trace: &mut Trace) {
    let mut next: BTreeMap<Flow, i64> = BTreeMap::new();
    for p in &mut trace.packets {
        let next = next.entry((p.c, p.f.clone())).or_default();
        p.probe = p.flags() == "." && p.len == 0 && p.seq < *next;
        if !p.has('R') {
            *next = (*next).max(p.seq + p.len + i64::from(p.has('S')) + i64::from(p.has('F')));
        }
    }
}

fn bulk(trace: &Trace) -> bool {
    let mut seqs: BTreeMap<Flow, BTreeSet<i64>> = BTreeMap::new();
    for p in trace.packets.iter().filter(|p| p.len > 0) {
        seqs.entry((p.c, p.f.clone())).or_default().insert(p.seq);
    }
    seqs.values().any(|s| s.len() > 10)
}

/// So near the end of the capture that its absence there proves nothing.
fn late(t: f64, before: f64, cut: f64, packet: Option<&Packet>) -> bool {
    let pure = packet.is_some_and(Packet::pure);
    cut - t <= if pure { 25.0 } else { (0.125 * (t - before)).max(25.0) }
}

/// Pairs of packets by their places, in each flow, and what differs.
fn matched(
    k: &Trace,
    s: &Trace,
    keep: impl Fn(&Packet) -> bool,
    until: Option<f64>,
    cut: f64,
) -> (Vec<(usize, usize)>, Vec<Difference>) {
    let flows = |t: &Trace| {
        let mut all: BTreeMap<Flow, Vec<usize>> = BTreeMap::new();
        for (i, p) in t.packets.iter().enumerate().filter(|(_, p)| keep(p)) {
            all.entry((p.c, p.f.clone())).or_default().push(i);
        }
        all
    };
    let (ks, ss) = (flows(k), flows(s));
    let (mut pairs, mut diff) = (Vec::new(), Vec::new());
    let all: BTreeSet<&Flow> = ks.keys().chain(ss.keys()).collect();
    for g in all {
        let none = Vec::new();
        let (a, b) = (ks.get(g).unwrap_or(&none), ss.get(g).unwrap_or(&none));
        let w = format!("conn {} {}", g.0, g.1);
        let mut before = 0.0;
        for i in 0..a.len().max(b.len()) {
            let (p, q) = (a.get(i).map(|i| &k.packets[*i]), b.get(i).map(|i| &s.packets[*i]));
            let t = [p, q].into_iter().flatten().map(|x| x.t).fold(f64::INFINITY, f64::min);
            if until.is_some_and(|u| p.is_none_or(|p| p.t >= u)) {
                break;
            }
            match (p, q) {
                (Some(p), Some(q)) if p.same(q) => {
                    pairs.push((a[i], b[i]));
                    if (p.win == 0) != (q.win == 0) && !p.has('R') && !k.head.stable.window_varies {
                        diff.push((t, format!("{w}: at {} ms {}: window {}, kernel {}", q.t, p.show(), q.win, p.win)));
                    }
                    before = t;
                    continue;
                }
                (Some(p), Some(q)) => {
                    if !(late(p.t, before, cut, Some(p)) && late(q.t, before, cut, Some(q))) {
                        diff.push((t, format!("{w}: at {} ms {}, kernel at {} ms {}", q.t, q.show(), p.t, p.show())));
                    }
                }
                (None, Some(q)) => {
                    if !late(t, before, cut, Some(q)) {
                        diff.push((t, format!("{w}: at {} ms extra packet {}", q.t, q.show())));
                    }
                }
                (Some(p), None) => {
                    if !late(t, before, cut, Some(p)) {
                        diff.push((t, format!("{w}: packet missing, kernel sent {} at {} ms", p.show(), p.t)));
                    }
                }
                (None, None) => {}
            }
            break;
        }
    }
    (pairs, diff)
}

/// All that differs, the first first; nothing if the engine did what the kernel did.
pub fn compare(mut k: Trace, mut s: Trace) -> Vec<Difference> {
    mark_probes(&mut k);
    mark_probes(&mut s);
    let cut = k.head.end_ms.min(s.head.end_ms);
    let mut diff = Vec::new();
    if s.head.end_ms < k.head.end_ms - (0.05 * k.head.end_ms).max(50.0) {
        diff.push((s.head.end_ms, format!("ends at {} ms, kernel at {} ms", s.head.end_ms, k.head.end_ms)));
    }
    let (mut pairs, d) = matched(&k, &s, |p| !p.pure(), k.head.stable.data_until, cut);
    let clean = d.is_empty();
    diff.extend(d);
    if !bulk(&k) && clean {
        let (more, d) = matched(&k, &s, |_| true, k.head.stable.packets_until, cut);
        diff.extend(d);
        let have: BTreeSet<usize> = pairs.iter().map(|p| p.0).collect();
        pairs.extend(more.into_iter().filter(|p| !have.contains(&p.0)));
    }
    let (made, d) = calls::check(&k, &s, cut);
    diff.extend(d);
    diff.extend(calls::framing(&s));
    diff.extend(times::check(&k, &s, &pairs, &made));
    diff.sort_by(|a, b| a.0.total_cmp(&b.0));
    diff
}
