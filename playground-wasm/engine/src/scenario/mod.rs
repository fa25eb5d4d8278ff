//! A scenario as it stands in a file: hosts, what lies between them, and programs. Everything unknown is refused, with its place and the
//! reason; what is left makes sense.

use alloc::boxed::Box;
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
use steps::Fields;

use crate::json::Value;
use crate::map::Map;

use crate::link::{Lane, Rule};
use crate::netfilter::NatRule;
use crate::relay::Setup;
use crate::sysctl::{Refusal, Sysctls};
use crate::time::Span;

/// Why a scenario is refused: the path of the field, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScenarioError {
    /// `client[2].opts.nodelay`.
    pub field: String,
    /// What is wrong.
    pub reason: String,
}

impl core::fmt::Display for ScenarioError {
    fn fmt(&self, f: &mut core::fmt::Formatter) -> core::fmt::Result {
        write!(f, "{}: {}", self.field, self.reason)
    }
}

impl core::error::Error for ScenarioError {}

/// What reading gives. Boxed, because nearly every line passes it on.
type Read<T> = Result<T, Box<ScenarioError>>;

fn refuse<T>(field: &str, reason: impl Into<String>) -> Read<T> {
    Err(Box::new(ScenarioError { field: field.to_string(), reason: reason.into() }))
}

/// Longest simulated time, milliseconds: a day.
const LONGEST: Ms = Ms(86_400_000_000);
/// Most steps of a program, after nothing is repeated yet.
const MOST_STEPS: usize = 10_000;
/// Most bytes of one call.
const MOST_BYTES: u64 = 1 << 30;

/// Milliseconds with a fraction, held as whole microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Ms(u64);

/// Reads a JSON number of milliseconds from its digits, so that no float is needed.
fn milliseconds(field: &str, v: &Value) -> Read<Ms> {
    let Value::Number(n) = v else { return refuse(field, "not a number of milliseconds") };
    let text = n.to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let Ok(whole) = whole.parse::<u64>() else { return refuse(field, "not a number of milliseconds from 0 on") };
    let mut micros = 0;
    for i in 0..3 {
        let digit = fraction.as_bytes().get(i).copied().unwrap_or(b'0');
        if !digit.is_ascii_digit() {
            return refuse(field, "not a plain number");
        }
        micros = micros * 10 + u64::from(digit - b'0');
    }
    let ms = Ms(whole.saturating_mul(1_000).saturating_add(micros));
    if ms > LONGEST { refuse(field, "longer than a day") } else { Ok(ms) }
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
    pub fn parse(text: &str) -> Result<Scenario, ScenarioError> {
        Scenario::read(text).map_err(|bad| *bad)
    }

    fn read(text: &str) -> Read<Scenario> {
        let value = Value::parse(text).or_else(|e| refuse("scenario", e.to_string()))?;
        let mut f = Fields::new("", &value)?;
        let name = f.text("name", None).to_string();
        let about = f.text("about", Some("")).to_string();
        let mtu = f.number("mtu", Some(1500), 128, 65_535) as u32;
        let mut budget = MOST_STEPS;
        let mut program = |side: &str, steps: &[Value]| steps::read_steps(side, steps, &mut budget, 0);
        let mut own = |side: &str| {
            let steps = f.list(side);
            f.check()?;
            steps.map_or_else(|| refuse(side, "is missing"), |steps| program(side, steps))
        };
        let programs = [own("client")?, own("server")?];
        let (relay, arp) = (f.map.remove("relay"), f.on("arp"));
        let hosts = f.list("hosts").unwrap_or(&[]);
        f.check()?;
        let hosts = network::read_hosts(hosts, relay.is_some(), &mut program)?;
        let all = programs.iter().chain(hosts.iter().map(|h| &h.program));
        if !arp && all.into_iter().any(network::asks) {
            return refuse("arp", "a program asks who has an address: true is needed");
        }
        let Some(delay) = f.map.remove("delay_ms") else { return refuse("delay_ms", "is missing") };
        let lanes = path::read_lanes("", delay, path::LANE_FIELDS.map(|name| f.map.remove(name)))?;
        let rules = f.object("nat");
        f.check()?;
        if relay.is_none() && rules.is_some_and(|rules| rules.contains_key("R")) {
            return refuse("nat.R", "there is no relay");
        }
        let nat = network::read_nat(rules)?;
        let rules = f.list("rules").unwrap_or(&[]);
        f.check()?;
        let rules = path::read_rules("rules", rules)?;
        let relay = relay.map(|r| network::read_relay(r, nat.2, mtu)).transpose()?;
        let sysctls = f.object("sysctl");
        f.check()?;
        let scenario = Scenario {
            lanes,
            mtu,
            rules,
            programs,
            arp,
            hosts,
            relay,
            nat: [nat.0, nat.1],
            sysctls: read_sysctls(sysctls)?,
            limit: f.time("limit_ms").unwrap_or(Span::millis(20_000)),
            after: f.time("after_ms").unwrap_or(Span::millis(300)),
            name,
            about,
        };
        f.end()?;
        Ok(scenario)
    }
}

fn read_sysctls(map: Option<&Map<String, Value>>) -> Read<[Sysctls; 2]> {
    let mut both = [Sysctls::LINUX, Sysctls::LINUX];
    for s in &mut both {
        s.fastopen = 0;
    }
    for (name, value) in map.into_iter().flat_map(|map| map.iter()) {
        let sides: Vec<(usize, &Value, String)> = match value {
            Value::Object(m) => {
                if let Some(k) = m.keys().find(|k| *k != "C" && *k != "S") {
                    return refuse(&format!("sysctl.{name}.{k}"), "no such side; there are C and S");
                }
                m.iter().map(|(k, v)| (usize::from(k == "S"), v, format!("sysctl.{name}.{k}"))).collect()
            }
            v => alloc::vec![(0, v, format!("sysctl.{name}")), (1, v, format!("sysctl.{name}"))],
        };
        for (side, value, field) in sides {
            let text = match value {
                Value::String(s) => s.clone(),
                Value::Number(n) => n.to_string(),
                _ => return refuse(&field, "neither a number nor a text"),
            };
            match both[side].set(name, &text) {
                Ok(()) => {}
                Err(Refusal::Unknown) => return refuse(&field, "no such setting here"),
                Err(Refusal::Value) => return refuse(&field, format!("cannot be {text}")),
            }
        }
    }
    Ok(both)
}
