//! A scenario as it stands in a file: a link and two programs. Everything unknown is refused, with its place and the
//! reason; what is left makes sense.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

mod steps;

use serde::Deserialize;
use serde_json::Value;

use crate::calls::Opt;
use crate::link::{Kind, Lane, Rule};
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

fn refuse<T>(field: &str, reason: impl Into<String>) -> Result<T, ScenarioError> {
    Err(ScenarioError { field: field.to_string(), reason: reason.into() })
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
fn milliseconds(field: &str, v: &Value) -> Result<Ms, ScenarioError> {
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawScenario {
    name: String,
    #[serde(default)]
    about: String,
    delay_ms: Value,
    mtu: Option<u32>,
    #[serde(default)]
    rules: Vec<Value>,
    #[serde(default)]
    sysctl: serde_json::Map<String, Value>,
    limit_ms: Option<Value>,
    after_ms: Option<Value>,
    client: Vec<Value>,
    server: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
    dir: Option<String>,
    what: Option<String>,
    minwire: Option<u32>,
    after_ms: Option<Value>,
    before_ms: Option<Value>,
    nth: Option<Vec<u64>>,
    extra_ms: Option<Value>,
}

/// One step of a program.
#[derive(Debug, Clone)]
pub enum Step {
    /// `listen`.
    Listen {
        /// Name.
        sock: String,
        /// Backlog.
        backlog: i64,
        /// Port.
        port: u16,
        /// Options.
        opts: Vec<Opt>,
    },
    /// `accept`.
    Accept {
        /// Name of the new socket.
        sock: String,
        /// Name of the listening one.
        from: String,
    },
    /// `connect`.
    Connect {
        /// Name.
        sock: String,
        /// Port.
        port: u16,
        /// Options.
        opts: Vec<Opt>,
    },
    /// `setsockopt`.
    Setopt {
        /// Name.
        sock: String,
        /// Options.
        opts: Vec<Opt>,
        /// As written.
        text: String,
    },
    /// `send`, or `sendmsg` with several buffers.
    Send {
        /// Name.
        sock: String,
        /// Bytes.
        n: u32,
        /// The buffers of `sendmsg`; none of `send`.
        parts: alloc::rc::Rc<[u32]>,
        /// `MSG_MORE`.
        more: bool,
        /// `MSG_DONTWAIT`.
        dontwait: bool,
    },
    /// One `recv`.
    Recv {
        /// Name.
        sock: String,
        /// At most.
        n: u32,
    },
    /// Until so many bytes are there.
    Recvn {
        /// Name.
        sock: String,
        /// Bytes.
        n: u32,
    },
    /// Until the end.
    Drain {
        /// Name.
        sock: String,
        /// At most in one call.
        n: u32,
    },
    /// `shutdown`.
    Shutdown {
        /// Name.
        sock: String,
        /// As written.
        how: String,
        /// Reading ends.
        read: bool,
        /// Writing ends.
        write: bool,
    },
    /// `close`.
    Close {
        /// Name.
        sock: String,
    },
    /// Does nothing for a while.
    Sleep {
        /// How long.
        time: Span,
    },
    /// A look at the sockets.
    Ss {
        /// As written.
        note: String,
    },
    /// So many times.
    Repeat {
        /// How often.
        times: u32,
        /// What.
        steps: Program,
    },
    /// Until a call comes up short.
    Loop {
        /// What.
        steps: Program,
    },
    /// In another thread.
    Spawn {
        /// What.
        steps: Program,
    },
}

/// Steps, shared between the threads that run them.
pub type Program = alloc::rc::Rc<[Step]>;

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
}

impl Scenario {
    /// Reads a scenario from JSON.
    pub fn parse(text: &str) -> Result<Scenario, ScenarioError> {
        let raw: RawScenario = match serde_json::from_str(text) {
            Ok(raw) => raw,
            Err(e) => return refuse("scenario", e.to_string()),
        };
        let both = |v: &Value| -> Result<[Span; 2], ScenarioError> {
            let one = |f: &str, v: &Value| milliseconds(f, v).map(|m| Span::micros(m.0));
            match v {
                Value::Object(m) => {
                    let side = |k: &str| match m.get(k) {
                        Some(v) => one(&format!("delay_ms.{k}"), v),
                        None => refuse("delay_ms", format!("side {k} is missing")),
                    };
                    if let Some(k) = m.keys().find(|k| *k != "C" && *k != "S") {
                        return refuse(&format!("delay_ms.{k}"), "no such side; there are C and S");
                    }
                    Ok([side("C")?, side("S")?])
                }
                v => one("delay_ms", v).map(|d| [d, d]),
            }
        };
        let mtu = raw.mtu.unwrap_or(1500);
        if !(128..=65_535).contains(&mtu) {
            return refuse("mtu", "not from 128 to 65535");
        }
        let time = |field: &str, v: &Option<Value>, default: u64| match v {
            Some(v) => milliseconds(field, v).map(|m| Span::micros(m.0)),
            None => Ok(Span::millis(default)),
        };
        let mut budget = MOST_STEPS;
        let mut program = |side: &str, steps: &[Value]| steps::read_steps(side, steps, &mut budget, 0);
        Ok(Scenario {
            lanes: both(&raw.delay_ms)?.map(|delay| Lane { delay, ..Lane::default() }),
            mtu,
            rules: raw
                .rules
                .iter()
                .enumerate()
                .map(|(i, r)| read_rule(&format!("rules[{i}]"), r))
                .collect::<Result<_, _>>()?,
            sysctls: read_sysctls(&raw.sysctl)?,
            limit: time("limit_ms", &raw.limit_ms, 20_000)?,
            after: time("after_ms", &raw.after_ms, 300)?,
            programs: [program("client", &raw.client)?, program("server", &raw.server)?],
            name: raw.name,
            about: raw.about,
        })
    }
}

fn read_sysctls(map: &serde_json::Map<String, Value>) -> Result<[Sysctls; 2], ScenarioError> {
    let mut both = [Sysctls::LINUX, Sysctls::LINUX];
    for s in &mut both {
        s.fastopen = 0;
    }
    for (name, value) in map {
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

fn read_rule(field: &str, v: &Value) -> Result<Rule, ScenarioError> {
    let raw: RawRule = match serde_json::from_value(v.clone()) {
        Ok(raw) => raw,
        Err(e) => return refuse(field, e.to_string()),
    };
    let from = match raw.dir.as_deref() {
        None => None,
        Some("C") => Some(0),
        Some("S") => Some(1),
        Some(other) => return refuse(&format!("{field}.dir"), format!("{other} is neither C nor S")),
    };
    let kind = match raw.what.as_deref() {
        None => None,
        Some("syn") => Some(Kind::Syn),
        Some("synack") => Some(Kind::SynAck),
        Some("rst") => Some(Kind::Rst),
        Some("fin") => Some(Kind::Fin),
        Some("data") => Some(Kind::Data),
        Some("ack") => Some(Kind::Ack),
        Some(other) => return refuse(&format!("{field}.what"), format!("{other} is no kind of packet")),
    };
    let time = |name: &str, v: &Option<Value>| match v {
        Some(v) => milliseconds(&format!("{field}.{name}"), v).map(|m| Some(Span::micros(m.0))),
        None => Ok(None),
    };
    Ok(Rule {
        from,
        kind,
        min_wire: raw.minwire.unwrap_or(0),
        after: time("after_ms", &raw.after_ms)?.unwrap_or(Span::ZERO),
        before: time("before_ms", &raw.before_ms)?,
        nth: raw.nth,
        extra: time("extra_ms", &raw.extra_ms)?,
    })
}
