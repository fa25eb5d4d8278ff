//! A trace → what there is to draw: packets with their kinds and fates, writes with their bytes, states, queues. Refers to
//! the trace, and knows neither places nor words.

use alloc::string::String;
use alloc::vec::Vec;

use netsim::calls::Opt;
use netsim::tcp::segment::{Endpoint, Segment};
use netsim::tcp::state as tcp;
use netsim::trace::{Args, BareSocket, CallFact, CallName, Fact, Refused, SocketView, What};
use netsim::view::ss::state_name;

use crate::facts::{Called, Conn, Look, Queue, Setting, State, Write};
use crate::packet::Packet;
use crate::scale::insert;
use crate::svg::decimal;
use crate::wait::{Waiting, waits};

/// All there is to draw of a run.
#[derive(Default)]
pub struct Story<'a> {
    /// Connections, in the order of their first packet.
    pub conns: Vec<Conn>,
    /// In the order sent.
    pub packets: Vec<Packet>,
    /// In the order in which they returned.
    pub calls: Vec<Called<'a>>,
    /// In the order in which they returned.
    pub writes: Vec<Write>,
    /// Sockets, whenever they differed.
    pub looks: Vec<Look<'a>>,
    /// States, in the order in which they began.
    pub states: Vec<State>,
    /// Accept queues.
    pub queues: Vec<Queue>,
    /// What explains the silences.
    pub waits: Vec<Waiting>,
    /// The first packet; times are told from here.
    pub zero: u64,
    /// The last that happened.
    pub end: u64,
    /// How long a packet usually takes.
    pub flight: u64,
    settings: Vec<Setting>,
    /// Writes without letters, and until when they are made.
    lettered: usize,
    letters_from: u64,
}

impl<'a> Story<'a> {
    /// Reads a trace.
    pub fn new(trace: &'a [Fact]) -> Story<'a> {
        Story::lettered(trace, 0)
    }

    /// Reads a trace; the first write from that time on is A.
    pub fn lettered(trace: &'a [Fact], from: u64) -> Story<'a> {
        let mut story = Story { letters_from: from, ..Story::default() };
        for f in trace {
            let at = f.at.as_micros();
            story.end = at;
            match &f.what {
                What::Sent { packet, segment } => story.sent(*packet, f.host, at, segment),
                What::Lost { packet, .. } => story.fate(*packet, |p| p.lost = true),
                What::Arrived { packet } => story.arrived(*packet, at),
                What::Discarded { packet, why } => story.refused(*packet, *why),
                What::Call(call) => story.called(f.host, at, call),
                What::Socket { id, view } => story.looked(f.host, at, *id, Some(view)),
                What::Gone { id } => story.looked(f.host, at, *id, None),
                What::Bare { rows } => story.bare(f.host, at, rows),
                What::SentOther { .. }
                | What::Looped { .. }
                | What::Neighbour { .. }
                | What::Unreached { .. }
                | What::PathMtu { .. }
                | What::ReassemblyFailed
                | What::Tracked { .. }
                | What::Counted { .. }
                | What::Stopped { .. } => {}
            }
        }
        story.zero = story.packets.first().map_or(0, |p| p.at);
        let end = story.end;
        for s in &mut story.states {
            s.to = if s.open { end } else { s.to };
        }
        for q in &mut story.queues {
            q.to = if q.open { end } else { q.to };
        }
        let mut flights = Vec::new();
        for p in &story.packets {
            if let Some(arrived) = p.arrived {
                insert(&mut flights, arrived - p.at);
            }
        }
        story.flight = flights.get(flights.len() / 2).copied().unwrap_or(5_000).clamp(50, 60_000_000);
        for i in 0..story.packets.len() {
            let Some(p) = story.packets.get(i) else { continue };
            let letters = story.writes_in(p.host, p.conn, p.offset, p.offset + p.len);
            let to = p.arrived.unwrap_or(p.at + story.flight);
            if let Some(p) = story.packets.get_mut(i) {
                (p.writes, p.to) = (letters, to);
            }
        }
        story.waits = waits(&story);
        // A process that is woken takes its time: that is no wait.
        let least = (story.flight / 4).min(1_000);
        story.waits.retain(|w| w.to - w.from >= least);
        story
    }

    /// The connection that a client's end names.
    fn conn(&mut self, client: Endpoint) -> usize {
        match self.conns.iter().position(|c| c.client == client) {
            Some(i) => i,
            None => {
                self.conns.push(Conn { client, ..Conn::default() });
                self.conns.len() - 1
            }
        }
    }

    fn sent(&mut self, number: u32, host: usize, at: u64, s: &Segment) {
        let (client, server) = if host == 0 { (s.from, s.to) } else { (s.to, s.from) };
        let conn = self.conn(client);
        if let Some(c) = self.conns.get_mut(conn) {
            c.server = server;
            self.packets.push(Packet::sent(number, host, conn, at, s, c));
        }
    }

    fn fate(&mut self, number: u32, change: impl FnOnce(&mut Packet)) {
        if let Some(p) = self.packets.iter_mut().rev().find(|p| p.number == number) {
            change(p);
        }
    }

    fn arrived(&mut self, number: u32, at: u64) {
        let Some(p) = self.packets.iter_mut().rev().find(|p| p.number == number) else { return };
        p.arrived = p.arrived.or(Some(at));
        if let (true, Some(c)) = (p.len > 0, self.conns.get_mut(p.conn)) {
            c.dirs[(p.host & 1) ^ 1].heard = true;
        }
    }

    fn refused(&mut self, number: u32, why: Refused) {
        self.fate(number, |p| p.refused = Some(why));
    }

    fn called(&mut self, host: usize, at: u64, fact: &'a CallFact) {
        let conn = fact.client.map(|c| self.conn(c));
        let from = fact.began.as_micros();
        let mut write = None;
        if let (Some(c), 0, CallName::Connect) = (conn.and_then(|i| self.conns.get_mut(i)), host, fact.call) {
            c.name = fact.sock.clone();
        }
        if let (Some(i), Some(Ok(n))) = (conn, fact.result)
            && let Some(c) = self.conns.get_mut(i)
            && matches!(fact.call, CallName::Send | CallName::Sendv)
            && n > 0
        {
            let first = c.dirs[host & 1].written;
            c.dirs[host & 1].written += n as u32;
            write = Some(self.writes.len());
            self.lettered += usize::from(from < self.letters_from);
            let nth = self.writes.iter().filter(|w| w.host == host).count();
            self.writes.push(Write { host, conn: i, bytes: (first, first + n as u32), nth });
        }
        let mut set = Setting { at: from, host, conn, cork: None, more: None, nodelay: None };
        match fact.args.as_deref() {
            Some(Args::Open(_, opts) | Args::Set(opts)) => {
                for o in opts.iter() {
                    match o {
                        Opt::Cork(on) => set.cork = Some(*on),
                        Opt::Nodelay(on) => set.nodelay = Some(*on),
                        _ => {}
                    }
                }
            }
            Some(Args::Send { more, .. }) => set.more = Some(*more),
            _ => {}
        }
        self.settings.push(set);
        self.calls.push(Called { host, conn, from, to: at, fact, write });
    }

    fn looked(&mut self, host: usize, at: u64, id: u32, view: Option<&'a SocketView>) {
        // Nothing waits in a socket that is closed, whatever still lies in it.
        let view = view.filter(|v| v.state != tcp::State::Closed);
        let before = self.looks.iter().rev().find(|l| (l.host, l.id) == (host, id)).map(|l| l.conn);
        let conn = match (view, before) {
            (_, Some(conn)) => conn,
            (Some(v), None) => self.conn(if host == 0 { v.local } else { v.remote }),
            (None, None) => return,
        };
        let (nxt, wants) = self.conns.get(conn).map_or((0, 0), |c| {
            let dir = &c.dirs[host & 1];
            (dir.end.saturating_sub(1), dir.acked.unwrap_or(0).saturating_sub(1))
        });
        self.looks.push(Look { at, host, id, conn, view, nxt, wants });
        self.state(host, at, conn, view.map(|v| state_name(v.state)), false, None);
    }

    fn state(&mut self, host: usize, at: u64, conn: usize, name: Option<&'static str>, bare: bool, due: Option<u64>) {
        let open = self.states.iter_mut().find(|s| s.open && (s.host, s.conn) == (host, conn));
        if let Some(s) = open {
            // A half-open request does not know that its socket has been made.
            if Some(s.name) == name || name.is_none() && s.bare != bare {
                return;
            }
            (s.to, s.open) = (at, false);
        }
        if let Some(name) = name {
            self.states.push(State { host, conn, name, from: at, to: at, due, bare, open: true });
        }
    }

    fn bare(&mut self, host: usize, at: u64, rows: &[BareSocket]) {
        let client = |r: &BareSocket| if host == 0 { r.local } else { r.remote };
        for i in 0..self.states.len() {
            let Some(s) = self.states.get(i).filter(|s| s.open && s.bare && s.host == host) else { continue };
            let conn = s.conn;
            let mine = self.conns.get(conn).map(|c| c.client);
            if !rows.iter().any(|r| Some(client(r)) == mine) {
                self.state(host, at, conn, None, true, None);
            }
        }
        for r in rows {
            if r.state != "LISTEN" {
                let conn = self.conn(client(r));
                self.state(host, at, conn, Some(r.state), true, r.timer.map(|t| t.1.as_micros()));
                continue;
            }
            let open = self.queues.iter_mut().find(|q| q.open && q.host == host && q.local == r.local);
            let full = r.recv_q > r.send_q;
            match open {
                Some(q) if r.recv_q > 0 && full == (q.most.0 > q.most.1) => q.most.0 = q.most.0.max(r.recv_q),
                open => {
                    if let Some(q) = open {
                        (q.to, q.open) = (at, false);
                    }
                    if r.recv_q > 0 {
                        let most = (r.recv_q, r.send_q);
                        self.queues.push(Queue { host, local: r.local, from: at, to: at, most, open: true });
                    }
                }
            }
        }
    }

    /// The writes with bytes in that range.
    pub fn writes_in(&self, host: usize, conn: usize, from: u32, to: u32) -> Vec<usize> {
        let inside = |w: &Write| (w.host, w.conn) == (host, conn) && w.bytes.0.max(from) < w.bytes.1.min(to);
        let mut found = Vec::new();
        for (i, w) in self.writes.iter().enumerate() {
            if inside(w) {
                found.push(i);
            }
        }
        found
    }

    /// Whether a socket is corked, and whether Nagle is off.
    pub(crate) fn limits(&self, host: usize, conn: usize, at: u64) -> (bool, bool) {
        let (mut cork, mut more, mut nodelay) = (false, false, false);
        for s in self.settings.iter().filter(|s| s.host == host && s.at <= at && s.conn.is_none_or(|c| c == conn)) {
            cork = s.cork.unwrap_or(cork);
            more = s.more.unwrap_or(more);
            nodelay = s.nodelay.unwrap_or(nodelay);
        }
        (cork || more, nodelay)
    }

    /// When the last thing happened that is worth a look: programs may sleep on.
    pub fn last(&self) -> u64 {
        let mut last = self.packets.iter().map(|p| p.to).max().unwrap_or(0);
        for c in self.calls.iter().filter(|c| !matches!(c.fact.call, CallName::Exit | CallName::Ss)) {
            last = last.max(c.to);
        }
        self.states.iter().filter(|s| !s.open).fold(last, |last, s| last.max(s.to))
    }

    /// What a connection's socket was at a time.
    pub(crate) fn view_at(&self, host: usize, conn: usize, at: u64) -> Option<&'a SocketView> {
        self.looks.iter().rev().find(|l| l.at <= at && (l.host, l.conn) == (host, conn)).and_then(|l| l.view)
    }

    /// Since when nothing came or went before a packet, and what its socket was then.
    pub(crate) fn quiet_before(&self, p: &Packet) -> (u64, Option<&'a SocketView>) {
        let mut since = 0;
        for q in self.packets.iter().filter(|q| q.conn == p.conn && q.number != p.number) {
            let touched = if q.host == p.host { Some(q.at) } else { q.arrived };
            since = touched.filter(|t| *t <= p.at && q.number < p.number).map_or(since, |t| since.max(t));
        }
        (since, self.view_at(p.host, p.conn, p.at.saturating_sub(1)))
    }

    /// The letter of a write: A to Z, then numbers; a dot if it was made before letters begin.
    pub fn letter(&self, out: &mut String, write: usize) {
        match write.wrapping_sub(self.lettered) {
            n @ 0..26 => out.push(char::from(b'A' + n as u8)),
            n if n > usize::MAX / 2 => out.push('·'),
            n => decimal(out, n as i64 + 1, 0),
        }
    }

    /// The letters of writes: `B,C`, or `B–F` of more than three.
    pub fn names(&self, writes: &[usize]) -> String {
        let mut out = String::new();
        match writes {
            [first, .., last] if writes.len() > 3 => {
                self.letter(&mut out, *first);
                out.push('–');
                self.letter(&mut out, *last);
            }
            _ => {
                for (i, w) in writes.iter().enumerate() {
                    out.push_str(if i > 0 { "," } else { "" });
                    self.letter(&mut out, *w);
                }
            }
        }
        out
    }
}
