//! `ss -tanoi` of one side at a time (misc/ss.c of iproute2). Needs a world that watches its sockets.
//!
//! Left out of the second line, since no fact holds them: pacing and delivery rates, app_limited, busy and limited
//! times, reordering, rcv_rtt. Rows stand as listeners, requests, connections, TIME-WAIT, each in order of birth; the
//! kernel's order is that of a hash. Blanks at the ends of lines are cut.

use crate::map::{Map, Set};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::buffers::sockets;
use super::packets::captured;
use super::ss::state_name;
use super::tcpdump::address;
use crate::tcp::congestion::INFINITE;
use crate::tcp::segment::{Endpoint, Flags, Seq};
use crate::tcp::state::State;
use crate::time::SimTime;
use crate::trace::{BareSocket, Fact, SocketView, What};

/// What passed of one connection.
#[derive(Debug, Clone, Default)]
struct Passed {
    sent: u64,
    again: u64,
    received: u64,
    segs: [u32; 4],
    last: [Option<SimTime>; 3],
    highest: Option<Seq>,
    next: Option<Seq>,
    early: Set<(u32, u32)>,
}

impl Passed {
    fn sent(&mut self, at: SimTime, seq: Seq, len: u32) {
        self.segs[0] += 1;
        if len == 0 {
            return;
        }
        let end = seq + len;
        let old = self.highest.filter(|h| h.after(seq)).map_or(0, |h| h.min(end) - seq);
        self.again += u64::from(old);
        self.sent += u64::from(len);
        self.segs[2] += 1;
        self.last[0] = Some(at);
        self.highest = Some(self.highest.map_or(end, |h| h.max(end)));
    }

    fn arrived(&mut self, at: SimTime, seq: Seq, end: Seq, flags: Flags, len: u32) {
        self.segs[1] += 1;
        if flags.has(Flags::ACK) {
            self.last[2] = Some(at);
        }
        if len > 0 {
            self.segs[3] += 1;
            self.last[1] = Some(at);
        }
        if flags.has(Flags::SYN) {
            self.next = Some(end);
            self.early.clear();
            return;
        }
        let Some(next) = self.next else { return };
        if end.after(next) && !flags.has(Flags::RST) {
            self.early.insert((seq.0, end.0));
        }
        let mut next = next;
        while let Some(e) = self.early.iter().copied().find(|e| !Seq(e.0).after(next)) {
            self.early.remove(&e);
            if Seq(e.1).after(next) {
                self.received += u64::from(Seq(e.1) - next);
                next = Seq(e.1);
            }
        }
        self.next = Some(next);
    }
}

fn passed(trace: &[Fact], side: usize, at: SimTime) -> Map<(Endpoint, Endpoint), Passed> {
    let mut all: Map<(Endpoint, Endpoint), Passed> = Map::new();
    for p in captured(trace, side, at) {
        let s = p.segment;
        if p.sent {
            all.get_or_insert_with((s.from, s.to), Passed::default).sent(p.at, s.seq, s.len);
        } else {
            all.get_or_insert_with((s.to, s.from), Passed::default).arrived(p.at, s.seq, s.end(), s.flags, s.len);
        }
    }
    all
}

/// A row before its columns have a width.
struct Line {
    state: &'static str,
    queues: (u32, u32),
    ends: (Endpoint, Endpoint),
    timer: String,
    info: Option<String>,
}

/// What `ss -tanoi` prints at that time.
pub fn render(trace: &[Fact], side: usize, at: SimTime) -> String {
    let bare = bare(trace, side, at);
    let passed = passed(trace, side, at);
    let row = |b: &BareSocket| Line {
        state: b.state,
        queues: (b.recv_q, b.send_q),
        ends: (b.local, b.remote),
        timer: b.timer.map(|(n, due, times)| timer(n, due, at, times)).unwrap_or_default(),
        info: Some(b.congestion.map(|c| format!(" {c} cwnd:10")).unwrap_or_default()),
    };
    let waits = |b: &&BareSocket| b.state == "LISTEN" || b.state == "SYN-RECV";
    let mut lines: Vec<Line> = bare.iter().filter(|b| !b.udp).filter(waits).map(row).collect();
    for v in sockets(trace, side, at).values().filter(|v| v.state != State::Closed) {
        let p = passed.get(&(v.local, v.remote)).cloned().unwrap_or_default();
        lines.push(Line {
            state: state_name(v.state),
            queues: (v.recv_q, v.send_q),
            ends: (v.local, v.remote),
            timer: v.timer.map(|(n, due)| timer(n, due, at, v.timeouts)).unwrap_or_default(),
            info: Some(info(v, &p, at)),
        });
    }
    lines.extend(bare.iter().filter(|b| !b.udp && !waits(b)).map(row));
    table(&lines)
}

fn bare(trace: &[Fact], side: usize, at: SimTime) -> &[BareSocket] {
    let mut bare: &[BareSocket] = &[];
    for f in trace.iter().take_while(|f| f.at <= at).filter(|f| f.host == side) {
        if let What::Bare { rows } = &f.what {
            bare = rows;
        }
    }
    bare
}

/// What `ss -uan` prints at that time. Recv-Q is what waits, with the kernel's overhead (`udp_rqueue_get`).
pub fn render_udp(trace: &[Fact], side: usize, at: SimTime) -> String {
    let row = |b: &BareSocket| Line {
        state: b.state,
        queues: (b.recv_q, b.send_q),
        ends: (b.local, b.remote),
        timer: String::new(),
        info: None,
    };
    let lines: Vec<Line> = bare(trace, side, at).iter().filter(|b| b.udp).map(row).collect();
    table(&lines)
}

fn table(lines: &[Line]) -> String {
    let host = |e: Endpoint| if e.addr == 0 { "0.0.0.0".to_string() } else { address(e.addr) };
    let cells: Vec<[String; 7]> = lines
        .iter()
        .map(|l| {
            let listens = matches!(l.state, "LISTEN" | "UNCONN");
            let (local, remote) = l.ends;
            [
                l.state.to_string(),
                l.queues.0.to_string(),
                l.queues.1.to_string(),
                format!("{}:", if l.state == "LISTEN" { "0.0.0.0".to_string() } else { host(local) }),
                local.port.to_string(),
                format!("{}:", host(remote)),
                if listens { "*".to_string() } else { remote.port.to_string() },
            ]
        })
        .collect();
    let heads = ["State", "Recv-Q", "Send-Q", "Local Address:", "Port", "Peer Address:", "Port"].map(String::from);
    let width = |i: usize| cells.iter().chain([&heads]).map(|c| c[i].len()).max().unwrap_or(0);
    let widths: [usize; 7] = core::array::from_fn(width);
    let print = |c: &[String; 7]| {
        let [a, b, d, e, f, g, h] = c;
        let w = widths;
        format!("{a:<0$} {b:<1$} {d:<2$} {e:>3$}{f:<4$} {g:>5$}{h:<6$}", w[0], w[1], w[2], w[3], w[4], w[5], w[6])
    };
    let mut out = format!("{}Process\n", print(&heads));
    for (l, c) in lines.iter().zip(&cells) {
        out.push_str(format!("{}{}", print(c), l.timer).trim_end());
        out.push('\n');
        if let Some(info) = &l.info {
            out.push_str(&format!("\t{info}\n"));
        }
    }
    out
}

/// ` timer:(on,250ms,0)` (`tcp_timer_print`).
fn timer(name: &str, due: SimTime, at: SimTime, times: u32) -> String {
    let name = if name == "retrans" { "on" } else { name };
    format!(" timer:({name},{},{times})", span(due.since(at).as_millis()))
}

/// A time as `print_ms_timer` writes it.
fn span(ms: u64) -> String {
    let (minutes, seconds, mut rest) = (ms / 60_000, ms / 1_000 % 60, ms % 1_000);
    let mut out = String::new();
    let mut seconds = seconds;
    if minutes > 0 {
        rest = 0;
        out.push_str(&format!("{minutes}min"));
        if minutes > 9 {
            seconds = 0;
        }
    }
    if seconds > 0 {
        if seconds > 9 {
            rest = 0;
        }
        out.push_str(&format!("{seconds}{}", if rest > 0 { "." } else { "sec" }));
    }
    if rest > 0 {
        out.push_str(&format!("{rest:03}ms"));
    }
    out
}

/// Thousandths as C's `%g` prints the quotient: six significant digits, no zeros at the end.
fn thousandths(n: u64) -> String {
    let digits = (n / 1_000).checked_ilog10().map_or(0, |d| d as usize + 1);
    let keep = if digits == 0 { 3 } else { 6usize.saturating_sub(digits).min(3) };
    let step = 10u64.pow(3 - keep as u32);
    let n = (n + step / 2) / step * step;
    let text = format!("{}.{:03}", n / 1_000, n % 1_000);
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}

/// The second line, in the order of `tcp_stats_print`.
fn info(v: &SocketView, p: &Passed, at: SimTime) -> String {
    let mut o = String::new();
    let mut add = |text: String| {
        o.push(' ');
        o.push_str(&text);
    };
    for (on, name) in v.options.into_iter().zip(["ts", "sack", "ecn"]) {
        if on {
            add(name.to_string());
        }
    }
    add(v.congestion.to_string());
    if let Some((theirs, ours)) = v.wscale {
        add(format!("wscale:{theirs},{ours}"));
    }
    add(format!("rto:{}", v.rto_ms));
    if v.backoff > 0 {
        add(format!("backoff:{}", v.backoff));
    }
    if v.srtt_us > 0 {
        add(format!("rtt:{}/{}", thousandths(v.srtt_us.into()), thousandths(v.rttvar_us.into())));
    }
    if v.ack.2 > 0 {
        add(format!("ato:{}", v.ack.2));
    }
    let mut number = |name: &str, n: u64| {
        if n > 0 {
            o.push_str(&format!(" {name}:{n}"));
        }
    };
    number("mss", v.mss.into());
    number("pmtu", v.sizes[2].into());
    number("rcvmss", v.sizes[0].into());
    number("advmss", v.sizes[1].into());
    number("cwnd", v.cwnd.into());
    if v.ssthresh < INFINITE {
        number("ssthresh", v.ssthresh.into());
    }
    number("bytes_sent", p.sent);
    number("bytes_retrans", p.again);
    number("bytes_acked", v.acked.0);
    number("bytes_received", p.received);
    for (name, n) in ["segs_out", "segs_in", "data_segs_out", "data_segs_in"].into_iter().zip(p.segs) {
        number(name, n.into());
    }
    if v.srtt_us > 0 && v.mss > 0 {
        let rtt = u64::from(v.srtt_us);
        let bps = (u64::from(v.cwnd) * u64::from(v.mss) * 8_000_000 + rtt / 2) / rtt;
        o.push_str(&format!(" send {bps}bps"));
    }
    let mut number = |name: &str, n: u64| {
        if n > 0 {
            o.push_str(&format!(" {name}:{n}"));
        }
    };
    for (name, t) in ["lastsnd", "lastrcv", "lastack"].into_iter().zip(p.last) {
        number(name, t.map_or(0, |t| at.since(t).as_millis()));
    }
    number("delivered", v.acked.1.into());
    number("unacked", v.out[0].into());
    if v.out[3] > 0 || v.total_retrans > 0 {
        o.push_str(&format!(" retrans:{}/{}", v.out[3], v.total_retrans));
    }
    let mut number = |name: &str, n: u64| {
        if n > 0 {
            o.push_str(&format!(" {name}:{n}"));
        }
    };
    number("lost", v.out[2].into());
    number("sacked", v.out[1].into());
    number("rcv_space", v.rcv_space.1.into());
    number("rcv_ssthresh", v.rcv_space.0.into());
    number("notsent", v.unsent.into());
    if v.min_rtt_us > 0 && v.min_rtt_us < u32::MAX {
        o.push_str(&format!(" minrtt:{}", thousandths(v.min_rtt_us.into())));
    }
    if v.early.1 > 0 {
        o.push_str(&format!(" rcv_ooopack:{}", v.early.1));
    }
    if v.snd_wnd > 0 {
        o.push_str(&format!(" snd_wnd:{}", v.snd_wnd));
    }
    o
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_print_ms_timer_does() {
        // `ss -o` printed 6.916ms, 59sec, 172ms; misc/ss.c tells the rest.
        for (ms, text) in [
            (6_916, "6.916ms"),
            (59_700, "59sec"),
            (172, "172ms"),
            (0, ""),
            (120_500, "2min"),
            (90_000, "1min30sec"),
            (630_000, "10min"),
        ] {
            assert_eq!(span(ms), text);
        }
    }

    #[test]
    fn quotients_are_written_as_percent_g_does() {
        for (n, text) in
            [(116, "0.116"), (73, "0.073"), (50_100, "50.1"), (204_000, "204"), (1_234_567, "1234.57"), (20, "0.02")]
        {
            assert_eq!(thousandths(n), text);
        }
    }
}
