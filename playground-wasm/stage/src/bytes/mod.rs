//! A stream on its way from the writes of one program to the messages of another: five lanes over one ruler of bytes, and
//! the same in steps. A step is told in parts, each a code and numbers; their words are the affair of the page.
//!
//! What appears in a step has its number as `data-at`, what a read takes away as `data-until`: who plays sets and takes away
//! the classes `future` and `past`, and moves `g.cursor` to the step's place. Nothing is drawn anew.

mod draw;
mod http;
mod tale;

use alloc::string::String;
use alloc::vec::Vec;

use netsim::framing::question::{Protocol, Question};

use crate::svg::Svg;

/// Bytes that a picture has room for.
pub const MOST: usize = 2_048;

/// A drawn stream.
#[derive(Debug)]
pub struct Lanes {
    /// The drawing; it uses the classes of `stage.css`.
    pub svg: String,
    /// Rows of the ruler: first byte, the one behind the last, height in px.
    pub rows: Vec<[usize; 3]>,
    /// Where bytes begin, and how wide one is, px.
    pub scale: [usize; 2],
    /// What happens.
    pub steps: Vec<Step>,
    /// What the reader handed over.
    pub found: Vec<Found>,
    /// Ends of writes.
    pub writes: Vec<usize>,
    /// Ends of segments.
    pub segments: Vec<usize>,
    /// Why reading stopped, in the words of the engine.
    pub error: String,
}

/// What happens at once.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Step {
    /// What, in parts: a code and its numbers.
    pub parts: Vec<(&'static str, [u64; 2])>,
    /// Text of the stream that belongs to it.
    pub text: String,
    /// How much of the stream has arrived.
    pub arrived: usize,
    /// How much of it was read.
    pub read: usize,
    /// What the reader keeps for later.
    pub held: (usize, usize),
    /// Messages handed over so far.
    pub messages: usize,
}

/// A message that the reader made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its place in the stream: of all of it, and of what is handed over.
    pub all: (usize, usize),
    /// Where its content is; chunks lie in between.
    pub body: (usize, usize),
    /// The step that hands it over.
    pub step: usize,
    /// The read that completed it, from 1.
    pub read: usize,
    /// Its content.
    pub content: Vec<u8>,
    /// Status and the rule of RFC 9112, 6.3 that ended it, of HTTP responses.
    pub http: Option<(u16, u64)>,
    /// From here on its content belongs to the next one.
    pub foreign: usize,
}

/// Draws a question: names of its lanes, width in px, and the step that is shown; by default the last.
pub fn lanes(question: &Question, names: &[&str], width: usize, at: Option<usize>) -> Option<Lanes> {
    let tale = match &question.protocol {
        Protocol::Http { side, policy, methods } => Some(http::tale(question, (*side, *policy), methods)),
        Protocol::Frames(..) => tale::tale(question),
    };
    let tale = tale.filter(|tale| tale.stream.len() <= MOST)?;
    let step = at.unwrap_or(usize::MAX).min(tale.steps.len().saturating_sub(1));
    let (svg, rows, scale) = draw::draw(&tale, names, width, step);
    let tale::Tale { steps, found, writes, segments, error, .. } = tale;
    Some(Lanes { svg, rows, scale, steps, found, writes, segments, error })
}

impl Lanes {
    /// As JSON: `svg`, `scale`, `rows`, `writes`, `segments`, `error`, `steps` [parts, text, arrived, read, held from, to,
    /// messages], `found` [from, to, step, read, content in hexadecimal, status, rule, first byte that is not its own].
    pub fn json(&self) -> String {
        let mut out = Svg::default();
        let n = |n: usize| n as i64;
        out.put("{\"svg\":|,\"error\":|,\"scale\":[~,~]", &self.scale.map(n), &[&self.svg, &self.error]);
        let mut list = |name: &str, length: usize, one: &dyn Fn(&mut Svg, usize)| {
            out.put(",|:[", &[], &[name]);
            for i in 0..length {
                out.0.push_str(if i > 0 { "," } else { "" });
                one(&mut out, i);
            }
            out.0.push(']');
        };
        list("rows", self.rows.len(), &|out, i| {
            let Some(row) = self.rows.get(i) else { return };
            out.put("[~,~,~]", &row.map(n), &[]);
        });
        for (name, ends) in [("writes", &self.writes), ("segments", &self.segments)] {
            list(name, ends.len(), &|out, i| out.put("~", &[n(ends.get(i).copied().unwrap_or(0))], &[]));
        }
        list("steps", self.steps.len(), &|out, i| {
            let Some(s) = self.steps.get(i) else { return };
            out.0.push_str("[[");
            for (i, (code, [a, b])) in s.parts.iter().enumerate() {
                out.put(if i > 0 { ",[|,~,~]" } else { "[|,~,~]" }, &[*a as i64, *b as i64], &[code]);
            }
            let numbers = [s.arrived, s.read, s.held.0, s.held.1, s.messages].map(n);
            out.put("],|,~,~,~,~,~]", &numbers, &[&s.text]);
        });
        list("found", self.found.len(), &|out, i| {
            let Some(f) = self.found.get(i) else { return };
            let (status, rule) = f.http.unwrap_or_default();
            let numbers = [f.all.0, f.all.1, f.step, f.read, status.into(), rule as usize, f.foreign].map(n);
            let hex = netsim::framing::spelling::hex(&f.content);
            let (place, rest) = numbers.split_at(4);
            out.put("[~,~,~,~,|", place, &[&hex]);
            out.put(",~,~,~]", rest, &[]);
        });
        out.0.push('}');
        out.0
    }
}
