//! A trace → what there is to draw: packets with their kinds and fates, writes with their bytes, states, queues. Refers to
//! the trace, and knows neither places nor words.

use alloc::string::String;
use alloc::vec::Vec;

use netsim::calls::Opt;
use netsim::ip::{Body, Packet as Frame};
use netsim::tcp::segment::{Endpoint, Flags};
use netsim::tcp::state as tcp;
use netsim::trace::{Args, BareSocket, CallFact, CallName, Fact, LinkDrop, SocketView, What};
use netsim::view::ss::state_name;
use netsim::world::World;

use crate::facts::{Called, Conn, Look, Note, Queue, Role, Setting, State, Write};
use crate::packet::{Kind, NONE, Packet};
use crate::scale::insert;
use crate::svg::decimal;
use crate::wait::{Waiting, waits};
use crate::words::{self, Lang};

/// Something that has a vertical line of its own.
pub struct Rail<'a> {
    /// As the scenario names it.
    pub name: &'a str,
    /// Its address.
    pub addr: Option<u32>,
    /// On which side of the relay it is.
    side: usize,
    /// Packets begin or end there.
    pub used: bool,
}

/// All there is to draw of a run.
#[derive(Default)]
pub struct Story<'a> {
    /// Where packets begin and end: the client, the server, further hosts, the relay, `lo`.
    pub rails: Vec<Rail<'a>>,
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
    /// What else happened.
    pub notes: Vec<Note<'a>>,
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
    /// Ends of clients as those behind address translation see them, and as they are.
    aliases: Vec<(Endpoint, Endpoint)>,
    relay: Option<usize>,
    /// The packet that arrived last: when, where, which.
    came: (u64, usize, usize),
    /// Packets that rules have looked at, of the client's side and of the server's.
    counted: [u64; 2],
}

impl<'a> Story<'a> {
    /// Reads a run.
    pub fn new(world: &'a World) -> Story<'a> {
        Story::lettered(world, 0)
    }

    /// Reads a run; the first write from that time on is A.
    pub fn lettered(world: &'a World, from: u64) -> Story<'a> {
        let mut story = Story { letters_from: from, came: (0, NONE, NONE), ..Story::default() };
        let hosts = world.hosts();
        for (i, host) in hosts.iter().enumerate() {
            let side = world.scenario().hosts.get(i.wrapping_sub(2)).map_or(i & 1, |h| h.side);
            story.rails.push(Rail { name: world.name(i), addr: Some(host.addr), side, used: i < 2 });
        }
        let relay = world.scenario().relay.as_ref();
        story.relay = relay.map(|_| hosts.len());
        story.rails.push(Rail { name: "R", addr: relay.map(|r| r.addr), side: 0, used: false });
        story.rails.push(Rail { name: "lo", addr: None, side: 0, used: false });
        story.read(world.trace());
        story
    }

    fn read(&mut self, trace: &'a [Fact]) {
        let mut rejected = false;
        for f in trace {
            let at = f.at.as_micros();
            self.end = at;
            match &f.what {
                What::Sent { packet, segment } => {
                    self.sent(*packet, f.host, at, Frame::Tcp(segment.clone()), false, rejected);
                }
                What::SentOther { packet, frame } => self.sent(*packet, f.host, at, frame.clone(), false, rejected),
                What::Looped { packet, frame } => self.sent(*packet, f.host, at, frame.clone(), true, false),
                What::Lost { packet, why } => self.fate(*packet, |p| p.lost = Some(*why)),
                What::Arrived { packet } => self.arrived(*packet, f.host, at),
                What::Discarded { packet, why } => self.fate(*packet, |p| p.refused = Some(*why)),
                What::Call(call) => self.called(f.host, at, call),
                What::Socket { id, view } => self.looked(f.host, at, *id, Some(view)),
                What::Gone { id } => self.looked(f.host, at, *id, None),
                What::Bare { rows } => self.bare(f.host, at, rows),
                What::Tracked { entry, gone } => {
                    let alias = (entry.reply.1, entry.original.0);
                    // That a flow goes on is no news.
                    let known = self.aliases.contains(&alias);
                    if *gone || !known {
                        self.notes.push(Note { at, host: f.host, what: &f.what });
                    }
                    if !known {
                        self.aliases.push(alias);
                    }
                }
                What::Neighbour { .. }
                | What::Unreached { .. }
                | What::PathMtu { .. }
                | What::ReassemblyFailed
                | What::Stopped { .. } => self.notes.push(Note { at, host: f.host, what: &f.what }),
                What::Counted { .. } => {}
            }
            rejected = matches!(f.what, What::Lost { why: LinkDrop::Rejected(_), .. });
        }
        self.zero = self.packets.first().map_or(0, |p| p.at);
        let end = self.end;
        for s in &mut self.states {
            s.to = if s.open { end } else { s.to };
        }
        for q in &mut self.queues {
            q.to = if q.open { end } else { q.to };
        }
        let lo = self.rails.len() - 1;
        let mut flights = Vec::new();
        let all = self.packets.iter().all(|p| p.ends.contains(&lo));
        for p in self.packets.iter().filter(|p| all || !p.ends.contains(&lo)) {
            if let Some(arrived) = p.arrived {
                insert(&mut flights, arrived - p.at);
            }
        }
        self.flight = flights.get(flights.len() / 2).copied().unwrap_or(5_000).clamp(50, 60_000_000);
        self.datagrams();
        for i in 0..self.packets.len() {
            let Some(p) = self.packets.get(i) else { continue };
            let letters = self.writes_in(p.conn, p.role, p.offset, p.offset + p.len);
            let to = p.arrived.unwrap_or(p.at + self.flight);
            if let Some(p) = self.packets.get_mut(i) {
                (p.writes, p.to) = (letters, to);
            }
        }
        self.waits = waits(self);
        // A process that is woken takes its time: that is no wait.
        let least = (self.flight / 4).min(1_000);
        self.waits.retain(|w| w.to - w.from >= least);
    }

    /// Datagrams are told apart by their lengths: which write each carries.
    fn datagrams(&mut self) {
        for p in &self.packets {
            let Frame::Ip(d) = &p.frame else { continue };
            let (Kind::Udp, Body::Udp { len, .. }, None | Some(0)) = (p.kind, &d.body, d.part.map(|p| p.offset)) else {
                continue;
            };
            let mine = |w: &&mut Write| w.conn == NONE && w.host == p.host && w.bytes.1 == *len;
            if let Some(w) = self.writes.iter_mut().find(mine) {
                (w.conn, w.role, w.bytes) = (p.conn, p.role, (p.offset, p.offset + len));
            }
        }
    }

    /// The connection between two ends, and on which side of it the first one is; new if `fresh` says on which.
    fn conn(&mut self, from: Endpoint, to: Endpoint, udp: bool, fresh: Role) -> (usize, Role) {
        let real = |end| self.aliases.iter().rev().find(|a| a.0 == end).map_or(end, |a| a.1);
        let (from, to) = (real(from), real(to));
        for (i, c) in self.conns.iter().enumerate().filter(|c| c.1.udp == udp) {
            match c.client {
                client if client == from => return (i, 0),
                client if client == to => return (i, 1),
                _ => {}
            }
        }
        let client = if fresh == 0 { from } else { to };
        self.conns.push(Conn { client, udp, ..Conn::default() });
        (self.conns.len() - 1, fresh)
    }

    /// The connection of a call, of which one end is known, and on which side the program is.
    fn conn_of_call(&mut self, host: usize, end: Endpoint) -> (usize, Role) {
        let found = self.conns.iter().position(|c| c.client == end);
        let served = || self.conns.iter().rposition(|c| c.server == end);
        match (found, served()) {
            (None, Some(i)) => {
                let both = self.conns.get(i).is_some_and(|c| c.hosts[0] == c.hosts[1]);
                (i, usize::from(both || !self.is_client(i, host)))
            }
            (Some(i), _) => (i, usize::from(!self.is_client(i, host))),
            (None, None) => self.conn(end, Endpoint::default(), false, host & 1),
        }
    }

    fn is_client(&self, conn: usize, host: usize) -> bool {
        self.conns.get(conn).and_then(|c| c.hosts[0]).map_or(host != 1, |client| client == host)
    }

    /// Whom a packet of a host goes to, as far as its address tells.
    fn toward(&self, host: usize, to: Option<u32>) -> usize {
        let there = self.rails.iter().position(|r| to.is_some() && r.addr == to);
        let there = there.filter(|t| *t != host);
        let same = |t: usize| self.rails.get(t).map(|r| r.side) == self.rails.get(host).map(|r| r.side);
        match (self.relay, there) {
            (Some(relay), there) if host != relay && !there.is_some_and(same) => relay,
            (_, Some(there)) => there,
            (_, None) => usize::from(host != 1),
        }
    }

    fn sent(&mut self, number: u32, host: usize, at: u64, frame: Frame, looped: bool, unasked: bool) {
        let lo = self.rails.len() - 1;
        let mut p = Packet::new(number, host, at, frame);
        let to = self.toward(host, p.frame.addresses().map(|a| a.1));
        p.ends[1] = to;
        // Rules look at what is on the client's link, which is the only one without a relay.
        let there = self.relay.is_none_or(|relay| match host {
            0 => true,
            h if h == relay => self.rails.get(to).is_some_and(|r| r.side == 0),
            h => self.rails.get(h).is_some_and(|r| r.side == 0),
        });
        if there && !looped && !unasked {
            let counted = &mut self.counted[host.min(1)];
            *counted += 1;
            p.nth = *counted;
        }
        let before = self.packets.get(self.came.2).filter(|q| (self.came.0, self.came.1) == (at, host) && same(q, &p));
        if let Some(before) = before {
            p = p.passed_on(before);
        } else if let Some((from, to, udp)) = ends(&p.frame) {
            let answers = match &p.frame {
                Frame::Tcp(s) if s.has(Flags::SYN) => s.has(Flags::ACK),
                _ => host == 1,
            };
            (p.conn, p.role) = self.conn(from, to, udp, answers.into());
            if let Some(c) = self.conns.get_mut(p.conn) {
                c.hosts[p.role & 1] = Some(host);
                if looped {
                    c.hosts = [Some(host); 2];
                }
                if c.server == Endpoint::default() {
                    c.server = if p.role == 0 { to } else { from };
                }
                match &p.frame.clone() {
                    Frame::Tcp(s) => p.segment(s, c),
                    Frame::Ip(d) => {
                        let (dir, whole) = (&mut c.dirs[p.role & 1], d.body_len() - 8);
                        dir.end += if d.part.is_some_and(|p| p.offset > 0) { 0 } else { whole };
                        p.datagram(d, dir.end - whole);
                    }
                    Frame::Arp(_) => {}
                }
            }
        }
        if looped {
            p.ends = if p.role == 0 { [host, lo] } else { [lo, host] };
        }
        self.packets.push(p);
    }

    fn fate(&mut self, number: u32, change: impl FnOnce(&mut Packet)) {
        if let Some(p) = self.packets.iter_mut().rev().find(|p| p.number == number) {
            change(p);
        }
    }

    fn arrived(&mut self, number: u32, host: usize, at: u64) {
        let Some(place) = self.packets.iter().rposition(|p| p.number == number) else { return };
        let lo = self.rails.len() - 1;
        let Some(p) = self.packets.get_mut(place) else { return };
        self.came = (at, host, place);
        // What everybody gets is drawn to the other side.
        if p.arrived.is_none() || p.ends[1] != host && host == usize::from(p.host != 1) {
            p.arrived = Some(at);
            if !p.ends.contains(&lo) {
                p.ends[1] = host;
            }
        }
        let ends = p.ends;
        if let Some(c) = self.conns.get_mut(p.conn) {
            let other = (p.role & 1) ^ 1;
            c.dirs[other].heard |= p.len > 0;
            c.hosts[other] = c.hosts[other].or(Some(host).filter(|h| Some(*h) != self.relay));
        }
        for end in ends {
            if let Some(rail) = self.rails.get_mut(end) {
                rail.used = true;
            }
        }
    }

    fn called(&mut self, host: usize, at: u64, fact: &'a CallFact) {
        let known = fact.client.map(|c| self.conn_of_call(host, c));
        let (conn, role) = (known.map(|k| k.0), known.map_or(0, |k| k.1));
        let from = fact.began.as_micros();
        let mut write = None;
        if let (Some(c), 0, CallName::Connect) = (conn.and_then(|i| self.conns.get_mut(i)), role, fact.call) {
            c.name = fact.sock.clone();
        }
        if let (Some(Ok(n)), CallName::Send | CallName::Sendv | CallName::SendTo) = (fact.result, fact.call)
            && n > 0
        {
            let mut first = 0;
            if let Some(c) = conn.and_then(|i| self.conns.get_mut(i)) {
                let dir = &mut c.dirs[role & 1];
                first = dir.written;
                dir.written += n as u32;
            }
            write = Some(self.writes.len());
            self.lettered += usize::from(from < self.letters_from);
            let nth = self.writes.iter().rev().find(|w| w.host == host).map_or(0, |w| w.nth + 1);
            let bytes = (first, first + n as u32);
            self.writes.push(Write { host, conn: conn.unwrap_or(NONE), role, bytes, nth });
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
            // That more is not to come says something only where it was once.
            Some(Args::Send { more, .. }) if *more || self.settings.iter().any(|s| s.more == Some(true)) => {
                set.more = Some(*more);
            }
            _ => {}
        }
        if set.cork.is_some() || set.more.is_some() || set.nodelay.is_some() {
            self.settings.push(set);
        }
        self.calls.push(Called { host, conn, from, to: at, fact, write });
    }

    fn looked(&mut self, host: usize, at: u64, id: u32, view: Option<&'a SocketView>) {
        // Nothing waits in a socket that is closed, whatever still lies in it.
        let view = view.filter(|v| v.state != tcp::State::Closed);
        let before = self.looks.iter().rev().find(|l| (l.host, l.id) == (host, id)).map(|l| (l.conn, l.role));
        let (conn, role) = match (view, before) {
            (_, Some(known)) => known,
            (Some(v), None) => self.conn(v.local, v.remote, false, host & 1),
            (None, None) => return,
        };
        let (nxt, wants) = self.conns.get_mut(conn).map_or((0, 0), |c| {
            if let (1, Some(v)) = (role, view) {
                c.server = v.local;
            }
            let dir = &c.dirs[role & 1];
            (dir.end.saturating_sub(1), dir.acked.unwrap_or(0).saturating_sub(1))
        });
        self.looks.push(Look { at, host, id, conn, role, view, nxt, wants });
        self.state(host, at, (conn, role), view.map(|v| state_name(v.state)), false, None);
    }

    fn state(
        &mut self,
        host: usize,
        at: u64,
        (conn, role): (usize, Role),
        name: Option<&'static str>,
        bare: bool,
        due: Option<u64>,
    ) {
        let open = self.states.iter_mut().find(|s| s.open && (s.role, s.conn) == (role, conn));
        if let Some(s) = open {
            // A half-open request does not know that its socket has been made.
            if Some(s.name) == name || name.is_none() && s.bare != bare {
                return;
            }
            (s.to, s.open) = (at, false);
        }
        if let Some(name) = name {
            self.states.push(State { host, conn, role, name, from: at, to: at, due, bare, open: true });
        }
    }

    fn bare(&mut self, host: usize, at: u64, rows: &[BareSocket]) {
        // UDP has no state.
        let mut there = Vec::new();
        for r in rows.iter().filter(|r| !r.udp && r.state != "LISTEN") {
            there.push((self.conn(r.local, r.remote, false, host & 1), r));
        }
        for i in 0..self.states.len() {
            let Some(s) = self.states.get(i).filter(|s| s.open && s.bare && s.host == host) else { continue };
            let known = (s.conn, s.role);
            if !there.iter().any(|t| t.0 == known) {
                self.state(host, at, known, None, true, None);
            }
        }
        for (known, r) in there {
            self.state(host, at, known, Some(r.state), true, r.timer.map(|t| t.1.as_micros()));
        }
        for r in rows.iter().filter(|r| r.state == "LISTEN") {
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

    /// The name of a host.
    pub fn host(&self, host: usize, lang: Lang) -> &str {
        match self.rails.get(host) {
            Some(_) if host < 2 => lang.pick(words::HOSTS[host & 1]),
            Some(_) if host + 2 == self.rails.len() => lang.pick(words::ROUTER),
            Some(rail) => rail.name,
            None => "",
        }
    }

    /// The writes with bytes in that range.
    pub fn writes_in(&self, conn: usize, role: Role, from: u32, to: u32) -> Vec<usize> {
        let inside = |w: &Write| (w.role, w.conn) == (role, conn) && w.bytes.0.max(from) < w.bytes.1.min(to);
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
    pub(crate) fn view_at(&self, conn: usize, role: Role, at: u64) -> Option<&'a SocketView> {
        self.looks.iter().rev().find(|l| l.at <= at && (l.role, l.conn) == (role, conn)).and_then(|l| l.view)
    }

    /// Since when nothing came or went before a packet, and what its socket was then.
    pub(crate) fn quiet_before(&self, p: &Packet) -> (u64, Option<&'a SocketView>) {
        let mut since = 0;
        for q in self.packets.iter().filter(|q| q.conn == p.conn && q.number != p.number) {
            let touched = if q.role == p.role { Some(q.at) } else { q.arrived };
            since = touched.filter(|t| *t <= p.at && q.number < p.number).map_or(since, |t| since.max(t));
        }
        (since, self.view_at(p.conn, p.role, p.at.saturating_sub(1)))
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

/// Both ends of what has ports, and whether it is UDP. Fragments know those of their whole.
fn ends(frame: &Frame) -> Option<(Endpoint, Endpoint, bool)> {
    match frame {
        Frame::Tcp(s) => Some((s.from, s.to, false)),
        Frame::Ip(d) => Some((d.source()?, d.destination()?, true)),
        Frame::Arp(_) => None,
    }
}

/// Whether one packet is the other, passed on.
fn same(a: &Packet, b: &Packet) -> bool {
    match (&a.frame, &b.frame) {
        (Frame::Tcp(a), Frame::Tcp(b)) => (a.seq, a.ack, a.flags, a.len) == (b.seq, b.ack, b.flags, b.len),
        (Frame::Ip(a), Frame::Ip(b)) => a.id == b.id && a.body_len() == b.body_len(),
        _ => false,
    }
}
