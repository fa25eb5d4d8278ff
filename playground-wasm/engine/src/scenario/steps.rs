//! The steps of a program, read one field at a time; what is left over is refused.

use crate::map::Map;
use crate::text::join;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::json::Value;

use super::opts::read_opts;
use super::{MOST_BYTES, Program, Read, Step, milliseconds, refuse};
use crate::time::Span;

/// A step's fields, taken one by one; what is left over is unknown.
pub(super) struct Fields<'a> {
    at: &'a str,
    pub(super) map: Map<&'a str, &'a Value>,
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
                Ok(Fields { at, map })
            }
            _ => refuse(if at.is_empty() { "scenario" } else { at }, "not an object"),
        }
    }

    pub(super) fn path(&self, name: &str) -> String {
        if self.at.is_empty() { name.to_string() } else { format!("{}.{name}", self.at) }
    }

    pub(super) fn text(&mut self, name: &str, default: Option<&str>) -> Read<String> {
        match (self.map.remove(name), default) {
            (Some(Value::String(s)), _) => Ok(s.clone()),
            (Some(_), _) => refuse(&self.path(name), "not a text"),
            (None, Some(d)) => Ok(d.to_string()),
            (None, None) => refuse(&self.path(name), "is missing"),
        }
    }

    /// A text, if there is one.
    pub(super) fn word(&mut self, name: &str) -> Read<Option<&'a str>> {
        match self.map.remove(name) {
            None => Ok(None),
            Some(Value::String(s)) => Ok(Some(s)),
            Some(_) => refuse(&self.path(name), "not a text"),
        }
    }

    /// A list, if there is one.
    pub(super) fn list(&mut self, name: &str) -> Read<Option<&'a [Value]>> {
        match self.map.remove(name) {
            None => Ok(None),
            Some(Value::Array(list)) => Ok(Some(list)),
            Some(_) => refuse(&self.path(name), "not a list"),
        }
    }

    /// An object, if there is one.
    pub(super) fn object(&mut self, name: &str) -> Read<Option<&'a Map<String, Value>>> {
        match self.map.remove(name) {
            None => Ok(None),
            Some(Value::Object(map)) => Ok(Some(map)),
            Some(_) => refuse(&self.path(name), "not an object"),
        }
    }

    /// Milliseconds, if they are given.
    pub(super) fn time(&mut self, name: &str) -> Read<Option<Span>> {
        let value = self.map.remove(name);
        value.map(|v| milliseconds(&self.path(name), v).map(|ms| Span::micros(ms.0))).transpose()
    }

    pub(super) fn number(&mut self, name: &str, default: Option<i64>, least: i64, most: i64) -> Read<i64> {
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

    /// An IPv4 address, if there is one.
    pub(super) fn address(&mut self, name: &str) -> Read<Option<u32>> {
        match self.map.remove(name) {
            None => Ok(None),
            Some(v) => match v.as_str().and_then(ipv4) {
                Some(a) => Ok(Some(a)),
                None => refuse(&self.path(name), "not an IPv4 address"),
            },
        }
    }

    /// True or false, false if not given.
    pub(super) fn on(&mut self, name: &str) -> Read<bool> {
        match self.map.remove(name) {
            None => Ok(false),
            Some(Value::Bool(b)) => Ok(*b),
            Some(_) => refuse(&self.path(name), "not true or false"),
        }
    }

    /// Whether `proto` says udp.
    fn udp(&mut self, default: bool) -> Read<bool> {
        match self.text("proto", Some(if default { "udp" } else { "tcp" }))?.as_str() {
            "udp" => Ok(true),
            "tcp" => Ok(false),
            _ => refuse(&self.path("proto"), "neither tcp nor udp"),
        }
    }

    pub(super) fn end(self) -> Read<()> {
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
            address: f.address("address")?,
            udp: f.udp(false)?,
            opts: read_opts(&mut f)?.0,
        },
        "bind" => {
            if !f.udp(true)? {
                return refuse(&f.path("proto"), "bind is of udp; listen binds for tcp");
            }
            Step::Bind {
                sock: sock(&mut f)?,
                port: f.number("port", Some(0), 0, 65_535)? as u16,
                opts: read_opts(&mut f)?.0,
            }
        }
        "sendto" => {
            let [dontwait] = read_flags(&mut f, ["dontwait"])?;
            let port = if f.map.contains_key("port") { Some(f.number("port", None, 0, 65_535)? as u16) } else { None };
            Step::SendTo {
                sock: sock(&mut f)?,
                n: f.number("n", None, 0, most)? as u32,
                port,
                address: f.address("address")?,
                dontwait,
            }
        }
        "recvfrom" => {
            let [dontwait, peek, trunc] = read_flags(&mut f, ["dontwait", "peek", "trunc"])?;
            let n = f.number("n", Some(65_536), 0, most)? as u32;
            Step::RecvFrom { sock: sock(&mut f)?, n, dontwait, peek, trunc }
        }
        "original_dst" => Step::OriginalDst { sock: sock(&mut f)? },
        "garp" => Step::ArpAsk { address: None, probe: false, first: false },
        "arping" => {
            let Some(address) = f.address("address")? else { return refuse(&f.path("address"), "is missing") };
            let count = f.number("count", Some(3), 1, 100)?;
            let probe = f.on("probe")?;
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
            Step::Setopt { sock: sock(&mut f)?, opts, text }
        }
        "send" => {
            let [more, dontwait] = read_flags(&mut f, ["more", "dontwait"])?;
            Step::Send {
                sock: sock(&mut f)?,
                n: f.number("n", None, 0, most)? as u32,
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

/// Which of these flags are set.
fn read_flags<const N: usize>(f: &mut Fields, names: [&str; N]) -> Read<[bool; N]> {
    let mut set = [false; N];
    match f.map.remove("flags") {
        None => {}
        Some(Value::Array(a)) => {
            for v in a {
                match names.iter().position(|n| v.as_str() == Some(n)) {
                    Some(i) => set[i] = true,
                    None => return refuse(&f.path("flags"), format!("not one of {}", join(&names, ", "))),
                }
            }
        }
        Some(_) => return refuse(&f.path("flags"), "a list is needed"),
    }
    Ok(set)
}

/// An IPv4 address in dotted form.
pub(super) fn ipv4(text: &str) -> Option<u32> {
    let mut parts = text.split('.').map(|p| p.parse::<u8>().ok());
    let four = [parts.next()??, parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then(|| u32::from_be_bytes(four))
}
