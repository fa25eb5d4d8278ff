//! The decoders that pages show, in Rust and in Go, on the same bytes as the engine: the same messages out of the same reads,
//! the same errors, the same rules for the bodies of HTTP responses.

use std::io::Write;
use std::process::{Command, Stdio};

use netsim::framing::question::Question;
use netsim::framing::spelling::hex;
use serde_json::{Value, json};

#[path = "../assets/decoders/body.rs"]
mod body;
#[path = "../assets/decoders/delimiter.rs"]
mod delimiter;
#[path = "../assets/decoders/fixed.rs"]
mod fixed;
#[path = "../assets/decoders/length.rs"]
mod length;
#[path = "../assets/decoders/naive.rs"]
mod naive;

const CODECS: [&str; 9] = ["u8", "u16be", "u16le", "u32be", "u32le", "line", "crlf", "delimiter=7c7c", "fixed=4"];
const LIMIT: usize = 12;

/// Streams that are well framed and streams that are not, each cut in many ways.
fn questions() -> Vec<Value> {
    let message = |n: usize| vec![b'a' + n as u8; (n * 5) % 12 + 1];
    let mut all = Vec::new();
    for codec in CODECS {
        let parsed = codec.parse().unwrap();
        let bodies = (0..4).map(|n| if codec == "fixed=4" { vec![b'f'; 4] } else { message(n) });
        let good: Vec<u8> = bodies.flat_map(|m| netsim::framing::encode(&parsed, &m).unwrap()).collect();
        let cut_off = good[..good.len() - 1].to_vec();
        let text = b"GET / HTTP/1.1\r\nHost: example.com\r\n\r\n".to_vec();
        let zeros = [vec![0; 9], b"||\r\n\n".to_vec(), vec![255; 20]].concat();
        for stream in [good, cut_off, text, zeros] {
            for size in [1, 2, 3, 5, 7, 16, stream.len()] {
                let pieces: Vec<String> = stream.chunks(size).map(hex).collect();
                for handler in ["loop", "once", "naive"] {
                    all.push(json!({ "pieces": pieces, "codec": codec, "limit": LIMIT, "handler": handler }));
                }
            }
        }
    }
    all
}

/// What came of a question: messages with the read that gave each, and the error with its read.
fn engine(question: &Value) -> Value {
    let answer = Question::parse(&question.to_string()).unwrap().answer();
    let messages: Vec<Value> = answer.messages.iter().map(|m| json!([m.read, m.hex])).collect();
    json!({ "messages": messages, "error": answer.error.map(|e| json!([e.read, e.what])) })
}

fn rust(question: &Value) -> Value {
    let codec = question["codec"].as_str().unwrap();
    let once = question["handler"] == "once";
    let kept = Vec::new();
    type OnRead = Box<dyn FnMut(&[u8], &mut dyn FnMut(&[u8])) -> Result<(), String>>;
    let mut on_read: OnRead = if question["handler"] == "naive" {
        let mut d = naive::Naive;
        Box::new(move |data, handle| d.on_read(data, handle))
    } else if let Some(size) = codec.strip_prefix("fixed=") {
        let mut d = fixed::Fixed { size: size.parse().unwrap(), kept };
        Box::new(move |data, handle| if once { d.on_read_once(data, handle) } else { d.on_read(data, handle) })
    } else if codec.starts_with('u') {
        let width = codec.chars().filter(char::is_ascii_digit).collect::<String>().parse::<usize>().unwrap() / 8;
        let mut d = length::Length { width, big_endian: !codec.ends_with("le"), limit: LIMIT, kept };
        Box::new(move |data, handle| if once { d.on_read_once(data, handle) } else { d.on_read(data, handle) })
    } else {
        let mut d = delimiter::Delimiter { mark: mark(codec).to_vec(), limit: LIMIT, kept };
        Box::new(move |data, handle| if once { d.on_read_once(data, handle) } else { d.on_read(data, handle) })
    };
    let mut messages = Vec::new();
    for (read, piece) in question["pieces"].as_array().unwrap().iter().enumerate() {
        let data = netsim::framing::spelling::unhex(piece.as_str().unwrap()).unwrap();
        if let Err(error) = on_read(&data, &mut |message| messages.push(json!([read, hex(message)]))) {
            return json!({ "messages": messages, "error": [read, error] });
        }
    }
    json!({ "messages": messages, "error": null })
}

fn mark(codec: &str) -> &[u8] {
    match codec {
        "line" => b"\n",
        "crlf" => b"\r\n",
        _ => b"||",
    }
}

/// Heads of responses: method, status, Transfer-Encoding, Content-Length, all values of each.
fn heads() -> Vec<(&'static str, u16, Vec<&'static str>, Vec<&'static str>)> {
    let codings = [vec![], vec!["chunked"], vec!["gzip"], vec!["gzip, chunked"]];
    let lengths =
        [vec![], vec!["0"], vec!["5"], vec!["5, 5"], vec!["5", "5"], vec!["5", "6"], vec!["x"], vec![""], vec!["-1"]];
    let mut all = Vec::new();
    for method in ["GET", "HEAD", "CONNECT"] {
        for status in [100, 101, 200, 204, 304, 404] {
            for coding in &codings {
                for length in &lengths {
                    all.push((method, status, coding.clone(), length.clone()));
                }
            }
        }
    }
    all
}

/// The rule and the length as the engine has them: the drawing tells the rule, and an error is rule 5.
fn engine_rule(head: &(&str, u16, Vec<&str>, Vec<&str>), naive: bool) -> [u64; 2] {
    let (method, status, codings, lengths) = head;
    let field = |name: &str, values: &[&str]| values.iter().map(|v| format!("{name}: {v}\r\n")).collect::<String>();
    let text = format!(
        "HTTP/1.1 {status} X\r\n{}{}\r\n",
        field("Transfer-Encoding", codings),
        field("Content-Length", lengths)
    );
    let question = json!({ "pieces": [hex(text.as_bytes())], "codec": "http-responses", "limit": 99, "methods": [method], "trusts_length": naive });
    let lanes =
        stage::bytes::lanes(&Question::parse(&question.to_string()).unwrap(), &["", "", ""], 400, None).unwrap();
    let part = |code| lanes.steps.iter().flat_map(|s| &s.parts).find(|p| p.0 == code).map(|p| p.1[0]);
    match part("rule") {
        Some(rule) => [rule, part("wants").unwrap_or(0)],
        None => [5, 0],
    }
}

fn go(input: &Value) -> Option<Value> {
    let folder = env!("CARGO_MANIFEST_DIR");
    if Command::new("go").arg("version").output().is_err() {
        // Said where a person sees it: the other half of the test has not been run.
        eprintln!("SKIPPED: there is no `go` on this machine, so the Go decoders were not compared");
        return None;
    }
    // `go run` wants its files in one folder.
    let work = tempfile::tempdir().unwrap();
    let names = ["body.go", "delimiter.go", "fixed.go", "length.go", "naive.go", "main.go"];
    for name in names {
        let from = if name == "main.go" { "tests/decoders" } else { "assets/decoders" };
        std::fs::copy(format!("{folder}/{from}/{name}"), work.path().join(name)).unwrap();
    }
    let mut run = Command::new("go")
        .arg("run")
        .args(names)
        .current_dir(work.path())
        .env("GO111MODULE", "off")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let text = input.to_string();
    let mut pipe = run.stdin.take().unwrap();
    let writer = std::thread::spawn(move || pipe.write_all(text.as_bytes()));
    let output = run.wait_with_output().unwrap();
    assert!(output.status.success(), "go run failed");
    writer.join().unwrap().unwrap();
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

#[test]
fn decoders_give_what_the_engine_gives() {
    let questions = questions();
    let expected: Vec<Value> = questions.iter().map(engine).collect();
    assert!(expected.iter().any(|e| !e["error"].is_null()) && expected.iter().any(|e| e["error"].is_null()));
    for (question, expected) in questions.iter().zip(&expected) {
        assert_eq!(&rust(question), expected, "Rust, {question}");
    }
    let heads = heads();
    let asked: Vec<Value> = heads.iter().map(|(m, s, t, c)| json!([m, s, t, c])).collect();
    let mut rules = Vec::new();
    for head in &heads {
        let (method, status, codings, lengths) = head;
        let fields = body::Fields { transfer_encoding: codings.clone(), content_length: lengths.clone() };
        for naive in [false, true] {
            let rule = if naive { body::naive_rule } else { body::body_rule };
            let (number, length) = rule(method, *status, &fields);
            let expected = engine_rule(head, naive);
            assert_eq!([u64::from(number), length], expected, "Rust, naive {naive}, {head:?}");
            rules.push(json!(expected));
        }
    }
    let Some(answers) = go(&json!({ "questions": questions, "limit": LIMIT, "heads": asked })) else { return };
    for ((question, expected), got) in questions.iter().zip(&expected).zip(answers["answers"].as_array().unwrap()) {
        assert_eq!(got, expected, "Go, {question}");
    }
    for (i, (expected, got)) in rules.iter().zip(answers["rules"].as_array().unwrap()).enumerate() {
        assert_eq!(got, expected, "Go, naive {}, {:?}", i % 2 == 1, heads[i / 2]);
    }
    assert_eq!(answers["rules"].as_array().unwrap().len(), rules.len());
}
