//! What calls returned, how long they blocked, what `ss` saw, and whether each recv took what was there.

use std::collections::{BTreeMap, BTreeSet};

use super::{Call, Difference, Trace, late};

/// A call that both made.
pub struct Made {
    pub side: String,
    pub conn: Option<u32>,
    pub kernel: f64,
    pub ours: f64,
}

/// A call, or several recvs taken as one.
#[derive(Clone)]
struct Joined {
    call: Call,
    ret: Option<i64>,
    end: f64,
    /// From the first to the end of the last, if several were joined.
    span: Option<f64>,
}

fn joined(c: &Call) -> Joined {
    Joined { call: c.clone(), ret: c.ret, end: c.t + c.took, span: None }
}

fn got(j: &Joined, sock: &Option<String>) -> bool {
    j.call.call == "recv" && j.ret.unwrap_or(0) > 0 && j.call.sock == *sock
}

/// Where recvs with data differ in size, consecutive ones joined while they end within 2.5 ms of each other: how many
/// segments of one burst a woken reader finds is a race.
fn align(a: &[Call], b: &[Call], whole: bool) -> [Vec<Joined>; 2] {
    let sides = [a, b];
    let mut out = [Vec::new(), Vec::new()];
    let mut pos = [0, 0];
    while pos[0] < a.len() && pos[1] < b.len() {
        let mut pair = [joined(&a[pos[0]]), joined(&b[pos[1]])];
        pos = [pos[0] + 1, pos[1] + 1];
        let sock = pair[0].call.sock.clone();
        while pair.iter().all(|x| got(x, &sock)) && pair[0].ret != pair[1].ret {
            let w = usize::from(pair[1].ret < pair[0].ret);
            let Some(next) = sides[w].get(pos[w]).map(joined) else { break };
            if !got(&next, &sock) || !whole && next.end - pair[w].end > 2.5 {
                break;
            }
            let o = &mut pair[w];
            o.ret = Some(o.ret.unwrap_or(0) + next.ret.unwrap_or(0));
            o.end = next.end;
            o.span = Some(o.end - o.call.t);
            pos[w] += 1;
        }
        let [x, y] = pair;
        out[0].push(x);
        out[1].push(y);
    }
    for w in 0..2 {
        out[w].extend(sides[w][pos[w]..].iter().map(joined));
    }
    out
}

fn result(j: &Joined) -> String {
    let n = j.call.n.as_ref().map_or(String::new(), |n| format!(" {n}"));
    let r = j.call.err.clone().unwrap_or_else(|| format!("{:?}", j.ret));
    format!("{} {}{n} = {r}", j.call.call, j.call.sock.as_deref().unwrap_or(""))
}

fn rows(c: &Call) -> Vec<(u32, String, Option<i64>)> {
    let mut all: Vec<_> = c.rows.iter().map(|r| (r.c, r.st.clone(), (r.st == "LISTEN").then_some(r.rq))).collect();
    all.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
    all
}

/// Compares the calls of each thread.
pub fn check(k: &Trace, s: &Trace, cut: f64) -> (Vec<Made>, Vec<Difference>) {
    let threads = |t: &Trace| {
        let mut all: BTreeMap<(String, u32), Vec<Call>> = BTreeMap::new();
        for c in &t.app {
            all.entry((c.f.clone(), c.th)).or_default().push(c.clone());
        }
        all
    };
    let (ks, ss) = (threads(k), threads(s));
    let (mut diff, mut made) = (Vec::new(), Vec::new());
    let all: BTreeSet<_> = ks.keys().chain(ss.keys()).collect();
    for g in all {
        let none = Vec::new();
        let vary = k.head.stable.recv_sizes_vary;
        let [a, b] = align(ks.get(g).unwrap_or(&none), ss.get(g).unwrap_or(&none), vary);
        thread(k, &format!("{}.{}", g.0, g.1), (&a, &b), cut, &mut made, &mut diff);
    }
    (made, diff)
}

fn thread(
    k: &Trace,
    w: &str,
    (a, b): (&[Joined], &[Joined]),
    cut: f64,
    made: &mut Vec<Made>,
    diff: &mut Vec<Difference>,
) {
    let mut done = 0.0;
    let mut pending: Option<(f64, f64)> = None;
    for i in 0..a.len().max(b.len()) {
        let (p, q) = (a.get(i), b.get(i));
        let Some(any) = p.or(q) else { break };
        let t = any.call.t + any.call.took;
        if k.head.stable.app_until.is_some_and(|u| p.is_none() || t >= u) {
            break;
        }
        let (Some(p), Some(q)) = (p, q) else {
            if !late(t, done, cut, None) {
                let which = if q.is_some() { "extra" } else { "missing" };
                diff.push((t, format!("{w}: {which} call {} at {} ms", result(any), any.call.t)));
            }
            break;
        };
        let (pc, qc) = (&p.call, &q.call);
        let same = pc.call == qc.call
            && pc.sock == qc.sock
            && p.ret == q.ret
            && pc.err == qc.err
            && (pc.call != "recv" || pc.n == qc.n)
            && (pc.c.is_none() || pc.c == qc.c);
        if !same {
            diff.push((t, format!("{w}: at {} ms {}, kernel {}", qc.t, result(q), result(p))));
            break;
        }
        if !matches!(pc.call.as_str(), "ss" | "listen") {
            made.push(Made { side: pc.f.clone(), conn: pc.c, kernel: pc.t, ours: qc.t });
        }
        if pc.call == "ss" {
            snapshot(k, w, pc, qc, t, diff);
        } else {
            took(w, (p, q), pending, t, diff);
        }
        done = t;
        pending = Some((pc.t + p.span.unwrap_or(pc.took), qc.t + q.span.unwrap_or(qc.took)));
    }
}

fn snapshot(k: &Trace, w: &str, p: &Call, q: &Call, t: f64, diff: &mut Vec<Difference>) {
    if k.head.stable.ss_varies {
        return;
    }
    if rows(p) != rows(q) {
        diff.push((t, format!("{w}: at {} ms sockets {:?}, kernel {:?}", q.t, rows(q), rows(p))));
    }
    for r in p.rows.iter().filter(|r| r.st == "TIME-WAIT") {
        let ours = q.rows.iter().find(|y| y.c == r.c && y.st == r.st);
        let (left, kernel) = (ours.map(|y| y.left_ms.unwrap_or(-1e9)), r.left_ms.unwrap_or(0.0));
        if left.is_some_and(|l| (l - kernel).abs() > 1_000.0) {
            diff.push((t, format!("{w}: at {} ms TIME-WAIT has {left:?} ms left, kernel {kernel}", q.t)));
        }
    }
}

fn took(w: &str, (p, q): (&Joined, &Joined), pending: Option<(f64, f64)>, t: f64, diff: &mut Vec<Difference>) {
    let (tp, tq) = (p.call.took, q.call.took);
    let limit = if p.call.call == "connect" {
        (0.05 * tp).max(10.0)
    } else {
        (0.125 * tp).max(if tp > 200.0 { 34.0 } else { 10.0 })
    };
    let gap = pending.map_or((0.0, 0.0), |(a, b)| (p.call.t - a, q.call.t - b));
    for (what, x, y, limit) in [("blocked", tp, tq, limit), ("made", gap.0, gap.1, (0.02 * gap.0).max(4.0))] {
        if (x - y).abs() - limit - p.call.jit > 0.0 {
            diff.push((t, format!("{w}: {} {what} {y:.1} ms, kernel {x:.1} ms (at {} ms)", result(p), p.call.t)));
        }
    }
}

/// What a receiver has, packet by packet.
#[derive(Default)]
struct Stream {
    end: i64,
    early: Vec<(i64, i64)>,
    steps: Vec<(i64, f64)>,
}

/// A recv that does not fill its buffer takes all that is there: it ends where the stream ended after some arrival,
/// and what follows came later, with 2 ms of grace for a burst.
pub fn framing(s: &Trace) -> Vec<Difference> {
    let mut streams: BTreeMap<(u32, &str), Stream> = BTreeMap::new();
    let mut arrived: Vec<_> = s.packets.iter().filter_map(|p| p.rx.filter(|_| p.len > 0).map(|rx| (rx, p))).collect();
    arrived.sort_by(|a, b| a.0.total_cmp(&b.0));
    for (rx, p) in arrived {
        let g = streams.entry((p.c, if p.f == "C" { "S" } else { "C" })).or_default();
        g.early.push((p.seq - 1, p.seq - 1 + p.len));
        g.early.sort_unstable();
        let mut end = g.end;
        for (x, y) in &g.early {
            end = if *x <= end { end.max(*y) } else { end };
        }
        if end > g.end {
            g.end = end;
            g.steps.push((end, rx));
        }
        g.early.retain(|x| x.1 > end);
    }
    let mut at: BTreeMap<(u32, &str), i64> = BTreeMap::new();
    let mut bad = Vec::new();
    for a in s.app.iter().filter(|a| a.call == "recv" && a.ret.unwrap_or(0) > 0) {
        let (Some(c), Some(ret)) = (a.c, a.ret) else { continue };
        let place = at.entry((c, a.f.as_str())).or_default();
        *place += ret;
        if a.n.as_ref().and_then(serde_json::Value::as_i64) == Some(ret) {
            continue;
        }
        let done = a.t + a.took;
        let none = Stream::default();
        let steps = &streams.get(&(c, a.f.as_str())).unwrap_or(&none).steps;
        let next = steps.iter().find(|x| x.0 > *place).map(|x| x.1);
        if !steps.iter().any(|x| x.0 == *place) || next.is_some_and(|n| n < done - 2.0) {
            bad.push((done, format!("{}: at {} ms recv {ret}, but other bytes were there", a.f, a.t)));
        }
    }
    bad
}
