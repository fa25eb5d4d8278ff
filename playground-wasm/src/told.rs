//! The facts of a run as numbers, in the shape that the page reads.

use netsim::ip::{Body, Packet as Frame};
use netsim::map::Map;
use netsim::tcp::segment::{Endpoint, Flags, Segment, Seq};
use netsim::time::SimTime;
use netsim::trace::{BareSocket, CallFact, Fact, Refused, SocketView, What};
use netsim::view::{golden, ss, tcpdump};
use netsim::world::World;
use serde::Serialize;

/// All that happened. Times are microseconds since the world's beginning; hosts are 0 (client), 1 (server) and those beside them.
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
    /// `tcp`, `udp`, `icmp`, `arp`; the numbers below are of TCP segments.
    pub proto: &'static str,
    /// What tcpdump says of anything but TCP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
    /// Connection, from 1 in the order of their first packet; 0 of none.
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

/// Numbers of connections, and where each direction's sequence begins.
#[derive(Default)]
struct Conns(Map<Endpoint, Conn>);

#[derive(Default)]
struct Conn {
    number: usize,
    isn: [Option<Seq>; 2],
    scale: [Option<u8>; 2],
}

impl Conns {
    /// By the client's end; where its address was translated on the way, by its port.
    fn place(&self, client: Endpoint) -> Option<Endpoint> {
        let same_port = || self.0.keys().find(|known| known.port == client.port).copied();
        if self.0.contains_key(&client) { Some(client) } else { same_port() }
    }

    fn number(&self, client: Endpoint) -> usize {
        self.place(client).and_then(|key| self.0.get(&key)).map_or(0, |c| c.number)
    }
}

/// Tells a run.
pub fn told(world: &World) -> Told<'_> {
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
    let mut place: Map<u32, usize> = Map::new();
    for f in world.trace() {
        match &f.what {
            What::Sent { packet, segment } => {
                place.insert(*packet, out.packets.len());
                out.packets.push(sent(f, segment, &mut conns));
            }
            What::SentOther { packet, frame } | What::Looped { packet, frame } => {
                place.insert(*packet, out.packets.len());
                out.packets.push(other(f, frame));
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
            // Of these tell the views: `ip neigh`, `conntrack`, `nstat`.
            What::Neighbour { .. }
            | What::Unreached { .. }
            | What::PathMtu { .. }
            | What::ReassemblyFailed
            | What::Tracked { .. } => {}
            What::Stopped { limit } => out.stopped = Some(format!("{limit:?}")),
        }
    }
    out
}

fn fate(packets: &mut [Packet], place: &Map<u32, usize>, packet: u32, f: impl FnOnce(&mut Packet)) {
    if let Some(p) = place.get(&packet).and_then(|i| packets.get_mut(*i)) {
        f(p);
    }
}

fn sent(f: &Fact, s: &Segment, conns: &mut Conns) -> Packet {
    let next = conns.0.len() + 1;
    let answers = f.host == 1;
    let client = if answers { conns.place(s.to).unwrap_or(s.to) } else { s.from };
    let conn = conns.0.entry(client).or_insert_with(|| Conn { number: next, ..Conn::default() });
    let (me, other, syn) = (usize::from(answers), usize::from(!answers), s.has(Flags::SYN));
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
        host: f.host,
        at: f.at.as_micros(),
        arrived: None,
        lost: None,
        refused: None,
        proto: "tcp",
        words: None,
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

fn other(f: &Fact, frame: &Frame) -> Packet {
    let (proto, len) = match frame {
        Frame::Tcp(segment) => ("tcp", segment.len),
        Frame::Ip(datagram) => match datagram.body {
            Body::Udp { len, .. } => ("udp", len),
            Body::Icmp(_) => ("icmp", 0),
        },
        Frame::Arp(_) => ("arp", 0),
    };
    Packet {
        host: f.host,
        at: f.at.as_micros(),
        arrived: None,
        lost: None,
        refused: None,
        proto,
        words: Some(tcpdump::words(frame)),
        conn: 0,
        flags: String::new(),
        seq: 0,
        ack: None,
        len,
        win: 0,
        wire: frame.wire_len(),
        sack: Vec::new(),
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
        conn: conns.number(if f.host == 1 { v.remote } else { v.local }),
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
    let client = |r: &BareSocket| if f.host == 1 { r.remote } else { r.local };
    let timer = |r: &BareSocket| r.timer.map(|(_, at, _)| at.as_micros());
    let row = |r: &'a BareSocket| (conns.number(client(r)), r.state, r.recv_q, r.send_q, timer(r));
    Bare { host: f.host, at: f.at.as_micros(), rows: rows.iter().map(row).collect() }
}
