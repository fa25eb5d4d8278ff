//! One packet with all its numbers, for those who click on it.

use alloc::string::String;

use netsim::ip::Packet as Frame;
use netsim::json::Json;
use netsim::view::golden::flags;
use netsim::view::tcpdump::{Lines, Numbers, options};

use crate::packet::{Kind, NONE};
use crate::story::Story;

impl Story<'_> {
    /// A packet by its place in the run, as an object of JSON: `host` who sent it, `nth` its place among the packets of its
    /// direction as rules of the scenario count them (from 1, 0 with `rule` false: none looks at it), `at` and `arrived`
    /// (µs or null), `lost` and `refused` (why, or null), `proto`, `conn` (from 1, 0 of none), `flags`, `seq`, `ack` (or
    /// null) and `sack` from the SYNs, `len`, `win` scaled, `wire` bytes of IP, `options`, `words` as tcpdump has it.
    pub fn card(&self, place: usize) -> Option<String> {
        let p = self.packets.get(place)?;
        let mut lines = Lines::new(Numbers::Relative);
        let mut words = String::new();
        for q in self.packets.iter().take(place + 1) {
            words = lines.next(&q.frame);
        }
        let segment = if let Frame::Tcp(s) = &p.frame { Some(s) } else { None };
        let proto = match p.kind {
            Kind::Udp => "udp",
            Kind::Icmp => "icmp",
            Kind::Arp => "arp",
            _ => "tcp",
        };
        let conn = if p.conn == NONE { 0 } else { p.conn + 1 };
        let mut out = Json::default();
        out.open("", '{').number("host", p.host as i64).number("nth", p.nth as i64).flag("rule", p.nth > 0);
        out.number("at", p.at as i64).maybe("arrived", p.arrived.map(|at| at as i64));
        out.maybe_text("lost", p.lost.map(|why| why.name()));
        out.maybe_text("refused", p.refused.map(|why| why.name()).as_deref());
        out.text("proto", proto).number("conn", conn as i64);
        out.text("flags", &segment.map_or(String::new(), |s| flags(s.flags)));
        out.number("seq", p.numbers.0.into()).maybe("ack", p.numbers.1.map(i64::from));
        out.number("len", p.len.into()).number("win", p.window.into()).number("wire", p.frame.wire_len().into());
        out.open("sack", '[');
        for block in &p.sack {
            out.open("", '[').number("", block.0.into()).number("", block.1.into()).close(']');
        }
        out.close(']').text("options", &segment.map_or(String::new(), |s| options(&s.options, p.sack_base)));
        out.text("words", &words).close('}');
        Some(out.0)
    }
}
