//! What stands beside the rails, the client's on the left and the server's on the right: words for calls, refusals and
//! states, and brackets that name a wait.

use alloc::string::String;
use alloc::vec::Vec;

use netsim::trace::{CallName, What};

use crate::bars::{HELD, LANE};
use crate::code::Wait;
use crate::draw::Drawing;
use crate::facts::{Called, State};
use crate::rows;
use crate::scale::TOP;
use crate::svg::{Anchor, decimal, width, wrap};

/// Height of a line of words.
const LINE: i64 = 150;
/// A bracket is worth its words from this height on.
const BRACKET: i64 = 260;
/// Calls that crowd are told as one from this number on.
const CROWD: usize = 7;

/// Distances from a rail outwards.
#[derive(Clone, Copy)]
struct Reach {
    block: i64,
    held: i64,
    bracket: i64,
    words: i64,
}

impl Drawing<'_> {
    /// Everything beside the rails.
    pub fn beside(&mut self) {
        for host in 0..2 {
            let (lanes, lane_of) = self.lanes(host);
            let held = self.holds(host);
            let block = 40 + LANE * lanes as i64;
            let bracket = block + 60 + if held.is_empty() { 0 } else { HELD + 30 };
            let reach = Reach { block, held: block + 50, bracket, words: bracket + 100 };
            self.states(host, &lane_of);
            for h in held {
                self.held(host, reach.held, &h);
            }
            self.calls(host, reach);
            self.refusals(host, reach);
            self.brackets(host, reach);
            self.state_names(host, reach);
        }
    }

    /// A place so far outwards of a rail.
    pub(crate) fn out(&self, host: usize, distance: i64) -> i64 {
        self.rail(host) + if host == 0 { -distance } else { distance }
    }

    pub(crate) fn rect(&mut self, class: &str, host: usize, distance: i64, wide: i64, (from, to): (i64, i64)) {
        let x = self.out(host, distance) - if host == 0 { wide } else { 0 };
        self.go(from, to);
        self.under.put(
            "<rect class=\"@\" x=\"%\" y=\"%\" width=\"%\" height=\"%\"/>",
            &[x, from, wide, (to - from).max(20)],
            &[class],
        );
    }

    /// Takes room beside a rail: the nearest that is free from there on, or also above it.
    fn take(&mut self, host: usize, top: i64, height: i64, up: bool) -> i64 {
        let taken = &self.taken[host & 1];
        let free = |top: i64| !taken.iter().any(|t| top < t.1 && t.0 < top + height);
        let mut found = top.max(TOP - 120);
        for step in 0.. {
            if free(top + step * 20) {
                found = top + step * 20;
                break;
            }
            if up && top - step * 20 > TOP && free(top - step * 20) {
                found = top - step * 20;
                break;
            }
        }
        self.taken[host & 1].push((found, found + height));
        self.lowest = self.lowest.max(found + height);
        found
    }

    /// Lines of words beside a rail at about that height; where they had to go elsewhere, a line leads to them.
    fn say(&mut self, host: usize, reach: Reach, at: i64, lines: &[(&str, &str)]) {
        let height = LINE * lines.len() as i64;
        let top = self.take(host, at - 90, height, false);
        let from = self.out(host, reach.block - 30);
        let near = self.out(host, reach.words - 50);
        self.go(at.min(top), at.max(top + 90));
        let rail = self.rail(host);
        self.over.put("<path class=\"lead\" d=\"M% %H%", &[rail, at, from], &[]);
        self.over.put("L% %H%\"/>", &[near + (from - near) / 4, top + 90, near], &[]);
        self.over.put("<circle class=\"ink\" cx=\"%\" cy=\"%\" r=\"3\"/>", &[rail, at], &[]);
        for (i, (words, class)) in lines.iter().enumerate() {
            self.line_of(host, reach.words, top + 130 + LINE * i as i64, class, words);
        }
    }

    /// Words beside a rail. What does not fit there moves inwards rather than out of the picture.
    fn line_of(&mut self, host: usize, distance: i64, y: i64, class: &str, words: &str) {
        let (x, wide) = (self.out(host, distance), width(words, true) + 20);
        let (x, anchor) =
            if host == 0 { (x.max(wide), Anchor::End) } else { (x.min(self.width - wide), Anchor::Start) };
        self.go(y, y);
        self.over.text(x, y, class, anchor, words);
    }

    /// When a call's words stand: at its return if that is what it is about.
    fn moment(c: &Called) -> u64 {
        match c.fact.call {
            CallName::Recv | CallName::RecvFrom | CallName::Accept => c.to,
            _ => c.from,
        }
    }

    fn calls(&mut self, host: usize, reach: Reach) {
        let story = self.story;
        let mut mine: Vec<&Called> = Vec::new();
        for c in story.calls.iter().filter(|c| c.host == host && c.fact.call != CallName::Ss) {
            let at = Self::moment(c);
            if c.to > c.from && self.shows(c.from, c.to) && self.y(c.to) - self.y(c.from) >= 30 {
                self.rect("blocked", host, reach.block, 30, (self.y(c.from), self.y(c.to)));
            }
            if (self.frame.from..=self.frame.to).contains(&at) {
                // Nobody needs to be told that a program ended once it has closed.
                let closed = |o: &Called| o.fact.call == CallName::Close && Self::moment(o) == at;
                if c.fact.call == CallName::Exit && mine.iter().any(|o| closed(o)) {
                    continue;
                }
                let place = mine.iter().rposition(|o| Self::moment(o) <= at).map_or(0, |i| i + 1);
                mine.insert(place, c);
            }
        }
        let mut i = 0;
        while let Some(c) = mine.get(i) {
            let plain = |c: &Called| matches!(c.fact.result, Some(Ok(_)));
            let mut end = i + 1;
            while let (Some(last), Some(next)) = (mine.get(end - 1), mine.get(end)) {
                let near = self.y(Self::moment(next)) - self.y(Self::moment(last)) < LINE;
                if !(near && next.fact.call == c.fact.call && next.conn == c.conn && plain(next) && plain(c)) {
                    break;
                }
                end += 1;
            }
            let at = self.y(Self::moment(c));
            if end - i >= CROWD {
                self.crowd(host, reach, mine.get(i..end).unwrap_or(&[]), at);
                i = end;
                continue;
            }
            i += 1;
            let mut words = rows::call(story, c, !self.wide);
            if width(&words, true) > self.room(host, reach) {
                words = rows::call(story, c, true);
            }
            let words = (words.as_str(), "m h");
            let Some(Err(e)) = c.fact.result else {
                self.say(host, reach, at, &[words]);
                continue;
            };
            // What went wrong stands where it was told.
            let error = (e.name(), "m h pen");
            if c.to > c.from && Self::moment(c) == c.from {
                self.say(host, reach, at, &[words]);
                self.say(host, reach, self.y(c.to), &[error]);
            } else {
                self.say(host, reach, self.y(c.to), &[words, error]);
            }
        }
    }

    /// Many calls of one kind, close together.
    fn crowd(&mut self, host: usize, reach: Reach, calls: &[&Called], at: i64) {
        let Some(first) = calls.first() else { return };
        let mut words = String::from(first.fact.call.name());
        repeated(&mut words, calls.len());
        let (mut sum, mut writes, rail) = (0, Vec::new(), self.rail(host));
        for c in calls {
            let y = self.y(Self::moment(c));
            self.go(y, y);
            self.over.put("<circle class=\"ink\" cx=\"%\" cy=\"%\" r=\"3\"/>", &[rail, y], &[]);
            if let Some(Ok(n)) = c.fact.result {
                sum += n;
            }
            if let Some(w) = c.write {
                writes.push(w);
            }
        }
        if sum > 0 && self.wide {
            words.push_str(" = ");
            decimal(&mut words, sum, 0);
        }
        let names = self.story.names(&writes);
        let lines = [(words.as_str(), "m h"), (names.as_str(), "m h")];
        self.say(host, reach, at, if writes.is_empty() { &lines[..1] } else { &lines });
    }

    /// Packets that came and were not taken, or could not be sent.
    fn refusals(&mut self, host: usize, reach: Reach) {
        let mut said: Vec<(i64, String, usize)> = Vec::new();
        let mut last_at = 0;
        for p in self.story.packets.iter().filter(|p| p.ends[1] == host) {
            let Some(why) = rows::refused(p, self.frame.lang).filter(|_| self.shows(p.to, p.to)) else { continue };
            let y = self.y(p.to);
            match said.last_mut() {
                Some(last) if last.1 == why && y - last_at < LINE => last.2 += 1,
                _ => said.push((y, why, 1)),
            }
            last_at = y;
        }
        for n in self.story.notes.iter().filter(|n| n.host == host && self.shows(n.at, n.at)) {
            // Tables of hosts have views of their own.
            let told = matches!(n.what, What::Unreached { .. } | What::PathMtu { .. } | What::ReassemblyFailed);
            if let Some(words) = rows::note(n, self.story, self.frame.lang).filter(|_| told) {
                said.push((self.y(n.at), words, 1));
            }
        }
        for (y, mut why, times) in said {
            repeated(&mut why, times);
            let lines = wrap(&why, self.room(host, reach));
            let line = |i: usize| (lines.get(i).map_or("", |l| l.as_str()), "pen h");
            self.say(host, reach, y, &[line(0), line(1), line(2)][..lines.len().min(3)]);
        }
    }

    fn room(&self, host: usize, reach: Reach) -> i64 {
        let edge = if host == 0 { self.rail(0) - if self.wide { 420 } else { 20 } } else { self.width - self.rail(1) };
        (edge - reach.words - 30).max(400)
    }

    /// Brackets that say why nothing happens, those that explain most first.
    fn brackets(&mut self, host: usize, reach: Reach) {
        let mut drawn: Vec<(i64, i64, Wait)> = Vec::new();
        for rank in 0..=Wait::Congestion as usize {
            let story = self.story;
            for w in story.waits.iter().filter(|w| w.host == host && w.code as usize == rank) {
                let (mut from, mut to) = (self.y(w.from) + 20, self.y(w.to) - 20);
                if to - from < BRACKET || !self.shows(w.from, w.to) {
                    continue;
                }
                // Where another says more, this one stands before or behind it.
                let mut same = false;
                for d in &drawn {
                    if from >= d.1 || d.0 >= to {
                        continue;
                    }
                    same |= d.2 == w.code;
                    if d.0 - from < to - d.1 { from = from.max(d.1 + 40) } else { to = to.min(d.0 - 40) }
                }
                if to - from < BRACKET || same {
                    // What is said once of several connections is said.
                    self.left_out += u64::from(!same);
                    continue;
                }
                let room = self.room(host, reach);
                let height = |lines: &[String]| LINE * 12 / 10 * lines.len() as i64;
                let mut lines = wrap(&w.words(self.frame.lang, !self.wide), room);
                if height(&lines) > to - from {
                    lines = wrap(&w.words(self.frame.lang, true), room);
                }
                let height = height(&lines);
                let top = self.take(host, (from + to - height) / 2, height, true);
                if top > to || top + height < from {
                    // Words so far away would name something else.
                    self.taken[host & 1].pop();
                    self.left_out += 1;
                    continue;
                }
                drawn.push((from, to, w.code));
                let (x, foot) = (self.out(host, reach.bracket + 60), self.out(host, reach.bracket));
                self.go(from, to);
                self.over.put("<path class=\"penl\" d=\"M% %H%V%H%\"/>", &[foot, from, x, to, foot], &[]);
                for (i, l) in lines.iter().enumerate() {
                    self.line_of(host, reach.words, top + 140 + LINE * 12 / 10 * i as i64, "pen h", l);
                }
            }
        }
    }

    /// Names of states where there is room for them; of several that begin together, once.
    fn state_names(&mut self, host: usize, reach: Reach) {
        let mut said: Vec<(i64, i64, &State, usize)> = Vec::new();
        for s in self.story.states.iter().filter(|s| s.host == host) {
            let (from, to) = (self.y(s.from), self.y(s.to));
            if !self.shows(s.from, s.to) || to - from < LINE {
                continue;
            }
            match said.iter_mut().find(|o| o.2.name == s.name && from - o.0 < LINE * 2) {
                Some(o) => o.3 += 1,
                None => said.push((from, to, s, 1)),
            }
        }
        for (from, to, s, times) in said {
            let free = |top: i64| !self.taken[host & 1].iter().any(|t| top < t.1 && t.0 < top + LINE);
            let Some(top) = (0..(to - from - 100) / 20).map(|i| from + 10 + i * 20).find(|top| free(*top)) else {
                self.left_out += 1;
                continue;
            };
            self.taken[host & 1].push((top, top + LINE));
            let class = if self.stuck(s) { "state pen h" } else { "state h" };
            let mut words = String::from(s.name);
            repeated(&mut words, times);
            self.line_of(host, reach.words - 60, top + 120, class, &words);
        }
    }
}

fn repeated(words: &mut String, times: usize) {
    if times > 1 {
        words.push_str(" ×");
        decimal(words, times as i64, 0);
    }
}
