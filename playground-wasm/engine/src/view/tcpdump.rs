//! `tcpdump -nn`: one line a packet (print-ip.c, print-tcp.c of tcpdump 4.99). Times are UTC. Of payloads it says what
//! tcpdump says of text that is no protocol of the port's: on port 80 and 8080 the word HTTP, elsewhere nothing.

use crate::map::Map;
use crate::text::join;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::packets::{Device, passed};
use crate::ip::{Body, Icmp, Mac, Packet, Unreachable};
use crate::tcp::segment::{Endpoint, Flags, Options, Segment};
use crate::time::SimTime;
use crate::trace::Fact;

/// How sequence numbers are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Numbers {
    /// Relative to the first packet with ACK that was seen of a connection, as tcpdump does unasked.
    Relative,
    /// As on the wire: `-S`.
    Absolute,
}

/// Flags in tcpdump's order (`tcp_flag_values`).
const FLAGS: [(Flags, char); 8] = [
    (Flags::FIN, 'F'),
    (Flags::SYN, 'S'),
    (Flags::RST, 'R'),
    (Flags::PSH, 'P'),
    (Flags::ACK, '.'),
    (Flags::URG, 'U'),
    (Flags::ECE, 'E'),
    (Flags::CWR, 'W'),
];

/// The lines of a capture on the device of a side, until then.
pub fn render(trace: &[Fact], side: usize, until: SimTime, numbers: Numbers) -> String {
    render_on(trace, side, until, numbers, Device::Eth0)
}

/// The same on a device of that side: `-i lo`.
pub fn render_on(trace: &[Fact], side: usize, until: SimTime, numbers: Numbers, device: Device) -> String {
    let mut lines = Lines::new(numbers);
    let mut out = String::new();
    for p in passed(trace, side, until, device) {
        out.push_str(&format!("{} {}\n", clock(p.at), lines.next(&p.frame)));
    }
    out
}

/// The lines of packets that follow each other.
#[derive(Debug, Clone)]
pub struct Lines {
    numbers: Numbers,
    known: Known,
}

impl Lines {
    /// None yet.
    pub fn new(numbers: Numbers) -> Lines {
        Lines { numbers, known: Map::new() }
    }

    /// The line of the next one, without its time.
    pub fn next(&mut self, frame: &Packet) -> String {
        match frame {
            Packet::Tcp(s) => line(s, self.numbers, &mut self.known),
            frame => words(frame),
        }
    }
}

/// An Ethernet address as tcpdump and `ip` write it.
pub fn mac(m: Mac) -> String {
    let [a, b, c, d, e, f] = m.0;
    format!("{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{f:02x}")
}

/// A packet without its time; of a segment no more than a look at it alone tells.
pub fn words(frame: &Packet) -> String {
    match frame {
        Packet::Tcp(s) => line(s, Numbers::Absolute, &mut Map::new()),
        Packet::Arp(a) if a.reply => format!("ARP, Reply {} is-at {}, length 28", address(a.spa), mac(a.sha)),
        Packet::Arp(a) => format!("ARP, Request who-has {} tell {}, length 28", address(a.tpa), address(a.spa)),
        Packet::Ip(d) => {
            let (from, to) = (address(d.from), address(d.to));
            match &d.body {
                Body::Udp { .. } if d.part.is_some_and(|p| p.offset > 0) => format!("IP {from} > {to}: ip-proto-17"),
                Body::Udp { from: a, to: b, len } => format!("IP {from}.{a} > {to}.{b}: UDP, length {len}"),
                Body::Icmp(i) => format!("IP {from} > {to}: ICMP {}, length {}", error(i), i.len()),
            }
        }
    }
}

/// What an ICMP error says, as print-icmp.c has it.
pub fn error(i: &Icmp) -> String {
    let to = i.about().addresses().map_or_else(String::new, |a| address(a.1));
    match i {
        Icmp::Unreachable(why, about) => match why {
            Unreachable::Net => format!("net {to} unreachable"),
            Unreachable::Host => format!("host {to} unreachable"),
            Unreachable::Protocol => {
                format!("{to} protocol {} unreachable", if matches!(**about, Packet::Tcp(_)) { 6 } else { 17 })
            }
            Unreachable::Port => match about.flow() {
                Some((6, _, end)) => format!("{to} tcp port {} unreachable", end.port),
                Some((_, _, end)) => format!("{to} udp port {} unreachable", end.port),
                None => format!("{to} unreachable"),
            },
            Unreachable::FragmentationNeeded(mtu) => format!("{to} unreachable - need to frag (mtu {mtu})"),
            Unreachable::HostProhibited => format!("host {to} unreachable - admin prohibited"),
            Unreachable::AdminProhibited => format!("host {to} unreachable - admin prohibited filter"),
        },
        Icmp::TimeExceeded(_) => String::from("time exceeded in-transit"),
        Icmp::ReassemblyTimeExceeded(_) => String::from("ip reassembly time exceeded"),
    }
}

/// An IPv4 address in dotted form.
pub fn address(a: u32) -> String {
    let [a, b, c, d] = a.to_be_bytes();
    format!("{a}.{b}.{c}.{d}")
}

fn clock(t: SimTime) -> String {
    let us = t.as_micros();
    let s = us / 1_000_000;
    format!("{:02}:{:02}:{:02}.{:06}", s / 3600 % 24, s / 60 % 60, s % 60, us % 1_000_000)
}

/// For each connection the numbers that count as zero: of the end that sorts higher, of the other.
type Known = Map<(Endpoint, Endpoint), [u32; 2]>;

fn line(s: &Segment, numbers: Numbers, known: &mut Known) -> String {
    let (seq, ack, sack_base) = shown(s, numbers, known);
    let mut flags: String = FLAGS.iter().filter(|(f, _)| s.has(*f)).map(|(_, c)| *c).collect();
    if flags.is_empty() {
        flags.push_str("none");
    }
    let mut line =
        format!("IP {}.{} > {}.{}: Flags [{flags}]", address(s.from.addr), s.from.port, address(s.to.addr), s.to.port);
    if s.len > 0 || s.has(Flags::SYN) || s.has(Flags::FIN) || s.has(Flags::RST) {
        line.push_str(&format!(", seq {seq}"));
        if s.len > 0 {
            line.push_str(&format!(":{}", seq.wrapping_add(s.len)));
        }
    }
    if s.has(Flags::ACK) {
        line.push_str(&format!(", ack {ack}"));
    }
    line.push_str(&format!(", win {}", s.window));
    if !s.options.is_empty() {
        line.push_str(&format!(", options [{}]", options(&s.options, sack_base)));
    }
    line.push_str(&format!(", length {}", s.len));
    if s.len > 0 && [s.from.port, s.to.port].iter().any(|p| matches!(p, 80 | 8080)) {
        line.push_str(": HTTP");
    }
    line
}

/// Sequence and acknowledgment number as shown, and what SACK blocks are relative to. The first packet with ACK of a
/// connection, and each SYN, is shown in absolute numbers and sets what the following are relative to.
fn shown(s: &Segment, numbers: Numbers, known: &mut Known) -> (u32, u32, u32) {
    let (seq, ack) = (s.seq.0, s.ack.0);
    if numbers == Numbers::Absolute || !s.has(Flags::ACK) {
        return (seq, ack, 0);
    }
    let reverse = s.from < s.to;
    let key = if reverse { (s.to, s.from) } else { (s.from, s.to) };
    let (me, other) = (usize::from(reverse), usize::from(!reverse));
    match known.get(&key) {
        Some(base) if !s.has(Flags::SYN) => (seq.wrapping_sub(base[me]), ack.wrapping_sub(base[other]), base[other]),
        Some(_) | None => {
            let mut base = [0; 2];
            base[me] = seq;
            base[other] = ack.wrapping_sub(1);
            known.insert(key, base);
            (seq, ack, base[other])
        }
    }
}

/// Options in the order in which Linux writes them (`tcp_options_write`); SACK blocks relative to a number.
pub fn options(o: &Options, sack_base: u32) -> String {
    let mut parts: Vec<String> = Vec::new();
    if o.md5 {
        parts.push(String::from("nop,nop,md5 valid"));
    }
    if let Some(mss) = o.mss {
        parts.push(format!("mss {mss}"));
    }
    match (o.stamp, o.sack_ok) {
        (Some(_), true) => parts.push(String::from("sackOK")),
        (Some(_), false) => parts.push(String::from("nop,nop")),
        (None, true) => parts.push(String::from("nop,nop,sackOK")),
        (None, false) => {}
    }
    if let Some(t) = o.stamp {
        parts.push(format!("TS val {} ecr {}", t.val, t.ecr));
    }
    if let Some(scale) = o.wscale {
        parts.push(format!("nop,wscale {scale}"));
    }
    if !o.sack.is_empty() {
        let mut text = format!("nop,nop,sack {} ", o.sack.len());
        for b in &o.sack {
            text.push_str(&format!("{{{}:{}}}", b.start.0.wrapping_sub(sack_base), b.end.0.wrapping_sub(sack_base)));
        }
        parts.push(text);
    }
    join(&parts, ",")
}
