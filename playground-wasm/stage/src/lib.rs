//! The picture of a finished run: a time-sequence diagram as one SVG, the same as rows of a table, and what a page needs
//! to move through it: which time is at which height, when something happens, which wait explains a silence.
//!
//! Drawn once for a run; whoever scrubs draws nothing anew. A drawing with a playhead ends with three things that move,
//! each by one attribute, to the height `y` that [`Picture::marks`] give for a time:
//! - `rect.veil`, which leaves 22 % of the future: its `y`;
//! - `g.playhead`: `translate(0 y)`, and the time in its text;
//! - `g.flying`, one `g` for each packet on its way: `translate(x y)`, on the straight line between the ends that the
//!   packet's own group tells: `data-x1`, `data-y1` (px) at `data-at` (µs), `data-x2`, `data-y2` at `data-to`; its glyph is
//!   `data-glyph`, its place in the run `data-packet`, its colour its class.
//!
//! A veil, not two layers with a clip: half the elements, and half the time to paint.
#![warn(clippy::unwrap_used)]
#![no_std]

extern crate alloc;

mod arrow;
mod bars;
mod beside;
pub mod bytes;
mod card;
mod code;
mod draw;
mod facts;
mod messages;
mod packet;
mod rows;
mod scale;
mod story;
mod sum;
mod svg;
mod wait;
mod words;

use alloc::string::String;
use alloc::vec::Vec;

use netsim::world::World;

use svg::Svg;

pub use code::Wait;
pub use draw::Drawn;
pub use facts::{Called, Conn, Look, Note, Queue, Role, State, Write};
pub use messages::messages;
pub use packet::{Kind, NONE, Packet};
pub use rows::{Row, now};
pub use scale::Scale;
pub use story::{Rail, Story};
pub use sum::{Message, Sum};
pub use wait::Waiting;
pub use words::Lang;

/// Which part of a run, how wide, in which language.
#[derive(Debug, Clone, Copy)]
pub struct Frame {
    /// Width in px, which is also that of the column: 610 or 600, or 390 or 358 for a phone.
    pub width: u32,
    /// Beginning of what is shown, µs of the world.
    pub from: u64,
    /// Its end.
    pub to: u64,
    /// Where the playhead stands; without it all is past, as in print.
    pub at: Option<u64>,
    /// Language of the words.
    pub lang: Lang,
}

/// A drawn run.
#[derive(Debug)]
pub struct Picture {
    /// The diagram. It uses the classes of `stage.css` and `fig.css` and the glyphs of the page's sprite.
    pub drawn: Drawn,
    /// Which time (µs) is at which height (tenths of px); linear in between.
    pub marks: Vec<(u64, i64)>,
    /// The same as a table.
    pub rows: Vec<Row>,
    /// When something happens, for step keys; µs, rising.
    pub events: Vec<u64>,
    /// What explains the silences.
    pub waits: Vec<Told>,
    /// The moment that tells most, for a page that shows only one.
    pub telling: u64,
    /// When the first packet left; times are told from there.
    pub zero: u64,
    /// The last that is worth a look of the whole run.
    pub end: u64,
    /// Beginning of what is drawn.
    pub from: u64,
    /// Its end.
    pub to: u64,
    /// Names of the hosts that rows refer to.
    pub hosts: Vec<String>,
}

/// A wait as it is told.
#[derive(Debug)]
pub struct Told {
    /// Why.
    pub code: Wait,
    /// Who waits, as in rows.
    pub host: usize,
    /// Since when, µs.
    pub from: u64,
    /// Until when.
    pub to: u64,
    /// Bytes that wait and bytes that block them; of a queue its length and limit.
    pub numbers: [u64; 2],
    /// The sentence.
    pub words: String,
}

impl Picture {
    /// The whole diagram as markup.
    pub fn svg(&self) -> String {
        self.drawn.svg()
    }

    /// As JSON, for browsers: `svg` (two texts, between which the layers belong), `bands` (how many there are, see
    /// [`Drawn::band`]), `marks` [µs, tenths of px], `events` µs, `rows` [from, to, host, kind, words, and of a packet: place,
    /// glyph; of a state: connection from 1, name], `waits` [from, to, host, code, number, number, words], `hosts` names, and
    /// µs: `telling`, `zero`, `end`, `from`, `to`.
    pub fn json(&self) -> String {
        let mut out = Svg::default();
        let bands = self.drawn.layers[0].len() as i64;
        out.put("{\"svg\":[|,|],\"bands\":~", &[bands], &[&self.drawn.head, &self.drawn.tail]);
        let times =
            [("telling", self.telling), ("zero", self.zero), ("end", self.end), ("from", self.from), ("to", self.to)];
        for (name, time) in times {
            out.put(",|:~", &[time as i64], &[name]);
        }
        let mut list = |name: &str, length: usize, one: &dyn Fn(&mut Svg, usize)| {
            out.put(",|:[", &[], &[name]);
            for i in 0..length {
                out.0.push_str(if i > 0 { "," } else { "" });
                one(&mut out, i);
            }
            out.0.push(']');
        };
        list("marks", self.marks.len(), &|out, i| {
            let Some(m) = self.marks.get(i) else { return };
            out.put("[~,~]", &[m.0 as i64, m.1], &[]);
        });
        list("events", self.events.len(), &|out, i| {
            out.put("~", &[self.events.get(i).copied().unwrap_or(0) as i64], &[]);
        });
        list("rows", self.rows.len(), &|out, i| {
            let Some(r) = self.rows.get(i) else { return };
            let times = [r.from as i64, r.to as i64, r.host as i64];
            out.put("[~,~,~,|,|", &times, &[r.kind, &r.words]);
            if let Some((number, name)) = r.of {
                out.put(",~,|", &[number as i64], &[name]);
            }
            out.0.push(']');
        });
        list("hosts", self.hosts.len(), &|out, i| {
            out.put("|", &[], &[self.hosts.get(i).map_or("", |h| h)]);
        });
        list("waits", self.waits.len(), &|out, i| {
            let Some(w) = self.waits.get(i) else { return };
            let [n, m] = w.numbers.map(|n| n as i64);
            let numbers = [w.from as i64, w.to as i64, w.host as i64, n, m];
            out.put("[~,~,~,|,~,~,|]", &numbers, &[w.code.name(), &w.words]);
        });
        out.0.push('}');
        out.0
    }
}

impl Frame {
    /// All of a run that is worth a look.
    pub fn all(story: &Story, width: u32, lang: Lang) -> Frame {
        Frame { width, from: story.zero, to: story.last(), at: None, lang }
    }
}

/// Draws a run.
pub fn picture(story: &Story, mut frame: Frame) -> Picture {
    frame.to = frame.to.min(story.last());
    frame.from = frame.from.min(frame.to);
    let scale = Scale::new(story, frame.from, frame.to);
    let rows = rows::rows(story, frame);
    let mut events: Vec<u64> = Vec::new();
    for r in &rows {
        scale::insert(&mut events, r.from);
        scale::insert(&mut events, r.to);
    }
    let mut waits = Vec::new();
    for w in story.waits.iter().filter(|w| w.from < frame.to && w.to > frame.from) {
        let (code, host, words) = (w.code, w.host, w.words(frame.lang, false));
        waits.push(Told { code, host, from: w.from, to: w.to, numbers: w.numbers, words });
    }
    Picture {
        drawn: draw::draw(story, frame, &scale),
        marks: scale.marks,
        rows,
        events,
        waits,
        telling: rows::telling(story, frame),
        zero: story.zero,
        end: story.last(),
        from: frame.from,
        to: frame.to,
        hosts: (0..story.rails.len()).map(|i| story.host(i, frame.lang).into()).collect(),
    }
}

/// Reads and draws all of a world that has been run with its sockets watched.
pub fn of_world(world: &World, width: u32, lang: Lang) -> Picture {
    let story = Story::new(world);
    let frame = Frame::all(&story, width, lang);
    picture(&story, frame)
}
