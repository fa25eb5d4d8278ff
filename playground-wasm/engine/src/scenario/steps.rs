//! The steps of a program, read one field at a time; what is left over is refused.

use alloc::format;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use super::network::address;
use super::opts::read_opts;
use super::{MOST_BYTES, Program, Step, span};
use crate::json::fields::{Fields, Node};
use crate::text::join;
use crate::time::Span;

/// Most steps that stand in one another.
const MOST_DEPTH: u32 = 8;

/// A list of steps, of which only so many may be left to come.
pub(super) fn read_steps(steps: &Node, budget: &mut usize, depth: u32) -> Program {
    let mut out = Vec::new();
    if depth > MOST_DEPTH {
        steps.refuse("nested too deeply");
        return out.into();
    }
    for node in steps.list() {
        if *budget == 0 {
            node.refuse("too many steps");
            break;
        }
        *budget -= 1;
        out.extend(read_step(&node, budget, depth));
    }
    out.into()
}

fn read_step(node: &Node, budget: &mut usize, depth: u32) -> Option<Step> {
    let mut f = node.fields();
    let op = f.need("op");
    let mut inner = |f: &mut Fields| read_steps(&f.need("steps"), budget, depth + 1);
    let step = match op.text() {
        "listen" => Step::Listen {
            sock: named(&mut f, "sock", "l"),
            backlog: f.whole("backlog", -1, 1 << 20).unwrap_or(16),
            port: port(&mut f, 1, 80),
            opts: read_opts(&mut f).0,
        },
        "accept" => Step::Accept { sock: sock(&mut f), from: named(&mut f, "from", "l") },
        "connect" => Step::Connect {
            sock: sock(&mut f),
            port: port(&mut f, 1, 80),
            address: f.take("address").map(|a| address(&a)),
            udp: is_udp(&mut f, false),
            opts: read_opts(&mut f).0,
        },
        "bind" => {
            if !is_udp(&mut f, true) {
                f.refuse("proto", "bind is of udp; listen binds for tcp");
            }
            Step::Bind { sock: sock(&mut f), port: port(&mut f, 0, 0), opts: read_opts(&mut f).0 }
        }
        "sendto" => {
            let [dontwait] = read_flags(&mut f, ["dontwait"]);
            Step::SendTo {
                sock: sock(&mut f),
                n: bytes(&f.need("n")),
                port: f.whole("port", 0, 65_535).map(|port| port as u16),
                address: f.take("address").map(|a| address(&a)),
                dontwait,
            }
        }
        "recvfrom" => {
            let [dontwait, peek, trunc] = read_flags(&mut f, ["dontwait", "peek", "trunc"]);
            Step::RecvFrom { sock: sock(&mut f), n: room(&mut f), dontwait, peek, trunc }
        }
        "original_dst" => Step::OriginalDst { sock: sock(&mut f) },
        "garp" => Step::ArpAsk { address: None, probe: false, first: false },
        "arping" => arping(&mut f),
        "setopt" => {
            let (opts, text) = read_opts(&mut f);
            Step::Setopt { sock: sock(&mut f), opts, text }
        }
        "send" => {
            let [more, dontwait] = read_flags(&mut f, ["more", "dontwait"]);
            Step::Send { sock: sock(&mut f), n: bytes(&f.need("n")), parts: Rc::default(), more, dontwait }
        }
        "sendv" => {
            let [more, dontwait] = read_flags(&mut f, ["more", "dontwait"]);
            let (n, parts) = sizes(&f.need("n"));
            Step::Send { sock: sock(&mut f), n, parts, more, dontwait }
        }
        "recv" => Step::Recv { sock: sock(&mut f), n: room(&mut f) },
        "recvn" => Step::Recvn { sock: sock(&mut f), n: bytes(&f.need("n")) },
        "drain" => {
            let n = f.whole("n", 1, MOST_BYTES).unwrap_or(65_536) as u32;
            Step::Drain { sock: sock(&mut f), n }
        }
        "shutdown" => {
            let how = f.need("how");
            let (read, write) = how.word(&[("RD", (true, false)), ("WR", (false, true)), ("RDWR", (true, true))]);
            Step::Shutdown { sock: sock(&mut f), how: how.text().into(), read, write }
        }
        "close" => Step::Close { sock: sock(&mut f) },
        "sleep" => Step::Sleep { time: span(&f.need("ms")) },
        "ss" => Step::Ss { note: named(&mut f, "note", "") },
        "repeat" => Step::Repeat { times: f.need("times").whole(0, 1 << 20) as u32, steps: inner(&mut f) },
        "loop" => {
            let steps = inner(&mut f);
            if steps.is_empty() {
                f.refuse("steps", "a loop of nothing never ends");
            }
            Step::Loop { steps }
        }
        "spawn" => Step::Spawn { steps: inner(&mut f) },
        other => {
            op.refuse(&format!("{other} is no step"));
            return None;
        }
    };
    f.finish();
    Some(step)
}

fn named(f: &mut Fields, field: &str, usual: &str) -> String {
    f.text(field).unwrap_or(usual).into()
}

fn sock(f: &mut Fields) -> String {
    named(f, "sock", "c")
}

fn port(f: &mut Fields, least: i64, usual: i64) -> u16 {
    f.whole("port", least, 65_535).unwrap_or(usual) as u16
}

fn bytes(node: &Node) -> u32 {
    node.whole(0, MOST_BYTES) as u32
}

/// How much a call takes at most.
fn room(f: &mut Fields) -> u32 {
    f.take("n").map_or(65_536, |n| bytes(&n))
}

/// Buffers of one call: all of them, and each.
fn sizes(node: &Node) -> (u32, Rc<[u32]>) {
    let (mut all, mut parts) = (0, Vec::new());
    for node in node.list() {
        let n = bytes(&node);
        all += u64::from(n);
        parts.push(n);
    }
    if parts.is_empty() || all > MOST_BYTES as u64 {
        node.refuse("a list of sizes is needed");
    }
    (all as u32, parts.into())
}

/// Requests a second apart, and then who has answered.
fn arping(f: &mut Fields) -> Step {
    let address = address(&f.need("address"));
    let count = f.whole("count", 1, 100).unwrap_or(3);
    let probe = f.flag("probe");
    let mut steps = Vec::new();
    for i in 0..count {
        steps.push(Step::ArpAsk { address: Some(address), probe, first: i == 0 });
        steps.push(Step::Sleep { time: Span::secs(1) });
    }
    steps.push(Step::ArpTell { address });
    Step::Repeat { times: 1, steps: steps.into() }
}

fn is_udp(f: &mut Fields, usual: bool) -> bool {
    f.take("proto").map_or(usual, |proto| proto.word(&[("tcp", false), ("udp", true)]))
}

/// Which of these flags are set.
fn read_flags<const N: usize>(f: &mut Fields, names: [&str; N]) -> [bool; N] {
    let mut set = [false; N];
    let Some(flags) = f.take("flags") else { return set };
    for node in flags.list() {
        match names.iter().position(|name| node.value.as_str() == Some(name)) {
            Some(i) => set[i] = true,
            None => flags.refuse(&format!("not one of {}", join(&names, ", "))),
        }
    }
    set
}
