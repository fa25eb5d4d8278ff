//! A run in a few numbers: how long requests took, what was sent, how it ended, when each message came. For tables that
//! compare runs.

use alloc::string::String;
use alloc::vec::Vec;

use netsim::map::Map;
use netsim::order::sort_by_key;
use netsim::tcp::segment::{Endpoint, Flags, Segment, Seq};
use netsim::trace::{CallFact, CallName, Fact, What};

use crate::svg::Svg;

/// The numbers of a run; times are µs.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// From the first write of each request to the return of the read that got its answer, in order; client's side.
    pub latency: Vec<u64>,
    /// Segments with payload, by side.
    pub segments: [u64; 2],
    /// How each side's stream ended first: `FIN`, `RST`, or not.
    pub ended: [Option<&'static str>; 2],
    /// Bytes that the server's program read.
    pub read: u64,
    /// What its last read said instead of bytes: an error's name.
    pub failed: Option<&'static str>,
    /// How long the client's first `close` blocked.
    pub close: Option<u64>,
    /// Which sides were in TIME-WAIT.
    pub time_wait: [bool; 2],
    /// What the client wrote, write by write.
    pub messages: Vec<Message>,
}

/// A write of the client and when its last byte came; connections count from 0 in the order of their first packet.
#[derive(Debug, PartialEq, Eq)]
pub struct Message {
    /// Which connection.
    pub conn: usize,
    /// When it was written.
    pub sent: u64,
    /// When all of it was at the server.
    pub arrived: Option<u64>,
    /// When the server's program had read it.
    pub read: Option<u64>,
}

/// A connection while its trace is read.
#[derive(Default)]
struct Conn {
    isn: Option<Seq>,
    /// First byte and behind the last of each arrival, and when.
    arrivals: Vec<(u32, u32, u64)>,
    /// Bytes read so far, and when.
    reads: Vec<(u32, u64)>,
    /// First byte and behind the last of each write, and when.
    writes: Vec<(u32, u32, u64)>,
    asked: Option<u64>,
}

impl Sum {
    /// Adds a trace up.
    pub fn of(trace: &[Fact]) -> Sum {
        let mut sum = Sum::default();
        let mut conns: Map<Endpoint, Conn> = Map::new();
        let mut order: Vec<Endpoint> = Vec::new();
        let mut flying: Map<u32, (Endpoint, u32, u32)> = Map::new();
        for f in trace {
            let at = f.at.as_micros();
            match &f.what {
                What::Sent { packet, segment } if f.host < 2 => {
                    let client = if f.host == 0 { segment.from } else { segment.to };
                    if !conns.contains_key(&client) {
                        order.push(client);
                    }
                    let conn = conns.get_or_insert_with(client, Conn::default);
                    if let Some((from, to)) = sum.sent(f.host, segment, conn) {
                        flying.insert(*packet, (client, from, to));
                    }
                }
                What::Arrived { packet } => {
                    if let Some((client, from, to)) = flying.get(packet)
                        && let Some(conn) = conns.get_mut(client)
                    {
                        conn.arrivals.push((*from, *to, at));
                    }
                }
                What::Call(call) => {
                    if let Some(conn) = call.client.and_then(|client| conns.get_mut(&client)) {
                        sum.called(f.host, at, call, conn);
                    }
                }
                What::Bare { rows } if f.host < 2 => {
                    sum.time_wait[f.host] |= rows.iter().any(|row| row.state == "TIME-WAIT");
                }
                _ => {}
            }
        }
        for (place, client) in order.iter().enumerate() {
            if let Some(conn) = conns.get(client) {
                sum.messages.extend(conn.messages(place));
            }
        }
        sort_by_key(&mut sum.messages, |message| message.sent);
        sum
    }

    /// Notes a segment; of the client's payload gives its place in the stream.
    fn sent(&mut self, host: usize, s: &Segment, conn: &mut Conn) -> Option<(u32, u32)> {
        if host == 0 && s.has(Flags::SYN) {
            conn.isn = Some(s.seq);
        }
        self.segments[host] += u64::from(s.len > 0);
        let end = if s.has(Flags::RST) { Some("RST") } else { s.has(Flags::FIN).then_some("FIN") };
        self.ended[host] = self.ended[host].or(end);
        let from = s.seq - conn.isn?;
        let from = from.checked_sub(1).filter(|_| host == 0 && s.len > 0)?;
        Some((from, from + s.len))
    }

    fn called(&mut self, host: usize, at: u64, call: &CallFact, conn: &mut Conn) {
        let began = call.began.as_micros();
        match (host, call.call, call.result) {
            (0, CallName::Send | CallName::Sendv, Some(Ok(n))) if n > 0 => {
                let from = conn.writes.last().map_or(0, |w| w.1);
                conn.writes.push((from, from + n as u32, began));
                conn.asked = conn.asked.or(Some(began));
            }
            (0, CallName::Recv, Some(Ok(n))) if n > 0 => {
                self.latency.extend(conn.asked.take().map(|asked| at - asked));
            }
            (0, CallName::Close, _) => self.close = self.close.or(Some(call.took.as_micros())),
            (1, CallName::Recv, Some(Ok(n))) if n > 0 => {
                self.read += n as u64;
                let before = conn.reads.last().map_or(0, |r| r.0);
                conn.reads.push((before + n as u32, at));
            }
            (1, CallName::Recv, Some(Err(error))) => self.failed = Some(error.name()),
            _ => {}
        }
    }

    /// As JSON: `latency` (µs), `segments`, `ended`, `read`, `failed`, `close`, `time_wait`, and `messages` as
    /// [connection, sent, arrived, read]; -1 is never.
    pub fn json(&self) -> String {
        let mut out = Svg::default();
        let never = |time: Option<u64>| time.map_or(-1, |t| t as i64);
        let name = |end: Option<&'static str>| end.unwrap_or("");
        out.put("{\"latency\":[", &[], &[]);
        for (i, took) in self.latency.iter().enumerate() {
            out.put(if i > 0 { ",~" } else { "~" }, &[*took as i64], &[]);
        }
        let [c, s] = self.segments.map(|n| n as i64);
        let [mine, theirs] = self.time_wait.map(i64::from);
        out.put(
            "],\"segments\":[~,~],\"ended\":[|,|],\"read\":~,\"failed\":|,\"close\":~,\"time_wait\":[~,~],\"messages\":[",
            &[c, s, self.read as i64, never(self.close), mine, theirs],
            &[name(self.ended[0]), name(self.ended[1]), name(self.failed)],
        );
        for (i, m) in self.messages.iter().enumerate() {
            let numbers = [m.conn as i64, m.sent as i64, never(m.arrived), never(m.read)];
            out.put(if i > 0 { ",[~,~,~,~]" } else { "[~,~,~,~]" }, &numbers, &[]);
        }
        out.0.push_str("]}");
        out.0
    }
}

impl Conn {
    fn messages(&self, conn: usize) -> impl Iterator<Item = Message> {
        self.writes.iter().map(move |(from, to, sent)| Message {
            conn,
            sent: *sent,
            arrived: self.arrived(*from, *to),
            read: self.reads.iter().find(|(bytes, _)| bytes >= to).map(|(_, at)| *at),
        })
    }

    /// When the last of these bytes was there: each counts from its first arrival.
    fn arrived(&self, mut from: u32, to: u32) -> Option<u64> {
        let mut last = 0;
        while from < to {
            let (_, end, at) = self.arrivals.iter().find(|(a, b, _)| *a <= from && from < *b)?;
            (from, last) = (*end, last.max(*at));
        }
        Some(last)
    }
}
