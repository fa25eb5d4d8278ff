//! A scenario as it stands in a file: a link and two programs. Everything unknown is refused, with its place and the
//! reason; what is left makes sense.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

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
    sysctl: BTreeMap<String, Value>,
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
        let mut program = |side: &str, steps: &[Value]| read_steps(side, steps, &mut budget, 0);
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

fn read_sysctls(map: &BTreeMap<String, Value>) -> Result<[Sysctls; 2], ScenarioError> {
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

/// A step's fields, taken one by one; what is left over is unknown.
struct Fields<'a> {
    at: &'a str,
    map: BTreeMap<&'a str, &'a Value>,
}

impl<'a> Fields<'a> {
    fn new(at: &'a str, v: &'a Value) -> Result<Fields<'a>, ScenarioError> {
        match v {
            Value::Object(m) => Ok(Fields { at, map: m.iter().map(|(k, v)| (k.as_str(), v)).collect() }),
            _ => refuse(at, "a step is an object"),
        }
    }

    fn path(&self, name: &str) -> String {
        format!("{}.{name}", self.at)
    }

    fn text(&mut self, name: &str, default: Option<&str>) -> Result<String, ScenarioError> {
        match (self.map.remove(name), default) {
            (Some(Value::String(s)), _) => Ok(s.clone()),
            (Some(_), _) => refuse(&self.path(name), "not a text"),
            (None, Some(d)) => Ok(d.to_string()),
            (None, None) => refuse(&self.path(name), "is missing"),
        }
    }

    fn number(&mut self, name: &str, default: Option<i64>, least: i64, most: i64) -> Result<i64, ScenarioError> {
        let n = match (self.map.remove(name), default) {
            (Some(v), _) => v.as_i64(),
            (None, Some(d)) => Some(d),
            (None, None) => return refuse(&self.path(name), "is missing"),
        };
        match n {
            Some(n) if (least..=most).contains(&n) => Ok(n),
            Some(_) | None => refuse(&self.path(name), format!("not a whole number from {least} to {most}")),
        }
    }

    fn end(self) -> Result<(), ScenarioError> {
        match self.map.keys().next() {
            Some(k) => refuse(&self.path(k), "unknown field"),
            None => Ok(()),
        }
    }
}

fn read_steps(at: &str, steps: &[Value], budget: &mut usize, depth: u32) -> Result<Program, ScenarioError> {
    if depth > 8 {
        return refuse(at, "nested too deeply");
    }
    let mut out = Vec::new();
    for (i, v) in steps.iter().enumerate() {
        let at = format!("{at}[{i}]");
        *budget = match budget.checked_sub(1) {
            Some(left) => left,
            None => return refuse(&at, "too many steps"),
        };
        out.push(read_step(&at, v, budget, depth)?);
    }
    Ok(out.into())
}

fn read_step(at: &str, v: &Value, budget: &mut usize, depth: u32) -> Result<Step, ScenarioError> {
    let mut f = Fields::new(at, v)?;
    let most = MOST_BYTES as i64;
    let op = f.text("op", None)?;
    let mut inner = |f: &mut Fields| match f.map.remove("steps") {
        Some(Value::Array(a)) => read_steps(&f.path("steps"), a, budget, depth + 1),
        _ => refuse(&f.path("steps"), "a list of steps is needed"),
    };
    let sock = |f: &mut Fields| f.text("sock", Some("c"));
    let step = match op.as_str() {
        "listen" => Step::Listen {
            sock: f.text("sock", Some("l"))?,
            backlog: f.number("backlog", Some(16), -1, 1 << 20)?,
            port: f.number("port", Some(80), 1, 65_535)? as u16,
            opts: read_opts(&mut f)?.0,
        },
        "accept" => Step::Accept { sock: sock(&mut f)?, from: f.text("from", Some("l"))? },
        "connect" => Step::Connect {
            sock: sock(&mut f)?,
            port: f.number("port", Some(80), 1, 65_535)? as u16,
            opts: read_opts(&mut f)?.0,
        },
        "setopt" => {
            let (opts, text) = read_opts(&mut f)?;
            Step::Setopt { sock: sock(&mut f)?, opts, text }
        }
        "send" => {
            let (more, dontwait) = read_flags(&mut f)?;
            Step::Send {
                sock: sock(&mut f)?,
                n: f.number("n", None, 0, most)? as u32,
                parts: alloc::rc::Rc::default(),
                more,
                dontwait,
            }
        }
        "sendv" => {
            let (more, dontwait) = read_flags(&mut f)?;
            let n = match f.map.remove("n") {
                Some(Value::Array(a)) => a
                    .iter()
                    .map(|v| v.as_u64().filter(|n| *n <= MOST_BYTES).map(|n| n as u32))
                    .collect::<Option<Vec<u32>>>(),
                _ => None,
            };
            match n {
                Some(parts) if !parts.is_empty() && parts.iter().map(|n| u64::from(*n)).sum::<u64>() <= MOST_BYTES => {
                    let n = parts.iter().sum();
                    Step::Send { sock: sock(&mut f)?, n, parts: parts.into(), more, dontwait }
                }
                Some(_) | None => return refuse(&f.path("n"), "a list of sizes is needed"),
            }
        }
        "recv" => Step::Recv { sock: sock(&mut f)?, n: f.number("n", Some(65_536), 0, most)? as u32 },
        "recvn" => Step::Recvn { sock: sock(&mut f)?, n: f.number("n", None, 0, most)? as u32 },
        "drain" => Step::Drain { sock: sock(&mut f)?, n: f.number("n", Some(65_536), 1, most)? as u32 },
        "shutdown" => {
            let how = f.text("how", None)?;
            let (read, write) = match how.as_str() {
                "RD" => (true, false),
                "WR" => (false, true),
                "RDWR" => (true, true),
                _ => return refuse(&f.path("how"), "not RD, WR or RDWR"),
            };
            Step::Shutdown { sock: sock(&mut f)?, how, read, write }
        }
        "close" => Step::Close { sock: sock(&mut f)? },
        "sleep" => match f.map.remove("ms") {
            Some(v) => Step::Sleep { time: Span::micros(milliseconds(&f.path("ms"), v)?.0) },
            None => return refuse(&f.path("ms"), "is missing"),
        },
        "ss" => Step::Ss { note: f.text("note", Some(""))? },
        "repeat" => Step::Repeat { times: f.number("times", None, 0, 1 << 20)? as u32, steps: inner(&mut f)? },
        "loop" => {
            let steps = inner(&mut f)?;
            if steps.is_empty() {
                return refuse(&f.path("steps"), "a loop of nothing never ends");
            }
            Step::Loop { steps }
        }
        "spawn" => Step::Spawn { steps: inner(&mut f)? },
        _ => return refuse(&f.path("op"), format!("{op} is no step")),
    };
    f.end()?;
    Ok(step)
}

fn read_flags(f: &mut Fields) -> Result<(bool, bool), ScenarioError> {
    let (mut more, mut dontwait) = (false, false);
    match f.map.remove("flags") {
        None => {}
        Some(Value::Array(a)) => {
            for v in a {
                match v.as_str() {
                    Some("more") => more = true,
                    Some("dontwait") => dontwait = true,
                    Some(_) | None => return refuse(&f.path("flags"), "not more or dontwait"),
                }
            }
        }
        Some(_) => return refuse(&f.path("flags"), "a list is needed"),
    }
    Ok((more, dontwait))
}

fn read_opts(f: &mut Fields) -> Result<(Vec<Opt>, String), ScenarioError> {
    let at = f.path("opts");
    match f.map.remove("opts") {
        None => Ok((Vec::new(), "{}".to_string())),
        Some(v @ Value::Object(m)) => {
            let mut out = Vec::new();
            for (k, v) in m {
                read_opt(&format!("{at}.{k}"), k, v, &mut out)?;
            }
            Ok((out, v.to_string()))
        }
        Some(_) => refuse(&at, "an object is needed"),
    }
}

fn read_opt(at: &str, name: &str, v: &Value, out: &mut Vec<Opt>) -> Result<(), ScenarioError> {
    let number = || match v.as_i64() {
        Some(n) if (-(1 << 31)..1 << 31).contains(&n) => Ok(n),
        Some(_) | None => refuse(at, "not a whole number"),
    };
    let on = || match v {
        Value::Bool(b) => Ok(*b),
        _ => number().map(|n| n != 0),
    };
    let list = |n: usize| -> Result<Vec<i64>, ScenarioError> {
        match v {
            Value::Array(a) if a.len() == n => {
                a.iter().map(|v| v.as_i64().map_or_else(|| refuse(at, "not a whole number"), Ok)).collect()
            }
            _ => refuse(at, format!("a list of {n} numbers is needed")),
        }
    };
    let opt = match name {
        "nodelay" => Opt::Nodelay(on()?),
        "cork" => Opt::Cork(on()?),
        "quickack" => Opt::Quickack(on()?),
        "nonblock" => Opt::Nonblock(on()?),
        "reuseport" => Opt::Reuseport(on()?),
        "maxseg" => Opt::Maxseg(number()?),
        "syncnt" => Opt::Syncnt(number()?),
        "user_timeout" => Opt::UserTimeout(number()?),
        "linger2" => Opt::Linger2(number()?),
        "rcvbuf" => Opt::Rcvbuf(number()?),
        "sndbuf" => Opt::Sndbuf(number()?),
        "linger" => {
            let l = list(2)?;
            Opt::Linger((l[0] != 0).then_some(l[1].clamp(0, 1 << 20) as u32))
        }
        "keepalive" => {
            let l = list(3)?;
            out.push(Opt::Keepalive(true));
            out.push(Opt::Keepidle(l[0]));
            out.push(Opt::Keepintvl(l[1]));
            Opt::Keepcnt(l[2])
        }
        "rcvtimeo_ms" => Opt::Rcvtimeo(milliseconds(at, v)?.0),
        "sndtimeo_ms" => Opt::Sndtimeo(milliseconds(at, v)?.0),
        _ => return refuse(at, "no such option"),
    };
    out.push(opt);
    Ok(())
}
