//! The trace as JSON: packets, calls, snapshots, with times relative to the first packet and numbers relative to each
//! direction's SYN. The form that recorded traces of real kernels have, so that both can be compared.

use crate::map::Map;
use alloc::format;
use alloc::string::String;

use super::tcpdump;
use crate::json::write::quote;
use crate::tcp::segment::{Endpoint, Flags, Segment, Seq};
use crate::time::SimTime;
use crate::trace::{Args, CallFact, CallName, Fact, Row, What};
use crate::world::World;

/// Two decimals of a millisecond, with sign.
fn ms(t: SimTime, zero: SimTime) -> String {
    let us = t.as_micros() as i64 - zero.as_micros() as i64;
    let (sign, us) = if us < 0 { ("-", -us) } else { ("", us) };
    format!("{sign}{}.{:02}", us / 1_000, us % 1_000 / 10)
}

fn quoted(s: &str) -> String {
    let mut out = String::new();
    quote(&mut out, s);
    out
}

/// Flags in the order `SFRP.`.
pub fn flags(f: Flags) -> String {
    [(Flags::SYN, 'S'), (Flags::FIN, 'F'), (Flags::RST, 'R'), (Flags::PSH, 'P'), (Flags::ACK, '.')]
        .into_iter()
        .filter(|(bit, _)| f.has(*bit))
        .map(|(_, c)| c)
        .collect()
}

/// Numbers of one connection.
#[derive(Default)]
struct Conn {
    number: usize,
    /// Initial numbers of client and server.
    isn: [Option<Seq>; 2],
    /// Window scale option of each.
    scale: [Option<u8>; 2],
}

struct Names {
    zero: SimTime,
    conns: Map<Endpoint, Conn>,
    /// The client's end as the server sees it behind address translation, and as it is.
    alias: Map<Endpoint, Endpoint>,
}

impl Names {
    fn client(host: usize, seg: &Segment) -> Endpoint {
        if host == 0 { seg.from } else { seg.to }
    }

    fn real(&self, client: Endpoint) -> Endpoint {
        self.alias.get(&client).copied().unwrap_or(client)
    }

    fn relative(isn: Option<Seq>, seq: Seq) -> u32 {
        isn.map_or(seq.0, |i| seq - i)
    }
}

/// The whole trace of a world as one JSON object.
pub fn render(world: &World) -> String {
    let facts = world.trace();
    let first_call = facts.iter().find_map(|f| match &f.what {
        What::Call(c) => Some(c.began),
        _ => None,
    });
    let zero = world.first_packet().or(first_call).unwrap_or(SimTime::ZERO);
    let alias = facts.iter().filter_map(|f| match &f.what {
        What::Tracked { entry, .. } => Some((entry.reply.1, entry.original.0)),
        _ => None,
    });
    let alias = alias.collect();
    let mut names = Names { zero, conns: Map::new(), alias };
    let packets = packets(world, &mut names);
    let app = app(world, &names);
    let end = world.end().unwrap_or(world.now());
    format!(
        "{{\"head\":{{\"name\":{},\"about\":{},\"end_ms\":{}}},\n\"packets\":[\n{}],\n{}\"app\":[\n{}]}}\n",
        quoted(&world.scenario().name),
        quoted(&world.scenario().about),
        ms(end, zero),
        packets,
        others(world, zero),
        app
    )
}

/// What is no TCP segment, in the words of tcpdump; nothing if there is none.
fn others(world: &World, zero: SimTime) -> String {
    let mut lines = alloc::vec::Vec::new();
    for f in world.trace() {
        let (What::SentOther { frame, .. } | What::Looped { frame, .. }) = &f.what else { continue };
        let device = if matches!(f.what, What::Looped { .. }) { ",\"dev\":\"lo\"" } else { "" };
        let text = tcpdump::words(frame);
        lines.push(format!(
            "{{\"t\":{},\"f\":{}{device},\"text\":{}}}",
            ms(f.at, zero),
            quoted(world.name(f.host)),
            quoted(&text)
        ));
    }
    if lines.is_empty() { String::new() } else { format!("\"other\":[\n{}],\n", lines.join(",\n")) }
}

fn packets(world: &World, names: &mut Names) -> String {
    let facts = world.trace();
    let mut fate: Map<u32, Result<SimTime, ()>> = Map::new();
    for f in facts {
        match &f.what {
            What::Arrived { packet } => {
                fate.get_or_insert_with(*packet, || Ok(f.at));
            }
            What::Lost { packet, .. } => {
                fate.insert(*packet, Err(()));
            }
            _ => {}
        }
    }
    let mut lines = alloc::vec::Vec::new();
    for f in facts {
        let What::Sent { packet, segment } = &f.what else { continue };
        if f.host >= world.hosts().len() {
            // What a relay passes on was told when it was sent.
            continue;
        }
        lines.push(packet_line(world.name(f.host), f, segment, fate.get(packet).copied(), names));
    }
    lines.join(",\n")
}

fn packet_line(name: &str, f: &Fact, seg: &Segment, fate: Option<Result<SimTime, ()>>, names: &mut Names) -> String {
    let next = names.conns.len() + 1;
    let zero = names.zero;
    let client = names.real(Names::client(f.host, seg));
    let c = names.conns.get_or_insert_with(client, || Conn { number: next, ..Conn::default() });
    let me = f.host.min(1);
    let other = 1 - me;
    let syn = seg.has(Flags::SYN);
    if syn {
        c.isn[me] = Some(seg.seq);
        c.scale[me] = seg.options.wscale;
    }
    let scale = match (c.scale[me], c.scale[other]) {
        (Some(s), Some(_)) if !syn => s,
        _ => 0,
    };
    let ack =
        if seg.has(Flags::ACK) { format!("{}", Names::relative(c.isn[other], seg.ack)) } else { String::from("null") };
    let mut line = format!(
        "{{\"t\":{},\"c\":{},\"f\":\"{}\",\"fl\":\"{}\",\"seq\":{},\"ack\":{},\"len\":{},\"win\":{}",
        ms(f.at, zero),
        c.number,
        name,
        flags(seg.flags),
        Names::relative(c.isn[me], seg.seq),
        ack,
        seg.len,
        u32::from(seg.window) << scale
    );
    if !seg.options.sack.is_empty() {
        let isn = c.isn[other];
        let blocks: alloc::vec::Vec<String> = seg
            .options
            .sack
            .iter()
            .map(|b| format!("[{},{}]", Names::relative(isn, b.start), Names::relative(isn, b.end)))
            .collect();
        line.push_str(&format!(",\"sack\":[{}]", blocks.join(",")));
    }
    if syn {
        let number = |n: Option<u32>| n.map_or(String::from("null"), |n| format!("{n}"));
        line.push_str(&format!(
            ",\"opt\":{{\"mss\":{},\"ws\":{},\"sok\":{},\"ts\":{}}}",
            number(seg.options.mss.map(u32::from)),
            number(seg.options.wscale.map(u32::from)),
            u32::from(seg.options.sack_ok),
            u32::from(seg.options.stamp.is_some())
        ));
    }
    match fate {
        Some(Ok(at)) => line.push_str(&format!(",\"rx\":{}", ms(at, zero))),
        Some(Err(())) => line.push_str(",\"drop\":1"),
        None => {}
    }
    line.push('}');
    line
}

fn app(world: &World, names: &Names) -> String {
    let mut calls: alloc::vec::Vec<(SimTime, usize, String)> = world
        .trace()
        .iter()
        .filter_map(|f| match &f.what {
            What::Call(c) => Some((c.began, f.host, call_line(world.name(f.host), f.host, c, names))),
            _ => None,
        })
        .collect();
    calls.sort_by_key(|c| c.0);
    calls.into_iter().map(|c| c.2).collect::<alloc::vec::Vec<_>>().join(",\n")
}

fn call_line(name: &str, host: usize, c: &CallFact, names: &Names) -> String {
    let mut line = format!("{{\"t\":{},\"f\":\"{}\",\"call\":\"{}\"", ms(c.began, names.zero), name, c.call.name());
    if c.thread > 0 {
        line.push_str(&format!(",\"th\":{}", c.thread));
    }
    if c.took.as_micros() > 500 {
        let us = c.took.as_micros();
        line.push_str(&format!(",\"took\":{}.{:02}", us / 1_000, us % 1_000 / 10));
    }
    if let Some(conn) = c.client.and_then(|e| names.conns.get(&names.real(e))) {
        line.push_str(&format!(",\"c\":{}", conn.number));
    }
    if let Some(sock) = &c.sock {
        line.push_str(&format!(",\"sock\":{}", quoted(sock)));
    }
    if let Some(n) = c.n {
        line.push_str(&format!(",\"n\":{n}"));
    }
    match (c.call, &c.detail) {
        (CallName::Setopt, Some(opts)) => line.push_str(&format!(",\"opts\":{opts}")),
        (CallName::Shutdown, Some(how)) => line.push_str(&format!(",\"how\":{}", quoted(how))),
        (CallName::Ss, Some(note)) => line.push_str(&format!(",\"note\":{}", quoted(note))),
        (CallName::OriginalDst | CallName::Arping, Some(text)) => line.push_str(&format!(",\"got\":{}", quoted(text))),
        (_, _) => {}
    }
    if let Some(Args::Datagram { from, real, .. }) = c.args.as_deref()
        && matches!(c.result, Some(Ok(_)))
    {
        line.push_str(&format!(",\"from\":\"{}:{}\"", tcpdump::address(from.addr), from.port));
        if c.n.is_some_and(|n| n < u64::from(*real)) {
            line.push_str(&format!(",\"trunc\":{real}"));
        }
    }
    match c.result {
        Some(Ok(n)) => line.push_str(&format!(",\"ret\":{n}")),
        Some(Err(e)) => line.push_str(&format!(",\"err\":\"{}\"", e.name())),
        None => {}
    }
    if c.call == CallName::Ss {
        let mut rows: alloc::vec::Vec<(usize, String)> = c.rows.iter().map(|r| row(host, r, names)).collect();
        rows.sort_by_key(|r| r.0);
        let rows: alloc::vec::Vec<String> = rows.into_iter().map(|r| r.1).collect();
        line.push_str(&format!(",\"rows\":[{}]", rows.join(",")));
    }
    line.push('}');
    line
}

fn row(host: usize, r: &Row, names: &Names) -> (usize, String) {
    let client = if host == 0 { r.local } else { r.remote };
    let number = names.conns.get(&names.real(client)).map_or(0, |c| c.number);
    let mut line = format!("{{\"st\":\"{}\",\"rq\":{},\"sq\":{}", r.state, r.recv_q, r.send_q);
    if let Some((name, left)) = r.timer {
        line.push_str(&format!(",\"timer\":\"{name}\",\"left_ms\":{left}"));
    }
    line.push_str(&format!(",\"c\":{number}}}"));
    (number, line)
}
