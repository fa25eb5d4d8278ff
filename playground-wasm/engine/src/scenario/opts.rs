//! Options of sockets, as a scenario writes them.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::json::Value;

use super::steps::Fields;
use super::{Read, milliseconds, refuse};
use crate::calls::Opt;

pub(super) fn read_opts(f: &mut Fields) -> Read<(Vec<Opt>, String)> {
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

fn read_opt(at: &str, name: &str, v: &Value, out: &mut Vec<Opt>) -> Read<()> {
    let number = || match v.as_i64() {
        Some(n) if (-(1 << 31)..1 << 31).contains(&n) => Ok(n),
        Some(_) | None => refuse(at, "not a whole number"),
    };
    let on = || match v {
        Value::Bool(b) => Ok(*b),
        _ => number().map(|n| n != 0),
    };
    let list = |n: usize| -> Read<Vec<i64>> {
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
        "mtu_discover" => Opt::MtuDiscover(number()?),
        "rcvtimeo_ms" => Opt::Rcvtimeo(milliseconds(at, v)?.0),
        "sndtimeo_ms" => Opt::Sndtimeo(milliseconds(at, v)?.0),
        _ => return refuse(at, "no such option"),
    };
    out.push(opt);
    Ok(())
}
