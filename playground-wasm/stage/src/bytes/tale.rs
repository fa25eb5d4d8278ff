//! What happens to a stream that a codec reads: segments arrive, a program reads, a decoder hands over what is whole.

use alloc::string::String;
use alloc::vec::Vec;

use netsim::framing::question::{Protocol, Question};
use netsim::framing::reader::{self, Handler};
use netsim::framing::{Codec, Decoder};

use super::{Found, Step};

/// The longest message that a writer is thought to mean.
const SOME: usize = 1 << 30;

/// A stream, and all that happens to it.
#[derive(Default)]
pub(super) struct Tale {
    pub(super) stream: Vec<u8>,
    /// Ends of writes.
    pub(super) writes: Vec<usize>,
    /// Which bytes are neither content at the writer nor at the reader: lengths, delimiters, heads.
    pub(super) header: Vec<bool>,
    /// Ends of segments.
    pub(super) segments: Vec<usize>,
    /// What each read takes, and where the bytes end that are lost behind it.
    pub(super) reads: Vec<(usize, usize, usize)>,
    pub(super) steps: Vec<Step>,
    pub(super) found: Vec<Found>,
    pub(super) error: String,
    /// The step in which reading fails.
    pub(super) failed: Option<usize>,
    /// A row ends here, if it can.
    pub(super) breaks: Vec<usize>,
    pub(super) datagrams: bool,
    pub(super) http: bool,
}

impl Tale {
    /// The stream of a question, before anything is read.
    pub(super) fn new(question: &Question) -> Tale {
        let stream = question.pieces.concat();
        let pieces = ends(question.pieces.iter().map(Vec::len));
        let segments = if question.segments.is_empty() { pieces } else { ends(question.segments.iter().copied()) };
        let header = stream.iter().map(|_| false).collect();
        let writes = ends(question.writes.iter().copied());
        Tale { stream, writes, header, segments, ..Tale::default() }
    }

    pub(super) fn step(&mut self, read: usize, arrived: usize, held: usize, parts: &[(&'static str, [u64; 2])]) {
        let messages = self.found.len();
        let parts = parts.to_vec();
        let mut held = (read - held.min(read), read);
        // A datagram is never continued: what is left of one stays.
        if let Some(before) = self.steps.last().filter(|_| self.datagrams && held.0 == held.1) {
            held = before.held;
        }
        self.steps.push(Step { parts, text: String::new(), arrived, read, held, messages });
    }

    /// How many writes are in a part of the stream, and whether it is exactly one.
    pub(super) fn inside(&self, from: usize, to: usize) -> (u64, bool) {
        let mut start = 0;
        let (mut count, mut exact) = (0, false);
        for end in &self.writes {
            count += u64::from(start < to && from < *end);
            exact |= (start, *end) == (from, to);
            start = *end;
        }
        (count, exact)
    }
}

/// Running sums.
fn ends(lengths: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut sum = 0;
    let mut ends: Vec<usize> = lengths
        .map(|n| {
            sum += n;
            sum
        })
        .collect();
    ends.dedup();
    ends.retain(|end| *end > 0);
    ends
}

/// `None` for HTTP.
pub(super) fn tale(question: &Question) -> Option<Tale> {
    let Protocol::Frames(codec, handler) = &question.protocol else { return None };
    let mut tale = Tale::new(question);
    let answer = question.answer();
    let framed = tale.written(question, codec);
    if framed {
        tale.mark(codec);
    }
    tale.datagrams = question.udp.is_some();
    let mut at = 0;
    let mut delivered = Vec::new();
    for (i, piece) in question.pieces.iter().enumerate() {
        let end = at + piece.len();
        match answer.datagrams.get(i) {
            Some((None, ..)) => {}
            Some((Some(kept), lost, _)) => delivered.push((i, at, at + kept, at + kept + lost)),
            None => delivered.push((i, at, end, end)),
        }
        if tale.datagrams {
            tale.breaks.push(end);
        }
        at = end;
    }
    tale.reads = delivered.iter().map(|d| (d.1, d.2, d.3)).collect();
    tale.step(0, 0, 0, &[("start", [tale.writes.len() as u64, at as u64])]);
    let (mut arrived, mut base) = (0, 0);
    for (k, (piece, from, to, end)) in delivered.iter().copied().enumerate() {
        if arrived < end {
            let before = arrived;
            arrived = tale.segments.iter().copied().find(|s| *s >= end).unwrap_or(end);
            let count = tale.segments.iter().filter(|s| **s > before && **s <= arrived).count();
            let waits = (arrived - from) as u64;
            let read = tale.steps.last().map_or(0, |s| s.read);
            let held = if tale.datagrams { 0 } else { tale.steps.last().map_or(0, |s| s.held.1 - s.held.0) };
            let code = if tale.datagrams { "datagram" } else { "arrive" };
            tale.step(read, arrived, held, &[(code, [count as u64, waits])]);
        }
        // A datagram begins anew, and so does who takes every read for a message.
        if tale.datagrams || *handler == Handler::Naive {
            base = from;
        }
        let mut parts =
            Vec::from([(if tale.datagrams { "recvfrom" } else { "read" }, [k as u64 + 1, (to - from) as u64])]);
        if end > to {
            parts.push(("lost", [(end - to) as u64, 0]));
        }
        let first = tale.found.len();
        let step = tale.steps.len();
        for told in answer.messages.iter().filter(|m| m.read == piece) {
            let content = netsim::framing::spelling::unhex(&told.hex).unwrap_or_default();
            let start = if tale.datagrams { from } else { 0 };
            let until = start + told.end.unwrap_or(0);
            let body = match codec {
                Codec::Delimiter(_) => (base, base + content.len()),
                _ => (until - content.len().min(until), until),
            };
            let (all, foreign) = ((base, until), until);
            tale.found.push(Found { all, body, step, read: k + 1, content, http: None, foreign });
            base = until;
        }
        let failed = answer.error.as_ref().filter(|e| e.read == piece);
        let (held, wanted) = answer.waits.get(k).copied().unwrap_or_default();
        told(&mut parts, &tale, first);
        let last = k + 1 == delivered.len();
        if let Some(failed) = failed {
            parts.push(match failed.lengths {
                Some((length, limit)) if matches!(codec, Codec::Delimiter(_)) => ("endless", [length, limit as u64]),
                Some((length, limit)) => ("toolong", [length, limit as u64]),
                None => ("broken", [0, 0]),
            });
            tale.error.clone_from(&failed.what);
            tale.failed = Some(step);
        } else if held > 0 {
            let whole = waiting(&tale.stream, to - held.min(to), to, codec, question.limit);
            let code = if whole > 0 { "whole" } else { "held" };
            parts.push((code, [held as u64, whole]));
            match (whole, wanted, codec) {
                (0, Some(n), _) => {
                    let all = n + if *codec == Codec::Varint { varint(n) } else { prefix(codec) };
                    parts.push(("missing", [all.saturating_sub(held) as u64, all as u64]));
                }
                (0, None, Codec::Length(..)) => parts.push(("header", [held as u64, prefix(codec) as u64])),
                _ => {}
            }
            if last || tale.datagrams {
                parts.push(("forever", [held as u64, 0]));
            }
        }
        tale.step(to, arrived, if failed.is_some() { to - base.min(to) } else { held }, &parts);
        if failed.is_some() && !tale.datagrams {
            break;
        }
    }
    Some(tale)
}

/// What a read brought.
fn told(parts: &mut Vec<(&'static str, [u64; 2])>, tale: &Tale, first: usize) {
    let new = tale.found.get(first..).unwrap_or(&[]);
    match new {
        [] => parts.push(("none", [0, 0])),
        [_] => parts.push(("one", [first as u64 + 1, 0])),
        _ => parts.push(("many", [first as u64 + 1, tale.found.len() as u64])),
    }
    // What was handed over is not what was written.
    if let Some(wrong) = new.iter().map(|f| tale.inside(f.all.0, f.all.1)).find(|(_, exact)| !exact) {
        parts.push((if wrong.0 > 1 { "mixed" } else { "partial" }, [wrong.0, 0]));
    }
}

/// Messages that are whole already in what is kept.
fn waiting(stream: &[u8], from: usize, to: usize, codec: &Codec, limit: usize) -> u64 {
    let mut count = 0;
    let kept = stream.get(from..to).unwrap_or(&[]);
    // What fails later has still given what came before.
    let _ = Decoder::new(codec.clone(), limit).push(kept, |_| count += 1);
    count
}

/// Bytes of a length field.
fn prefix(codec: &Codec) -> usize {
    match codec {
        Codec::Length(width, _) => width.bytes(),
        _ => 0,
    }
}

/// Bytes of a length in base 128.
fn varint(n: usize) -> usize {
    (usize::BITS - n.leading_zeros()).div_ceil(7).max(1) as usize
}

impl Tale {
    /// Where writes end, if nobody said; whether they are framed as the codec wants them.
    fn written(&mut self, question: &Question, codec: &Codec) -> bool {
        let all = self.stream.len();
        if !self.writes.is_empty() {
            return true;
        }
        if question.udp.is_some() || matches!(codec, Codec::None) {
            self.writes.clone_from(&self.segments);
            return true;
        }
        let seen = reader::read(&[&self.stream], codec, SOME, Handler::Loop);
        self.writes = seen.ends;
        self.writes.retain(|end| *end > 0);
        self.writes.dedup();
        if self.writes.last().copied().unwrap_or(0) < all {
            self.writes.push(all);
        }
        seen.error.is_none()
    }

    /// Marks lengths and delimiters of the writes.
    fn mark(&mut self, codec: &Codec) {
        let mut start = 0;
        for end in &self.writes {
            let write = self.stream.get(start..*end).unwrap_or(&[]);
            let (from, count) = match codec {
                Codec::Length(..) => (start, prefix(codec)),
                Codec::Varint => (start, write.iter().take_while(|b| **b & 0x80 != 0).count() + 1),
                Codec::Delimiter(mark) if write.ends_with(mark) => (end - mark.len(), mark.len()),
                Codec::Delimiter(_) | Codec::None | Codec::Fixed(_) => (start, 0),
            };
            self.header.iter_mut().skip(from).take(count.min(end - from)).for_each(|h| *h = true);
            start = *end;
        }
    }
}
