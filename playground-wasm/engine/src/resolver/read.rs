//! Cases as JSON. Unknown keys are refused, and every complaint names the path of its field (`files.hosts`, `dns.rules[2]`).

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::json::Value;
use crate::json::fields::{Fields, Read, bad};

use super::case::{Action, Case, Data, Dns, Exception, Family, Files, Net, Proto, Qtype, Record};

/// A case from a JSON text.
pub fn case(text: &str) -> Read<Case> {
    match Value::parse(text) {
        Ok(value) => case_of(&value, ""),
        Err(error) => bad("", &error.to_string()),
    }
}

/// A case from a JSON value under a path.
pub fn case_of(value: &Value, path: &str) -> Read<Case> {
    let mut fields = Fields::of(value, path)?;
    let name = match fields.text("name")? {
        Some(name) => name.into(),
        None => return bad(&fields.path("name"), "the name to look up is missing"),
    };
    let family = match fields.text("family")? {
        None | Some("any") => Family::Any,
        Some("4") => Family::V4,
        Some("6") => Family::V6,
        Some(_) => return bad(&fields.path("family"), "any, 4 or 6 is expected"),
    };
    let (mut addrconfig, mut canon) = (false, false);
    for (i, flag) in fields.list("flags")?.iter().enumerate() {
        match flag.as_str() {
            Some("addrconfig") => addrconfig = true,
            Some("canon") => canon = true,
            _ => return bad(&format!("{}[{i}]", fields.path("flags")), "addrconfig or canon is expected"),
        }
    }
    let own_name = fields.text("uts")?.unwrap_or("localhost").into();
    let net = net(fields.text("net")?.unwrap_or("dual"), &fields.path("net"))?;
    let env = fields.texts("env")?;
    let files = files(fields.object("files")?)?;
    let dns = dns(fields.object("dns")?)?;
    fields.finish()?;
    Ok(Case { name, family, addrconfig, canon, own_name, net, env, files, dns })
}

fn net(text: &str, path: &str) -> Read<Net> {
    let v4 = Some((Ipv4Addr::new(192, 0, 2, 10), 24));
    let v6 = Some((Ipv6Addr::new(0x2001, 0xdb8, 1, 0, 0, 0, 0, 0x10), 64));
    match text {
        "lo" => Ok(Net::LOOPBACK),
        "v4" => Ok(Net { v4, v6: None }),
        "v6" => Ok(Net { v4: None, v6 }),
        "dual" => Ok(Net { v4, v6 }),
        _ => bad(path, "lo, v4, v6 or dual is expected"),
    }
}

fn files(mut fields: Fields<'_>) -> Read<Files> {
    let mut text = |key| fields.text(key).map(|t| t.map(String::from));
    let (nsswitch, hosts, resolv) = (text("nsswitch")?, text("hosts")?, text("resolv")?);
    let (host_conf, gai_conf) = (text("host_conf")?, text("gai_conf")?);
    let mdns_allow = fields.flag("mdns_allow")?;
    fields.finish()?;
    Ok(Files { nsswitch, hosts, resolv, host_conf, gai_conf, mdns_allow })
}

fn dns(mut fields: Fields<'_>) -> Read<Dns> {
    let mut out = Dns::default();
    let servers = fields.object("servers")?;
    for (address, value) in servers.rest() {
        let path = servers.path(address);
        let Ok(ip) = address.parse::<IpAddr>() else { return bad(&path, "an IP address is expected") };
        let mut server = Fields::of(value, &path)?;
        let default = match server.text("default")? {
            None => Action::Zone,
            Some(text) => action(text, &server.path("default"))?,
        };
        server.finish()?;
        out.servers.insert(ip, default);
    }
    let path = fields.path("records");
    for (i, value) in fields.list("records")?.iter().enumerate() {
        out.records.push(record(value, &format!("{path}[{i}]"))?);
    }
    let path = fields.path("rules");
    for (i, value) in fields.list("rules")?.iter().enumerate() {
        out.rules.push(exception(Fields::of(value, &format!("{path}[{i}]"))?)?);
    }
    fields.finish()?;
    Ok(out)
}

fn record(value: &Value, path: &str) -> Read<Record> {
    let texts: Option<Vec<&str>> = value.as_array().and_then(|list| list.iter().map(Value::as_str).collect());
    let Some([name, kind, data]) = texts.as_deref() else {
        return bad(path, "three texts are expected: name, type, value");
    };
    let data = match *kind {
        "A" => data.parse().map(Data::A).ok(),
        "AAAA" => data.parse().map(Data::Aaaa).ok(),
        "CNAME" => Some(Data::Cname(data.trim_end_matches('.').into())),
        _ => Some(Data::Other),
    };
    match data {
        Some(data) => Ok(Record { name: name.trim_end_matches('.').into(), data }),
        None => bad(path, "the value is no address of that type"),
    }
}

fn exception(mut fields: Fields<'_>) -> Read<Exception> {
    let server = match fields.text("server")? {
        None => None,
        Some(text) => match text.parse() {
            Ok(ip) => Some(ip),
            Err(_) => return bad(&fields.path("server"), "an IP address is expected"),
        },
    };
    let name = fields.text("name")?.map(|n| n.trim_end_matches('.').into());
    let qtype = match fields.text("type")? {
        None => None,
        Some("A") => Some(Qtype::A),
        Some("AAAA") => Some(Qtype::Aaaa),
        Some("SOA") => Some(Qtype::Soa),
        Some(_) => return bad(&fields.path("type"), "A, AAAA or SOA is expected"),
    };
    let proto = match fields.text("proto")? {
        None => None,
        Some("udp") => Some(Proto::Udp),
        Some("tcp") => Some(Proto::Tcp),
        Some(_) => return bad(&fields.path("proto"), "udp or tcp is expected"),
    };
    let first_n = match fields.take("first_n") {
        None => None,
        Some(value) => match value.as_u64().and_then(|n| u32::try_from(n).ok()) {
            Some(n) => Some(n),
            None => return bad(&fields.path("first_n"), "a count is expected"),
        },
    };
    let action = match fields.text("action")? {
        Some(text) => action(text, &fields.path("action"))?,
        None => return bad(&fields.path("action"), "an action is missing"),
    };
    fields.finish()?;
    Ok(Exception { server, name, qtype, proto, first_n, action })
}

fn action(text: &str, path: &str) -> Read<Action> {
    Ok(match text {
        "zone" | "cname_nodata" => Action::Zone,
        "servfail" => Action::Servfail,
        "refused" => Action::Refused,
        "formerr" => Action::Formerr,
        "notimp" => Action::Notimp,
        "nxdomain" => Action::Nxdomain,
        "nodata" => Action::Nodata,
        "drop" => Action::Drop,
        "truncate" => Action::Truncate,
        "lame" => Action::Lame,
        "closed" => Action::Closed,
        "formerr_edns" => Action::FormerrEdns,
        _ => {
            return bad(
                path,
                "an action is expected: zone, servfail, refused, formerr, notimp, nxdomain, nodata, drop, \
                               truncate, lame, closed, formerr_edns",
            );
        }
    })
}
