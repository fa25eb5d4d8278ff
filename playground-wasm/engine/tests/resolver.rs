//! The engine against lookups recorded from real implementations (`oracle/README.md`).

use std::collections::{BTreeMap, BTreeSet};

use netsim::resolver::batch::{self, Predicted, Prediction};
use netsim::resolver::read;
use serde_json::Value;

const TABLE: &str = include_str!("oracle/resolver.jsonl");

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// What is compared: status, addresses, sources, questions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Facets {
    status: String,
    addresses: Vec<String>,
    sources: Vec<String>,
    questions: Vec<Vec<String>>,
}

fn status(answer: &Value) -> String {
    let flag = |key: &str| answer.get(key).and_then(Value::as_bool) == Some(true);
    match text(answer, "status") {
        "DNSError" | "Error" if flag("is_notfound") => "NOTFOUND".into(),
        "DNSError" | "Error" if flag("is_timeout") => "TIMEOUT".into(),
        "DNSError" | "Error" if flag("is_temporary") => "TEMPORARY".into(),
        "DNSError" | "Error" => "OTHER".into(),
        other => other.into(),
    }
}

fn recorded(result: &Value) -> Facets {
    let answer = result.get("answer").unwrap_or(&Value::Null);
    let mut sources: Vec<String> = Vec::new();
    let mut questions = Vec::new();
    for event in list(result, "trace") {
        let source = match (text(event, "ev"), text(event, "path"), text(event, "name")) {
            ("open", "/etc/hosts", _) => "files",
            ("query" | "connect_failed", ..) => "dns",
            ("module", _, name) if name != "files" && name != "dns" => name,
            _ => "",
        };
        if !source.is_empty() && sources.last().is_none_or(|last| last != source) {
            sources.push(source.into());
        }
        if text(event, "ev") == "query" {
            questions.push(["proto", "server", "qname", "qtype"].map(|key| text(event, key).to_string()).to_vec());
        }
    }
    let addresses = list(answer, "addrs").iter().filter_map(|a| a.as_str().map(String::from)).collect();
    Facets { status: status(answer), addresses, sources, questions }
}

fn predicted(p: &Prediction) -> Facets {
    Facets {
        status: p.status.into(),
        addresses: p.addrs.clone(),
        sources: p.sources.clone(),
        questions: p.queries.iter().map(|q| q.to_vec()).collect(),
    }
}

fn variants(result: &Value) -> Vec<Facets> {
    core::iter::once(result).chain(list(result, "also_seen")).map(recorded).collect()
}

fn family(implementation: &str) -> &str {
    implementation.rsplit_once('-').map_or(implementation, |(family, _)| family)
}

/// Every recorded case, for every implementation.
#[test]
fn cases_are_resolved_as_recorded() {
    let mut misses = Vec::new();
    let mut right: BTreeMap<String, usize> = BTreeMap::new();
    for line in TABLE.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let Predicted::Lookups(predictions) = batch::predict(line).unwrap() else { continue };
        let by_name: BTreeMap<&str, &Prediction> = predictions.iter().map(|p| (p.implementation.as_str(), p)).collect();
        let races = row.get("go_race").and_then(Value::as_bool) == Some(true);
        // Where a version of a family was seen to vary, what any of them did is right for all.
        let mut pools: BTreeMap<&str, (bool, Vec<Facets>)> = BTreeMap::new();
        for result in list(&row, "results") {
            for name in list(result, "impls").iter().filter_map(Value::as_str) {
                let pool = pools.entry(family(name)).or_default();
                pool.0 |= result.get("stable").and_then(Value::as_bool) == Some(false);
                pool.1.extend(variants(result));
            }
        }
        for result in list(&row, "results") {
            for name in list(result, "impls").iter().filter_map(Value::as_str) {
                let wanted = match &pools[family(name)] {
                    (true, pool) => pool.clone(),
                    (false, _) => variants(result),
                };
                let got = predicted(by_name[name]);
                let sorted = |f: &Facets| {
                    let mut f = f.clone();
                    if races && name.starts_with("go-") {
                        f.addresses.sort();
                    }
                    f
                };
                if wanted.iter().any(|w| sorted(w) == sorted(&got)) {
                    *right.entry(family(name).into()).or_default() += 1;
                } else {
                    misses.push(format!("{} {name}\n  wanted {:?}\n  got    {got:?}", text(&row, "id"), wanted[0]));
                }
            }
        }
    }
    assert!(misses.is_empty(), "{} misses:\n{}", misses.len(), misses.join("\n"));
    let families: BTreeSet<&str> = right.keys().map(String::as_str).collect();
    assert_eq!(families, BTreeSet::from(["glibc", "go", "go-cgo", "musl"]));
    assert!(right.values().sum::<usize>() >= 1_300, "{right:?}");
}

/// Every row of Go's decision table.
#[test]
fn orders_are_those_that_go_prints() {
    let (mut count, mut misses) = (0, Vec::new());
    for line in TABLE.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let Predicted::Orders(predictions) = batch::predict(line).unwrap() else { continue };
        let expect = row.get("expect").and_then(Value::as_object).unwrap();
        for (release, order) in expect {
            let got = predictions.iter().find(|p| p.implementation == *release).map(|p| p.order);
            count += 1;
            if got != order.as_str() {
                misses.push(format!("{} {release}: wanted {order}, got {got:?}", text(&row, "id")));
            }
        }
    }
    assert!(misses.is_empty(), "{}", misses.join("\n"));
    assert!(count >= 2_700, "{count}");
}

/// The same input, the same trace; and every step names its rule.
#[test]
fn traces_are_reproducible_and_name_their_rules() {
    let rows = TABLE.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let cases: Vec<Value> = rows.filter(|row| text(row, "kind") == "case").collect();
    assert!(cases.len() >= 70, "{}", cases.len());
    for row in cases {
        let case = read::case(&row["input"].to_string()).unwrap();
        for name in netsim::resolver::version::RECORDED {
            let implementation = name.parse().unwrap();
            let steps = netsim::resolver::lookup(&case, implementation).trace.steps;
            assert_eq!(steps, netsim::resolver::lookup(&case, implementation).trace.steps);
            assert!(steps.iter().all(|s| !s.rule.id.is_empty() && !s.rule.source.is_empty()));
            assert!(
                steps.windows(2).all(|w| w[0].at <= w[1].at || w[1].at.as_micros() == 0 || name.starts_with("go-"))
            );
        }
    }
}

#[test]
fn complaints_name_the_field() {
    let complaint = |text: &str| read::case(text).unwrap_err().to_string();
    assert_eq!(complaint("{}"), "name: is missing");
    assert_eq!(complaint(r#"{"name":"a","x":1}"#), "x: unknown field");
    assert_eq!(complaint(r#"{"name":"a","files":{"host":""}}"#), "files.host: unknown field");
    assert_eq!(complaint(r#"{"name":"a","files":{"hosts":1}}"#), "files.hosts: a text is expected");
    assert_eq!(complaint(r#"{"name":"a","net":"wifi"}"#), "net: lo, v4, v6 or dual is expected");
    assert_eq!(complaint(r#"{"name":"a","flags":["x"]}"#), "flags[0]: addrconfig or canon is expected");
    assert_eq!(complaint(r#"{"name":"a","dns":{"servers":{"x":{}}}}"#), "dns.servers.x: an IP address is expected");
    assert_eq!(
        complaint(r#"{"name":"a","dns":{"rules":[{"action":"zone"},{"action":"zone","first_n":-1}]}}"#),
        "dns.rules[1].first_n: a whole number from 0 to 4294967295 is expected"
    );
    assert_eq!(complaint("{"), "the input: not JSON: a name in quotes is expected at line 1 column 2");
}
