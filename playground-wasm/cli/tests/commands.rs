//! The commands as somebody types them.

use std::io::Write;
use std::process::{Command, Output, Stdio};

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/localhost.json");
const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../engine/tests/oracle/resolver.jsonl");

fn netsim(args: &[&str], input: &[u8]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_netsim"));
    command.args(args).env("RUST_BACKTRACE", "0").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A command that does not read its input closes it.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

fn lines(output: &Output) -> Vec<String> {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).lines().map(|l| l.trim_end().to_string()).collect()
}

#[test]
fn localhost_depends_on_who_asks() {
    let seen = lines(&netsim(&["resolve", EXAMPLE, "--impl", "go-1.15.15,go-1.24.4,glibc-2.31,musl-1.2.5"], b""));
    assert_eq!(
        seen,
        [
            "go-1.15.15           OK 192.0.2.99 (dns,files), 2 queries, 0.000 s",
            "go-1.24.4            OK ::1 127.0.0.1 (files,dns), 0 queries, 0.000 s",
            "glibc-2.31           OK 192.0.2.99, 2 queries, 0.000 s",
            "musl-1.2.5           OK ::1 127.0.0.1, 0 queries, 0.000 s",
        ]
    );
}

#[test]
fn every_step_names_its_source() {
    let seen = lines(&netsim(&["resolve", EXAMPLE, "--impl", "go-1.15.15", "--explain"], b""));
    assert!(seen.iter().any(|l| l.contains("order sources=\"dns,files\"")), "{seen:#?}");
    assert!(
        seen.iter().any(|l| l.trim_start().starts_with("go.order-without-hosts-line: Go net/conf.go")),
        "{seen:#?}"
    );
}

#[test]
fn a_silent_address_costs_a_race_its_head_start() {
    let seen =
        lines(&netsim(&["resolve", EXAMPLE, "--impl", "musl-1.2.5", "--connect", "go", "--reach", "::1=silent"], b""));
    assert_eq!(seen[1].trim(), "connected to 127.0.0.1 after 301 ms");
}

#[test]
fn a_table_is_predicted() {
    let seen = lines(&netsim(&["resolve", "--batch", TABLE], b""));
    assert!(seen.len() > 5_000 && seen.iter().all(|l| l.starts_with("{\"id\":")), "{}", seen.len());
}

#[test]
fn mistakes_are_named() {
    let output = netsim(&["resolve", "-"], br#"{"name":"a","files":{"host":""}}"#);
    assert!(!output.status.success());
    assert_eq!(String::from_utf8_lossy(&output.stderr).trim(), "netsim: -: files.host: unknown field");
    let output = netsim(&["resolve", EXAMPLE, "--impl", "go-1.3"], b"");
    assert!(String::from_utf8_lossy(&output.stderr).contains("\"go-1.3\": write go-1.24.4"));
}

#[test]
fn a_stream_is_cut_into_reads() {
    assert_eq!(
        lines(&netsim(&["frame", "--reads", "2,1"], b"a\nbb\nccc")),
        ["read   1      1 bytes  a", "read   4      2 bytes  bb", "3 bytes wait for more"]
    );
    let http = b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n";
    assert_eq!(lines(&netsim(&["frame", "--codec", "http-responses"], http)), ["read   1  204  NoBody"]);
    assert_eq!(
        lines(&netsim(&["frame", "--codec", "http-responses", "--trusts-length"], http)),
        [
            "behind message 0: the connection ended 0 bytes into a body that was to go on (a client waits there, or has to close)"
        ]
    );
    let lost = lines(&netsim(&["frame", "--codec", "none", "--udp", "4", "--reads", "6"], b"abcdef"));
    assert_eq!(lost[0], "datagram   1  4 bytes, 2 lost (MSG_TRUNC), 1 fragments");
}
