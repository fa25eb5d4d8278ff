//! The drawing: paper, axis, rails, and what the other files put on them; a veil over the future.
//! Lengths are tenths of px.

use alloc::string::String;
use alloc::vec::Vec;

use netsim::view::tcpdump::address;

use crate::scale::{Scale, TOP};
use crate::story::Story;
use crate::svg::{Anchor, BAND, Layer, Svg, decimal, duration, width};
use crate::words::{self, Gaps, fill};
use crate::{Frame, rows};

/// Least distance of two labelled ticks.
const TICK: i64 = 400;
/// Room below the last thing drawn.
const FOOT: i64 = 160;

/// A drawing in the making.
pub struct Drawing<'a> {
    pub story: &'a Story<'a>,
    pub frame: Frame,
    pub scale: &'a Scale,
    pub wide: bool,
    pub width: i64,
    /// Where the rails stand: the client's, the server's, the others between them.
    pub rails: Vec<i64>,
    /// What is drawn first, and over it.
    pub under: Layer,
    pub over: Layer,
    /// Over all lines: what arrows say.
    pub names: Layer,
    /// Heights beside each rail that words have taken.
    pub taken: [Vec<(i64, i64)>; 2],
    /// Packets without words.
    pub unnamed: u64,
    /// Other things without words.
    pub left_out: u64,
    /// The lowest that was drawn.
    pub lowest: i64,
}

/// A diagram: what stands around its layers, and these in bands.
#[derive(Debug, Default)]
pub struct Drawn {
    /// Up to the layers.
    pub head: String,
    /// Under one another, each in bands from top to bottom, and last what is longer than one.
    pub layers: [Vec<String>; 3],
    /// After them.
    pub tail: String,
}

impl Drawn {
    /// All of it as markup.
    pub fn svg(&self) -> String {
        let mut out = self.head.clone();
        self.layers.iter().flatten().for_each(|band| out.push_str(band));
        out.push_str(&self.tail);
        out
    }

    /// A band of 400 px from the top, or as the last one what is longer: a `g` for each of the three layers. Empty if there
    /// is none.
    pub fn band(&self, place: usize) -> String {
        let mut out = String::new();
        for layer in &self.layers {
            out.push_str("<g>");
            out.push_str(layer.get(place).map_or("", |band| band));
            out.push_str("</g>");
        }
        out
    }
}

/// The diagram of a story.
pub fn draw(story: &Story, frame: Frame, scale: &Scale) -> Drawn {
    let width = i64::from(frame.width) * 10;
    let wide = width >= 5_000;
    let (left, right) = if wide { (1_960, width - 1_840) } else { (width * 134 / 390, width * 284 / 390) };
    let mut rails = Vec::from([left, right]);
    let between = story.rails.iter().skip(2).filter(|r| r.used).count() as i64;
    let mut nth = 0;
    for r in story.rails.iter().skip(2) {
        nth += i64::from(r.used);
        rails.push(left + (right - left) * nth / (between + 1));
    }
    let mut d = Drawing {
        story,
        frame,
        scale,
        wide,
        width,
        rails,
        under: Layer::default(),
        over: Layer::default(),
        names: Layer::default(),
        taken: [Vec::new(), Vec::new()],
        unnamed: 0,
        left_out: 0,
        lowest: scale.bottom(),
    };
    d.axis();
    d.rails();
    d.beside();
    d.packets();
    d.close()
}

impl Drawing<'_> {
    /// What is drawn next lies between these heights.
    pub fn go(&mut self, from: i64, to: i64) {
        self.under.go(from, to);
        self.over.go(from, to);
        self.names.go(from, to);
    }

    /// Where the rail of a host stands.
    pub fn rail(&self, host: usize) -> i64 {
        self.rails.get(host).copied().unwrap_or(0)
    }

    /// The height of a time, which may lie outside of what is shown.
    pub fn y(&self, at: u64) -> i64 {
        self.scale.y(at.clamp(self.frame.from, self.frame.to.max(self.frame.from)))
    }

    /// Whether any of this time is shown.
    pub fn shows(&self, from: u64, to: u64) -> bool {
        to >= self.frame.from && from <= self.frame.to
    }

    /// Lines and numbers of the time, and what was cut of it.
    fn axis(&mut self) {
        let rate = self.scale.rate.max(1);
        // 1, 2, 5, 10 … so that labels keep their distance.
        let mut step: u64 = 1;
        for factor in [2, 5].iter().cycle() {
            if step as i64 * rate / 1_000_000 >= TICK || step > 1 << 40 {
                break;
            }
            step = if *factor == 2 { step * 2 } else { step / 2 * 5 };
            if step as i64 * rate / 1_000_000 >= TICK {
                break;
            }
            if *factor == 5 {
                step *= 2;
            }
        }
        let seconds = self.frame.to.saturating_sub(self.story.zero) > 100_000_000;
        let unit = if seconds { "s" } else { "ms" };
        let edge = if self.wide { 380 } else { 330 };
        self.go(0, 0);
        self.under.text(edge, 560, "tick", Anchor::End, unit);
        let wide = self.wide;
        let (mut major, mut minor) = (Vec::new(), Vec::new());
        let label = |d: &mut Self, major: &mut Vec<i64>, at: u64| {
            let (y, us) = (d.scale.y(at), at as i64 - d.story.zero as i64);
            d.go(y, y);
            let mut words = String::new();
            let us = if seconds { us / 1_000 } else { us };
            let (n, places) = if step < 100 {
                (us / 10, 2)
            } else if us < if wide { 1_000_000 } else { 100_000 } {
                (us / 100, 1)
            } else {
                ((us + 500) / 1_000, 0)
            };
            decimal(&mut words, n, places);
            d.under.text(edge, y + 40, "tick", Anchor::End, &words);
            major.push(y);
        };
        for i in 1..self.scale.marks.len() {
            let (Some(a), Some(b)) = (self.scale.marks.get(i - 1).copied(), self.scale.marks.get(i).copied()) else {
                continue;
            };
            if self.scale.cuts.binary_search(&(i - 1)).is_ok() {
                self.cut(b.0 - a.0, a.1, b.1);
                continue;
            }
            // After a cut the first line says what time it is.
            let mut last = i64::MIN / 2;
            if i > 1 && b.1 - a.1 > 200 {
                label(self, &mut major, a.0);
                last = a.1;
            }
            // Multiples are counted from the first packet.
            let fifth = (step / 5).max(1);
            let mut at = self.story.zero + (a.0.saturating_sub(self.story.zero)).div_ceil(fifth) * fifth;
            while at <= b.0 {
                let y = self.scale.y(at);
                if (at - self.story.zero).is_multiple_of(step) && y - last >= 200 {
                    label(self, &mut major, at);
                } else {
                    minor.push(y);
                }
                at += fifth;
            }
        }
        self.lines("minor", edge + 40, &minor);
        self.lines("major", edge + 40, &major);
    }

    /// Lines across, all those of a band as one shape.
    fn lines(&mut self, class: &str, from: i64, heights: &[i64]) {
        for band in heights.chunk_by(|a, b| a / BAND == b / BAND) {
            let Some(first) = band.first() else { continue };
            self.go(*first, *first);
            self.under.put("<path class=\"@\" d=\"", &[], &[class]);
            for y in band {
                self.under.put("M% %H%", &[from, *y, self.width], &[]);
            }
            self.under.put("\"/>", &[], &[]);
        }
    }

    /// A silence that is not drawn to scale.
    fn cut(&mut self, us: u64, from: i64, to: i64) {
        let mut words = String::new();
        duration(&mut words, us);
        self.go(from, to);
        for (x, _) in self.rails.iter().zip(&self.story.rails).filter(|r| r.1.used) {
            let x = *x;
            self.over.put("<path class=\"gapmask\" d=\"M% %V%\"/>", &[x, from + 160, to - 160], &[]);
            self.over.put("<path class=\"gapdots\" d=\"M% %V%\"/>", &[x, from + 160, to - 160], &[]);
        }
        let middle = (self.rail(0) + self.rail(1)) / 2;
        self.over.text(middle, (from + to) / 2 + 45, "d h", Anchor::Middle, &words);
    }

    fn rails(&mut self) {
        let (bottom, story) = (self.scale.bottom(), self.story);
        let conns = &story.conns;
        for (host, rail) in story.rails.iter().enumerate().filter(|r| r.1.used) {
            let x = self.rail(host);
            self.go(0, i64::MAX);
            self.under.put("<path class=\"rail\" d=\"M% %V%\"/>", &[x, TOP - 140, bottom], &[]);
            self.go(0, 0);
            if host == 1 {
                let at = [x - 35, TOP - 175];
                self.under.put("<rect class=\"ink\" x=\"%\" y=\"%\" width=\"7\" height=\"7\"/>", &at, &[]);
            } else {
                self.under.put("<circle class=\"ink\" cx=\"%\" cy=\"%\" r=\"4\"/>", &[x, TOP - 140], &[]);
            }
            self.under.text(x, 270, "b h", Anchor::Middle, story.host(host, self.frame.lang));
            let mut words = match rail.addr {
                Some(addr) if self.wide => address(addr),
                _ => String::new(),
            };
            // The port of the one connection, or of the first server.
            let mut ends = conns.iter().filter_map(|c| match host {
                0 => (conns.len() == 1 && c.hosts[0] == Some(0)).then_some(c.client),
                host => (c.hosts[1] == Some(host) && c.hosts[0] != c.hosts[1]).then_some(c.server),
            });
            if let Some(end) = ends.next().filter(|_| host < 2 || self.wide) {
                words.push(':');
                decimal(&mut words, end.port.into(), 0);
            }
            self.under.text(x, 440, "m dd h", Anchor::Middle, &words);
        }
    }

    /// What was left out, said.
    fn notes(&mut self, out: &mut Svg) {
        for (n, both) in [(self.unnamed, words::UNNAMED), (self.left_out, words::LEFT_OUT)] {
            if n > 0 {
                let mut said = String::new();
                fill(
                    &mut said,
                    self.frame.lang,
                    self.frame.lang.pick(both),
                    &Gaps { numbers: [n, 0], ..Gaps::default() },
                );
                self.lowest += 180;
                out.text(self.width / 2, self.lowest, "dd h", Anchor::Middle, &said);
            }
        }
    }

    /// Puts the parts together.
    fn close(mut self) -> Drawn {
        let mut out = Svg::default();
        let mut notes = Svg::default();
        self.notes(&mut notes);
        let height = (self.lowest + FOOT + 9) / 10;
        let (frame, wide) = (self.frame, self.frame.width as i64);
        let mut about = String::new();
        let shown = || self.story.packets.iter().filter(|p| self.shows(p.at, p.at));
        let numbers = [shown().count() as u64, shown().filter(|p| p.is_lost()).count() as u64];
        let gaps = Gaps { time: frame.to.saturating_sub(self.story.zero), numbers, ..Gaps::default() };
        fill(&mut about, frame.lang, frame.lang.pick(words::ABOUT), &gaps);
        if let Some(w) = rows::longest(self.story, frame) {
            about.push_str(frame.lang.pick(words::LONGEST));
            about.push_str(&w.words(frame.lang, false));
        }
        let class = if self.wide { "stage wid" } else { "stage nar" };
        out.put(
            "<svg class=\"@\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 ~ ~\" role=\"img\" aria-label=\"$\">",
            &[wide, height],
            &[class, &about],
        );
        // Grid lines across; those of time are drawn, because time is cut in places.
        out.put(
            "<defs><pattern id=\"cg~\" width=\"50\" height=\"50\" patternUnits=\"userSpaceOnUse\"><path class=\"minor\" \
             d=\"M10 0V50M20 0V50M30 0V50M40 0V50\"/><path class=\"major\" d=\"M.5 0V50\"/></pattern>\
             </defs><rect class=\"grid\" y=\"50\" width=\"~\" height=\"~\" fill=\"url(#cg~)\"/>",
            &[wide, wide, height - 50, wide],
            &[],
        );
        let (head, mut out) = (out.0, Svg::default());
        if let Some(at) = frame.at {
            let shade = [self.y(at), wide, height];
            out.put("<rect class=\"veil\" y=\"%\" width=\"~\" height=\"~\"/>", &shade, &[]);
        }
        out.0.push_str(&notes.0);
        if let Some(at) = frame.at {
            self.playhead(&mut out, at);
        }
        out.0.push_str("</svg>");
        Drawn { head, layers: [self.under.bands(), self.over.bands(), self.names.bands()], tail: out.0 }
    }

    /// The line of now, and the packets that ride on it.
    fn playhead(&self, out: &mut Svg, at: u64) {
        let y = self.y(at);
        let mut words = String::new();
        decimal(&mut words, (at as i64 - self.story.zero as i64) / 100, 1);
        let tag = (width(&words, true) + 140).max(440);
        out.put(
            "<g class=\"playhead\" transform=\"translate(0 %)\"><path class=\"ln\" d=\"M0 0H%\"/>\
             <rect class=\"tag\" y=\"-10\" width=\"%\" height=\"20\" rx=\"3\"/>",
            &[y, self.width, tag],
            &[],
        );
        out.text(tag / 2, 40, "tagged", Anchor::Middle, &words);
        out.0.push_str("</g><g class=\"flying\">");
        for p in self.story.packets.iter().filter(|p| p.at <= at && at < p.to) {
            let (y1, y2) = (self.y(p.at), self.y(p.to));
            let [x1, x2] = p.ends.map(|end| self.rail(end));
            let x = x1 + (x2 - x1) * (y - y1) / (y2 - y1).max(1);
            out.put(
                "<g class=\"s-@\" transform=\"translate(% %)\"><circle class=\"disc\" r=\"11\"/>\
                 <use href=\"#g-@\" x=\"-7\" y=\"-7\" width=\"14\" height=\"14\"/></g>",
                &[x, y],
                &[p.color(), p.glyph()],
            );
        }
        out.0.push_str("</g>");
    }
}
