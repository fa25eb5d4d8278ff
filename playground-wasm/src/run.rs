//! A run of two hosts: its facts as numbers, and what tools show of it.

use std::collections::BTreeMap;

use netsim::scenario::Scenario;
use netsim::tcp::segment::{Endpoint, Flags, Segment, Seq};
use netsim::time::SimTime;
use netsim::trace::{BareSocket, CallFact, Fact, Refused, SocketView, What};
use netsim::view::tcpdump::Numbers;
use netsim::view::{buffers, conntrack, golden, nstat, pcapng, ss, ss_text, strace, tcpdump};
use netsim::world::World;
use serde::Serialize;

use crate::picture::{self, Asked};

/// A scenario that has been run to its end.
pub struct Run(World);

/// All that happened. Times are microseconds since the world's beginning; hosts are 0 (client) and 1 (server).
#[derive(Debug, Serialize)]
pub struct Told<'a> {
    /// When the first packet left; tools count from here.
    pub zero: u64,
    /// When it was over.
    pub end: u64,
    /// In the order sent.
    pub packets: Vec<Packet>,
    /// In the order in which they returned.
    pub calls: Vec<Call<'a>>,
    /// What sockets were, whenever they differed from before.
    pub sockets: Vec<Socket>,
    /// Listeners, half-open requests and TIME-WAIT, whenever they differed from before.
    pub bare: Vec<Bare<'a>>,
    /// Counters that went up.
    pub counted: Vec<Counted<'a>>,
    /// What stopped the run early: `Time`, `Events` or `Memory`.
    pub stopped: Option<String>,
}

/// A packet.
#[derive(Debug, Serialize)]
pub struct Packet {
    /// Who sent it.
    pub host: usize,
    /// When.
    pub at: u64,
    /// When it arrived; of one that came twice, the first time.
    pub arrived: Option<u64>,
    /// Why the link lost it.
    pub lost: Option<String>,
    /// Why the host did nothing with it.
    pub refused: Option<String>,
    /// Connection, from 1 in the order of their first packet.
    pub conn: usize,
    /// `SFRP.` in this order.
    pub flags: String,
    /// Relative to the SYN of that direction.
    pub seq: u32,
    /// Relative to the SYN of the other direction.
    pub ack: Option<u32>,
    /// Payload, bytes.
    pub len: u32,
    /// Window, scaled.
    pub win: u32,
    /// Length of the IP packet.
    pub wire: u32,
    /// SACK blocks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sack: Vec<[u32; 2]>,
}

/// A call that returned.
#[derive(Debug, Serialize)]
pub struct Call<'a> {
    /// Who made it.
    pub host: usize,
    /// When.
    pub at: u64,
    /// How long it blocked.
    pub took: u64,
    /// 0 for the first thread.
    pub thread: u32,
    /// Its name.
    pub call: &'static str,
    /// The socket's name in the program.
    pub sock: Option<&'a str>,
    /// Connection, 0 if there is none.
    pub conn: usize,
    /// Bytes asked for, or the backlog.
    pub n: Option<u64>,
    /// Further arguments, as the scenario writes them.
    pub detail: Option<&'a str>,
    /// What it returned.
    pub ret: Option<i64>,
    /// Its error.
    pub err: Option<&'static str>,
}

/// A connection as `ss` and a debugger see it.
#[derive(Debug, Serialize)]
pub struct Socket {
    /// Whose.
    pub host: usize,
    /// Since when.
    pub at: u64,
    /// Its number at the host.
    pub id: u32,
    /// Connection.
    pub conn: usize,
    /// State as `ss` prints it; nothing when the socket is gone.
    pub state: Option<&'static str>,
    /// Recv-Q, Send-Q, and what of it was never sent.
    pub queues: [u32; 3],
    /// Congestion window, slow start threshold (segments).
    pub cwnd: [u32; 2],
    /// Milliseconds.
    pub rto: u64,
    /// Smoothed round trip, microseconds.
    pub srtt: u32,
    /// Segments in flight, SACKed, lost, retransmitted.
    pub out: [u32; 4],
    /// Ours, the peer's.
    pub windows: [u32; 2],
    /// Bytes held out of order, and in how many ranges.
    pub early: (u32, u32),
    /// ACKs left in quick mode, interactive, delayed ACK timeout (milliseconds).
    pub ack: (u32, bool, u64),
    /// The timer that `ss -o` names, and when it fires.
    pub timer: Option<(&'static str, u64)>,
    /// When the delayed ACK is due.
    pub delack: Option<u64>,
    /// No process holds it.
    pub orphan: bool,
}

/// Sockets without a control block, all of a host.
#[derive(Debug, Serialize)]
pub struct Bare<'a> {
    /// Whose.
    pub host: usize,
    /// Since when.
    pub at: u64,
    /// Connection (0 of a listener), state, Recv-Q, Send-Q, when its timer fires.
    pub rows: Vec<(usize, &'a str, u32, u32, Option<u64>)>,
}

/// Counters that went up.
#[derive(Debug, Serialize)]
pub struct Counted<'a> {
    /// Whose.
    pub host: usize,
    /// When.
    pub at: u64,
    /// Names of nstat, and by how much.
    pub by: &'a [(&'static str, u64)],
}

impl Run {
    /// Runs a scenario.
    pub fn new(scenario: &str, seed: u64) -> Result<Run, String> {
        let scenario = Scenario::parse(scenario).map_err(|e| e.to_string())?;
        let mut world = World::new(&scenario, seed).map_err(|e| e.to_string())?;
        world.watch_sockets();
        world.run();
        Ok(Run(world))
    }

    /// All that happened, as JSON.
    pub fn told(&self) -> Result<String, String> {
        serde_json::to_string(&told(&self.0)).map_err(|e| e.to_string())
    }

    /// Its picture, as JSON.
    pub fn picture(&self, asked: Asked) -> String {
        picture::picture(&self.0, asked)
    }

    /// What is going on at a time, in a sentence; letters as in a picture from a time on.
    pub fn now(&self, lang: &str, from: u64, at: u64) -> String {
        picture::now(&self.0, lang, from, at)
    }

    /// What a tool shows on a side at a time.
    pub fn shown(&self, tool: &str, side: u8, at: u64) -> Result<String, String> {
        let (trace, side, at) = (self.0.trace(), usize::from(side.min(1)), SimTime::from_micros(at));
        Ok(match tool {
            "tcpdump" => tcpdump::render(trace, side, at, Numbers::Relative),
            "ss" => ss_text::render(trace, side, at),
            "strace" => strace::render(trace, side, at),
            "nstat" => nstat::render(trace, side, None, at),
            "conntrack" => conntrack::render(trace, side, at),
            "buffers" => buffers::render(trace, side, at),
            _ => return Err(format!("no tool is called {tool}")),
        })
    }

    /// A pcapng file of what passed the device of a side.
    pub fn capture(&self, side: u8) -> Vec<u8> {
        pcapng::render(self.0.trace(), usize::from(side.min(1)), self.0.now())
    }
}

/// Numbers of connections, and where each direction's sequence begins.
#[derive(Default)]
struct Conns(BTreeMap<Endpoint, Conn>);

#[derive(Default)]
struct Conn {
    number: usize,
    isn: [Option<Seq>; 2],
    scale: [Option<u8>; 2],
}

impl Conns {
    fn number(&self, client: Endpoint) -> usize {
        self.0.get(&client).map_or(0, |c| c.number)
    }
}

fn told(world: &World) -> Told<'_> {
    let mut conns = Conns::default();
    let mut out = Told {
        zero: world.first_packet().unwrap_or(SimTime::ZERO).as_micros(),
        end: world.end().unwrap_or(world.now()).as_micros(),
        packets: Vec::new(),
        calls: Vec::new(),
        sockets: Vec::new(),
        bare: Vec::new(),
        counted: Vec::new(),
        stopped: None,
    };
    let mut place: BTreeMap<u32, usize> = BTreeMap::new();
    for f in world.trace() {
        match &f.what {
            What::Sent { packet, segment } => {
                place.insert(*packet, out.packets.len());
                out.packets.push(sent(f, segment, &mut conns));
            }
            What::Lost { packet, why } => {
                fate(&mut out.packets, &place, *packet, |p| p.lost = Some(format!("{why:?}")))
            }
            What::Arrived { packet } => {
                fate(&mut out.packets, &place, *packet, |p| p.arrived = p.arrived.or(Some(f.at.as_micros())))
            }
            What::Discarded { packet, why } => {
                fate(&mut out.packets, &place, *packet, |p| p.refused = Some(Refused::name(*why)))
            }
            What::Call(call) => out.calls.push(called(f.host, call, &conns)),
            What::Socket { id, view } => out.sockets.push(socket(f, *id, view, &conns)),
            What::Gone { id } => out.sockets.push(gone(f, *id)),
            What::Bare { rows } => out.bare.push(bare(f, rows, &conns)),
            What::Counted { by } => out.counted.push(Counted { host: f.host, at: f.at.as_micros(), by }),
            What::Stopped { limit } => out.stopped = Some(format!("{limit:?}")),
        }
    }
    out
}

fn fate(packets: &mut [Packet], place: &BTreeMap<u32, usize>, packet: u32, f: impl FnOnce(&mut Packet)) {
    if let Some(p) = place.get(&packet).and_then(|i| packets.get_mut(*i)) {
        f(p);
    }
}

fn sent(f: &Fact, s: &Segment, conns: &mut Conns) -> Packet {
    let next = conns.0.len() + 1;
    let client = if f.host == 0 { s.from } else { s.to };
    let conn = conns.0.entry(client).or_insert_with(|| Conn { number: next, ..Conn::default() });
    let (me, other, syn) = (f.host, 1 - f.host, s.has(Flags::SYN));
    if syn {
        conn.isn[me] = Some(s.seq);
        conn.scale[me] = s.options.wscale;
    }
    let relative = |isn: Option<Seq>, seq: Seq| isn.map_or(seq.0, |i| seq - i);
    let (ours, theirs) = (conn.isn[me], conn.isn[other]);
    let scale = match (conn.scale[me], conn.scale[other]) {
        (Some(s), Some(_)) if !syn => s,
        _ => 0,
    };
    Packet {
        host: me,
        at: f.at.as_micros(),
        arrived: None,
        lost: None,
        refused: None,
        conn: conn.number,
        flags: golden::flags(s.flags),
        seq: relative(ours, s.seq),
        ack: s.has(Flags::ACK).then(|| relative(theirs, s.ack)),
        len: s.len,
        win: u32::from(s.window) << scale,
        wire: s.wire_len(),
        sack: s.options.sack.iter().map(|b| [relative(theirs, b.start), relative(theirs, b.end)]).collect(),
    }
}

fn called<'a>(host: usize, c: &'a CallFact, conns: &Conns) -> Call<'a> {
    Call {
        host,
        at: c.began.as_micros(),
        took: c.took.as_micros(),
        thread: c.thread,
        call: c.call.name(),
        sock: c.sock.as_deref(),
        conn: c.client.map_or(0, |e| conns.number(e)),
        n: c.n,
        detail: c.detail.as_deref(),
        ret: c.result.and_then(Result::ok),
        err: c.result.and_then(Result::err).map(|e| e.name()),
    }
}

fn socket(f: &Fact, id: u32, v: &SocketView, conns: &Conns) -> Socket {
    Socket {
        host: f.host,
        at: f.at.as_micros(),
        id,
        conn: conns.number(if f.host == 0 { v.local } else { v.remote }),
        state: Some(ss::state_name(v.state)),
        queues: [v.recv_q, v.send_q, v.unsent],
        cwnd: [v.cwnd, v.ssthresh],
        rto: v.rto_ms,
        srtt: v.srtt_us,
        out: v.out,
        windows: [v.rcv_wnd, v.snd_wnd],
        early: v.early,
        ack: v.ack,
        timer: v.timer.map(|(name, at)| (name, at.as_micros())),
        delack: v.delack.map(SimTime::as_micros),
        orphan: v.orphan,
    }
}

fn gone(f: &Fact, id: u32) -> Socket {
    Socket {
        host: f.host,
        at: f.at.as_micros(),
        id,
        conn: 0,
        state: None,
        queues: [0; 3],
        cwnd: [0; 2],
        rto: 0,
        srtt: 0,
        out: [0; 4],
        windows: [0; 2],
        early: (0, 0),
        ack: (0, false, 0),
        timer: None,
        delack: None,
        orphan: false,
    }
}

fn bare<'a>(f: &Fact, rows: &'a [BareSocket], conns: &Conns) -> Bare<'a> {
    let client = |r: &BareSocket| if f.host == 0 { r.local } else { r.remote };
    let timer = |r: &BareSocket| r.timer.map(|(_, at, _)| at.as_micros());
    let row = |r: &'a BareSocket| (conns.number(client(r)), r.state, r.recv_q, r.send_q, timer(r));
    Bare { host: f.host, at: f.at.as_micros(), rows: rows.iter().map(row).collect() }
}
