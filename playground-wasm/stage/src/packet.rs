//! A packet: what kind it is, what became of it, and the few words on its arrow.

use alloc::string::String;
use alloc::vec::Vec;

use netsim::ip::{Body, Datagram, Packet as Frame};
use netsim::tcp::segment::{Flags, Segment, Seq};
use netsim::trace::{LinkDrop, Refused};
use netsim::view::tcpdump;

use crate::facts::{Conn, Role};
use crate::svg::decimal;

/// What a packet is in the packet language of the site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// SYN.
    Syn,
    /// SYN and ACK.
    SynAck,
    /// An ACK and nothing else.
    Ack,
    /// An ACK that says what the last one said.
    DupAck,
    /// The window is zero.
    ZeroWindow,
    /// A keepalive or window probe.
    Probe,
    /// Bytes.
    Data,
    /// FIN, perhaps with bytes.
    Fin,
    /// RST.
    Rst,
    /// A UDP datagram or a fragment of one.
    Udp,
    /// An ICMP error.
    Icmp,
    /// ARP.
    Arp,
}

impl Kind {
    /// The class of its colour, its glyph.
    pub fn look(self) -> (&'static str, &'static str) {
        match self {
            Kind::Syn => ("syn", "syn"),
            Kind::SynAck => ("syn", "synack"),
            Kind::Ack | Kind::Probe | Kind::Icmp | Kind::Arp => ("ack", "ack"),
            Kind::DupAck => ("ack", "dup"),
            Kind::ZeroWindow => ("ack", "zw"),
            Kind::Data | Kind::Udp => ("data", "data"),
            Kind::Fin => ("fin", "fin"),
            Kind::Rst => ("rst", "rst"),
        }
    }
}

/// A packet of no connection.
pub const NONE: usize = usize::MAX;

/// A packet.
#[derive(Debug, Clone)]
pub struct Packet {
    /// Its number in the trace.
    pub number: u32,
    /// Who sent it.
    pub host: usize,
    /// Its connection, or [`NONE`].
    pub conn: usize,
    /// Which side of the connection sent it.
    pub role: Role,
    /// Between which rails it is drawn.
    pub ends: [usize; 2],
    /// Its place among the packets of its direction that rules of the scenario look at, from 1; 0 if they do not.
    pub nth: u64,
    /// What it says.
    pub frame: Frame,
    /// When it left.
    pub at: u64,
    /// When it arrived, the first time.
    pub arrived: Option<u64>,
    /// When its arrow ends: where it arrived, or would have.
    pub to: u64,
    /// Why the link lost it.
    pub lost: Option<LinkDrop>,
    /// The receiver did nothing with it, or nothing but answer.
    pub refused: Option<Refused>,
    /// What it is.
    pub kind: Kind,
    /// Some of it was sent before.
    pub again: bool,
    /// Bytes.
    pub len: u32,
    /// Place of its first byte in the stream, from 0.
    pub offset: u32,
    /// Its number and what it acknowledges, from the SYNs.
    pub numbers: (u32, Option<u32>),
    /// Its window, scaled.
    pub window: u32,
    /// What SACK blocks count from.
    pub(crate) sack_base: u32,
    /// SACK blocks.
    pub sack: Vec<(u32, u32)>,
    /// Whether what it acknowledges and its window are part of what it says.
    says: [bool; 2],
    /// Writes whose bytes it carries.
    pub writes: Vec<usize>,
}

impl Packet {
    /// A packet of which nothing is known but what it says.
    pub(crate) fn new(number: u32, host: usize, at: u64, frame: Frame) -> Packet {
        let kind = match &frame {
            Frame::Tcp(_) => Kind::Ack,
            Frame::Ip(d) => match d.body {
                Body::Udp { .. } => Kind::Udp,
                Body::Icmp(_) => Kind::Icmp,
            },
            Frame::Arp(_) => Kind::Arp,
        };
        Packet {
            number,
            host,
            conn: NONE,
            role: 0,
            ends: [host; 2],
            nth: 0,
            frame,
            at,
            arrived: None,
            to: at,
            lost: None,
            refused: None,
            kind,
            again: false,
            len: 0,
            offset: 0,
            numbers: (0, None),
            window: 0,
            sack_base: 0,
            sack: Vec::new(),
            says: [false; 2],
            writes: Vec::new(),
        }
    }

    /// The same as another one, which somebody passed on.
    pub(crate) fn passed_on(self, before: &Packet) -> Packet {
        let Packet { number, host, ends, nth, frame, at, to, .. } = self;
        let mut same = Packet { number, host, ends, nth, frame, at, to, ..before.clone() };
        (same.arrived, same.lost, same.refused) = (None, None, None);
        if let (Frame::Ip(d), Frame::Ip(old)) = (same.frame.clone(), &before.frame)
            && d.part != old.part
        {
            same.datagram(&d, before.offset);
        }
        same
    }

    /// Reads a datagram or a fragment of one; the datagram begins at that place of all that was sent.
    pub(crate) fn datagram(&mut self, d: &Datagram, base: u32) {
        let (offset, len) = d.part.map_or((0, d.body_len()), |p| (p.offset, p.len));
        // The header of UDP is no byte of the program's.
        let header = if offset == 0 { 8 } else { 0 };
        self.offset = base + offset.saturating_sub(8);
        self.len = len.saturating_sub(header);
    }

    /// Reads a segment, and notes in its connection what the next one is compared with.
    pub(crate) fn segment(&mut self, s: &Segment, c: &mut Conn) {
        let syn = s.has(Flags::SYN);
        let (ours, theirs) = (self.role & 1, (self.role & 1) ^ 1);
        if syn {
            let dir = &mut c.dirs[ours];
            // Another number begins another connection between the same two ends.
            dir.end = if dir.isn == Some(s.seq) { dir.end } else { 0 };
            (dir.isn, dir.scale) = (Some(s.seq), s.options.wscale);
        }
        let relative = |isn: Option<Seq>, seq: Seq| isn.map_or(0, |i| seq - i);
        let isn = c.dirs[theirs].isn;
        let scale = c.dirs[theirs].scale.and(c.dirs[ours].scale).filter(|_| !syn).unwrap_or(0);
        let window = u32::from(s.window) << scale;
        let dir = &mut c.dirs[ours];
        let seq = relative(dir.isn, s.seq);
        let behind = seq + (s.end() - s.seq);
        let ack = s.has(Flags::ACK).then(|| relative(isn, s.ack));
        let news = ack != dir.acked;
        let bare = s.len == 0 && !syn && !s.has(Flags::FIN);
        let probe = bare && seq + 1 == dir.end;
        let kind = match () {
            () if s.has(Flags::RST) => Kind::Rst,
            () if syn && ack.is_some() => Kind::SynAck,
            () if syn => Kind::Syn,
            () if s.has(Flags::FIN) => Kind::Fin,
            () if s.len > 0 => Kind::Data,
            () if probe => Kind::Probe,
            () if window == 0 => Kind::ZeroWindow,
            () if !news && dir.heard && (window == dir.window || !s.options.sack.is_empty()) => Kind::DupAck,
            () => Kind::Ack,
        };
        let again = !bare && behind > seq && seq < dir.end && !s.has(Flags::RST);
        let changed = kind == Kind::Ack && !news && window != dir.window;
        dir.end = if s.has(Flags::RST) { dir.end } else { dir.end.max(behind) };
        if ack.is_some() {
            (dir.acked, dir.window, dir.heard) = (ack, window, false);
        }
        (self.kind, self.again, self.len, self.offset) = (kind, again, s.len, seq.saturating_sub(1));
        (self.numbers, self.window) = ((seq, ack), window);
        self.sack_base = isn.map_or(0, |isn| isn.0);
        self.sack = s.options.sack.iter().map(|b| (relative(isn, b.start), relative(isn, b.end))).collect();
        self.says = [
            !matches!(kind, Kind::SynAck | Kind::Rst | Kind::Probe) && (news || s.len == 0),
            window == 0 && kind == Kind::ZeroWindow || changed,
        ];
    }

    /// The link lost it.
    pub fn is_lost(&self) -> bool {
        self.lost.is_some()
    }

    /// The class of its colour: lost and sent again before what it is.
    pub fn color(&self) -> &'static str {
        match (self.is_lost(), self.again) {
            (true, _) => "rst",
            (_, true) => "retx",
            _ => self.kind.look().0,
        }
    }

    /// Its glyph.
    pub fn glyph(&self) -> &'static str {
        match (self.is_lost(), self.again) {
            (true, _) => "lost",
            (_, true) => "retx",
            _ => self.kind.look().1,
        }
    }

    /// What tcpdump says of an ICMP error or of ARP, without its length.
    pub fn said(&self) -> String {
        let mut words = tcpdump::words(&self.frame);
        words.truncate(words.rfind(',').unwrap_or(words.len()));
        words
    }

    /// The words on its arrow; `brief` where there is little room.
    pub fn label(&self, out: &mut String, probe: &str, brief: bool) {
        let number = |out: &mut String, before: &str, n: u32| {
            out.push_str(if out.is_empty() { before.get(2..).unwrap_or("") } else { before });
            decimal(out, n.into(), 0);
        };
        match self.kind {
            Kind::Syn => out.push_str("SYN"),
            Kind::SynAck => out.push_str("SYN, ACK"),
            Kind::Fin => out.push_str("FIN"),
            Kind::Rst => out.push_str("RST"),
            Kind::Probe => out.push_str(probe),
            Kind::Udp => out.push_str("UDP"),
            Kind::Icmp if brief => out.push_str("ICMP"),
            Kind::Icmp => {
                // Without the address where that is not what it is about.
                let Frame::Ip(d) = &self.frame else { return };
                let Body::Icmp(icmp) = &d.body else { return };
                let words = tcpdump::error(icmp);
                let said = words.split_once('-').filter(|s| s.0.ends_with(' ')).map_or(words.as_str(), |s| s.1);
                out.push_str(said.trim_start_matches(|c: char| matches!(c, '0'..='9' | '.' | ' ')));
            }
            Kind::Arp if brief => out.push_str("ARP"),
            Kind::Arp => {
                let Frame::Arp(a) = self.frame else { return };
                let target = tcpdump::address(a.tpa);
                let (what, of) = match a.reply {
                    true => ("is-at ", tcpdump::mac(a.sha)),
                    false if a.spa == a.tpa => ("GARP ", target),
                    false => ("who-has ", target),
                };
                out.push_str(what);
                out.push_str(&of);
            }
            Kind::Ack | Kind::DupAck | Kind::ZeroWindow | Kind::Data => {}
        }
        if self.len > 0 || self.kind == Kind::Udp {
            number(out, ", ", self.len);
            if let Frame::Ip(d) = &self.frame
                && let (Some(_), Body::Udp { len, .. }) = (d.part, &d.body)
            {
                number(out, "/", *len);
            }
            out.push_str(" B");
        }
        let ack = self.numbers.1.filter(|_| self.says[0]);
        if let Some(ack) = ack.filter(|_| !brief || self.len == 0 && self.kind != Kind::Fin) {
            number(out, ", ACK ", ack);
        }
        if self.says[1] {
            number(out, ", win ", self.window);
        }
        if let Some(sack) = self.sack.first().filter(|_| !brief) {
            number(out, ", SACK ", sack.0);
            number(out, "–", sack.1);
        }
    }
}
