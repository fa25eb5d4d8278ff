//! The bars beside the rails: states of sockets, and bytes that wait to be sent.

use alloc::vec::Vec;

use crate::draw::Drawing;
use crate::facts::{State, add};

/// Width of a state's bar and the distance to the next.
pub const LANE: i64 = 110;
/// Width of the bar of held bytes.
pub const HELD: i64 = 210;
/// How many states of a host are drawn side by side.
const LANES: usize = 3;

impl Drawing<'_> {
    /// Which lane each state of a host has, and how many lanes there are.
    pub(crate) fn lanes(&mut self, host: usize) -> (usize, Vec<(usize, usize)>) {
        let most = if self.wide { LANES } else { 1 };
        let mut ends: Vec<(u64, usize)> = Vec::new();
        let mut given = Vec::new();
        let story = self.story;
        for (i, s) in story.states.iter().enumerate() {
            if s.host != host || !self.shows(s.from, s.to) || s.to <= self.frame.from {
                continue;
            }
            // A connection stays in its lane while it lasts.
            let free = ends.iter().position(|e| e.1 == s.conn).or(ends.iter().position(|e| e.0 < s.from));
            let lane = match free {
                Some(lane) => lane,
                None if ends.len() < most => {
                    ends.push((0, 0));
                    ends.len() - 1
                }
                None => {
                    self.left_out += 1;
                    continue;
                }
            };
            if let Some(e) = ends.get_mut(lane) {
                *e = (s.to, s.conn);
            }
            given.push((i, lane));
        }
        (ends.len(), given)
    }

    pub(crate) fn states(&mut self, host: usize, lanes: &[(usize, usize)]) {
        for (i, lane) in lanes {
            let Some(s) = self.story.states.get(*i) else { continue };
            let class = match s.name {
                _ if self.stuck(s) => "bar stuck",
                "SYN-SENT" | "SYN-RECV" => "bar opening",
                "ESTAB" => "bar",
                _ => "bar closing",
            };
            let span = (self.y(s.from), self.y(s.to));
            self.rect(class, host, 30 + LANE * *lane as i64, 90, span);
        }
    }

    /// A state that is not a step but a place to be stuck in.
    pub(crate) fn stuck(&self, s: &State) -> bool {
        let long = s.to - s.from > 500_000 || s.to >= self.story.end && s.to - s.from > self.story.flight * 4;
        let again =
            |p: &crate::Packet| p.again && p.conn == s.conn && p.role == s.role && (s.from..=s.to).contains(&p.at);
        match s.name {
            "CLOSE-WAIT" | "FIN-WAIT-2" => long,
            "ESTAB" | "TIME-WAIT" => false,
            _ => self.story.packets.iter().any(again),
        }
    }

    /// Times in which bytes wait to be sent, and the writes they are of: where each begins.
    pub(crate) fn holds(&self, host: usize) -> Vec<(u64, u64, Vec<usize>)> {
        let mut found: Vec<(u64, u64, Vec<usize>)> = Vec::new();
        let mut open: Option<(u32, u64, Vec<usize>)> = None;
        let mut close = |open: &mut Option<(u32, u64, Vec<usize>)>, to: u64| {
            if let Some((_, from, writes)) = open.take().filter(|o| self.shows(o.1, to))
                && self.y(to) - self.y(from) >= 80
            {
                found.push((from, to, writes));
            }
        };
        for l in self.story.looks.iter().filter(|l| l.host == host) {
            let unsent = l.view.map_or(0, |v| v.unsent);
            let waiting = self.story.writes_in(l.conn, l.role, l.nxt, l.nxt + unsent);
            match &mut open {
                // A FIN that waits is no byte.
                None if !waiting.is_empty() => open = Some((l.id, l.at, waiting)),
                Some(o) if o.0 == l.id && !waiting.is_empty() => {
                    add(&mut o.2, &waiting);
                }
                Some(o) if o.0 == l.id => close(&mut open, l.at),
                _ => {}
            }
        }
        close(&mut open, self.story.end);
        found
    }

    pub(crate) fn held(&mut self, host: usize, distance: i64, (from, to, writes): &(u64, u64, Vec<usize>)) {
        let (top, bottom) = (self.y(*from), self.y(*to));
        let x = self.out(host, distance) - if host == 0 { HELD } else { 0 };
        self.go(top, bottom);
        self.over.put(
            "<g><title>$</title><rect class=\"held\" x=\"%\" y=\"%\" width=\"21\" height=\"%\"/></g>",
            &[x, top, bottom - top],
            &[&self.story.names(writes)],
        );
        let mut y = top;
        for (i, w) in writes.iter().enumerate() {
            let written = self.story.calls.iter().find(|c| c.write == Some(*w)).map_or(0, |c| self.y(c.from));
            y = y.max(written.min(bottom - 220)).max(top) + 20;
            let more = i == 3 && writes.len() > 4;
            if y + 200 > bottom {
                return;
            }
            self.go(y, y);
            self.cell(false, *w, (x, y), None, if more { Some("…") } else { None });
            if more {
                return;
            }
            y += 200;
        }
    }
}
