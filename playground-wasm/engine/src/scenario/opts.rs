//! Options of sockets, as a scenario writes them.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::span;
use crate::calls::Opt;
use crate::json::fields::{Fields, Node};

/// Options, and how they were written.
pub(super) fn read_opts(f: &mut Fields) -> (Vec<Opt>, String) {
    let Some(node) = f.take("opts") else { return (Vec::new(), "{}".to_string()) };
    let (mut out, mut left) = (Vec::new(), node.fields());
    while let Some((name, node)) = left.pop() {
        read_opt(name, &node, &mut out);
    }
    (out, node.value.to_string())
}

fn read_opt(name: &str, node: &Node, out: &mut Vec<Opt>) {
    let number = || node.whole(-(1 << 31), (1 << 31) - 1);
    let on = || node.value.as_bool().unwrap_or_else(|| number() != 0);
    let opt = match name {
        "nodelay" => Opt::Nodelay(on()),
        "cork" => Opt::Cork(on()),
        "quickack" => Opt::Quickack(on()),
        "nonblock" => Opt::Nonblock(on()),
        "reuseport" => Opt::Reuseport(on()),
        "maxseg" => Opt::Maxseg(number()),
        "syncnt" => Opt::Syncnt(number()),
        "user_timeout" => Opt::UserTimeout(number()),
        "linger2" => Opt::Linger2(number()),
        "rcvbuf" => Opt::Rcvbuf(number()),
        "sndbuf" => Opt::Sndbuf(number()),
        "linger" => {
            let [on, seconds] = numbers(node);
            Opt::Linger((on != 0).then_some(seconds.clamp(0, 1 << 20) as u32))
        }
        "keepalive" => {
            let [idle, interval, count] = numbers(node);
            out.extend([Opt::Keepalive(true), Opt::Keepidle(idle), Opt::Keepintvl(interval)]);
            Opt::Keepcnt(count)
        }
        "mtu_discover" => Opt::MtuDiscover(number()),
        "rcvtimeo_ms" => Opt::Rcvtimeo(span(node).as_micros()),
        "sndtimeo_ms" => Opt::Sndtimeo(span(node).as_micros()),
        _ => return node.refuse("no such option"),
    };
    out.push(opt);
}

fn numbers<const N: usize>(node: &Node) -> [i64; N] {
    let mut numbers = [0; N];
    if node.value.as_array().is_none_or(|list| list.len() != N) {
        node.refuse(&format!("a list of {N} numbers is needed"));
    }
    for (number, node) in numbers.iter_mut().zip(node.list()) {
        *number = node.whole(i64::MIN, i64::MAX);
    }
    numbers
}
