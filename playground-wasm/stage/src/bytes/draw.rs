//! The drawing: rows of bytes as text and in hexadecimal, below them the lanes.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::Step;
use super::tale::Tale;
use crate::svg::{Anchor, Svg};

/// Room for the names of lanes, px.
const LEFT: usize = 80;
/// Height of the offsets, of a byte, of a lane and its label, between rows.
const TICKS: usize = 16;
const BYTE: usize = 34;
const LANE: usize = 34;
const THICK: usize = 16;
const GAP: usize = 14;

/// Part of the stream in a lane.
#[derive(Clone, Copy)]
struct Bar<'a> {
    lane: usize,
    from: usize,
    to: usize,
    at: usize,
    until: Option<usize>,
    label: &'a str,
    /// A class for all of it, in place of the letters.
    look: &'a str,
    /// No border: a buffer has none.
    open: bool,
}

struct Sheet<'a> {
    out: Svg,
    tale: &'a Tale,
    rows: Vec<[usize; 3]>,
    cell: usize,
    step: usize,
}

pub(super) fn draw(tale: &Tale, names: &[&str], width: usize, step: usize) -> (String, Vec<[usize; 3]>, [usize; 2]) {
    // Short streams may take the room that there is.
    let fits = width.saturating_sub(LEFT + 6) / tale.stream.len().max(1);
    let cell = fits.clamp(if width < 560 { 18 } else { 20 }, 26);
    let per = (width.saturating_sub(LEFT + 6) / cell).max(4);
    let height = TICKS + BYTE + names.len() * LANE + GAP;
    let rows = rows(tale, per, height);
    let tall = rows.len() * height;
    let mut sheet = Sheet { out: Svg::default(), tale, rows, cell, step };
    let numbers = [width, tall, width, tall].map(|n| n as i64);
    sheet.out.put("<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"stage lanes\" width=\"~\" height=\"~\" viewBox=\"0 0 ~ ~\" aria-hidden=\"true\" focusable=\"false\">", &numbers, &[]);
    sheet.ruler(names);
    if tale.http {
        sheet.http();
    } else {
        sheet.lanes();
    }
    sheet.cursor(names.len());
    sheet.out.0.push_str("</svg>");
    (sheet.out.0, sheet.rows, [LEFT, cell])
}

/// As many bytes as there is room for, ending early where something ends.
fn rows(tale: &Tale, per: usize, height: usize) -> Vec<[usize; 3]> {
    let (mut rows, mut from) = (Vec::new(), 0);
    let all = tale.stream.len();
    while from < all || rows.is_empty() {
        let most = (from + per).min(all);
        let to = tale.breaks.iter().copied().filter(|b| *b > from && *b < most).min().unwrap_or(most);
        rows.push([from, to, rows.len() * height]);
        from = to.max(from + 1);
    }
    rows
}

impl Sheet<'_> {
    fn x(&self, row: [usize; 3], byte: usize) -> i64 {
        (LEFT + (byte - row[0]) * self.cell) as i64
    }

    fn letter(&self, byte: usize) -> usize {
        self.tale.writes.iter().filter(|end| **end <= byte).count()
    }

    /// How a byte looks: of which write, header or content.
    fn look(&self, byte: usize) -> (usize, bool) {
        (self.letter(byte), self.tale.header.get(byte).copied().unwrap_or(false))
    }

    fn class(&self, look: (usize, bool)) -> &'static str {
        match look {
            (n, false) if n % 2 == 0 => "cell",
            (_, false) => "cell soft",
            (n, true) if n % 2 == 0 => "cell hd",
            (_, true) => "cell hd soft",
        }
    }

    /// Offsets, bytes, names of lanes.
    fn ruler(&mut self, names: &[&str]) {
        for row in self.rows.clone() {
            let [from, to, top] = row;
            for (i, name) in names.iter().enumerate() {
                let y = top + TICKS + BYTE + i * LANE + THICK - 3;
                self.out.text(0, y as i64 * 10, "lane", Anchor::Start, name);
            }
            for byte in from..to {
                let x = self.x(row, byte);
                let y = (top + TICKS) as i64;
                let middle = x * 10 + self.cell as i64 * 5;
                if byte % 10 == 0 || byte == from {
                    self.out.text(x * 10 + 10, y * 10 - 35, "tick", Anchor::Start, &byte.to_string());
                }
                let value = self.tale.stream.get(byte).copied().unwrap_or(0);
                let class = self.class(self.look(byte));
                let box_ = [x, y, self.cell as i64, BYTE as i64 - 6];
                self.out.put("<g class=\"@\"><rect x=\"~\" y=\"~\" width=\"~\" height=\"~\"/>", &box_, &[class]);
                self.out.text(middle, y * 10 + 125, "by", Anchor::Middle, &shown(value));
                self.out.text(middle, y * 10 + 240, "hx", Anchor::Middle, &netsim::framing::spelling::hex(&[value]));
                self.out.0.push_str("</g>");
            }
        }
    }

    /// The first step by which so much has arrived, or was read.
    fn since(&self, read: bool, place: usize) -> usize {
        let enough = |s: &Step| if read { s.read >= place } else { s.arrived >= place };
        self.tale.steps.iter().position(enough).unwrap_or(usize::MAX)
    }

    fn lanes(&mut self) {
        let tale = self.tale;
        let plain = Bar { lane: 0, from: 0, to: 0, at: 0, until: None, label: "", look: "", open: false };
        let mut from = 0;
        for (i, to) in tale.writes.iter().copied().enumerate() {
            let label = letter(i);
            self.put(&Bar { from, to, label: &label, ..plain });
            from = to;
        }
        from = 0;
        for (i, to) in tale.segments.iter().copied().enumerate() {
            let (at, label) = (self.since(false, to), (i + 1).to_string());
            self.put(&Bar { lane: 1, from, to, at, label: &label, ..plain });
            // In the buffer until a read takes it.
            let mut part = from;
            for (k, (begin, end, lost)) in tale.reads.iter().copied().enumerate() {
                let upto = to.min(lost);
                if part < upto && begin < to && lost > part {
                    let until = Some(self.read_step(k, end));
                    self.put(&Bar { lane: 2, from: part, to: upto, at, until, open: true, ..plain });
                    part = upto;
                }
            }
            if part < to {
                self.put(&Bar { lane: 2, from: part, to, at, open: true, ..plain });
            }
            from = to;
        }
        for (k, (from, to, lost)) in tale.reads.iter().copied().enumerate() {
            let (at, label) = (self.read_step(k, to), (k + 1).to_string());
            self.put(&Bar { lane: 3, from, to, at, label: &label, ..plain });
            if lost > to {
                self.put(&Bar { lane: 3, from: to, to: lost, at, label: "×", look: "bad", ..plain });
            }
        }
        self.found(4);
    }

    /// The step of a read: reads and what arrives take turns.
    fn read_step(&self, k: usize, to: usize) -> usize {
        let is = |s: &Step| s.parts.iter().any(|p| matches!(p.0, "read" | "recvfrom") && p.1[0] == k as u64 + 1);
        self.tale.steps.iter().position(is).unwrap_or_else(|| self.since(true, to.max(1)))
    }

    fn http(&mut self) {
        let tale = self.tale;
        let plain = Bar { lane: 0, from: 0, to: 0, at: 0, until: None, label: "", look: "", open: false };
        let mut from = 0;
        for (i, to) in tale.writes.iter().copied().enumerate() {
            let label = letter(i);
            self.put(&Bar { from, to, label: &label, ..plain });
            from = to;
        }
        for (k, (from, to, _)) in tale.reads.iter().copied().enumerate() {
            let (at, label) = (self.since(true, from + 1), (k + 1).to_string());
            self.put(&Bar { lane: 1, from, to, at, label: &label, ..plain });
        }
        self.found(2);
    }

    /// What the reader made of it, what it keeps, where it failed.
    fn found(&mut self, lane: usize) {
        let tale = self.tale;
        let plain = Bar { lane, from: 0, to: 0, at: 0, until: None, label: "", look: "", open: false };
        for (i, f) in tale.found.iter().enumerate() {
            let label = (i + 1).to_string();
            let own = f.foreign.min(f.all.1);
            self.put(&Bar { from: f.all.0, to: own, at: f.step, label: &label, ..plain });
            self.put(&Bar { from: own, to: f.all.1, at: f.step, label: "×", look: "bad", ..plain });
        }
        for (at, step) in tale.steps.iter().enumerate() {
            let (from, to) = step.held;
            if tale.failed == Some(at) {
                self.put(&Bar { from, to, at, label: "×", look: "bad", ..plain });
            } else if at == 0 || tale.steps.get(at - 1).is_some_and(|before| before.held != step.held) {
                let later = tale.steps.iter().skip(at).position(|other| other.held != step.held).map(|n| n + at);
                self.put(&Bar { from, to, at, until: later, label: "…", look: "held", ..plain });
            }
        }
    }

    /// A box, cut where rows end, coloured by what its bytes are.
    fn put(&mut self, b: &Bar) {
        if b.from >= b.to {
            return;
        }
        let future = if b.at > self.step { " future" } else { "" };
        let past = if b.until.is_some_and(|u| u <= self.step) { " past" } else { "" };
        let at = b.at.min(9_999) as i64;
        let kind = if b.open {
            " open"
        } else if b.look == "held" {
            " keep"
        } else {
            ""
        };
        self.out.put("<g class=\"bx@@@\" data-at=\"~\"", &[at], &[kind, future, past]);
        if let Some(until) = b.until {
            self.out.put(" data-until=\"~\"", &[until as i64], &[]);
        }
        self.out.0.push('>');
        for row in self.rows.clone() {
            let (from, to) = (b.from.max(row[0]), b.to.min(row[1]));
            if from < to {
                self.part(b, row, from, to);
            }
        }
        self.out.0.push_str("</g>");
    }

    fn part(&mut self, b: &Bar, row: [usize; 3], from: usize, to: usize) {
        let y = (row[2] + TICKS + BYTE + b.lane * LANE) as i64;
        let (x, wide) = (self.x(row, from), ((to - from) * self.cell) as i64);
        if b.look.is_empty() {
            let mut start = from;
            while start < to {
                let look = self.look(start);
                let end = (start..to).find(|p| self.look(*p) != look).unwrap_or(to);
                let (x, wide) = (self.x(row, start), ((end - start) * self.cell) as i64);
                let class = self.class(look);
                self.out.put(
                    "<g class=\"@\"><rect x=\"~\" y=\"~\" width=\"~\" height=\"~\"/>",
                    &[x, y, wide, THICK as i64],
                    &[class],
                );
                let name = if look.1 { String::new() } else { letter(look.0) };
                self.out.text(x * 10 + wide * 5, y * 10 + 120, "by", Anchor::Middle, &name);
                self.out.0.push_str("</g>");
                start = end;
            }
        } else {
            self.out.put(
                "<rect class=\"@\" x=\"~\" y=\"~\" width=\"~\" height=\"~\"/>",
                &[x, y, wide, THICK as i64],
                &[b.look],
            );
        }
        if !b.open {
            self.out.put(
                "<rect class=\"edge@\" x=\"~\" y=\"~\" width=\"~\" height=\"~\"/>",
                &[x, y, wide, THICK as i64],
                &[if b.look == "bad" { " bad" } else { "" }],
            );
        }
        if !b.label.is_empty() {
            let mut label = String::from(b.label);
            if wide > 54 {
                label.push_str(" · ");
                label.push_str(&(b.to - b.from).to_string());
                label.push_str(" B");
            }
            let class = if b.look == "bad" { "tick pen" } else { "tick" };
            self.out.text(x * 10 + 10, y * 10 + 265, class, Anchor::Start, &label);
        }
    }

    /// Where the reader stands, at the height of its row.
    fn cursor(&mut self, lanes: usize) {
        let read = self.tale.steps.get(self.step).map_or(0, |s| s.read);
        let row = self.rows.iter().copied().find(|r| r[1] >= read).unwrap_or([0, 0, 0]);
        let (x, y) = (self.x(row, read.max(row[0])), row[2] as i64);
        let tall = (TICKS + BYTE + lanes * LANE) as i64 - 12;
        self.out.put("<g class=\"cursor\" transform=\"translate(~ ~)\"><path class=\"ln\" d=\"M0 8V~\"/><path class=\"ink\" d=\"M-5 2H5L0 10Z\"/></g>", &[x, y, tall], &[]);
    }
}

/// A, B … Z, then A1, B1 …
fn letter(i: usize) -> String {
    let mut name = String::from(char::from(b'A' + (i % 26) as u8));
    if i >= 26 {
        name.push_str(&(i / 26).to_string());
    }
    name
}

/// A byte as text.
fn shown(byte: u8) -> String {
    match byte {
        b'\n' => String::from("\\n"),
        b'\r' => String::from("\\r"),
        b'\t' => String::from("\\t"),
        b' ' => String::from("·"),
        0x21..=0x7e => String::from(char::from(byte)),
        _ => String::new(),
    }
}
