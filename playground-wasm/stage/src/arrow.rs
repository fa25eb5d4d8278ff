//! Packets as arrows: colour, glyph and line, any one of which is enough. Each is drawn along a straight line from left
//! to right and then turned, so that its shape needs no angles.

use alloc::string::String;
use alloc::vec::Vec;

use crate::draw::Drawing;
use crate::facts::add;
use crate::packet::{Kind, Packet};
use crate::rows;
use crate::svg::{Anchor, decimal, width};
use crate::words;

/// Packets that leave and arrive closer than this share their words.
const BUNDLE: i64 = 30;
/// Most cells on an arrow; of more writes it shows the first and the last.
const CELLS: usize = 4;
/// Width of a cell.
const CELL: i64 = 210;

/// Room that words and glyph take along an arrow: middle, half their width, rise in thousandths.
struct Taken {
    x: i64,
    y: i64,
    half: i64,
    rise: i64,
    top: i64,
}

/// Packets whose words stand on one arrow.
struct Bundle {
    /// The first, by place.
    first: usize,
    /// How many.
    count: u64,
    /// Bytes of the largest, and whether all are as large.
    len: u32,
    even: bool,
    writes: Vec<usize>,
    last: usize,
}

impl Drawing<'_> {
    /// All packets that are shown.
    pub fn packets(&mut self) {
        let story = self.story;
        let bundles = self.bundles();
        let mut taken: Vec<Taken> = Vec::new();
        // Nothing may cover the place where a packet died.
        for p in story.packets.iter().filter(|p| p.is_lost() && self.shows(p.at, p.to)) {
            let ([from, to], y) = (p.ends.map(|end| self.rail(end)), self.y(p.at));
            let (x, y) = (from + (to - from) * 62 / 100, y + (self.y(p.to) - y) * 62 / 100);
            taken.push(Taken { x, y, half: 100, rise: 0, top: 100 });
        }
        for (i, p) in story.packets.iter().enumerate() {
            if !self.shows(p.at, p.to) {
                continue;
            }
            // Later packets leave lower: what ends above this one is out of their way.
            let y = self.y(p.at);
            taken.retain(|t| t.y + t.rise.abs() * t.half / 1_000 + 400 >= y);
            let bundle = bundles.binary_search_by(|b| b.first.cmp(&i)).ok().and_then(|b| bundles.get(b));
            self.packet(i, p, bundle, &mut taken);
        }
    }

    fn bundles(&self) -> Vec<Bundle> {
        let mut bundles: Vec<Bundle> = Vec::new();
        let mut open: [Option<usize>; 2] = [None; 2];
        for (i, p) in self.story.packets.iter().enumerate() {
            if !self.shows(p.at, p.to) {
                continue;
            }
            let before = open[p.host & 1].and_then(|b| bundles.get_mut(b)).filter(|b| {
                self.story.packets.get(b.last).is_some_and(|q| {
                    let near = |a, b| (self.y(a) - self.y(b)).abs() < BUNDLE;
                    (p.kind, p.conn, p.ends, p.again, p.refused) == (q.kind, q.conn, q.ends, q.again, q.refused)
                        && matches!(p.kind, Kind::Data | Kind::Ack | Kind::DupAck | Kind::Udp | Kind::Icmp)
                        && !p.is_lost()
                        && !q.is_lost()
                        && near(p.at, q.at)
                        && near(p.to, q.to)
                })
            });
            match before {
                Some(b) => {
                    b.count += 1;
                    b.even &= b.len == p.len;
                    b.len = b.len.max(p.len);
                    b.last = i;
                    add(&mut b.writes, &p.writes);
                }
                None => {
                    open[p.host & 1] = Some(bundles.len());
                    let writes = p.writes.clone();
                    bundles.push(Bundle { first: i, count: 1, len: p.len, even: true, writes, last: i });
                }
            }
        }
        bundles
    }

    fn packet(&mut self, i: usize, p: &Packet, named: Option<&Bundle>, taken: &mut Vec<Taken>) {
        let [x1, x2] = p.ends.map(|end| self.rail(end));
        let right_going = x1 <= x2;
        let (y1, mut y2) = (self.y(p.at), self.y(p.to));
        let mut x_end = x2;
        if p.is_lost() {
            (x_end, y2) = (x1 + (x2 - x1) * 62 / 100, y1 + (y2 - y1) * 62 / 100);
        }
        // The left end, and the way to the right one.
        let (left, right) = if right_going { ((x1, y1), (x_end, y2)) } else { ((x_end, y2), (x1, y1)) };
        let (dx, dy) = (right.0 - left.0, right.1 - left.1);
        let length = root(dx * dx + dy * dy);
        let (ux, uy) = (dx * 1_000 / length, dy * 1_000 / length);
        let end = if p.is_lost() { p.at + (p.to - p.at) * 62 / 100 } else { p.to };
        let color = p.color();
        self.go(y1, y2);
        self.over.put(
            "<g class=\"s-@\" data-packet=\"~\" data-at=\"~\" data-to=\"~\" data-x1=\"%\" data-y1=\"%\" data-x2=\"%\" \
             data-y2=\"%\" data-glyph=\"@\" transform=\"matrix(^ ^ ^ ^ % %)\"><title>$</title>",
            &[i as i64, p.at as i64, end as i64, x1, y1, x_end, y2, ux, uy, -uy, ux, left.0, left.1],
            &[color, p.glyph(), &rows::packet(self.story, p, self.frame.lang)],
        );
        self.line(p, length, right_going);
        self.over.0.push_str("</g>");
        if let Some(bundle) = named {
            let turn = [ux, uy, -uy, ux, left.0, left.1];
            self.names.put("<g class=\"s-@\" transform=\"matrix(^ ^ ^ ^ % %)\">", &turn, &[color]);
            if p.is_lost() {
                self.mark(p, if right_going { length } else { 0 });
            }
            self.name(p, bundle, taken, (left, right), length);
            self.names.0.push_str("</g>");
        }
    }

    /// The line and its head, from 0 to its length.
    fn line(&mut self, p: &Packet, length: i64, right_going: bool) {
        let open = matches!(p.kind.look().0, "ack");
        // Where the tip is, which way is back, and where the line ends.
        let (tip, back) = if right_going { (length, -1) } else { (0, 1) };
        let (from, to) = if right_going { (0, length - 70) } else { (70, length) };
        if p.is_lost() {
            let at = tip + back * 90;
            let (from, to) = if right_going { (0, at) } else { (at, length) };
            self.over.put("<path class=\"ln2 dotted\" d=\"M% 0H%\"/>", &[from, to], &[]);
            return;
        }
        match p.kind {
            _ if p.again => self.over.put("<path class=\"ln23 dashed\" d=\"M% 0H%\"/>", &[from, to], &[]),
            Kind::Fin => {
                self.over.put("<path class=\"ln1\" d=\"M% -1.7H%M% 1.7H%\"/>", &[from, to, from, to], &[]);
            }
            Kind::Rst => {
                self.over.put("<path class=\"ln18\" d=\"M% 0", &[from], &[]);
                for tooth in 0..(to - from) / 104 {
                    let y = if tooth % 2 == 0 { "l5.2 -3.2 5.2 3.2" } else { "l5.2 3.2 5.2 -3.2" };
                    self.over.0.push_str(y);
                }
                self.over.put("H%\"/>", &[to], &[]);
            }
            Kind::Data | Kind::Udp => self.over.put("<path class=\"ln23\" d=\"M% 0H%\"/>", &[from, to], &[]),
            Kind::Syn | Kind::SynAck => self.over.put("<path class=\"ln2\" d=\"M% 0H%\"/>", &[from, to], &[]),
            Kind::Ack | Kind::DupAck | Kind::ZeroWindow | Kind::Probe | Kind::Icmp | Kind::Arp => {
                self.over.put("<path class=\"ln1\" d=\"M% 0H%\"/>", &[from, to], &[]);
            }
        }
        let (class, shut) = if open { ("ln1", "") } else { ("fillc", "Z") };
        let base = tip + back * 90;
        self.over.put("<path class=\"@\" d=\"M% 4.2L% 0 % -4.2@\"/>", &[base, tip, base], &[class, shut]);
        if p.refused.is_some() && p.kind != Kind::Probe {
            self.over.put("<path class=\"penl\" d=\"M% -5l10 10m0-10-10 10\"/>", &[tip - 50], &[]);
        }
    }

    /// Glyph or cells, and words, where they cross nothing; else the fewer words, else the glyph alone.
    fn name(
        &mut self,
        p: &Packet,
        b: &Bundle,
        taken: &mut Vec<Taken>,
        (left, right): ((i64, i64), (i64, i64)),
        length: i64,
    ) {
        let mut label = [String::new(), String::new()];
        for (brief, out) in label.iter_mut().enumerate() {
            let probe = self.frame.lang.pick(words::PROBE);
            if b.count > 1 {
                decimal(out, b.count as i64, 0);
                out.push_str(" × ");
                let mut one = String::new();
                let last = self.story.packets.get(b.last).unwrap_or(p);
                last.label(&mut one, probe, true);
                if !b.even {
                    out.push_str(if p.kind == Kind::Udp { "UDP, ≤" } else { "≤" });
                    one.clear();
                    decimal(&mut one, b.len.into(), 0);
                    one.push_str(" B");
                }
                out.push_str(&one);
            } else {
                p.label(out, probe, brief > 0 || !self.wide);
                let name = self.story.conns.get(p.conn).and_then(|c| c.name.as_deref());
                if let (Some(name), true) = (name, self.story.conns.len() > 1 && brief == 0) {
                    out.insert_str(0, ": ");
                    out.insert_str(0, name);
                }
            }
        }
        let cells = b.writes.len().min(if self.wide { CELLS } else { 3 }) as i64;
        let glyph = if cells > 0 { cells * CELL / 2 + 20 } else { 100 };
        let (dx, dy) = (right.0 - left.0, right.1 - left.1);
        let rise = dy * 1_000 / dx.max(1);
        let [full, brief] = &label;
        for words in [full.as_str(), brief, ""] {
            let top = if words.is_empty() { 110 } else { 260 };
            let half = glyph.max(width(words, true) / 2 + 20);
            for part in [50, 32, 68, 20, 80] {
                // A lost packet's words stand before the place where it died.
                let right_going = self.rail(p.ends[0]) <= self.rail(p.ends[1]);
                let part = if p.is_lost() { part * 80 / 100 + if right_going { 0 } else { 20 } } else { part };
                let along = length * part / 100;
                if along < half + 60 || along + half + 60 > length {
                    continue;
                }
                let new = Taken { x: left.0 + dx * part / 100, y: left.1 + dy * part / 100, half, rise, top };
                if taken.iter().any(|t| cross(t, &new)) {
                    continue;
                }
                taken.push(new);
                self.glyph(p, &b.writes, cells as usize, along);
                let y = if cells > 0 { -150 } else { -120 };
                if words.is_empty() {
                    self.unnamed += 1;
                } else {
                    self.names.text(along, y, "m h b", Anchor::Middle, words);
                }
                return;
            }
        }
        self.unnamed += 1;
    }

    /// The glyph on a ground of its own.
    fn mark(&mut self, p: &Packet, along: i64) {
        self.names.put(
            "<circle class=\"ko\" cx=\"%\" r=\"9.5\"/><use href=\"#g-@\" x=\"%\" y=\"-7\" width=\"14\" height=\"14\"/>",
            &[along, along - 70],
            &[p.glyph()],
        );
    }

    fn glyph(&mut self, p: &Packet, writes: &[usize], cells: usize, along: i64) {
        if cells == 0 {
            if !p.is_lost() {
                self.mark(p, along);
            }
            return;
        }
        let mut x = along - cells as i64 * CELL / 2;
        for n in 0..cells {
            // Of more writes than cells: the first ones, a gap, the last.
            let gap = writes.len() > cells && n + 2 == cells;
            let w = if n + 1 == cells { writes.last() } else { writes.get(n) };
            let Some(w) = w.copied() else { continue };
            let look = if p.is_lost() { "cell gone" } else { "cell again" };
            let look = (p.is_lost() || p.again).then_some(look);
            self.cell(true, w, (x, -100), look, if gap { Some("…") } else { None });
            x += CELL;
        }
    }

    /// A cell of 21 × 20 with the letter of a write, among the names or under them.
    pub fn cell(&mut self, name: bool, write: usize, (x, y): (i64, i64), look: Option<&str>, instead: Option<&str>) {
        let odd = self.story.writes.get(write).is_some_and(|w| w.nth % 2 == 1);
        let class = look.unwrap_or(if odd { "cell soft" } else { "cell" });
        let mut words = String::new();
        match instead {
            Some(instead) => words.push_str(instead),
            None => self.story.letter(&mut words, write),
        }
        let out = if name { &mut self.names } else { &mut self.over };
        out.put("<g class=\"@\"><rect x=\"%\" y=\"%\" width=\"21\" height=\"20\"/>", &[x, y], &[class]);
        out.text(x + CELL / 2, y + 145, "m", Anchor::Middle, &words);
        out.0.push_str("</g>");
    }
}

/// A square root, by Newton's method.
fn root(square: i64) -> i64 {
    let square = square.max(1);
    let mut root = 1 << (32 - square.leading_zeros() / 2);
    while root > square / root {
        root = (root + square / root) / 2;
    }
    root
}

/// Whether the words of two arrows touch.
fn cross(a: &Taken, b: &Taken) -> bool {
    let apart = (a.x - b.x).abs();
    if apart >= a.half + b.half {
        return false;
    }
    // Heights in the middle of what they share.
    let x = (a.x.max(b.x) - a.half.min(b.half) + a.x.min(b.x) + a.half.min(b.half)) / 2;
    let height = |t: &Taken| t.y + t.rise * (x - t.x) / 1_000;
    let (upper, lower) = if height(a) < height(b) { (a, b) } else { (b, a) };
    height(lower) - lower.top < height(upper) + 100
}
