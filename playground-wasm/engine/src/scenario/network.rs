//! What a scenario says of the network beyond one link: further hosts, a relay, address translation.

use crate::map::Map;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::json::Value;

use super::path::{LANE_FIELDS, read_lanes, read_rules};
use super::steps::{Fields, ipv4};
use super::{Program, Read, Step, refuse};
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

pub(super) fn read_hosts(
    hosts: &[Value],
    relay: bool,
    program: &mut impl FnMut(&str, &[Value]) -> Read<Program>,
) -> Read<Vec<ExtraHost>> {
    if hosts.len() > MOST_HOSTS {
        return refuse("hosts", format!("more than {MOST_HOSTS}"));
    }
    let mut out: Vec<ExtraHost> = Vec::new();
    for (i, v) in hosts.iter().enumerate() {
        let at = format!("hosts[{i}]");
        let mut f = Fields::new(&at, v)?;
        let name = String::from(f.text("name", None));
        if ["C", "S", "R"].contains(&name.as_str()) || out.iter().any(|h| h.name == name) {
            return f.refuse("name", &format!("{name} is another's name"));
        }
        let Some(addr) = f.address("address") else { return f.refuse("address", "is missing") };
        let delay = f.needed_time("delay_ms");
        let side = match f.text("side", Some("C")) {
            "C" => 0,
            "S" => usize::from(relay),
            _ => return f.refuse("side", "neither C nor S"),
        };
        let with_server = match f.text("starts_with", Some("client")) {
            "client" => false,
            "server" => true,
            _ => return f.refuse("starts_with", "neither client nor server"),
        };
        f.check()?;
        let nat = match f.map.remove("nat") {
            Some(v) => read_rules_of(&f.path("nat"), v)?,
            None => Vec::new(),
        };
        let steps = match f.map.remove("program") {
            Some(Value::Array(a)) => program(&f.path("program"), a)?,
            None => Program::default(),
            Some(_) => return f.refuse("program", "a list of steps is needed"),
        };
        let lane = Lane { delay, ..Lane::default() };
        let arp_accept = f.on("arp_accept");
        f.end()?;
        out.push(ExtraHost { name, addr, lane, side, with_server, arp_accept, nat, program: steps });
    }
    Ok(out)
}

type Tables = (Vec<NatRule>, Vec<NatRule>, Vec<NatRule>);

/// Rules of client, server and relay.
pub(super) fn read_nat(map: Option<&Map<String, Value>>) -> Read<Tables> {
    let mut tables = Tables::default();
    for (side, v) in map.into_iter().flat_map(|map| map.iter()) {
        let field = format!("nat.{side}");
        let rules = read_rules_of(&field, v)?;
        match side.as_str() {
            "C" => tables.0 = rules,
            "S" => tables.1 = rules,
            "R" => tables.2 = rules,
            _ => return refuse(&field, "no such side; there are C, S and the relay R"),
        }
    }
    Ok(tables)
}

fn read_rules_of(at: &str, v: &Value) -> Read<Vec<NatRule>> {
    let Value::Array(rules) = v else { return refuse(at, "a list of rules is needed") };
    rules.iter().enumerate().map(|(i, v)| read_rule(&format!("{at}[{i}]"), v)).collect()
}

fn read_rule(at: &str, v: &Value) -> Read<NatRule> {
    let mut f = Fields::new(at, v)?;
    let chain = match f.text("chain", None) {
        "PREROUTING" => Chain::Prerouting,
        "OUTPUT" => Chain::Output,
        "POSTROUTING" => Chain::Postrouting,
        _ => return f.refuse("chain", "not PREROUTING, OUTPUT or POSTROUTING"),
    };
    let protocol = match f.text("proto", Some("")) {
        "" => None,
        "tcp" => Some(6),
        "udp" => Some(17),
        _ => return f.refuse("proto", "neither tcp nor udp"),
    };
    let (src, dst) = (network(&mut f, "src")?, network(&mut f, "dst")?);
    let dport = match f.number("dport", Some(0), 0, 65_535) {
        0 => None,
        p => Some(p as u16),
    };
    let name = f.text("target", None);
    let to = f.text("to", Some(""));
    let (addr, port) = to.split_once(':').unwrap_or((to, ""));
    let (addr, port) = (ipv4(addr), if port.is_empty() { None } else { port.parse::<u16>().ok().filter(|p| *p > 0) });
    let whole = to.contains(':') == port.is_some();
    let before = chain != Chain::Postrouting;
    let target = match (name, addr) {
        ("REDIRECT", None) if before => {
            let port = f.number("to_port", Some(0), 0, 65_535) as u16;
            Target::Redirect((port > 0).then_some(port))
        }
        ("DNAT", Some(a)) if whole && before => Target::Dnat(a, port),
        ("SNAT", Some(a)) if port.is_none() && whole && !before => Target::Snat(a),
        ("MASQUERADE", None) if !before => Target::Masquerade,
        ("DNAT" | "SNAT", None) => return f.refuse("to", "an address is needed"),
        ("REDIRECT" | "DNAT", _) if !before => return f.refuse("chain", "the destination is settled by then"),
        ("SNAT" | "MASQUERADE", _) if before => return f.refuse("chain", "only POSTROUTING changes the source"),
        ("REDIRECT" | "DNAT" | "SNAT" | "MASQUERADE", _) => return f.refuse("to", "makes no sense here"),
        _ => return f.refuse("target", "not REDIRECT, DNAT, SNAT or MASQUERADE"),
    };
    f.end()?;
    Ok(NatRule { chain, protocol, src, dst, dport, target })
}

/// An address with a prefix length, 32 if there is none.
fn network(f: &mut Fields, name: &str) -> Read<Option<(u32, u32)>> {
    let text = f.text(name, Some(""));
    if text.is_empty() {
        return Ok(None);
    }
    let (addr, bits) = text.split_once('/').unwrap_or((text, "32"));
    match (ipv4(addr), bits.parse::<u32>()) {
        (Some(a), Ok(bits @ 0..=32)) => Ok(Some((a, u32::MAX.checked_shl(32 - bits).unwrap_or(0)))),
        _ => refuse(&f.path(name), "not an address or a network as 10.9.0.0/16"),
    }
}

pub(super) fn read_relay(v: &Value, rules: Vec<NatRule>, mtu: u32) -> Read<Setup> {
    let mut f = Fields::new("relay", v)?;
    let addr = f.address("address").unwrap_or(ROUTER);
    // Below route.min_pmtu Linux clears DF and routers cut segments, which ours cannot.
    let mtu = f.number("mtu", Some(mtu.into()), i64::from(mtu.min(552)), 65_535) as u32;
    let icmp = match f.map.remove("icmp") {
        None => true,
        Some(Value::Bool(b)) => *b,
        Some(_) => return f.refuse("icmp", "not true or false"),
    };
    let none = Value::from(0);
    let delay = f.map.remove("delay_ms").unwrap_or(&none);
    f.check()?;
    let lanes = read_lanes("relay.", delay, LANE_FIELDS.map(|name| f.map.remove(name)))?;
    let rules_of_link = f.list("rules").unwrap_or(&[]);
    f.check()?;
    let rules_of_link = read_rules("relay.rules", rules_of_link)?;
    let linux = Timeouts::LINUX;
    let mut own = false;
    let mut timeout = |f: &mut Fields, name: &str, usual: u64| {
        own |= f.map.contains_key(name);
        f.number(name, Some(usual as i64), 1, 1 << 30) as u64
    };
    let timeouts = Timeouts {
        tcp_established: timeout(&mut f, "tcp_idle_s", linux.tcp_established),
        udp: timeout(&mut f, "udp_idle_s", linux.udp),
        udp_stream: timeout(&mut f, "udp_stream_idle_s", linux.udp_stream),
    };
    let word = f.text("forgotten", Some("drop"));
    let forgotten = match word {
        "drop" => Forgotten::Drop,
        "reset" => Forgotten::Reset,
        "loose" => Forgotten::Loose,
        _ => return f.refuse("forgotten", "not drop, reset or loose"),
    };
    let tracks = own || !rules.is_empty() || word != "drop";
    f.end()?;
    Ok(Setup { addr, mtu, icmp, lanes, rules: rules_of_link, nat: tracks.then_some((rules, timeouts, forgotten)) })
}
