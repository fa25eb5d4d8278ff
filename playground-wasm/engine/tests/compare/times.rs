//! When packets were sent, measured from their likeliest causes: the last few events of that connection at that side.

use std::collections::{BTreeMap, BTreeSet};

use super::{Difference, Flow, Packet, Trace};

/// An event this much after a packet, in milliseconds, may still be its cause: the clocks' own noise.
const SLACK: f64 = 0.4;

/// How much earlier and later than the kernel's `dk` after its cause a packet may be. Kernel timers of 256 ms and more
/// fire up to 1/8 late (steps of the timer wheel at HZ=250).
fn tolerance(dk: f64, p: &Packet) -> (f64, f64) {
    if dk < 5.0 {
        return (2.0, 2.0);
    }
    if p.pure() && dk < 60.0 {
        return (9.0, 9.0);
    }
    let least = if dk > 200.0 { 34.0 } else { 10.0 };
    if p.has('S') {
        return ((0.125 * dk).max(least), (0.05 * dk).max(least));
    }
    if dk > 55_000.0 {
        return (1_000.0, 1_000.0);
    }
    let both = if dk > 200.0 { (0.125 * dk).max(least) } else { (0.1 * dk).max(10.0) };
    (both, both)
}

/// An event: kernel time, our time, and the packet if it is one that was sent.
type Event = (f64, f64, Option<usize>);

/// Compares the times of paired packets; `calls` are pairs of (side, connection, kernel time, our time).
pub fn check(k: &Trace, s: &Trace, pairs: &[(usize, usize)], calls: &[super::calls::Made]) -> Vec<Difference> {
    let mut events: BTreeMap<Flow, Vec<Event>> = BTreeMap::new();
    for (i, j) in pairs {
        let (p, q) = (&k.packets[*i], &s.packets[*j]);
        events.entry((p.c, p.f.clone())).or_default().push((p.t, q.t, Some(*i)));
        if let (Some(a), Some(b)) = (p.rx, q.rx) {
            let other = if p.f == "C" { "S" } else { "C" };
            events.entry((p.c, other.to_string())).or_default().push((a, b, None));
        }
    }
    for m in calls {
        for (g, list) in &mut events {
            if g.1 == m.side && m.conn.is_none_or(|c| c == g.0) {
                list.push((m.kernel, m.ours, None));
            }
        }
    }
    let mut diff = Vec::new();
    for (g, list) in &mut events {
        let timed = timed(k, pairs, g);
        list.sort_by(|a, b| a.0.total_cmp(&b.0));
        for (tk, ts, packet) in list.iter() {
            let Some(i) = *packet else { continue };
            let p = &k.packets[i];
            let before: Vec<&Event> = list.iter().filter(|e| e.0 <= tk + SLACK && e.2 != Some(i)).collect();
            let causes: Vec<&Event> = before.into_iter().rev().take(5).collect();
            let mut best: Option<(f64, f64, f64)> = None;
            for (n, (ck, cs, _)) in causes.iter().enumerate() {
                let (dk, ds) = ((tk - ck).max(0.0), ts - cs);
                if n > 0 && dk > 60.0 && !(timed.contains(&i) && tk - causes[0].0 > 1.0) {
                    continue;
                }
                let (early, late) = tolerance(dk, p);
                let over = if ds > dk { ds - dk - late } else { dk - ds - early } - p.jit;
                if best.is_none_or(|b| over < b.0) {
                    best = Some((over, dk, ds));
                }
            }
            if let Some((over, dk, ds)) = best
                && over > 0.0
            {
                let text = format!(
                    "conn {} {}: {} sent {ds:.1} ms after its cause, kernel {dk:.1} ms (at {tk:.1} ms)",
                    g.0,
                    g.1,
                    p.show()
                );
                diff.push((*tk, text));
            }
        }
    }
    diff
}

/// The packets of a flow that a timer may have sent: probes, SYNs, resets with ACK, retransmissions.
fn timed(k: &Trace, pairs: &[(usize, usize)], g: &Flow) -> BTreeSet<usize> {
    let mut of: Vec<usize> =
        pairs.iter().map(|p| p.0).filter(|i| k.packets[*i].c == g.0 && k.packets[*i].f == g.1).collect();
    of.sort_by(|a, b| k.packets[*a].t.total_cmp(&k.packets[*b].t));
    let mut next = 0;
    let mut out = BTreeSet::new();
    for i in of {
        let p = &k.packets[i];
        let again = (p.len > 0 || p.has('F')) && p.seq < next;
        if p.probe || p.has('S') || p.fl == "R." || again {
            out.insert(i);
        }
        next = next.max(p.seq + p.len + i64::from(p.has('F')) + i64::from(p.has('S')));
    }
    out
}
