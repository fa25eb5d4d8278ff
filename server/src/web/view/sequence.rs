//! A sequence's data → SVG in the packet language of the design: colour, glyph and line, any one of which is enough.
//! Two drawings, 1:1 with the column: wide (600) and narrow (358); CSS shows the one that fits.

use std::fmt::Write;

use crate::content::highlight::escape;
use crate::content::typography::{half_widths, is_han};
use crate::domain::sequence::{Event, PacketKind, Sequence, Step};
use crate::domain::{Both, Lang};

/// Both drawings of a sequence in one language.
pub fn svg(sequence: &Sequence, lang: Lang) -> String {
    let mut out = String::with_capacity(16 * 1024);
    for geometry in [Geometry::wide(sequence), Geometry::narrow(sequence)] {
        out.push_str(&Drawing::new(sequence, lang, geometry).draw());
    }
    out
}

/// Which packet kinds a sequence shows, for the legend under it.
pub fn kinds(sequence: &Sequence) -> Vec<PacketKind> {
    let shown = |kind: &PacketKind| {
        sequence.steps.iter().any(|s| matches!(&s.event, Event::Packet { kind: k, .. } if k == kind))
    };
    PacketKind::ALL.iter().copied().filter(shown).collect()
}

/// The CSS class that gives a kind its colour, and the id of its glyph.
pub fn look(kind: PacketKind) -> (&'static str, &'static str) {
    match kind {
        PacketKind::Syn => ("syn", "syn"),
        PacketKind::SynAck => ("syn", "synack"),
        PacketKind::Ack => ("ack", "ack"),
        PacketKind::DupAck => ("ack", "dup"),
        PacketKind::Data => ("data", "data"),
        PacketKind::Fin => ("fin", "fin"),
        PacketKind::Rst => ("rst", "rst"),
        PacketKind::Retx => ("retx", "retx"),
        PacketKind::ZeroWindow => ("ack", "zw"),
    }
}

/// Vertical distances, px.
const TOP: f32 = 84.0;
const FALL: f32 = 18.0;
const PACKET_STEP: f32 = 46.0;
const LINE: f32 = 18.0;
const GAP_STEP: f32 = 84.0;

struct Geometry {
    class: &'static str,
    width: f32,
    rails: Vec<f32>,
    /// Room for words left of the first and right of the last rail.
    left_room: f32,
    right_room: f32,
    ticks: bool,
}

impl Geometry {
    fn wide(sequence: &Sequence) -> Geometry {
        let last = sequence.hosts.len() - 1;
        let words_at = |host: usize| sequence.steps.iter().any(|s| beside(&s.event) == Some(host));
        let ticks = sequence.steps.iter().any(|s| s.at.is_some());
        let margin = if ticks { 58.0 } else { 12.0 };
        // Three hosts need the room between the rails more than beside them.
        let (left_words, right_words) = if last == 1 { (132.0, 166.0) } else { (104.0, 128.0) };
        let left = margin + if words_at(0) { left_words } else { 56.0 };
        let right = 600.0 - if words_at(last) { right_words } else { 76.0 };
        let rails = (0..=last).map(|i| left + (right - left) * i as f32 / last as f32).collect();
        Geometry {
            class: "wid",
            width: 600.0,
            rails,
            left_room: left - margin - 18.0,
            right_room: 600.0 - right - 20.0,
            ticks,
        }
    }

    fn narrow(sequence: &Sequence) -> Geometry {
        let last = sequence.hosts.len() - 1;
        let ticks = sequence.steps.iter().any(|s| s.at.is_some());
        let left = if ticks { 60.0 } else { 40.0 };
        let right = if last == 1 { 240.0 } else { 286.0 };
        let rails = (0..=last).map(|i| left + (right - left) * i as f32 / last as f32).collect();
        Geometry { class: "nar", width: 358.0, rails, left_room: 0.0, right_room: 358.0 - right - 18.0, ticks }
    }
}

/// The host beside whose rail an event puts words.
fn beside(event: &Event) -> Option<usize> {
    match event {
        Event::State { on, name, .. } if !name.en.is_empty() => Some(*on),
        Event::Call { on, .. } | Event::Note { on, .. } => Some(*on),
        _ => None,
    }
}

/// Where the words of a host go.
#[derive(Clone, Copy, PartialEq)]
enum Side {
    /// Ends left of the rail.
    Left,
    /// Starts right of the rail, outside the diagram.
    Right,
    /// Starts right of the rail, between rails: packets keep clear of it.
    Inside,
}

struct Bar {
    host: usize,
    from: f32,
    stuck: bool,
}

struct Drawing<'a> {
    sequence: &'a Sequence,
    lang: Lang,
    g: Geometry,
    /// Where the next thing starts.
    y: f32,
    /// Where the last packet arrived and left, to hang words on.
    last_packet: Option<(usize, f32, usize, f32)>,
    /// The lowest words so far, per host.
    words_end: Vec<f32>,
    open_bars: Vec<Option<Bar>>,
    under: String,
    bars: String,
    over: String,
}

impl<'a> Drawing<'a> {
    fn new(sequence: &'a Sequence, lang: Lang, g: Geometry) -> Self {
        let hosts = sequence.hosts.len();
        Drawing {
            sequence,
            lang,
            g,
            y: TOP,
            last_packet: None,
            words_end: vec![0.0; hosts],
            open_bars: (0..hosts).map(|_| None).collect(),
            under: String::new(),
            bars: String::new(),
            over: String::new(),
        }
    }

    fn draw(mut self) -> String {
        for step in &self.sequence.steps {
            self.step(step);
        }
        let lowest = self.words_end.iter().copied().fold(self.y, f32::max);
        let end = lowest + 8.0;
        for host in 0..self.open_bars.len() {
            self.end_bar(host, end - 8.0);
        }
        let height = end + 16.0;
        let mut out = String::new();
        let _ = write!(
            out,
            "<svg class=\"{}\" viewBox=\"0 0 {} {:.0}\" role=\"img\" aria-label=\"",
            self.g.class, self.g.width, height
        );
        escape(&mut out, self.sequence.about.get(self.lang));
        out.push_str("\">");
        self.rails(&mut out, end);
        out.push_str(&self.bars);
        out.push_str(&self.under);
        out.push_str(&self.over);
        out.push_str("</svg>");
        out
    }

    fn rails(&self, out: &mut String, end: f32) {
        for (host, x) in self.sequence.hosts.iter().zip(&self.g.rails) {
            let _ = write!(out, "<path class=\"rail\" d=\"M{x:.0} 58V{end:.0}\"/>");
            if host.client {
                let _ = write!(out, "<circle class=\"ink\" cx=\"{x:.0}\" cy=\"58\" r=\"4\"/>");
            } else {
                let _ = write!(out, "<rect class=\"ink\" x=\"{:.1}\" y=\"54.5\" width=\"7\" height=\"7\"/>", x - 3.5);
            }
            let name = host.name.get(self.lang);
            // Head labels are centred on the rail but stay inside the drawing.
            let centre = |text: &str, mono: bool| {
                let half = width_of(text, mono) / 2.0;
                x.clamp(half + 4.0, (self.g.width - half - 4.0).max(half + 4.0))
            };
            text(out, centre(name, false), 30.0, "b h", "middle", name);
            if !host.address.is_empty() {
                let narrow = self.g.class == "nar";
                let address = if narrow {
                    host.address.rsplit_once(':').map_or(host.address.as_str(), |(_, port)| port)
                } else {
                    &host.address
                };
                let address =
                    if narrow && host.address.contains(':') { format!(":{address}") } else { address.to_owned() };
                text(out, centre(&address, true), 47.0, "m dd h", "middle", &address);
            }
        }
    }

    fn step(&mut self, step: &Step) {
        match &step.event {
            Event::Packet { kind, from, to, label, lost } => {
                // Words between rails must not be crossed.
                self.clear_words_inside();
                self.tick(step);
                self.packet(*kind, *from, *to, label, *lost);
            }
            Event::State { on, name, stuck, note } => {
                let y = self.anchor(*on);
                self.tick_at(step, y);
                self.end_bar(*on, y);
                if !name.en.is_empty() {
                    self.open_bars[*on] = Some(Bar { host: *on, from: y, stuck: *stuck });
                    let class = if *stuck { "m b pen h" } else { "m b d h" };
                    self.words(*on, y + 14.0, class, name, note.as_ref());
                }
            }
            Event::Call { on, call, note } => {
                let y = self.anchor(*on);
                self.tick_at(step, y);
                let x = self.g.rails[*on];
                let _ = write!(self.over, "<circle class=\"ink\" cx=\"{x:.0}\" cy=\"{y:.1}\" r=\"3.5\"/>");
                self.words(*on, y + 4.0, "m h", call, note.as_ref());
                self.y = self.y.max(y + 14.0);
            }
            Event::Note { on, text } => {
                let y = self.anchor(*on);
                self.tick_at(step, y);
                self.words(*on, y + 4.0, "dd h", text, None);
            }
            Event::Gap(words) => self.gap(words),
            Event::Missing { from, to, text } => {
                self.clear_words_inside();
                self.tick(step);
                self.missing(*from, *to, text);
            }
        }
    }

    fn tick(&mut self, step: &Step) {
        self.tick_at(step, self.y);
    }

    fn tick_at(&mut self, step: &Step, y: f32) {
        if let (Some(at), true) = (&step.at, self.g.ticks) {
            let edge = if self.g.class == "wid" { 46.0 } else { self.g.rails[0] - 16.0 };
            text(&mut self.under, edge, y + 4.0, "tick", "end", at);
            if self.g.class == "wid" {
                let _ = write!(self.under, "<path class=\"axis\" d=\"M50 {y:.0}h8\"/>");
            }
        }
    }

    /// The height at which something happens on a host: where the last packet touched it, or the running height.
    fn anchor(&self, host: usize) -> f32 {
        match self.last_packet {
            Some((from, y1, ..)) if from == host => y1,
            Some((_, _, to, y2)) if to == host => y2,
            _ => self.y,
        }
        .max(TOP - 12.0)
    }

    fn side(&self, host: usize) -> Side {
        match host {
            0 if self.g.class == "wid" => Side::Left,
            h if h == self.g.rails.len() - 1 => Side::Right,
            _ => Side::Inside,
        }
    }

    fn words(&mut self, host: usize, wanted: f32, class: &str, words: &Both<String>, note: Option<&Both<String>>) {
        let side = self.side(host);
        let (x, room, anchor) = match side {
            Side::Left => (self.g.rails[host] - 18.0, self.g.left_room, "end"),
            Side::Right => (self.g.rails[host] + 18.0, self.g.right_room, "start"),
            Side::Inside => (self.g.rails[host] + 16.0, self.g.rails[1] - self.g.rails[0] - 26.0, "start"),
        };
        let mut y = wanted.max(self.words_end[host] + LINE);
        if side == Side::Inside {
            // Words between rails stand below the last arrow, whichever way it went.
            let below = self.last_packet.map_or(self.y, |(_, y1, _, y2)| y1.max(y2));
            y = y.max(below + 18.0);
        }
        let mono = class.split(' ').any(|c| c == "m");
        let mut lines: Vec<(String, &str)> =
            wrap(words.get(self.lang), room, mono).into_iter().map(|l| (l, class)).collect();
        if let Some(note) = note {
            lines.extend(wrap(note.get(self.lang), room, false).into_iter().map(|l| (l, "dd h")));
        }
        for (line, class) in lines {
            text(&mut self.over, x, y, class, anchor, &line);
            self.words_end[host] = y;
            y += LINE;
        }
        // What follows starts no higher than these words, less the room an arrow's head leaves.
        self.y = self.y.max(self.words_end[host] - 8.0);
    }

    fn clear_words_inside(&mut self) {
        for host in 0..self.g.rails.len() {
            if self.side(host) == Side::Inside {
                self.y = self.y.max(self.words_end[host] + 24.0);
            }
        }
    }

    fn end_bar(&mut self, host: usize, y: f32) {
        let Some(bar) = self.open_bars[host].take() else { return };
        let x = self.g.rails[bar.host] + if self.side(host) == Side::Left { -12.0 } else { 3.0 };
        let class = if bar.stuck { "bar stuck" } else { "bar" };
        let height = (y - bar.from).max(4.0);
        let _ = write!(
            self.bars,
            "<rect class=\"{class}\" x=\"{x:.0}\" y=\"{:.1}\" width=\"9\" height=\"{height:.1}\"/>",
            bar.from
        );
    }

    fn gap(&mut self, words: &Both<String>) {
        self.clear_words_inside();
        self.last_packet = None;
        let (from, to) = (self.y - 10.0, self.y + 46.0);
        for x in self.g.rails.clone() {
            let _ = write!(self.over, "<path class=\"gapmask\" d=\"M{x:.0} {:.0}V{:.0}\"/>", from + 2.0, to - 2.0);
            let _ = write!(self.over, "<path class=\"gapdots\" d=\"M{x:.0} {from:.0}V{to:.0}\"/>");
        }
        // Between the first two rails: with three hosts the middle of the drawing is a rail.
        let (first, next) = (self.g.rails[0], self.g.rails[1]);
        let lines = wrap(words.get(self.lang), next - first - 24.0, false);
        let mut y = (from + to) / 2.0 + 5.0 - LINE / 2.0 * (lines.len() as f32 - 1.0);
        for line in &lines {
            text(&mut self.over, (first + next) / 2.0, y, "d h", "middle", line);
            y += LINE;
        }
        self.y += GAP_STEP - 10.0;
    }

    fn missing(&mut self, from: usize, to: usize, words: &Both<String>) {
        let (x1, x2) = (self.g.rails[from], self.g.rails[to]);
        let direction = (x2 - x1).signum();
        let y = self.y + 22.0;
        let room = (x2 - x1).abs() - 16.0;
        let lines = wrap(words.get(self.lang), room, false);
        let mut ty = y - 10.0;
        for line in &lines {
            text(&mut self.over, (x1 + x2) / 2.0, ty, "pen h", "middle", line);
            ty += LINE;
        }
        let y = y + LINE * (lines.len() as f32 - 1.0);
        let (begin, end) = (x1 + 10.0 * direction, x2 - 24.0 * direction);
        let _ = write!(self.over, "<path class=\"penl dashed-pen\" d=\"M{begin:.0} {y:.0}H{end:.0}\"/>");
        let _ = write!(
            self.over,
            "<path class=\"penl\" d=\"M{:.0} {:.0}l{:.0} 4 {:.0} 4\"/>",
            end - 7.0 * direction,
            y - 4.0,
            7.0 * direction,
            -7.0 * direction
        );
        self.last_packet = Some((from, y, to, y));
        self.y = y + 28.0;
    }

    fn packet(&mut self, kind: PacketKind, from: usize, to: usize, label: &Both<String>, lost: bool) {
        let (color, glyph) = look(kind);
        let (x1, x2, y1) = (self.g.rails[from], self.g.rails[to], self.y);
        let y2 = y1 + FALL;
        let reach = if lost { 0.62 } else { 1.0 };
        let (ex, ey) = (x1 + (x2 - x1) * reach, y1 + FALL * reach);
        let (dx, dy) = (ex - x1, ey - y1);
        let length = (dx * dx + dy * dy).sqrt();
        let (ux, uy) = (dx / length, dy / length);
        let color = if lost { "rst" } else { color };
        let _ = write!(self.over, "<g class=\"s-{color}\">");
        if lost {
            let _ = write!(
                self.over,
                "<path class=\"ln2 dotted\" d=\"M{x1:.1} {y1:.1}L{:.1} {:.1}\"/>",
                ex - ux * 8.0,
                ey - uy * 8.0
            );
            let _ = write!(self.over, "<circle class=\"ko\" cx=\"{ex:.1}\" cy=\"{ey:.1}\" r=\"9.5\"/>");
            let _ = write!(
                self.over,
                "<use href=\"#g-lost\" x=\"{:.1}\" y=\"{:.1}\" width=\"14\" height=\"14\"/>",
                ex - 7.0,
                ey - 7.0
            );
        } else {
            self.line(kind, (x1, y1), (ex - ux * 7.0, ey - uy * 7.0), (ux, uy));
            self.head(kind, (ex, ey), (ux, uy));
        }
        // Over a rail in between, glyph and words stand before it.
        let middle = if from.abs_diff(to) > 1 { 0.25 } else { 0.5 };
        let (mx, my) =
            if lost { (x1 + dx * 0.45, y1 + dy * 0.45) } else { (x1 + (x2 - x1) * middle, y1 + (y2 - y1) * middle) };
        let _ = write!(self.over, "<circle class=\"ko\" cx=\"{mx:.1}\" cy=\"{my:.1}\" r=\"9.5\"/>");
        let _ = write!(
            self.over,
            "<use href=\"#g-{glyph}\" x=\"{:.1}\" y=\"{:.1}\" width=\"14\" height=\"14\"/>",
            mx - 7.0,
            my - 7.0
        );
        let angle = (FALL / (x2 - x1)).atan().to_degrees();
        let (lx, ly) = (x1 + (x2 - x1) * middle, y1 + (y2 - y1) * middle);
        let _ = write!(self.over, "<g transform=\"translate({lx:.1} {ly:.1}) rotate({angle:.2})\">");
        text(&mut self.over, 0.0, -13.0, "m h b lab", "middle", label.get(self.lang));
        self.over.push_str("</g></g>");
        self.last_packet = Some((from, y1, to, y2));
        self.y = y1 + PACKET_STEP;
    }

    fn line(&mut self, kind: PacketKind, a: (f32, f32), b: (f32, f32), (ux, uy): (f32, f32)) {
        let path = |out: &mut String, class: &str, a: (f32, f32), b: (f32, f32)| {
            let _ = write!(out, "<path class=\"{class}\" d=\"M{:.1} {:.1}L{:.1} {:.1}\"/>", a.0, a.1, b.0, b.1);
        };
        match kind {
            PacketKind::Syn | PacketKind::SynAck => path(&mut self.over, "ln2", a, b),
            PacketKind::Ack | PacketKind::DupAck | PacketKind::ZeroWindow => path(&mut self.over, "ln1", a, b),
            PacketKind::Data => path(&mut self.over, "ln23", a, b),
            PacketKind::Retx => path(&mut self.over, "ln23 dashed", a, b),
            PacketKind::Fin => {
                for offset in [-1.7, 1.7] {
                    let (ox, oy) = (-uy * offset, ux * offset);
                    path(&mut self.over, "ln1", (a.0 + ox, a.1 + oy), (b.0 + ox, b.1 + oy));
                }
            }
            PacketKind::Rst => {
                let length = ((b.0 - a.0).powi(2) + (b.1 - a.1).powi(2)).sqrt();
                let teeth = (length / 5.2).floor().max(2.0) as usize;
                let mut d = format!("M{:.1} {:.1}", a.0, a.1);
                for tooth in 1..teeth {
                    let along = length * tooth as f32 / teeth as f32;
                    let swing = if tooth % 2 == 0 { 3.2 } else { -3.2 };
                    let _ = write!(d, "L{:.1} {:.1}", a.0 + ux * along - uy * swing, a.1 + uy * along + ux * swing);
                }
                let _ = write!(d, "L{:.1} {:.1}", b.0, b.1);
                let _ = write!(self.over, "<path class=\"ln18\" d=\"{d}\"/>");
            }
        }
    }

    fn head(&mut self, kind: PacketKind, tip: (f32, f32), (ux, uy): (f32, f32)) {
        let corner = |side: f32| (tip.0 - ux * 9.0 - uy * 4.2 * side, tip.1 - uy * 9.0 + ux * 4.2 * side);
        let (a, b) = (corner(1.0), corner(-1.0));
        let open = matches!(kind, PacketKind::Ack | PacketKind::DupAck | PacketKind::ZeroWindow);
        let class = if open { "ln1" } else { "fillc" };
        let close = if open { "" } else { "Z" };
        let _ = write!(
            self.over,
            "<path class=\"{class}\" d=\"M{:.1} {:.1}L{:.1} {:.1} {:.1} {:.1}{close}\"/>",
            a.0, a.1, tip.0, tip.1, b.0, b.1
        );
    }
}

fn text(out: &mut String, x: f32, y: f32, class: &str, anchor: &str, words: &str) {
    let _ = write!(out, "<text class=\"{class}\" x=\"{x:.0}\" y=\"{y:.0}\" text-anchor=\"{anchor}\">");
    escape(out, words);
    out.push_str("</text>");
}

/// The width of a text in px, as near as it can be told without the font.
fn width_of(text: &str, mono: bool) -> f32 {
    half_widths(text) as f32 * if mono { 7.2 } else { 6.6 }
}

/// Breaks words into lines that fit: at spaces, and between Han.
fn wrap(words: &str, room: f32, mono: bool) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for piece in pieces(words) {
        let candidate = format!("{line}{piece}");
        if !line.trim().is_empty() && width_of(candidate.trim_end(), mono) > room && !starts_with_mark(&piece) {
            lines.push(line.trim().to_owned());
            line = piece.trim_start().to_owned();
        } else {
            line = candidate;
        }
    }
    if !line.trim().is_empty() {
        lines.push(line.trim().to_owned());
    }
    lines
}

/// Words with the space after them, and single Han.
fn pieces(words: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut fresh = true;
    for c in words.chars() {
        let breaks = fresh || is_han(c);
        match found.last_mut() {
            Some(last) if !breaks => last.push(c),
            _ => found.push(c.to_string()),
        }
        fresh = c == ' ' || is_han(c) || matches!(c, '，' | '；' | '：' | '、');
    }
    found
}

fn starts_with_mark(piece: &str) -> bool {
    piece.starts_with(['，', '。', '；', '：', '、', '）', '？', ',', '.', ';', ')'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_wrap_at_spaces_and_between_han() {
        assert_eq!(wrap("in accept queue, no pid", 90.0, false), ["in accept", "queue, no pid"]);
        assert_eq!(wrap("在队列里，没有人取走", 80.0, false), ["在队列里，没", "有人取走"]);
        assert_eq!(wrap("", 80.0, false), Vec::<String>::new());
    }
}
