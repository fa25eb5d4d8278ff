//! The picture as a table, for those who do not see it: one row a packet, call, state or wait, in order of time.

use alloc::string::String;
use alloc::vec::Vec;

use netsim::tcp::segment::Endpoint;
use netsim::trace::{CallName, Limit, What};
use netsim::view::tcpdump::{address, mac};

use crate::code::Wait;
use crate::facts::{Called, Note};
use crate::story::Story;
use crate::svg::decimal;
use crate::wait::Waiting;
use crate::words::{self, Gaps, Lang, fill};
use crate::{Frame, Kind, Packet};

/// A row.
#[derive(Debug)]
pub struct Row {
    /// When it began, µs.
    pub from: u64,
    /// When it was over.
    pub to: u64,
    /// Who, by place in [`Story::rails`].
    pub host: usize,
    /// `packet`, `call`, `state`, `wait` or `note`.
    pub kind: &'static str,
    /// What; of a packet as on its arrow, and what became of it.
    pub words: String,
    /// Of a packet its place in the run, as `data-packet` of the drawing has it, and its glyph; of a state its connection,
    /// from 1, and its name.
    pub of: Option<(usize, &'static str)>,
}

/// All rows of what is shown.
pub fn rows(story: &Story, frame: Frame) -> Vec<Row> {
    let lang = frame.lang;
    let mut rows: Vec<Row> = Vec::new();
    let mut push = |from: u64, to: u64, host, kind, words, of| {
        if to >= frame.from && from <= frame.to {
            let from = from.max(frame.from);
            let place = rows.partition_point(|r| r.from <= from);
            rows.insert(place, Row { from, to: to.min(frame.to), host, kind, words, of });
        }
    };
    for (place, p) in story.packets.iter().enumerate() {
        push(p.at, p.to, p.host, "packet", packet(story, p, lang), Some((place, p.glyph())));
    }
    for c in story.calls.iter().filter(|c| c.fact.call != CallName::Ss) {
        let mut words = call(story, c, false);
        if let Some(Err(e)) = c.fact.result {
            words.push_str(" = ");
            words.push_str(e.name());
        }
        if c.to > c.from {
            fill(&mut words, lang, lang.pick(words::BLOCKED), &Gaps { time: c.to - c.from, ..Gaps::default() });
        }
        push(c.from, c.to, c.host, "call", words, None);
    }
    for s in &story.states {
        let mut words = String::from(lang.pick(words::STATE));
        words.push_str(s.name);
        push(s.from, s.to, s.host, "state", words, Some((s.conn + 1, s.name)));
    }
    for n in &story.notes {
        if let Some(words) = note(n, story, lang) {
            // A run that was stopped was going to go on.
            let at = if matches!(n.what, What::Stopped { .. }) { n.at.min(story.last()) } else { n.at };
            push(at, at, n.host, "note", words, None);
        }
    }
    for w in &story.waits {
        push(w.from, w.to, w.host, "wait", w.words(lang, false), None);
    }
    rows
}

/// What a packet says and what became of it.
pub fn packet(story: &Story, p: &Packet, lang: Lang) -> String {
    let mut out = String::new();
    if let Some(name) = story.conns.get(p.conn).filter(|_| story.conns.len() > 1).and_then(|c| c.name.as_deref()) {
        out.push_str(name);
        out.push_str(": ");
    }
    let comma = lang.pick(words::COMMA);
    match p.kind {
        Kind::Icmp | Kind::Arp => out.push_str(&p.said()),
        _ => {
            let mut label = String::new();
            p.label(&mut label, lang.pick(words::PROBE), false);
            out.push_str(&label);
        }
    }
    if !p.writes.is_empty() {
        out.push_str(" (");
        out.push_str(&story.names(&p.writes));
        out.push(')');
    }
    for (is, word) in [(p.again, words::AGAIN), (p.is_lost(), words::LOST)] {
        if is {
            out.push_str(comma);
            out.push_str(lang.pick(word));
        }
    }
    if let Some(why) = refused(p, lang) {
        out.push_str(comma);
        out.push_str(&why);
    }
    out
}

/// What else happened, if it is news.
pub fn note(note: &Note, story: &Story, lang: Lang) -> Option<String> {
    let mut out = String::new();
    let mut say = |both, numbers, addr| {
        fill(&mut out, lang, lang.pick(both), &Gaps { numbers, letters: [addr, ""], ..Gaps::default() });
    };
    match note.what {
        What::Neighbour { addr, state, mac: known } => {
            say(words::NEIGHBOUR, [0; 2], &address(*addr));
            out.push(' ');
            if let Some(known) = known {
                out.push_str(&mac(*known));
                out.push(' ');
            }
            out.push_str(state.name());
        }
        What::Unreached { to } => say(words::UNREACHED, [0; 2], &address(*to)),
        What::PathMtu { to, mtu } => say(words::PATH_MTU, [u64::from(*mtu), 0], &address(*to)),
        What::ReassemblyFailed => say(words::REASSEMBLY, [0; 2], ""),
        What::Tracked { entry, gone } => {
            say(if *gone { words::FORGOTTEN } else { words::TRACKED }, [0; 2], "");
            flow(&mut out, entry.original);
            if !*gone && entry.reply != (entry.original.1, entry.original.0) {
                out.push_str(lang.pick(words::ANSWERS));
                flow(&mut out, entry.reply);
            }
        }
        What::Stopped { limit } => {
            let both = match limit {
                Limit::Time => words::STOPPED_TIME,
                Limit::Events => words::STOPPED_EVENTS,
                Limit::Memory => words::STOPPED_MEMORY,
            };
            fill(
                &mut out,
                lang,
                lang.pick(both),
                &Gaps { time: note.at.saturating_sub(story.zero), ..Gaps::default() },
            );
        }
        _ => return None,
    }
    Some(out)
}

fn flow(out: &mut String, (from, to): (Endpoint, Endpoint)) {
    for (i, end) in [from, to].into_iter().enumerate() {
        out.push_str(if i > 0 { " > " } else { "" });
        out.push_str(&address(end.addr));
        out.push(':');
        decimal(out, end.port.into(), 0);
    }
}

/// Why the receiver did nothing with it, if that is news.
pub fn refused(p: &Packet, lang: Lang) -> Option<String> {
    let why = p.refused.filter(|_| p.kind != Kind::Probe)?.name();
    let mut out = String::from(lang.pick(words::REFUSED));
    for (i, c) in why.char_indices() {
        if c.is_ascii_uppercase() && i > 0 {
            out.push(' ');
        }
        out.push(c.to_ascii_lowercase());
    }
    Some(out)
}

/// A call as a program would write it, with what it returned where that is a number of bytes.
pub fn call(story: &Story, c: &Called, brief: bool) -> String {
    let f = c.fact;
    let mut out = String::new();
    let named = f.sock.as_deref().filter(|_| story.conns.len() > 1);
    let bytes = match f.result {
        Some(Ok(n)) if matches!(f.call, CallName::Recv | CallName::RecvFrom | CallName::Arping) => Some(n),
        _ => None,
    };
    if brief && (bytes.is_some() || c.write.is_some()) {
        if let Some(name) = named {
            out.push_str(name);
            out.push(' ');
        }
        match c.write {
            Some(w) => story.letter(&mut out, w),
            None if f.call == CallName::Arping => out.push_str("arping"),
            None => out.push_str("recv"),
        }
        out.push(' ');
        decimal(&mut out, bytes.or(f.n.map(|n| n as i64)).unwrap_or(0), 0);
        return out;
    }
    out.push_str(if f.call == CallName::Sendv { "sendmsg" } else { f.call.name() });
    if f.call == CallName::Exit {
        return out;
    }
    out.push('(');
    let comma = |out: &mut String| {
        if !out.ends_with('(') {
            out.push(',');
        }
    };
    if let Some(name) = named {
        out.push_str(name);
    }
    if let Some(w) = c.write {
        comma(&mut out);
        story.letter(&mut out, w);
    }
    if let (Some(n), false) = (f.n, matches!(f.call, CallName::Recv | CallName::RecvFrom | CallName::Accept)) {
        comma(&mut out);
        decimal(&mut out, n as i64, 0);
    }
    let argument = matches!(f.call, CallName::Shutdown | CallName::Setopt | CallName::Arping);
    if let Some(detail) = f.detail.as_deref().filter(|_| argument) {
        comma(&mut out);
        out.push_str(detail);
    }
    out.push(')');
    if let Some(n) = bytes {
        out.push_str(" = ");
        decimal(&mut out, n, 0);
    }
    out
}

/// What explains a time best: the wait that says most.
fn wait_at<'s>(story: &'s Story, at: u64) -> Option<&'s Waiting> {
    story.waits.iter().filter(|w| w.from <= at && at < w.to).min_by_key(|w| w.code)
}

/// What is going on at a time: the wait that explains it best, if there is one, and a sentence.
pub fn now(story: &Story, at: u64, lang: Lang) -> (Option<Wait>, String) {
    if let Some(w) = wait_at(story, at) {
        return (Some(w.code), w.words(lang, false));
    }
    let mut out = String::from(lang.pick(words::FLYING));
    let mut flying = 0;
    for p in story.packets.iter().filter(|p| p.at <= at && at < p.to) {
        match flying {
            0 => {}
            1 | 2 => out.push_str(lang.pick(words::SEMICOLON)),
            _ => {
                out.push('…');
                break;
            }
        }
        out.push_str(&packet(story, p, lang));
        flying += 1;
    }
    if flying == 0 {
        out = String::from(lang.pick(words::QUIET));
    }
    (None, out)
}

/// The moment that tells most: just after the end of the wait that explains most.
pub fn telling(story: &Story, frame: Frame) -> u64 {
    longest(story, frame).map_or(frame.to, |w| (w.to + story.flight * 2 / 5).min(frame.to))
}

/// The wait that explains most, of those that are not short.
pub fn longest<'s>(story: &'s Story, frame: Frame) -> Option<&'s Waiting> {
    let least = (frame.to.saturating_sub(frame.from) / 20).max(story.flight * 2);
    let counts = |w: &&Waiting| w.from >= frame.from && w.to <= frame.to && w.to - w.from >= least;
    story.waits.iter().filter(counts).min_by_key(|w| (w.code, u64::MAX - (w.to - w.from)))
}
