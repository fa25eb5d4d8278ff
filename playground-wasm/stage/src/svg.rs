//! The one writer of markup and of numbers: templates with gaps, so that a shape is one line of code and few bytes of it.

use alloc::string::String;
use alloc::vec::Vec;

use netsim::json::write::quote;

pub use netsim::json::write::decimal;

/// Markup in the making.
#[derive(Default)]
pub struct Svg(pub String);

impl Svg {
    /// Writes a template. `%` takes a number of tenths, `^` one of thousandths, `~` a whole one; `$` takes words, which
    /// are escaped, `@` takes markup, `|` a string of JSON.
    pub fn put(&mut self, template: &str, numbers: &[i64], words: &[&str]) {
        let (mut numbers, mut words) = (numbers.iter(), words.iter());
        let mut number = || numbers.next().copied().unwrap_or(0);
        let mut plain = 0;
        for (at, b) in template.as_bytes().iter().enumerate() {
            if !matches!(b, b'%' | b'^' | b'~' | b'$' | b'@' | b'|') {
                continue;
            }
            self.0.push_str(template.get(plain..at).unwrap_or(""));
            plain = at + 1;
            match b {
                b'%' => decimal(&mut self.0, number(), 1),
                b'^' => decimal(&mut self.0, number(), 3),
                b'~' => decimal(&mut self.0, number(), 0),
                b'$' => escape(&mut self.0, words.next().unwrap_or(&"")),
                b'@' => self.0.push_str(words.next().unwrap_or(&"")),
                _ => quote(&mut self.0, words.next().unwrap_or(&"")),
            }
        }
        self.0.push_str(template.get(plain..).unwrap_or(""));
    }

    /// A text at a place (tenths of px).
    pub fn text(&mut self, x: i64, y: i64, class: &str, anchor: Anchor, words: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        self.put("<text class=\"@\" x=\"%\" y=\"%\" text-anchor=\"@\">$</text>", &[x, y], &[class, anchor, words]);
    }
}

/// Height of a band, tenths of px.
pub const BAND: i64 = 4_000;

/// Markup in bands of a height, so that a browser can leave out what is not in view. What is written goes to where
/// [`Layer::go`] went last.
#[derive(Default)]
pub struct Layer {
    /// From top to bottom.
    bands: Vec<Svg>,
    /// What is longer than a band.
    long: Svg,
    place: Option<usize>,
    here: Svg,
}

impl Layer {
    /// To what lies between two heights.
    pub fn go(&mut self, from: i64, to: i64) {
        let place = (to - from <= BAND).then_some((from / BAND).max(0) as usize);
        if place != self.place {
            self.leave();
            self.here = core::mem::take(self.band(place));
            self.place = place;
        }
    }

    /// Puts what is being written back to where it belongs.
    fn leave(&mut self) {
        let here = core::mem::take(&mut self.here);
        *self.band(self.place) = here;
    }

    fn band(&mut self, place: Option<usize>) -> &mut Svg {
        let Some(place) = place else { return &mut self.long };
        while self.bands.len() <= place {
            self.bands.push(Svg::default());
        }
        self.bands.get_mut(place).unwrap_or(&mut self.long)
    }

    /// All bands from top to bottom, and last what is longer than one.
    pub fn bands(mut self) -> Vec<String> {
        self.leave();
        self.bands.push(self.long);
        self.bands.into_iter().map(|band| band.0).collect()
    }
}

impl core::ops::Deref for Layer {
    type Target = Svg;

    fn deref(&self) -> &Svg {
        &self.here
    }
}

impl core::ops::DerefMut for Layer {
    fn deref_mut(&mut self) -> &mut Svg {
        &mut self.here
    }
}

/// Which end of a text its place is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// It starts there.
    Start,
    /// It is centred on it.
    Middle,
    /// It ends there.
    End,
}

/// Text that is safe in elements and in attributes.
pub fn escape(out: &mut String, words: &str) {
    for c in words.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // What XML cannot hold at all.
            '\0'..'\u{9}' | '\u{b}' | '\u{c}' | '\u{e}'..' ' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
}

/// Whether a character takes a square.
pub fn is_wide(c: char) -> bool {
    c >= '\u{2e80}'
}

/// The width of a text in tenths of px, as near as it can be told without the font.
pub fn width(words: &str, mono: bool) -> i64 {
    words.chars().map(|c| width_of(c, mono)).sum()
}

fn width_of(c: char, mono: bool) -> i64 {
    match (is_wide(c), mono) {
        (true, true) => 120,
        (true, false) => 130,
        (false, true) => 74,
        (false, false) => 66,
    }
}

/// Breaks words into lines that fit, about equally long: at spaces and between squares, no line starting with a mark.
pub fn wrap(words: &str, mut room: i64) -> Vec<String> {
    let mut lines = broken(words, room);
    while lines.len() > 1 {
        room -= 60;
        let narrower = broken(words, room);
        if narrower.len() > lines.len() || narrower.iter().any(|l| width(l, false) > room) {
            break;
        }
        lines = narrower;
    }
    lines
}

fn broken(words: &str, room: i64) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let (mut fits, mut long) = (0, 0);
    for c in words.chars() {
        // Where the line may end: before a square that is no mark, and behind a space.
        let mark = matches!(c, '，' | '。' | '；' | '：' | '、' | '）');
        if (is_wide(c) && !mark) || line.ends_with(|l| l == ' ' || is_wide(l)) && !is_wide(c) {
            fits = line.len();
        }
        line.push(c);
        long += width_of(c, false);
        if long > room + if c == ' ' { 66 } else { 0 } && fits > 0 {
            let rest = line.split_off(fits);
            while line.ends_with(' ') {
                line.pop();
            }
            lines.push(core::mem::replace(&mut line, rest));
            (fits, long) = (0, width(&line, false));
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// A length of time, as a person says it: `40.2 ms`, `1.02 s`, `2 min`.
pub fn duration(out: &mut String, us: u64) {
    let (n, places, unit) = match us {
        0..1_000 => (us, 0, "\u{a0}µs"),
        1_000..100_000 => ((us + 50) / 100, 1, "\u{a0}ms"),
        100_000..1_000_000 => ((us + 500) / 1_000, 0, "\u{a0}ms"),
        1_000_000..100_000_000 => ((us + 5_000) / 10_000, 2, "\u{a0}s"),
        _ => ((us + 500_000) / 1_000_000, 0, "\u{a0}s"),
    };
    decimal(out, n as i64, places);
    out.push_str(unit);
}
