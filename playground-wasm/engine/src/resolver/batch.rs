//! Predictions for a table of recorded lookups: one JSON line in, one per implementation out. Of a line only the question is
//! read, never what was recorded for it.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde::Serialize;

use super::files::nsswitch::{self, GoFile};
use super::files::resolv_conf;
use super::go::order::{self, Os, Resolv, Situation};
use super::outcome::Outcome;
use super::read;
use super::trace::{Event, Trace};
use super::version::{Glibc, Go, Implementation, RECORDED};
use super::{lookup, outcome};
use crate::json::Value;
use crate::json::fields::{BadField, Node, read_value};
use crate::map::Map;

/// Go releases whose orders are predicted: those that were recorded or whose tests were read.
pub const GO_RELEASES: [&str; 8] = ["1.15.15", "1.19.8", "1.21.13", "1.22.12", "1.23.5", "1.24.4", "1.25.5", "1.27.3"];

/// What a lookup is compared by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Prediction {
    /// The case.
    pub id: String,
    /// The implementation.
    #[serde(rename = "impl")]
    pub implementation: String,
    /// `OK`, an `EAI_` code, or the kind of a Go error.
    pub status: &'static str,
    /// In order.
    pub addrs: Vec<String>,
    /// Sources in the order first touched, repeats in a row merged.
    pub sources: Vec<String>,
    /// proto, server, name, type; for Go the A queries of a name before its AAAA queries.
    pub queries: Vec<[String; 4]>,
}

/// An order for a row of Go's decision table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OrderPrediction {
    /// The row.
    pub id: String,
    /// The release.
    #[serde(rename = "impl")]
    pub implementation: String,
    /// As Go prints it.
    pub order: &'static str,
}

/// What came of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Predicted {
    /// A lookup.
    Lookups(Vec<Prediction>),
    /// A row of the decision table.
    Orders(Vec<OrderPrediction>),
    /// A line of another kind.
    Nothing,
}

/// Predicts for one line.
pub fn predict(line: &str) -> Result<Predicted, BadField> {
    let value = Value::parse(line).map_err(|e| BadField { field: "the line".into(), reason: e.to_string() })?;
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    let id = text("id").unwrap_or("").to_string();
    match text("kind") {
        Some("case") => {
            let case = read::case_of(value.get("input").unwrap_or(&Value::Null))?;
            let each = RECORDED.iter().filter_map(|name| name.parse::<Implementation>().ok());
            Ok(Predicted::Lookups(each.map(|i| facets(&id, i, lookup(&case, i))).collect()))
        }
        Some("go_order") => orders(&id, &value, recorded_order),
        Some("go_order_upstream") => orders(&id, &value, tested_order),
        _ => Ok(Predicted::Nothing),
    }
}

fn facets(id: &str, implementation: Implementation, done: Outcome) -> Prediction {
    let status = match &done.status {
        outcome::Status::Ok => "OK",
        other => other.name(),
    };
    Prediction {
        id: id.into(),
        implementation: implementation.to_string(),
        status,
        addrs: done.printed(),
        sources: sources(&done.trace),
        queries: queries(&done.trace, matches!(done.order, Some(o) if o != order::Order::Cgo)),
    }
}

/// Sources in the order first touched. Recordings know a module by the letters, digits and underscores of its name, so one
/// with other characters (`#` of a comment that is none) does not appear in them, although the C library looks for it.
pub fn sources(trace: &Trace) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for step in &trace.steps {
        let source = match &step.event {
            Event::ReadFile { path, .. } if path == "/etc/hosts" => "files",
            Event::Send { .. } | Event::ConnectFailed { .. } => "dns",
            Event::LoadModule { name, .. } if name != "files" && name != "dns" && is_word(name) => name,
            _ => continue,
        };
        if out.last().is_none_or(|last| last != source) {
            out.push(source.into());
        }
    }
    out
}

fn is_word(name: &str) -> bool {
    name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Questions in order; where goroutines race, those of a name by type.
pub fn queries(trace: &Trace, by_type: bool) -> Vec<[String; 4]> {
    let mut out = Vec::new();
    let mut group: Vec<[String; 4]> = Vec::new();
    for step in &trace.steps {
        match &step.event {
            Event::Send { proto, server, qname, qtype, .. } => {
                group.push([proto.to_string(), server.clone(), qname.clone(), qtype.to_string()]);
            }
            Event::TryName { .. } => flush(&mut group, &mut out, by_type),
            _ => {}
        }
    }
    flush(&mut group, &mut out, by_type);
    out
}

fn flush(group: &mut Vec<[String; 4]>, out: &mut Vec<[String; 4]>, by_type: bool) {
    if by_type {
        group.sort_by(|a, b| a[3].cmp(&b[3]));
    }
    out.append(group);
}

type RowReader = fn(&Node, Go) -> &'static str;

fn orders(id: &str, value: &Value, row: RowReader) -> Result<Predicted, BadField> {
    let mut out = Vec::new();
    for release in GO_RELEASES {
        if let Ok(Implementation::Go(version)) = format!("go-{release}").parse() {
            let order = read_value("the line", value, |node| row(node, version))?;
            out.push(OrderPrediction { id: id.into(), implementation: release.into(), order });
        }
    }
    Ok(Predicted::Orders(out))
}

/// A row recorded from programs: files as text, GODEBUG, the build.
fn recorded_order(node: &Node, version: Go) -> &'static str {
    let mut fields = node.fields();
    let nsswitch = fields.text("nsswitch");
    let resolv = fields.text("resolv");
    let (mut env, mut variables) = (Map::new(), fields.object("env"));
    while let Some((name, value)) = variables.pop() {
        env.insert(name, value.text());
    }
    let mdns_allow = fields.flag("mdns_allow");
    let has_cgo = fields.text("build") == Some("cgo");
    let godebug = fields.text("godebug").unwrap_or("");
    let own_name = fields.text("own_hostname").unwrap_or("");
    let name = fields.text("hostname").unwrap_or("");
    let version = Go { cgo: has_cgo.then_some(Glibc { minor: 36 }), ..version };
    let mut notes = Trace::default();
    let conf = resolv_conf::go(resolv, own_name, version, &mut notes);
    let resolv = Resolv { missing: resolv.is_none(), unreadable: false, unknown: conf.unknown, lookup: conf.lookup };
    let nsswitch = nsswitch::go(nsswitch, version, &mut notes);
    let mode = order::netdns_mode(order::godebug(godebug, "netdns", version).unwrap_or(""));
    let set = |key: &str| env.get(key).is_some_and(|value| !value.is_empty());
    let situation = Situation {
        version,
        os: Os::Linux,
        want_go: mode == "go" || (!has_cgo && !version.unified_order()),
        want_cgo: mode == "cgo",
        prefer_cgo: env.contains_key("LOCALDOMAIN") || set("RES_OPTIONS") || set("HOSTALIASES"),
        has_cgo,
        resolv: &resolv,
        nsswitch: &nsswitch,
        mdns_allow,
        own_name,
    };
    order::choose(&situation, name, &mut notes).name()
}

/// A row of the table in a release's own `conf_test.go`, which sets internal switches.
fn tested_order(node: &Node, version: Go) -> &'static str {
    let mut fields = node.fields();
    let explicit = fields.flag("goos_explicit");
    let os = match fields.text("goos") {
        Some("linux") if explicit => Os::Linux,
        Some("openbsd") => Os::OpenBsd,
        Some("solaris" | "illumos") => Os::Solaris,
        Some("android" | "ios") => Os::Phone,
        Some("windows") => Os::Windows,
        Some("plan9") => Os::Plan9,
        _ => Os::Other,
    };
    let text = fields.text("nsswitch");
    let state = fields.text("nsswitch_state").unwrap_or("present");
    let own_name = fields.text("own_hostname").unwrap_or("");
    let name = fields.text("hostname").unwrap_or("");
    let mut conf = fields.object("conf");
    let mut switch = |key: &str| conf.flag(key);
    let (net_go, prefer_go) = (switch("netGo"), switch("resolverPreferGo"));
    let (net_cgo, prefer_cgo) = (switch("netCgo"), switch("preferCgo"));
    let forced = switch("forceCgoLookupHost");
    let allow = conf.take("hasMDNSAllow").is_some_and(|v| v.value.as_bool() == Some(true))
        || conf.take("mdnsTest").is_some_and(|v| match v.value {
            Value::String(text) => text.ends_with("AssumeExists"),
            Value::Bool(flag) => *flag,
            other => other.as_u64() == Some(1),
        });
    let mut resolv = fields.object("resolv");
    let lookup = resolv.list("lookup").filter_map(|v| v.value.as_str().map(String::from)).collect();
    let resolv_state = resolv.text("state").unwrap_or("present");
    let unknown = resolv.flag("unknown_option");
    let missing = resolv_state == "absent";
    let unreadable = !matches!(resolv_state, "absent" | "present" | "permission");
    let resolv = Resolv { missing, unreadable, unknown, lookup };
    let mut notes = Trace::default();
    let nsswitch = match state {
        "present" => nsswitch::go(Some(text.unwrap_or("")), version, &mut notes),
        "absent" | "unset" => GoFile::Missing,
        _ => GoFile::Broken,
    };
    let old = !version.unified_order();
    let situation = Situation {
        version: Go { cgo: Some(Glibc { minor: 36 }), ..version },
        os,
        want_go: net_go || prefer_go,
        // The old code looks at one switch that its initialisation sets from all of these.
        want_cgo: net_cgo && !old,
        prefer_cgo: if old { forced } else { prefer_cgo },
        has_cgo: true,
        resolv: &resolv,
        nsswitch: &nsswitch,
        mdns_allow: allow,
        own_name,
    };
    order::choose(&situation, name, &mut notes).name()
}
