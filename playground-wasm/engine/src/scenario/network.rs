//! What a scenario says of the network beyond one link: further hosts, a relay, address translation.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::path::{read_lanes, read_rules};
use super::{Program, Step, span};
use crate::json::fields::{Fields, Node};
use crate::link::{Lane, ROUTER};
use crate::netfilter::conntrack::Timeouts;
use crate::netfilter::{Chain, NatRule, Target};
use crate::relay::{Forgotten, Setup};

/// Most hosts beside client and server.
const MOST_HOSTS: usize = 6;

/// A host beside client and server.
#[derive(Debug, Clone)]
pub struct ExtraHost {
    /// Its name.
    pub name: String,
    /// Its address; another's in a conflict.
    pub addr: u32,
    /// What becomes of what it sends.
    pub lane: Lane,
    /// The link that it is at: 0 the client's, 1 the server's behind a relay.
    pub side: usize,
    /// Its program begins with the server's, not with the client's.
    pub with_server: bool,
    /// Gratuitous ARP makes new entries in its neighbour table.
    pub arp_accept: bool,
    /// Rules of its nat table.
    pub nat: Vec<NatRule>,
    /// Its program.
    pub program: Program,
}

/// Whether a program sends ARP itself.
pub(super) fn asks(program: &Program) -> bool {
    program.iter().any(|s| match s {
        Step::ArpAsk { .. } => true,
        Step::Repeat { steps, .. } | Step::Loop { steps } | Step::Spawn { steps } => asks(steps),
        _ => false,
    })
}

pub(super) fn read_hosts(hosts: Option<Node>, relay: bool, program: &mut dyn FnMut(Node) -> Program) -> Vec<ExtraHost> {
    let mut out: Vec<ExtraHost> = Vec::new();
    let Some(hosts) = hosts else { return out };
    for node in hosts.list() {
        if out.len() == MOST_HOSTS {
            hosts.refuse(&format!("more than {MOST_HOSTS}"));
            break;
        }
        let mut f = node.fields();
        let name = f.need("name").text();
        if ["C", "S", "R"].contains(&name) || out.iter().any(|h| h.name == name) {
            f.refuse("name", &format!("{name} is another's name"));
        }
        let addr = address(&f.need("address"));
        let lane = Lane { delay: span(&f.need("delay_ms")), ..Lane::default() };
        let side = f.take("side").map_or(0, |side| side.word(&[("C", 0), ("S", usize::from(relay))]));
        let starts = f.take("starts_with");
        let with_server = starts.is_some_and(|with| with.word(&[("client", false), ("server", true)]));
        let nat = f.take("nat").map_or(Vec::new(), |nat| read_rules_of(&nat));
        let program = f.take("program").map_or(Program::default(), &mut *program);
        let arp_accept = f.flag("arp_accept");
        f.finish();
        out.push(ExtraHost { name: name.into(), addr, lane, side, with_server, arp_accept, nat, program });
    }
    out
}

/// Rules of client, server and relay.
pub(super) fn read_nat(mut map: Fields, relay: bool) -> [Vec<NatRule>; 3] {
    let mut tables = [const { Vec::new() }; 3];
    while let Some((side, node)) = map.pop() {
        let rules = read_rules_of(&node);
        match side {
            "C" => tables[0] = rules,
            "S" => tables[1] = rules,
            "R" if relay => tables[2] = rules,
            "R" => node.refuse("there is no relay"),
            _ => node.refuse("no such side; there are C, S and the relay R"),
        }
    }
    tables
}

fn read_rules_of(node: &Node) -> Vec<NatRule> {
    let mut rules = Vec::new();
    for node in node.list() {
        rules.push(read_rule(&node));
    }
    rules
}

fn read_rule(node: &Node) -> NatRule {
    let mut f = node.fields();
    let chain = f.need("chain").word(&[
        ("PREROUTING", Chain::Prerouting),
        ("OUTPUT", Chain::Output),
        ("POSTROUTING", Chain::Postrouting),
    ]);
    let protocol = f.take("proto").map(|proto| proto.word(&[("tcp", 6), ("udp", 17)]));
    let (src, dst) = (f.take("src").map(|src| network(&src)), f.take("dst").map(|dst| network(&dst)));
    let dport = f.whole("dport", 0, 65_535).filter(|p| *p > 0).map(|p| p as u16);
    let name = f.need("target").text();
    let to_port = if name == "REDIRECT" { f.whole("to_port", 0, 65_535).filter(|p| *p > 0) } else { None };
    let to = f.text("to").unwrap_or_default();
    let (addr, port) = to.split_once(':').unwrap_or((to, ""));
    let (addr, port) = (ipv4(addr), port.parse::<u16>().ok().filter(|p| *p > 0));
    let whole = to.contains(':') == port.is_some();
    let before = chain != Chain::Postrouting;
    let bad = |field: &str, reason: &str| {
        f.refuse(field, reason);
        Target::Masquerade
    };
    let target = match (name, addr) {
        ("REDIRECT", None) if before => Target::Redirect(to_port.map(|p| p as u16)),
        ("DNAT", Some(a)) if whole && before => Target::Dnat(a, port),
        ("SNAT", Some(a)) if port.is_none() && whole && !before => Target::Snat(a),
        ("MASQUERADE", None) if !before => Target::Masquerade,
        ("DNAT" | "SNAT", None) => bad("to", "an address is needed"),
        ("REDIRECT" | "DNAT", _) if !before => bad("chain", "the destination is settled by then"),
        ("SNAT" | "MASQUERADE", _) if before => bad("chain", "only POSTROUTING changes the source"),
        ("REDIRECT" | "DNAT" | "SNAT" | "MASQUERADE", _) => bad("to", "makes no sense here"),
        _ => bad("target", "REDIRECT, DNAT, SNAT or MASQUERADE is expected"),
    };
    f.finish();
    NatRule { chain, protocol, src, dst, dport, target }
}

/// An address with a prefix length, 32 if there is none.
fn network(node: &Node) -> (u32, u32) {
    let text = node.text();
    let (addr, bits) = text.split_once('/').unwrap_or((text, "32"));
    match (ipv4(addr), bits.parse::<u32>()) {
        (Some(a), Ok(bits @ 0..=32)) => (a, u32::MAX.checked_shl(32 - bits).unwrap_or(0)),
        _ => {
            node.refuse("an address or a network as 10.9.0.0/16 is expected");
            (0, 0)
        }
    }
}

pub(super) fn read_relay(node: &Node, rules: Vec<NatRule>, mtu: u32) -> Setup {
    let mut f = node.fields();
    let addr = f.take("address").map_or(ROUTER, |a| address(&a));
    // Below route.min_pmtu Linux clears DF and routers cut segments, which ours cannot.
    let mtu = f.whole("mtu", mtu.min(552).into(), 65_535).unwrap_or(mtu.into()) as u32;
    let icmp = f.take("icmp").is_none_or(|icmp| icmp.flag());
    let lanes = read_lanes(&mut f);
    let rules_of_link = read_rules(f.list("rules"));
    let linux = Timeouts::LINUX;
    let mut own = false;
    let mut timeout = |name: &str, usual: u64| match f.whole(name, 1, 1 << 30) {
        Some(seconds) => {
            own = true;
            seconds as u64
        }
        None => usual,
    };
    let timeouts = Timeouts {
        tcp_established: timeout("tcp_idle_s", linux.tcp_established),
        udp: timeout("udp_idle_s", linux.udp),
        udp_stream: timeout("udp_stream_idle_s", linux.udp_stream),
    };
    let words = [("drop", Forgotten::Drop), ("reset", Forgotten::Reset), ("loose", Forgotten::Loose)];
    let forgotten = f.take("forgotten").map_or(Forgotten::Drop, |forgotten| forgotten.word(&words));
    let tracks = own || !rules.is_empty() || forgotten != Forgotten::Drop;
    f.finish();
    Setup { addr, mtu, icmp, lanes, rules: rules_of_link, nat: tracks.then_some((rules, timeouts, forgotten)) }
}

/// An IPv4 address.
pub(super) fn address(node: &Node) -> u32 {
    node.value.as_str().and_then(ipv4).unwrap_or_else(|| {
        node.refuse("an IPv4 address is expected");
        0
    })
}

/// An IPv4 address in dotted form.
fn ipv4(text: &str) -> Option<u32> {
    let mut parts = text.split('.').map(|p| p.parse::<u8>().ok());
    let four = [parts.next()??, parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then(|| u32::from_be_bytes(four))
}
