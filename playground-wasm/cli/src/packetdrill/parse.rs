//! The language of packetdrill scripts, read into events. What is not known is refused by name.

use netsim::tcp::segment::{Block, Flags, Options, Seq, Stamp};

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

/// A segment as a script writes it.
#[derive(Debug, Clone, Default)]
pub struct Packet {
    /// Control bits.
    pub flags: Flags,
    /// First sequence number.
    pub seq: u32,
    /// Payload.
    pub len: u32,
    /// Acknowledgment.
    pub ack: Option<u32>,
    /// Window field.
    pub win: Option<u32>,
    /// Options; none: not compared.
    pub options: Option<Options>,
    /// `[ect0]` and the like.
    pub ecn: Option<u8>,
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

fn without_comments(text: &str) -> String {
    let mut out = String::new();
    let (mut chars, mut quoted, mut shell) = (text.chars().peekable(), false, false);
    let mut last = '\n';
    while let Some(c) = chars.next() {
        if c == '`' {
            shell = !shell;
        }
        if c == '"' {
            quoted = !quoted;
        }
        let next = chars.peek().copied();
        if !shell && !quoted && c == '/' && next == Some('/') || c == '#' && last == '\n' && !shell {
            while chars.peek().is_some_and(|c| *c != '\n') {
                chars.next();
            }
            continue;
        }
        if !shell && !quoted && c == '/' && next == Some('*') {
            let mut before = ' ';
            for c in chars.by_ref() {
                if c == '\n' {
                    out.push('\n');
                }
                if before == '*' && c == '/' {
                    break;
                }
                before = c;
            }
            continue;
        }
        out.push(c);
        last = c;
    }
    out
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.text.get(self.at..)?.chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn eat(&mut self, s: &str) -> bool {
        let found = self.text.get(self.at..).is_some_and(|rest| rest.starts_with(s));
        if found {
            self.at += s.len();
        }
        found
    }

    fn space(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.bump();
        }
    }

    fn blanks(&mut self) {
        while self.peek().is_some_and(|c| c == ' ' || c == '\t') {
            self.bump();
        }
    }

    fn line(&self) -> usize {
        self.text[..self.at].matches('\n').count() + 1
    }

    /// Everything up to the character, which is taken too.
    fn until(&mut self, end: char) -> String {
        let mut out = String::new();
        while let Some(c) = self.bump() {
            if c == end {
                break;
            }
            out.push(c);
        }
        out
    }

    fn word(&mut self, is: impl Fn(char) -> bool) -> String {
        let mut out = String::new();
        while let Some(c) = self.peek().filter(|c| is(*c)) {
            out.push(c);
            self.bump();
        }
        out
    }
}

/// Seconds with a fraction, as microseconds.
fn micros(text: &str) -> Result<i64, String> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| format!("{text} is no time"))? };
    let mut digits: String = fraction.chars().take(6).collect();
    while digits.len() < 6 {
        digits.push('0');
    }
    let fraction: i64 = digits.parse().map_err(|_| format!("{text} is no time"))?;
    whole.checked_mul(1_000_000).and_then(|w| w.checked_add(fraction)).ok_or(format!("{text} is too long"))
}

fn time(p: &mut Reader) -> Result<i64, String> {
    let mut text = String::new();
    while let Some(c) = p.peek() {
        let dots = p.text.get(p.at..).is_some_and(|r| r.starts_with("..."));
        if !(c.is_ascii_digit() || c == '.') || dots {
            break;
        }
        text.push(c);
        p.bump();
    }
    micros(&text)
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
            What::In(packet(p)?)
        }
        Some('>') => {
            p.bump();
            What::Out(packet(p)?)
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

fn number(text: &str) -> Result<u32, String> {
    text.parse::<u32>().map_err(|_| format!("{text} is no number"))
}

fn packet(p: &mut Reader) -> Result<Packet, String> {
    let mut k = Packet::default();
    p.blanks();
    if p.eat("[") {
        let mark = p.until(']');
        k.ecn = Some(match mark.trim() {
            "noecn" => 0,
            "ect1" => 1,
            "ect0" => 2,
            "ce" | "ect01" => 3,
            other => return Err(format!("[{other}] is not known")),
        });
        p.blanks();
    }
    if p.peek() == Some('i') {
        return Err("ICMP packets are not supported".to_owned());
    }
    let flags = p.word(|c| !c.is_whitespace());
    for c in flags.chars() {
        k.flags |= match c {
            'S' => Flags::SYN,
            'F' => Flags::FIN,
            'R' => Flags::RST,
            'P' => Flags::PSH,
            '.' => Flags::ACK,
            'U' => Flags::URG,
            'E' => Flags::ECE,
            'W' => Flags::CWR,
            '-' => Flags::NONE,
            other => return Err(format!("flag {other} is not supported")),
        };
    }
    p.blanks();
    let range = p.word(|c| c.is_ascii_digit() || c == ':' || c == '(' || c == ')');
    let (start, rest) = range.split_once(':').ok_or(format!("{range} is no range of sequence numbers"))?;
    let (_, len) = rest.split_once('(').ok_or(format!("{range} has no length"))?;
    k.seq = number(start)?;
    k.len = number(len.trim_end_matches(')'))?;
    k.options = Some(Options::default());
    loop {
        p.blanks();
        if p.eat("ack ") {
            p.blanks();
            k.ack = Some(number(&p.word(|c| c.is_ascii_digit()))?);
        } else if p.eat("win ") {
            p.blanks();
            k.win = Some(number(&p.word(|c| c.is_ascii_digit()))?);
        } else if p.eat("urg ") {
            return Err("urgent data is not supported".to_owned());
        } else if p.eat("<") {
            let text = p.until('>');
            k.options = if text.trim() == "..." { None } else { Some(options(&text)?) };
        } else {
            break;
        }
    }
    let rest = p.word(|c| c != '\n');
    if rest.trim().is_empty() { Ok(k) } else { Err(format!("{} after a packet is not known", rest.trim())) }
}

fn options(text: &str) -> Result<Options, String> {
    let mut o = Options::default();
    for part in text.split(',') {
        let words: Vec<&str> = part.split_whitespace().collect();
        match words.as_slice() {
            ["nop" | "eol"] | [] => {}
            ["mss", n] => o.mss = Some(number(n)? as u16),
            ["wscale", n] => o.wscale = Some(number(n)? as u8),
            ["sackOK"] => o.sack_ok = true,
            ["TS", "val", val, "ecr", ecr] => o.stamp = Some(Stamp { val: number(val)?, ecr: number(ecr)? }),
            ["sack", blocks @ ..] => {
                for b in blocks {
                    let (start, end) = b.split_once(':').ok_or(format!("{b} is no SACK block"))?;
                    o.sack.push(Block { start: Seq(number(start)?), end: Seq(number(end)?) });
                }
            }
            ["md5", ..] => o.md5 = true,
            other => return Err(format!("option {} is not supported", other.join(" "))),
        }
    }
    Ok(o)
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
