//! Rules that no recorded row shows, found by running glibc 2.36 and 2.41, musl 1.2.2 to 1.2.5 and Go 1.19 beside the engine.

use netsim::resolver::outcome::Outcome;
use netsim::resolver::{lookup, read};
use serde_json::{Value, json};

/// A machine with a name server at 127.0.0.1 and one at 127.0.0.11.
fn case(change: Value) -> Value {
    let mut case = json!({
        "name": "app.corp.test",
        "files": {
            "nsswitch": "hosts: files dns\n",
            "hosts": "127.0.0.1 localhost\n",
            "resolv": "nameserver 127.0.0.11\noptions timeout:1 attempts:1\n",
            "host_conf": "multi on\n",
        },
        "dns": {
            "servers": {"127.0.0.1": {}, "127.0.0.11": {}},
            "records": [["app.corp.test", "A", "192.0.2.71"], ["old.corp.test", "AAAA", "::c000:209"]],
        },
    });
    for (key, value) in change.as_object().into_iter().flatten() {
        match (case.get_mut(key), value) {
            (Some(Value::Object(old)), Value::Object(new)) => old.extend(new.clone()),
            _ => case[key] = value.clone(),
        }
    }
    case
}

fn look(change: Value, implementation: &str) -> Outcome {
    let case = read::case(&case(change).to_string()).unwrap();
    lookup(&case, implementation.parse().unwrap())
}

fn ends(change: Value, implementation: &str) -> String {
    let done = look(change, implementation);
    [done.status.name().to_string()].into_iter().chain(done.printed()).collect::<Vec<_>>().join(" ")
}

/// Linux sends what is for 0.0.0.0 to 127.0.0.1; the answer then comes from an address that musl did not ask.
#[test]
fn the_unspecified_server_is_this_machine() {
    let change = json!({"files": {"resolv": "nameserver 0.0.0.0\noptions timeout:1 attempts:1\n"}});
    for (implementation, want) in [
        ("glibc-2.36", "OK 192.0.2.71"),
        ("glibc-2.41", "OK 192.0.2.71"),
        ("go-1.19.8", "OK 192.0.2.71"),
        ("musl-1.2.5", "EAI_AGAIN"),
    ] {
        assert_eq!(ends(change.clone(), implementation), want, "{implementation}");
    }
}

/// IPv4 inside IPv6 is IPv4 on the wire.
#[test]
fn a_mapped_server_is_an_ipv4_server() {
    let change = json!({"files": {"resolv": "nameserver ::ffff:127.0.0.11\n"}});
    for implementation in ["glibc-2.36", "go-1.19.8", "musl-1.2.5"] {
        let done = look(change.clone(), implementation);
        let asked = netsim::resolver::batch::queries(&done.trace, true);
        assert!(asked.iter().all(|q| q[1] == "127.0.0.11"), "{implementation} {asked:?}");
        assert_eq!(done.printed(), ["192.0.2.71"], "{implementation}");
    }
}

#[test]
fn addresses_are_written_as_the_program_writes_them() {
    let change = json!({"name": "old.corp.test", "net": "v6"});
    let all = ["glibc-2.36", "musl-1.2.5", "go-1.24.4"].map(|i| ends(change.clone(), i));
    assert_eq!(all, ["OK ::192.0.2.9", "OK ::c000:209", "OK ::c000:209"]);
}

/// golang/go#18806.
#[test]
fn go_takes_the_unspecified_address_for_both_families() {
    let hosts = |text: &str| json!({"name": "db", "family": "4", "files": {"hosts": text}});
    assert_eq!(ends(hosts(":: db\n"), "go-1.19.8"), "OK 0.0.0.0");
    assert_eq!(ends(hosts("::1 db\n"), "go-1.19.8"), "OTHER");
    assert_eq!(ends(hosts(":: db\n::1 db\n"), "go-1.19.8"), "OTHER");
}

/// A result that cannot be kept for merging counts as unavailable, and the next source is asked.
#[test]
fn one_family_cannot_be_merged() {
    let switch = |name: &str, text: &str| {
        let files = json!({"nsswitch": text, "hosts": "192.0.2.5 app.corp.test db\n"});
        json!({"name": name, "family": "4", "files": files})
    };
    let merge = "hosts: files [SUCCESS=merge] dns\n";
    let done = look(switch("app.corp.test", merge), "glibc-2.36");
    assert_eq!(done.status.name(), "EAI_NODATA");
    assert_eq!(netsim::resolver::batch::sources(&done.trace), ["files", "dns"]);
    // When the second source finds nothing, the first result is still there.
    assert_eq!(ends(switch("db", merge), "glibc-2.36"), "OK 192.0.2.5");
    let returns = "hosts: files [SUCCESS=merge UNAVAIL=return] dns\n";
    let done = look(switch("db", returns), "glibc-2.36");
    assert_eq!(netsim::resolver::batch::sources(&done.trace), ["files"]);
}

/// `gethostbyname2_r`, which looks IPv4 up alone, takes what consists of digits and dots for an address.
#[test]
fn numbers_are_not_looked_up_for_ipv4_alone() {
    let sources = |name: &str, family: &str| {
        let done = look(json!({"name": name, "family": family}), "glibc-2.36");
        assert_eq!(done.status.name(), "EAI_NONAME", "{name} {family}");
        netsim::resolver::batch::sources(&done.trace).len()
    };
    for name in ["1234567890123", "1.2.3.4.5", "256.1.1.1", "a:b", ":x", "1::2::3"] {
        assert_eq!([sources(name, "4"), sources(name, "any")], [0, if name.contains(':') { 1 } else { 2 }], "{name}");
    }
    for name in ["1.2.3.4.5.", "12x", "x:1"] {
        assert!(sources(name, "4") > 0, "{name}");
    }
}

/// Recorded from glibc 2.36 and 2.41 with a debugger: they loop in `res_vinit_1`.
#[test]
fn a_sortlist_can_keep_glibc_busy_for_ever() {
    let resolv = |line: &str| json!({"files": {"resolv": format!("{line}\nnameserver 127.0.0.11\n")}});
    for line in ["sortlist 192.0.2.0\r", "sortlist x/24", "sortlist /8", "sortlist 192.0.2.0/24 \u{fc}"] {
        for implementation in ["glibc-2.31", "glibc-2.41", "go-cgo-1.27.3"] {
            assert_eq!(look(resolv(line), implementation).status.name(), "KILLED", "{line} {implementation}");
        }
        assert_eq!(ends(resolv(line), "musl-1.2.5"), "OK 192.0.2.71", "{line}");
    }
    for line in
        ["sortlist 192.0.2.0/24 10.0.0.0", "sortlist x 10.0.0.0&255.0.0.0;\r", "sortlist 10.0.0.0/x", "sortlist"]
    {
        assert_eq!(ends(resolv(line), "glibc-2.36"), "OK 192.0.2.71", "{line}");
    }
}
