//! Cases as JSON. Unknown keys are refused, and every complaint names the path of its field (`files.hosts`, `dns.rules[2]`).

use crate::map::Map;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::json::Value;

use super::case::{Action, Case, Data, Dns, Exception, Family, Files, Net, Proto, Qtype, Record};

/// What is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadField {
    /// `dns.rules[2].action`.
    pub path: String,
    /// What was expected.
    pub expected: String,
}

impl fmt::Display for BadField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.expected)
    }
}

type Read<T> = Result<T, BadField>;

/// A JSON object that knows its path; fields are taken out, and what is left at the end is unknown.
pub struct Fields<'a> {
    path: String,
    left: Map<&'a str, &'a Value>,
}

fn bad<T>(path: &str, expected: &str) -> Read<T> {
    Err(BadField { path: if path.is_empty() { "the input".into() } else { path.into() }, expected: expected.into() })
}

impl<'a> Fields<'a> {
    /// An object under a path (empty for the whole input).
    pub fn of(value: &'a Value, path: &str) -> Read<Fields<'a>> {
        match value.as_object() {
            Some(map) => Ok(Fields::from_map(map, path)),
            None => bad(path, "an object is expected"),
        }
    }

    fn from_map(map: &'a Map<String, Value>, path: &str) -> Fields<'a> {
        Fields { path: path.into(), left: map.iter().map(|(k, v)| (k.as_str(), v)).collect() }
    }

    /// The path of a field.
    pub fn path(&self, key: &str) -> String {
        if self.path.is_empty() { key.into() } else { format!("{}.{key}", self.path) }
    }

    /// Takes a field; absent and null are the same.
    pub fn take(&mut self, key: &str) -> Option<&'a Value> {
        self.left.remove(key).filter(|v| !v.is_null())
    }

    /// A text, if it is there.
    pub fn text(&mut self, key: &str) -> Read<Option<&'a str>> {
        match self.take(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => bad(&self.path(key), "a text is expected"),
        }
    }

    /// True or false; absent is false.
    pub fn flag(&mut self, key: &str) -> Read<bool> {
        match self.take(key) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) => bad(&self.path(key), "true or false is expected"),
        }
    }

    /// A list; absent is empty.
    pub fn list(&mut self, key: &str) -> Read<&'a [Value]> {
        match self.take(key) {
            None => Ok(&[]),
            Some(Value::Array(list)) => Ok(list),
            Some(_) => bad(&self.path(key), "a list is expected"),
        }
    }

    /// An object; absent is empty.
    pub fn object(&mut self, key: &str) -> Read<Fields<'a>> {
        let path = self.path(key);
        match self.take(key) {
            None => Ok(Fields { path, left: Map::new() }),
            Some(value) => Fields::of(value, &path),
        }
    }

    /// A map of texts.
    pub fn texts(&mut self, key: &str) -> Read<Map<String, String>> {
        let object = self.object(key)?;
        let mut out = Map::new();
        for (name, value) in &object.left {
            match value.as_str() {
                Some(text) => out.insert(name.to_string(), text.to_string()),
                None => return bad(&object.path(name), "a text is expected"),
            };
        }
        Ok(out)
    }

    /// The end: nothing may be left.
    pub fn finish(self) -> Read<()> {
        match self.left.keys().next() {
            None => Ok(()),
            Some(key) => bad(&self.path(key), "unknown field"),
        }
    }
}

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
    for (address, value) in &servers.left {
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
