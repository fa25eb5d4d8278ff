//! The steps of a program, read one field at a time; what is left over is refused.

use crate::map::Map;
use crate::text::join;
use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::json::Value;

use super::opts::read_opts;
use super::{MOST_BYTES, Program, Read, ScenarioError, Step, milliseconds, refuse};
use crate::time::Span;

/// Fields of an object, taken one by one; what is left over is unknown. The first complaint is kept until the end, or until
/// somebody else complains, so that not every line has to pass it on.
pub(super) struct Fields<'a> {
    at: &'a str,
    pub(super) map: Map<&'a str, &'a Value>,
    bad: Option<Box<ScenarioError>>,
}

impl<'a> Fields<'a> {
    pub(super) fn new(at: &'a str, v: &'a Value) -> Read<Fields<'a>> {
        match v {
            Value::Object(m) => {
                let mut map = Map::new();
                // Null is as good as nothing.
                for (name, value) in m.iter().filter(|(_, value)| !value.is_null()) {
                    map.insert(name.as_str(), value);
                }
                Ok(Fields { at, map, bad: None })
            }
            _ => refuse(if at.is_empty() { "scenario" } else { at }, "not an object"),
        }
    }

    pub(super) fn path(&self, name: &str) -> String {
        if self.at.is_empty() { name.to_string() } else { format!("{}.{name}", self.at) }
    }

    /// Keeps a complaint if it is the first.
    fn keep(&mut self, name: &str, reason: &str) {
        if self.bad.is_none() {
            self.bad = Some(Box::new(ScenarioError { field: self.path(name), reason: reason.to_string() }));
        }
    }

    /// Refuses a field, unless another one was refused before.
    pub(super) fn refuse<T>(&mut self, name: &str, reason: &str) -> Read<T> {
        self.check()?;
        refuse(&self.path(name), reason)
    }

    /// Whether nothing was wrong so far.
    pub(super) fn check(&mut self) -> Read<()> {
        self.bad.take().map_or(Ok(()), Err)
    }

    /// Something of a kind, if there is one.
    fn of_kind<T>(&mut self, name: &str, kind: &str, read: impl FnOnce(&'a Value) -> Option<T>) -> Option<T> {
        let found = read(self.map.remove(name)?);
        if found.is_none() {
            self.keep(name, kind);
        }
        found
    }

    pub(super) fn text(&mut self, name: &str, default: Option<&'a str>) -> &'a str {
        match (self.map.contains_key(name), default) {
            (false, Some(default)) => default,
            (false, None) => {
                self.keep(name, "is missing");
                ""
            }
            (true, _) => self.word(name).unwrap_or(""),
        }
    }

    /// A text, if there is one.
    pub(super) fn word(&mut self, name: &str) -> Option<&'a str> {
        self.of_kind(name, "not a text", Value::as_str)
    }

    /// A list, if there is one.
    pub(super) fn list(&mut self, name: &str) -> Option<&'a [Value]> {
        self.of_kind(name, "not a list", |v| v.as_array().map(Vec::as_slice))
    }

    /// An object, if there is one.
    pub(super) fn object(&mut self, name: &str) -> Option<&'a Map<String, Value>> {
        self.of_kind(name, "not an object", Value::as_object)
    }

    /// Milliseconds, if they are given.
    pub(super) fn time(&mut self, name: &str) -> Option<Span> {
        let read = milliseconds(&self.path(name), self.map.remove(name)?);
        match read {
            Ok(ms) => return Some(Span::micros(ms.0)),
            Err(bad) => self.bad = self.bad.take().or(Some(bad)),
        }
        None
    }

    /// The same, if it has to be given.
    pub(super) fn needed_time(&mut self, name: &str) -> Span {
        if !self.map.contains_key(name) {
            self.keep(name, "is missing");
        }
        self.time(name).unwrap_or(Span::ZERO)
    }

    pub(super) fn number(&mut self, name: &str, default: Option<i64>, least: i64, most: i64) -> i64 {
        let n = match (self.map.remove(name), default) {
            (Some(v), _) => v.as_i64(),
            (None, Some(d)) => Some(d),
            (None, None) => {
                self.keep(name, "is missing");
                return least;
            }
        };
        match n {
            Some(n) if (least..=most).contains(&n) => n,
            Some(_) | None => {
                self.keep(name, &format!("not a whole number from {least} to {most}"));
                least
            }
        }
    }

    /// An IPv4 address, if there is one.
    pub(super) fn address(&mut self, name: &str) -> Option<u32> {
        self.of_kind(name, "not an IPv4 address", |v| v.as_str().and_then(ipv4))
    }

    /// True or false, false if not given.
    pub(super) fn on(&mut self, name: &str) -> bool {
        self.of_kind(name, "not true or false", Value::as_bool).unwrap_or(false)
    }

    /// Whether `proto` says udp.
    fn udp(&mut self, default: bool) -> bool {
        match self.text("proto", Some(if default { "udp" } else { "tcp" })) {
            "udp" => true,
            "tcp" => false,
            _ => {
                self.keep("proto", "neither tcp nor udp");
                false
            }
        }
    }

    pub(super) fn end(mut self) -> Read<()> {
        self.check()?;
        match self.map.keys().next() {
            Some(k) => refuse(&self.path(k), "unknown field"),
            None => Ok(()),
        }
    }
}

pub(super) fn read_steps(at: &str, steps: &[Value], budget: &mut usize, depth: u32) -> Read<Program> {
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

fn read_step(at: &str, v: &Value, budget: &mut usize, depth: u32) -> Read<Step> {
    let mut f = Fields::new(at, v)?;
    let most = MOST_BYTES as i64;
    let op = f.text("op", None);
    let mut inner = |f: &mut Fields| {
        f.check()?;
        match f.map.remove("steps") {
            Some(Value::Array(a)) => read_steps(&f.path("steps"), a, budget, depth + 1),
            _ => f.refuse("steps", "a list of steps is needed"),
        }
    };
    let sock = |f: &mut Fields| f.text("sock", Some("c")).to_string();
    let step = match op {
        "listen" => Step::Listen {
            sock: f.text("sock", Some("l")).to_string(),
            backlog: f.number("backlog", Some(16), -1, 1 << 20),
            port: f.number("port", Some(80), 1, 65_535) as u16,
            opts: read_opts(&mut f)?.0,
        },
        "accept" => Step::Accept { sock: sock(&mut f), from: f.text("from", Some("l")).to_string() },
        "connect" => Step::Connect {
            sock: sock(&mut f),
            port: f.number("port", Some(80), 1, 65_535) as u16,
            address: f.address("address"),
            udp: f.udp(false),
            opts: read_opts(&mut f)?.0,
        },
        "bind" => {
            if !f.udp(true) {
                return f.refuse("proto", "bind is of udp; listen binds for tcp");
            }
            Step::Bind {
                sock: sock(&mut f),
                port: f.number("port", Some(0), 0, 65_535) as u16,
                opts: read_opts(&mut f)?.0,
            }
        }
        "sendto" => {
            let [dontwait] = read_flags(&mut f, ["dontwait"])?;
            let port = if f.map.contains_key("port") { Some(f.number("port", None, 0, 65_535) as u16) } else { None };
            Step::SendTo {
                sock: sock(&mut f),
                n: f.number("n", None, 0, most) as u32,
                port,
                address: f.address("address"),
                dontwait,
            }
        }
        "recvfrom" => {
            let [dontwait, peek, trunc] = read_flags(&mut f, ["dontwait", "peek", "trunc"])?;
            let n = f.number("n", Some(65_536), 0, most) as u32;
            Step::RecvFrom { sock: sock(&mut f), n, dontwait, peek, trunc }
        }
        "original_dst" => Step::OriginalDst { sock: sock(&mut f) },
        "garp" => Step::ArpAsk { address: None, probe: false, first: false },
        "arping" => {
            let Some(address) = f.address("address") else { return f.refuse("address", "is missing") };
            let count = f.number("count", Some(3), 1, 100);
            let probe = f.on("probe");
            let mut steps = Vec::new();
            for i in 0..count {
                steps.push(Step::ArpAsk { address: Some(address), probe, first: i == 0 });
                steps.push(Step::Sleep { time: Span::secs(1) });
            }
            steps.push(Step::ArpTell { address });
            Step::Repeat { times: 1, steps: steps.into() }
        }
        "setopt" => {
            let (opts, text) = read_opts(&mut f)?;
            Step::Setopt { sock: sock(&mut f), opts, text }
        }
        "send" => {
            let [more, dontwait] = read_flags(&mut f, ["more", "dontwait"])?;
            Step::Send {
                sock: sock(&mut f),
                n: f.number("n", None, 0, most) as u32,
                parts: alloc::rc::Rc::default(),
                more,
                dontwait,
            }
        }
        "sendv" => {
            let [more, dontwait] = read_flags(&mut f, ["more", "dontwait"])?;
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
                    Step::Send { sock: sock(&mut f), n, parts: parts.into(), more, dontwait }
                }
                Some(_) | None => return f.refuse("n", "a list of sizes is needed"),
            }
        }
        "recv" => Step::Recv { sock: sock(&mut f), n: f.number("n", Some(65_536), 0, most) as u32 },
        "recvn" => Step::Recvn { sock: sock(&mut f), n: f.number("n", None, 0, most) as u32 },
        "drain" => Step::Drain { sock: sock(&mut f), n: f.number("n", Some(65_536), 1, most) as u32 },
        "shutdown" => {
            let how = f.text("how", None);
            let (read, write) = match how {
                "RD" => (true, false),
                "WR" => (false, true),
                "RDWR" => (true, true),
                _ => return f.refuse("how", "not RD, WR or RDWR"),
            };
            Step::Shutdown { sock: sock(&mut f), how: how.to_string(), read, write }
        }
        "close" => Step::Close { sock: sock(&mut f) },
        "sleep" => Step::Sleep { time: f.needed_time("ms") },
        "ss" => Step::Ss { note: f.text("note", Some("")).to_string() },
        "repeat" => Step::Repeat { times: f.number("times", None, 0, 1 << 20) as u32, steps: inner(&mut f)? },
        "loop" => {
            let steps = inner(&mut f)?;
            if steps.is_empty() {
                return f.refuse("steps", "a loop of nothing never ends");
            }
            Step::Loop { steps }
        }
        "spawn" => Step::Spawn { steps: inner(&mut f)? },
        _ => return f.refuse("op", &format!("{op} is no step")),
    };
    f.end()?;
    Ok(step)
}

/// Which of these flags are set.
fn read_flags<const N: usize>(f: &mut Fields, names: [&str; N]) -> Read<[bool; N]> {
    let mut set = [false; N];
    match f.map.remove("flags") {
        None => {}
        Some(Value::Array(a)) => {
            for v in a {
                match names.iter().position(|n| v.as_str() == Some(n)) {
                    Some(i) => set[i] = true,
                    None => return f.refuse("flags", &format!("not one of {}", join(&names, ", "))),
                }
            }
        }
        Some(_) => return f.refuse("flags", "a list is needed"),
    }
    Ok(set)
}

/// An IPv4 address in dotted form.
pub(super) fn ipv4(text: &str) -> Option<u32> {
    let mut parts = text.split('.').map(|p| p.parse::<u8>().ok());
    let four = [parts.next()??, parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then(|| u32::from_be_bytes(four))
}
