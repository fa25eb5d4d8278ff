//! A packet: what kind it is, what became of it, and the few words on its arrow.

use alloc::string::String;
use alloc::vec::Vec;

use netsim::tcp::segment::{Flags, Segment, Seq};
use netsim::trace::Refused;

use crate::facts::Conn;
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
}

impl Kind {
    /// The class of its colour, its glyph.
    pub fn look(self) -> (&'static str, &'static str) {
        match self {
            Kind::Syn => ("syn", "syn"),
            Kind::SynAck => ("syn", "synack"),
            Kind::Ack | Kind::Probe => ("ack", "ack"),
            Kind::DupAck => ("ack", "dup"),
            Kind::ZeroWindow => ("ack", "zw"),
            Kind::Data => ("data", "data"),
            Kind::Fin => ("fin", "fin"),
            Kind::Rst => ("rst", "rst"),
        }
    }
}

/// A packet.
#[derive(Debug)]
pub struct Packet {
    /// Its number in the trace.
    pub number: u32,
    /// Who sent it.
    pub host: usize,
    /// Its connection.
    pub conn: usize,
    /// When it left.
    pub at: u64,
    /// When it arrived, the first time.
    pub arrived: Option<u64>,
    /// When its arrow ends: where it arrived, or would have.
    pub to: u64,
    /// The link lost it.
    pub lost: bool,
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
    /// What it acknowledges, if that is part of what it says.
    pub ack: Option<u32>,
    /// Its window, scaled, where it matters.
    pub window: Option<u32>,
    /// First SACK block.
    pub sack: Option<(u32, u32)>,
    /// Writes whose bytes it carries.
    pub writes: Vec<usize>,
}

impl Packet {
    /// Reads a segment, and notes in its connection what the next one is compared with.
    pub(crate) fn sent(number: u32, host: usize, conn: usize, at: u64, s: &Segment, c: &mut Conn) -> Packet {
        let syn = s.has(Flags::SYN);
        let (ours, theirs) = (host & 1, (host & 1) ^ 1);
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
        Packet {
            number,
            host,
            conn,
            at,
            arrived: None,
            to: at,
            lost: false,
            refused: None,
            kind,
            again,
            len: s.len,
            offset: seq.saturating_sub(1),
            ack: ack.filter(|_| !matches!(kind, Kind::SynAck | Kind::Rst | Kind::Probe) && (news || s.len == 0)),
            window: (window == 0 && kind == Kind::ZeroWindow || changed).then_some(window),
            sack: s.options.sack.first().map(|b| (relative(isn, b.start), relative(isn, b.end))),
            writes: Vec::new(),
        }
    }

    /// The class of its colour: lost and sent again before what it is.
    pub fn color(&self) -> &'static str {
        match (self.lost, self.again) {
            (true, _) => "rst",
            (_, true) => "retx",
            _ => self.kind.look().0,
        }
    }

    /// Its glyph.
    pub fn glyph(&self) -> &'static str {
        match (self.lost, self.again) {
            (true, _) => "lost",
            (_, true) => "retx",
            _ => self.kind.look().1,
        }
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
            Kind::Ack | Kind::DupAck | Kind::ZeroWindow | Kind::Data => {}
        }
        if self.len > 0 {
            number(out, ", ", self.len);
            out.push_str(" B");
        }
        if let Some(ack) = self.ack.filter(|_| !brief || self.len == 0 && self.kind != Kind::Fin) {
            number(out, ", ACK ", ack);
        }
        if let Some(window) = self.window {
            number(out, ", win ", window);
        }
        if let Some(sack) = self.sack.filter(|_| !brief) {
            number(out, ", SACK ", sack.0);
            number(out, "–", sack.1);
        }
    }
}
