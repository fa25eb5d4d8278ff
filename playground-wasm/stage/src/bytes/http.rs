//! What happens to a stream of HTTP responses: lines of heads, the rule that ends a body, its bytes, and the wait for those
//! that do not come.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use netsim::framing::http::{BodyEnd, HttpError, Message, Policy, Reader, Side};
use netsim::framing::question::Question;

use super::Found;
use super::tale::Tale;

/// The longest body that a writer is thought to mean.
const SOME: usize = 1 << 30;

/// A reader that goes on byte by byte.
struct Walk<'a> {
    tale: Tale,
    methods: &'a [String],
    /// Responses that ended, interim ones not counted.
    answered: usize,
    /// Where the message, its line, its body begin.
    start: usize,
    line: usize,
    body: Option<usize>,
    /// What has been told of the current step.
    parts: Vec<(&'static str, [u64; 2])>,
    text: String,
    content: usize,
}

pub(super) fn tale(question: &Question, how: (Side, Policy), methods: &[String]) -> Tale {
    let mut tale = walk(question, how, methods);
    if how.1 == Policy::TrustsLength {
        // Heads are where the server put them.
        tale.header = walk(question, (how.0, Policy::Rfc), methods).header;
    }
    tale
}

fn walk(question: &Question, how: (Side, Policy), methods: &[String]) -> Tale {
    let mut tale = Tale::new(question);
    tale.http = true;
    let mut at = 0;
    for piece in &question.pieces {
        tale.reads.push((at, at + piece.len(), at + piece.len()));
        at += piece.len();
    }
    let (side, policy) = how;
    if tale.writes.is_empty() {
        tale.writes = written(&tale.stream, side, methods);
    }
    tale.breaks = breaks(&tale);
    tale.step(0, 0, 0, &[("http", [tale.writes.len() as u64, at as u64])]);
    let mut reader = ask(side, policy, question.limit, methods);
    let parts = Vec::new();
    let mut walk =
        Walk { tale, methods, answered: 0, start: 0, line: 0, body: None, parts, text: String::new(), content: 0 };
    for (k, (from, to, _)) in walk.tale.reads.clone().into_iter().enumerate() {
        for p in from..to {
            let byte = walk.tale.stream.get(p..p + 1).unwrap_or(&[]);
            let before = reader.begun().is_some();
            match reader.step(byte) {
                Ok((_, done)) => walk.byte(p, k, before, reader.begun().or(done.as_ref()), done.is_some(), policy),
                Err(error) => {
                    walk.fails(p, error);
                    return walk.tale;
                }
            }
        }
        walk.pause(to, reader.begun());
    }
    let end = walk.tale.stream.len();
    match reader.finish() {
        Ok(None) => {}
        Ok(Some(message)) => {
            walk.parts.push(("close", [message.body.len() as u64, 0]));
            walk.done(end, walk.tale.reads.len(), &message);
            walk.tell(end);
        }
        Err(error) => {
            let wanted = match reader.begun().map(|m| m.end) {
                Some(BodyEnd::Length(n)) => n,
                _ => 0,
            };
            let have = reader.begun().map_or(0, |m| m.body.len());
            walk.tale.error = error.to_string();
            let code = if walk.body.is_none() {
                "cut"
            } else if wanted > 0 {
                "timeout"
            } else {
                "unended"
            };
            walk.parts.push((code, [have as u64, wanted]));
            walk.tale.failed = Some(walk.tale.steps.len());
            walk.tell(end);
        }
    }
    walk.tale
}

fn ask(side: Side, policy: Policy, limit: usize, methods: &[String]) -> Reader {
    let mut reader = Reader::new(side, policy, limit);
    methods.iter().for_each(|method| reader.expect(method));
    reader
}

/// Where a server that follows the rules ends its messages.
fn written(stream: &[u8], side: Side, methods: &[String]) -> Vec<usize> {
    let mut reader = ask(side, Policy::Rfc, SOME, methods);
    let (mut at, mut ends) = (0, Vec::new());
    while let Some(rest) = stream.get(at..).filter(|rest| !rest.is_empty()) {
        let Ok((used, done)) = reader.step(rest) else { break };
        at += used;
        if done.is_some() {
            ends.push(at);
        }
    }
    if ends.last().copied().unwrap_or(0) < stream.len() {
        ends.push(stream.len());
    }
    ends
}

/// Rows end with lines, but an empty line stays with the one before it.
fn breaks(tale: &Tale) -> Vec<usize> {
    let mut breaks = tale.writes.clone();
    for (p, _) in tale.stream.iter().enumerate().filter(|(_, b)| **b == b'\n') {
        let rest = tale.stream.get(p + 1..).unwrap_or(&[]);
        let empty = tale.stream.get(..p + 1).unwrap_or(&[]).ends_with(b"\n\r\n");
        if !rest.starts_with(b"\r\n") && !empty {
            breaks.push(p + 1);
        }
    }
    breaks
}

impl Walk<'_> {
    /// A byte has been read: what is known of the message now, and whether it is complete.
    fn byte(&mut self, p: usize, read: usize, before: bool, now: Option<&Message>, done: bool, policy: Policy) {
        let length = now.map_or(0, |m| m.body.len());
        if self.body.is_none() {
            self.header(p);
            if let Some(message) = now {
                self.body = Some(p + 1);
                self.rule(p + 1, message, policy);
                if done {
                    self.done(p + 1, read + 1, message);
                }
                return self.tell(p + 1);
            }
            if self.tale.stream.get(p) == Some(&b'\n') {
                let line = self.tale.stream.get(self.line..p).unwrap_or(&[]);
                self.text = String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line)).into_owned();
                self.parts.push(("line", [self.tale.found.len() as u64 + 1, 0]));
                self.line = p + 1;
                self.tell(p + 1);
            }
            return;
        }
        if before && length == self.content && !done {
            self.header(p);
        }
        self.content = length;
        if let (true, Some(message)) = (done, now) {
            if !matches!(message.end, BodyEnd::Length(_)) {
                self.header(p);
            }
            self.done(p + 1, read + 1, message);
            self.tell(p + 1);
        }
    }

    fn header(&mut self, p: usize) {
        if let Some(header) = self.tale.header.get_mut(p) {
            *header = true;
        }
    }

    /// The head is whole: which rule tells where the body ends, and which one should.
    fn rule(&mut self, p: usize, message: &Message, policy: Policy) {
        self.parts.push(("head", [self.tale.found.len() as u64 + 1, message.status.into()]));
        let head = self.tale.stream.get(self.start..p).unwrap_or(&[]).to_ascii_lowercase();
        let rule = number(message, &head);
        let wanted = match message.end {
            BodyEnd::Length(n) => n,
            _ => 0,
        };
        self.parts.push(("rule", [rule, 0]));
        if wanted > 0 {
            self.parts.push(("wants", [wanted, 0]));
        }
        if policy == Policy::TrustsLength {
            let methods = self.methods.get(self.answered..).unwrap_or(&[]);
            let mut right = ask(Side::Responses, Policy::Rfc, SOME, methods);
            if let Ok((_, done)) = right.step(self.tale.stream.get(self.start..p).unwrap_or(&[])) {
                let should = right.begun().or(done.as_ref()).map_or(rule, |m| number(m, &head));
                if should != rule {
                    self.parts.push(("should", [should, 0]));
                }
            }
        }
    }

    /// A message is handed over.
    fn done(&mut self, end: usize, read: usize, message: &Message) {
        let body = self.body.unwrap_or(end);
        let own = self.tale.writes.iter().copied().find(|w| *w > self.start).unwrap_or(end);
        let foreign = own.clamp(body, end.max(body));
        let head = self.tale.stream.get(self.start..body).unwrap_or(&[]).to_ascii_lowercase();
        let http = Some((message.status, number(message, &head)));
        let count = self.tale.found.len() as u64 + 1;
        self.parts.push(("done", [count, message.body.len() as u64]));
        if foreign < end {
            self.parts.push(("eaten", [(end - foreign) as u64, 0]));
            self.text = String::from_utf8_lossy(self.tale.stream.get(foreign..end).unwrap_or(&[])).into_owned();
        }
        let step = self.tale.steps.len();
        let content = message.body.clone();
        let (all, body) = ((self.start, end), (body, end));
        self.tale.found.push(Found { all, body, step, read, content, http, foreign });
        self.answered += usize::from(!(100..200).contains(&message.status));
        (self.start, self.line, self.body, self.content) = (end, end, None, 0);
    }

    /// A read is over.
    fn pause(&mut self, to: usize, begun: Option<&Message>) {
        let told = self.tale.steps.last().map_or(0, |s| s.read);
        if to == told {
            return;
        }
        self.parts.push(match (begun, self.body) {
            (Some(m), Some(_)) => {
                let wanted = match m.end {
                    BodyEnd::Length(n) => n,
                    _ => 0,
                };
                (if wanted > 0 { "counted" } else { "body" }, [m.body.len() as u64, wanted])
            }
            _ => ("halfline", [(to - self.line) as u64, 0]),
        });
        self.tell(to);
    }

    fn fails(&mut self, p: usize, error: HttpError) {
        self.tale.error = error.to_string();
        self.tale.failed = Some(self.tale.steps.len());
        let bytes = self.tale.stream.get(self.start..p + 1).unwrap_or(&[]);
        let line = bytes.split(|b| matches!(b, b'\r' | b'\n')).next().unwrap_or(&[]);
        self.text = String::from_utf8_lossy(line).into_owned();
        self.parts.push((if error == HttpError::BadHead { "badhead" } else { "broken" }, [0, 0]));
        self.tell(p + 1);
    }

    fn tell(&mut self, read: usize) {
        let held = read - self.start.min(read);
        let parts = core::mem::take(&mut self.parts);
        self.tale.step(read, read, held, &parts);
        if let Some(step) = self.tale.steps.last_mut() {
            step.text = core::mem::take(&mut self.text);
        }
    }
}

/// The rule of RFC 9112, 6.3.
fn number(message: &Message, head: &[u8]) -> u64 {
    let coded = head.windows(19).any(|w| w == b"\ntransfer-encoding:");
    match message.end {
        BodyEnd::NoBody => 1,
        BodyEnd::Tunnel if matches!(message.status, 101 | 204) => 1,
        BodyEnd::Tunnel => 2,
        BodyEnd::Chunked | BodyEnd::Close if coded && message.both_lengths => 3,
        BodyEnd::Chunked => 4,
        BodyEnd::Close if coded => 4,
        BodyEnd::Length(_) => 6,
        BodyEnd::Close => 8,
    }
}
