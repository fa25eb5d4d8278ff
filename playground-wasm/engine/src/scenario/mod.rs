//! A scenario as it stands in a file: hosts, what lies between them, and programs. Everything unknown is refused, with its place and the
//! reason; what is left makes sense.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

mod network;
mod opts;
mod path;
mod program;
mod steps;

pub use network::ExtraHost;
pub use program::{Program, Step};

use crate::json::Value;
use crate::json::fields::{BadField, Fields, Node, read};
use crate::link::{Lane, Rule};
use crate::netfilter::NatRule;
use crate::relay::Setup;
use crate::sysctl::{Refusal, Sysctls};
use crate::time::Span;

/// Longest simulated time, microseconds: a day.
const LONGEST: u64 = 86_400_000_000;
/// Most steps of a program, after nothing is repeated yet.
const MOST_STEPS: usize = 10_000;
/// Most bytes of one call.
const MOST_BYTES: i64 = 1 << 30;

/// A number of milliseconds, read from its digits, so that no float is needed.
fn span(node: &Node) -> Span {
    let micros = match node.value {
        Value::Number(n) => microseconds(&n.to_string()),
        _ => Err("not a number of milliseconds"),
    };
    Span::micros(micros.unwrap_or_else(|reason| {
        node.refuse(reason);
        0
    }))
}

fn microseconds(text: &str) -> Result<u64, &'static str> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let whole = whole.parse::<u64>().map_err(|_| "not a number of milliseconds from 0 on")?;
    let mut micros = 0;
    for i in 0..3 {
        let digit = fraction.as_bytes().get(i).copied().unwrap_or(b'0');
        if !digit.is_ascii_digit() {
            return Err("not a plain number");
        }
        micros = micros * 10 + u64::from(digit - b'0');
    }
    let all = whole.saturating_mul(1_000).saturating_add(micros);
    if all > LONGEST { Err("longer than a day") } else { Ok(all) }
}

/// A scenario that makes sense.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// Its name.
    pub name: String,
    /// What it shows.
    pub about: String,
    /// Delay from the client, from the server.
    pub lanes: [Lane; 2],
    /// MTU of both devices.
    pub mtu: u32,
    /// What the link does to packets.
    pub rules: Vec<Rule>,
    /// Settings of client and server.
    pub sysctls: [Sysctls; 2],
    /// From the client's start.
    pub limit: Span,
    /// After the programs have ended.
    pub after: Span,
    /// Programs of client and server.
    pub programs: [Program; 2],
    /// Whether hosts ask who has an address before they send.
    pub arp: bool,
    /// Hosts beside client and server.
    pub hosts: Vec<ExtraHost>,
    /// A router between client and server.
    pub relay: Option<Setup>,
    /// Rules of the nat tables of client and server.
    pub nat: [Vec<NatRule>; 2],
}

impl Scenario {
    /// Reads a scenario from JSON.
    pub fn parse(text: &str) -> Result<Scenario, BadField> {
        read("scenario", text, scenario)
    }
}

fn scenario(node: &Node) -> Scenario {
    let mut f = node.fields();
    let name = f.need("name").text();
    let about = f.text("about").unwrap_or_default();
    let mtu = f.whole("mtu", 128, 65_535).unwrap_or(1500) as u32;
    let mut budget = MOST_STEPS;
    let mut program = |steps: Node| steps::read_steps(&steps, &mut budget, 0);
    let programs = [program(f.need("client")), program(f.need("server"))];
    let (relay, arp) = (f.take("relay"), f.flag("arp"));
    let hosts = network::read_hosts(f.take("hosts"), relay.is_some(), &mut program);
    if !arp && programs.iter().chain(hosts.iter().map(|h| &h.program)).any(network::asks) {
        f.refuse("arp", "a program asks who has an address: true is needed");
    }
    if !f.has("delay_ms") {
        f.refuse("delay_ms", "is missing");
    }
    let lanes = path::read_lanes(&mut f);
    let [client, server, router] = network::read_nat(f.object("nat"), relay.is_some());
    let rules = path::read_rules(f.list("rules"));
    let relay = relay.map(|r| network::read_relay(&r, router, mtu));
    let sysctls = read_sysctls(f.object("sysctl"));
    let mut time = |name: &str, usual| f.take(name).map_or(Span::millis(usual), |ms| span(&ms));
    let (limit, after) = (time("limit_ms", 20_000), time("after_ms", 300));
    f.finish();
    Scenario {
        name: name.into(),
        about: about.into(),
        lanes,
        mtu,
        rules,
        sysctls,
        limit,
        after,
        programs,
        arp,
        hosts,
        relay,
        nat: [client, server],
    }
}

fn read_sysctls(mut map: Fields) -> [Sysctls; 2] {
    let mut both = [Sysctls::LINUX, Sysctls::LINUX];
    for s in &mut both {
        s.fastopen = 0;
    }
    while let Some((name, node)) = map.pop() {
        let mut set = |sides: &[usize], node: &Node| {
            let text = match node.value {
                Value::String(s) => s.clone(),
                Value::Number(n) => n.to_string(),
                _ => return node.refuse("neither a number nor a text"),
            };
            for side in sides {
                match both[*side].set(name, &text) {
                    Ok(()) => {}
                    Err(Refusal::Unknown) => node.refuse("no such setting here"),
                    Err(Refusal::Value) => node.refuse(&format!("cannot be {text}")),
                }
            }
        };
        if let Value::Object(_) = node.value {
            let mut sides = node.fields();
            sides.take("C").iter().for_each(|node| set(&[0], node));
            sides.take("S").iter().for_each(|node| set(&[1], node));
            sides.finish();
        } else {
            set(&[0, 1], &node);
        }
    }
    both
}
