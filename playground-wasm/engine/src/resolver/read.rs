//! Cases as JSON. Unknown keys are refused, and every complaint names the path of its field (`files.hosts`, `dns.rules[2]`).

use alloc::string::String;
use alloc::vec::Vec;
use core::net::IpAddr;

use crate::json::Value;
use crate::json::fields::{BadField, Fields, Node, read, read_value};
use crate::map::Map;

use super::case::{Action, Case, Data, Dns, Exception, Family, Files, Net, Proto, Qtype, Record};

const INPUT: &str = "the input";

/// A case from a JSON text.
pub fn case(text: &str) -> Result<Case, BadField> {
    read(INPUT, text, read_case)
}

/// A case from a JSON value.
pub fn case_of(value: &Value) -> Result<Case, BadField> {
    read_value(INPUT, value, read_case)
}

fn read_case(node: &Node) -> Case {
    let mut fields = node.fields();
    let name = fields.need("name").text().into();
    let families = [("any", Family::Any), ("4", Family::V4), ("6", Family::V6)];
    let family = fields.take("family").map_or(Family::Any, |family| family.word(&families));
    let mut flags = [false; 2];
    for flag in fields.list("flags") {
        flags[flag.word(&[("addrconfig", 0), ("canon", 1)])] = true;
    }
    let [addrconfig, canon] = flags;
    let own_name = fields.text("uts").unwrap_or("localhost").into();
    let net = fields.take("net").map_or(Net::DUAL, |net| {
        net.word(&[("lo", Net::LOOPBACK), ("v4", Net::V4), ("v6", Net::V6), ("dual", Net::DUAL)])
    });
    let (mut env, mut variables) = (Map::new(), fields.object("env"));
    while let Some((name, value)) = variables.pop() {
        env.insert(name.into(), value.text().into());
    }
    let (files, dns) = (files(fields.object("files")), dns(fields.object("dns")));
    fields.finish();
    Case { name, family, addrconfig, canon, own_name, net, env, files, dns }
}

fn files(mut fields: Fields) -> Files {
    let mut text = |key| fields.text(key).map(String::from);
    let (nsswitch, hosts, resolv) = (text("nsswitch"), text("hosts"), text("resolv"));
    let (host_conf, gai_conf) = (text("host_conf"), text("gai_conf"));
    let mdns_allow = fields.flag("mdns_allow");
    fields.finish();
    Files { nsswitch, hosts, resolv, host_conf, gai_conf, mdns_allow }
}

fn dns(mut fields: Fields) -> Dns {
    let mut out = Dns::default();
    let mut servers = fields.object("servers");
    while let Some((address, node)) = servers.pop() {
        let mut server = node.fields();
        let default = server.take("default").map_or(Action::Zone, |default| action(&default));
        server.finish();
        match address.parse() {
            Ok(ip) => {
                out.servers.insert(ip, default);
            }
            Err(_) => node.refuse(ADDRESS),
        }
    }
    for node in fields.list("records") {
        out.records.extend(record(&node));
    }
    for node in fields.list("rules") {
        out.rules.push(exception(node.fields()));
    }
    fields.finish();
    out
}

const ADDRESS: &str = "an IP address is expected";

fn record(node: &Node) -> Option<Record> {
    let mut texts = Vec::new();
    for text in node.list() {
        texts.push(text.text());
    }
    let &[name, kind, data] = texts.as_slice() else {
        node.refuse("three texts are expected: name, type, value");
        return None;
    };
    let data = match kind {
        "A" => data.parse().map(Data::A).ok(),
        "AAAA" => data.parse().map(Data::Aaaa).ok(),
        "CNAME" => Some(Data::Cname(data.trim_end_matches('.').into())),
        _ => Some(Data::Other),
    };
    if data.is_none() {
        node.refuse("the value is no address of that type");
    }
    Some(Record { name: name.trim_end_matches('.').into(), data: data? })
}

fn exception(mut fields: Fields) -> Exception {
    let server = fields.take("server").and_then(|server| {
        let ip = server.text().parse::<IpAddr>().ok();
        if ip.is_none() {
            server.refuse(ADDRESS);
        }
        ip
    });
    let name = fields.text("name").map(|n| n.trim_end_matches('.').into());
    let qtypes = [("A", Qtype::A), ("AAAA", Qtype::Aaaa), ("SOA", Qtype::Soa)];
    let qtype = fields.take("type").map(|qtype| qtype.word(&qtypes));
    let proto = fields.take("proto").map(|proto| proto.word(&[("udp", Proto::Udp), ("tcp", Proto::Tcp)]));
    let first_n = fields.whole("first_n", 0, u32::MAX.into()).map(|n| n as u32);
    let action = action(&fields.need("action"));
    fields.finish();
    Exception { server, name, qtype, proto, first_n, action }
}

fn action(node: &Node) -> Action {
    node.word(&[
        ("zone", Action::Zone),
        ("cname_nodata", Action::Zone),
        ("servfail", Action::Servfail),
        ("refused", Action::Refused),
        ("formerr", Action::Formerr),
        ("notimp", Action::Notimp),
        ("nxdomain", Action::Nxdomain),
        ("nodata", Action::Nodata),
        ("drop", Action::Drop),
        ("truncate", Action::Truncate),
        ("lame", Action::Lame),
        ("closed", Action::Closed),
        ("formerr_edns", Action::FormerrEdns),
    ])
}
