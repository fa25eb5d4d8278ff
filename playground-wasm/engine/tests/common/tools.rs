//! Tools of the machine that captures are held against.

use std::io::Write;
use std::process::{Command, Stdio};

/// What a tool prints when it reads a file from its standard input; nothing, said aloud, if it is not installed.
pub fn piped(program: &str, args: &[&str], input: &[u8]) -> Option<String> {
    let child = Command::new(program)
        .args(args)
        .env("TZ", "UTC")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut child) = child else {
        eprintln!("skipped: {program} is not installed");
        return None;
    };
    let mut stdin = child.stdin.take().expect("a pipe");
    let input = input.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let out = child.wait_with_output().expect("an end");
    writer.join().expect("a writer").expect("all is read");
    Some(String::from_utf8(out.stdout).expect("text"))
}
