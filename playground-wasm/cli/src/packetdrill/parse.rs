//! The language of packetdrill scripts, read into events. What is not known is refused by name.

use super::packet::{Packet, packet};
use super::reader::{Reader, time, without_comments};

/// When an event happens, microseconds.
#[derive(Debug, Clone, Copy)]
pub enum When {
    /// From the start of the script.
    At(i64),
    /// After the event before; with an end, any time between.
    After(i64, Option<i64>),
    /// Any time.
    Any,
}

/// One line of a script.
#[derive(Debug, Clone)]
pub struct Event {
    /// Its line, for messages.
    pub line: usize,
    /// When.
    pub when: When,
    /// A call that blocks returns this much later, microseconds.
    pub until: Option<i64>,
    /// What.
    pub what: What,
}

/// What happens.
#[derive(Debug, Clone)]
pub enum What {
    /// A segment arrives.
    In(Packet),
    /// A segment is expected.
    Out(Packet),
    /// A call is made: name, arguments, result, error.
    Call {
        /// Name.
        name: String,
        /// Arguments, as written.
        args: Vec<String>,
        /// Expected result.
        result: String,
        /// Expected error.
        errno: Option<String>,
    },
    /// Shell commands.
    Shell(String),
    /// Assertions about tcp_info.
    Code(String),
}

/// A script.
pub struct Script {
    /// `--name=value` lines.
    pub flags: Vec<(String, String)>,
    /// Commands before the first event.
    pub setup: Vec<String>,
    /// Events.
    pub events: Vec<Event>,
}

/// Reads a script.
pub fn parse(text: &str) -> Result<Script, String> {
    let text = without_comments(text);
    let mut p = Reader { text: &text, at: 0 };
    let mut script = Script { flags: Vec::new(), setup: Vec::new(), events: Vec::new() };
    loop {
        p.space();
        let Some(c) = p.peek() else { return Ok(script) };
        let line = p.line();
        let fail = |what: String| format!("line {line}: {what}");
        if p.eat("--") {
            let rest = p.until('\n');
            let (name, value) = rest.split_once('=').unwrap_or((&rest, ""));
            script.flags.push((name.trim().to_owned(), value.trim().to_owned()));
        } else if c == '`' {
            p.bump();
            script.setup.push(p.until('`'));
        } else {
            let event = event(&mut p).map_err(fail)?;
            script.events.push(Event { line, ..event });
        }
    }
}

fn event(p: &mut Reader) -> Result<Event, String> {
    let mut until = None;
    let when = if p.eat("*") {
        When::Any
    } else {
        let relative = p.eat("+");
        let start = time(p)?;
        p.blanks();
        if p.eat("...") {
            p.blanks();
            p.eat("+");
            until = Some(time(p)?);
        }
        let end = if p.eat("~") {
            p.eat("+");
            Some(time(p)?)
        } else {
            None
        };
        if relative { When::After(start, end) } else { When::At(start) }
    };
    p.space();
    let what = match p.peek() {
        Some('<') => {
            p.bump();
            What::In(packet(p, false)?)
        }
        Some('>') => {
            p.bump();
            What::Out(packet(p, true)?)
        }
        Some('`') => {
            p.bump();
            What::Shell(p.until('`'))
        }
        Some('%') => {
            if !p.eat("%{") {
                return Err("% without {".to_owned());
            }
            let mut code = String::new();
            while !p.eat("}%") {
                code.push(p.bump().ok_or("%{ without }%")?);
            }
            What::Code(code)
        }
        Some(c) if c.is_ascii_alphabetic() => call(p)?,
        Some(c) => return Err(format!("{c} begins nothing that is known")),
        None => return Err("a time without an event".to_owned()),
    };
    Ok(Event { line: 0, when, until, what })
}

fn call(p: &mut Reader) -> Result<What, String> {
    let name = p.word(|c| c.is_ascii_alphanumeric() || c == '_');
    p.blanks();
    if !p.eat("(") {
        return Err(format!("{name} is not a call"));
    }
    let mut args = vec![String::new()];
    let mut depth = 0;
    loop {
        let c = p.bump().ok_or("a call without an end")?;
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' if depth == 0 => break,
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => {
                args.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = args.last_mut() {
            last.push(c);
        }
    }
    let args = args.into_iter().map(|a| a.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    p.space();
    if !p.eat("=") {
        return Err(format!("{name} has no result"));
    }
    let rest = p.word(|c| c != '\n');
    let mut words = rest.split_whitespace();
    let result = words.next().unwrap_or("").to_owned();
    let errno = words.next().filter(|w| w.starts_with('E')).map(str::to_owned);
    Ok(What::Call { name, args, result, errno })
}
