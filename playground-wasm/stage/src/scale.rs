//! Time → height. Linear, so that the grid is the scale and a slope means a delay; only long silences are cut short, and
//! the cut says how long it was.

use alloc::vec::Vec;

use netsim::trace::CallName;

use crate::code::Wait;
use crate::story::Story;

/// Where time begins, tenths of px.
pub const TOP: i64 = 720;
/// How far an arrow falls: 46 px on a distance of 230 is 11.3°.
const FALL: i64 = 460;
/// Least distance of two arrows' words.
const APART: i64 = 140;
/// What is left of a silence that is cut.
const CUT: i64 = 720;
/// A silence is cut when it would be longer.
const QUIET: i64 = 1_500;
/// The same of one that a wait of the stack explains: its length is the point.
const TELLING: i64 = 4_300;
/// Behind the last moment.
const AFTER: i64 = 140;

/// A mapping of time to height, in pieces that are linear.
#[derive(Debug, Default)]
pub struct Scale {
    /// Times (µs) and heights (tenths of px), both rising.
    pub marks: Vec<(u64, i64)>,
    /// Pieces in which the time is cut: place of the mark at which they begin.
    pub cuts: Vec<usize>,
    /// Tenths of px in a second, where nothing is cut.
    pub rate: i64,
}

impl Scale {
    /// For what happens in a story between two times.
    pub fn new(story: &Story, from: u64, to: u64) -> Scale {
        let to = to.max(from + 1);
        let rate = rate(story, from, to);
        let mut scale = Scale { marks: Vec::new(), cuts: Vec::new(), rate };
        let mut y = TOP;
        let mut last = from;
        scale.marks.push((from, y));
        for at in moments(story, from, to) {
            let natural = length(at - last, rate);
            let most = if explained(story, last, at) { TELLING } else { QUIET };
            if natural > most {
                scale.cuts.push(scale.marks.len() - 1);
            }
            y += if natural > most { CUT } else { natural };
            scale.marks.push((at, y));
            last = at;
        }
        scale.thin();
        // Room for the last words, at the same rate.
        scale.marks.push((last + (AFTER * 1_000_000 / rate.max(1)).max(1) as u64, y + AFTER));
        scale
    }

    /// The height of a time.
    pub fn y(&self, at: u64) -> i64 {
        let i = self.marks.partition_point(|m| m.0 <= at);
        match (i.checked_sub(1).and_then(|i| self.marks.get(i)), self.marks.get(i)) {
            (Some(a), Some(b)) => a.1 + (at - a.0) as i64 * (b.1 - a.1) / ((b.0 - a.0) as i64).max(1),
            (Some(last), None) => last.1,
            (None, first) => first.map_or(TOP, |f| f.1),
        }
    }

    /// Where the drawing of time ends.
    pub fn bottom(&self) -> i64 {
        self.marks.last().map_or(TOP, |m| m.1)
    }

    /// Takes out marks in the middle of a line: between cuts, two are enough.
    fn thin(&mut self) {
        let mut marks = Vec::new();
        let mut cuts = Vec::new();
        for (i, m) in self.marks.iter().enumerate() {
            let (here, before) = (self.cuts.contains(&i), i > 0 && self.cuts.contains(&(i - 1)));
            if i == 0 || i + 1 == self.marks.len() || here || before {
                if here {
                    cuts.push(marks.len());
                }
                marks.push(*m);
            }
        }
        (self.marks, self.cuts) = (marks, cuts);
    }
}

fn length(us: u64, rate: i64) -> i64 {
    (us as i64 * rate + 500_000) / 1_000_000
}

/// All times at which something is drawn, in order, each once.
fn moments(story: &Story, from: u64, to: u64) -> Vec<u64> {
    let mut all: Vec<u64> = Vec::new();
    let mut add = |times: [u64; 2]| {
        for at in times {
            if (from + 1..=to).contains(&at) {
                insert(&mut all, at);
            }
        }
    };
    story.packets.iter().for_each(|p| add([p.at, p.to]));
    story.calls.iter().filter(|c| c.fact.call != CallName::Ss).for_each(|c| add([c.from, c.to]));
    story.states.iter().for_each(|s| add([s.from, s.to]));
    add([to; 2]);
    all
}

/// Puts a time in its place, once. Times come nearly in order, so that no sort is worth its code.
pub fn insert(all: &mut Vec<u64>, at: u64) {
    let place = all.partition_point(|t| *t < at);
    if all.get(place) != Some(&at) {
        all.insert(place, at);
    }
}

/// Whether a wait whose length matters covers this silence.
fn explained(story: &Story, from: u64, to: u64) -> bool {
    story.waits.iter().any(|w| w.code <= Wait::Cork && w.from <= from && w.to >= to)
}

/// Tenths of px in a second: an arrow falls as far as it should, or somewhat further where many leave close together.
fn rate(story: &Story, from: u64, to: u64) -> i64 {
    let mut close = 0;
    let mut least = u64::MAX;
    let mut last = [None; 2];
    for p in story.packets.iter().filter(|p| (from..=to).contains(&p.at)) {
        let before: Option<u64> = last[p.host & 1].replace(p.at);
        if let Some(before) = before {
            least = least.min((p.at - before).max(1));
            close += 1;
        }
    }
    let rate = FALL * 1_000_000 / story.flight.max(1) as i64;
    let wanted = APART * 1_000_000 / least.min(i64::MAX as u64) as i64;
    if close > 1 && wanted > rate && wanted < rate * 3 { wanted.min(rate * 14 / 10) } else { rate }
}
