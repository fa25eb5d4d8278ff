//! `conntrack -L` on the host of a side: what its connection tracking makes of the packets that pass its device. Where
//! addresses are translated, on a relay or by rules of the host, the trace holds the entries.

use crate::map::Map;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::packets::{Device, passed};
use super::tcpdump::address;
use crate::netfilter::conntrack::{Entry, Passed, Timeouts, Tuple};
use crate::tcp::segment::Endpoint;
use crate::time::SimTime;
use crate::trace::{Fact, What};

/// What `conntrack -L` prints at that time, without its closing line.
pub fn render(trace: &[Fact], side: usize, at: SimTime) -> String {
    let mut out = String::new();
    let live = told(trace, side, at).unwrap_or_else(|| watched(trace, side, at));
    for e in live.iter().filter(|e| e.expires > at) {
        let tuple = |(a, b): &(Endpoint, Endpoint)| {
            format!("src={} dst={} sport={} dport={} ", address(a.addr), address(b.addr), a.port, b.port)
        };
        let left = e.expires.since(at).as_millis() / 1_000;
        let name = if e.protocol == 6 { "tcp" } else { "udp" };
        out.push_str(&format!("{name:<8} {} {left} ", e.protocol));
        if let Some(state) = e.state_name() {
            out.push_str(&format!("{state} "));
        }
        out.push_str(&format!(
            "{}{}{}{}mark=0 use=1\n",
            tuple(&e.original),
            if e.replied { "" } else { "[UNREPLIED] " },
            tuple(&e.reply),
            if e.assured { "[ASSURED] " } else { "" },
        ));
    }
    out
}

/// Entries that the trace was told of, if any.
fn told(trace: &[Fact], side: usize, at: SimTime) -> Option<Vec<Entry>> {
    let mut all: Map<(u8, Tuple), Entry> = Map::new();
    let mut any = false;
    for f in trace.iter().take_while(|f| f.at <= at).filter(|f| f.host == side) {
        let What::Tracked { entry, gone } = &f.what else { continue };
        any = true;
        let key = (entry.protocol, entry.original);
        if *gone {
            all.remove(&key);
        } else {
            all.insert(key, (**entry).clone());
        }
    }
    any.then(|| all.into_iter().map(|(_, entry)| entry).collect())
}

/// Entries that packets on the device make.
fn watched(trace: &[Fact], side: usize, at: SimTime) -> Vec<Entry> {
    let mut table: Map<(u8, Tuple), Entry> = Map::new();
    for p in passed(trace, side, at, Device::Eth0) {
        let Some((protocol, from, to)) = p.frame.flow() else { continue };
        table.retain(|_, e| e.expires > p.at);
        let (ours, back) = ((protocol, (from, to)), (protocol, (to, from)));
        let (mut key, mut direction) = if table.contains_key(&back) { (back, 1) } else { (ours, 0) };
        let fresh = Entry::begin(p.at, &p.frame, false).is_some();
        if fresh && table.get(&key).is_some_and(Entry::over) {
            table.remove(&key);
            (key, direction) = (ours, 0);
        }
        if !table.contains_key(&key) {
            let Some(entry) = Entry::begin(p.at, &p.frame, true) else { continue };
            table.insert(key, entry);
        }
        let Some(entry) = table.get_mut(&key) else { continue };
        if entry.pass(p.at, direction, &p.frame, Timeouts::LINUX) == Passed::Gone {
            table.remove(&key);
        }
    }
    table.into_iter().map(|(_, entry)| entry).collect()
}
