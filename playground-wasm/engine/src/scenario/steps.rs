//! The steps of a program, read one field at a time; what is left over is refused.

use crate::map::Map;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde_json::Value;

use super::{MOST_BYTES, Program, ScenarioError, Step, milliseconds, refuse};
use crate::calls::Opt;
use crate::time::Span;

/// A step's fields, taken one by one; what is left over is unknown.
struct Fields<'a> {
    at: &'a str,
    map: Map<&'a str, &'a Value>,
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

pub(super) fn read_steps(at: &str, steps: &[Value], budget: &mut usize, depth: u32) -> Result<Program, ScenarioError> {
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
