//! `ss`: sockets with their queues and timers.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::host::{Host, Sock};
use crate::tcp::segment::Endpoint;
use crate::tcp::state::{Pending, State, Tcb};
use crate::time::{SimTime, Ticks};
use crate::trace::{Fact, Row, SocketView, What};

/// A state as `ss` prints it.
pub const fn state_name(state: State) -> &'static str {
    match state {
        State::SynSent => "SYN-SENT",
        State::SynReceived => "SYN-RECV",
        State::Established => "ESTAB",
        State::FinWait1 => "FIN-WAIT-1",
        State::FinWait2 => "FIN-WAIT-2",
        State::CloseWait => "CLOSE-WAIT",
        State::Closing => "CLOSING",
        State::LastAck => "LAST-ACK",
        State::Closed => "CLOSE",
    }
}

/// The timer that `ss -o` names, and when it fires.
pub fn timer(t: &Tcb) -> Option<(&'static str, SimTime)> {
    match t.timers.xmit {
        Some((Pending::Probe, at)) => Some(("persist", at)),
        Some((Pending::Retrans | Pending::LossProbe | Pending::Reorder, at)) => Some(("retrans", at)),
        None => t.timers.keepalive.map(|at| ("keepalive", at)),
    }
}

/// Everything that a tool can ask a connection.
pub fn view(t: &Tcb, ticks: Ticks) -> SocketView {
    SocketView {
        local: t.local,
        remote: t.remote,
        state: t.state,
        ca: t.rec.state,
        orphan: t.orphan,
        recv_q: recv_q(t),
        send_q: t.snd.write - t.snd.una,
        unsent: t.snd.write - t.snd.nxt,
        cwnd: t.cc.cwnd,
        ssthresh: t.cc.ssthresh,
        srtt_us: t.rtt.srtt8 >> 3,
        rttvar_us: t.rtt.deviation(),
        min_rtt_us: t.rtt.min,
        rto_ms: ticks.micros(t.rto) / 1_000,
        backoff: t.backoff,
        out: [t.snd.packets_out, t.rec.sacked_out, t.rec.lost_out, t.rec.retrans_out],
        total_retrans: t.snd.total_retrans,
        snd_wnd: t.snd.wnd,
        rcv_wnd: t.receive_window_for_view(),
        mss: t.snd.mss,
        early: (t.rcv.early.iter().map(|e| e.end - e.seq).sum(), t.rcv.early.len() as u32),
        ack: (t.ack.quick, t.ack.pingpong > 0, ticks.micros(t.ack.ato) / 1_000),
        memory: [t.rcv.rmem, t.rcv.rcvbuf, t.snd.wmem, t.snd.sndbuf],
        timer: timer(t),
        delack: t.timers.delack,
    }
}

fn recv_q(t: &Tcb) -> u32 {
    if t.state == State::SynSent { 0 } else { t.rcv.nxt - t.rcv.copied }
}

/// All sockets of a host, as `ss -tan` lists them.
pub fn rows(host: &Host, now: SimTime) -> Vec<Row> {
    let left = |at: SimTime| at.since(now).as_millis() / 10 * 10;
    let mut rows = Vec::new();
    for (_, sock) in host.sockets() {
        match sock {
            Sock::Idle { .. } => {}
            Sock::Listen(l) => {
                rows.push(Row {
                    local: l.local,
                    remote: Endpoint::default(),
                    state: "LISTEN",
                    recv_q: l.queue.len() as u32,
                    send_q: 0,
                    timer: None,
                });
                for r in l.requests.values() {
                    rows.push(Row {
                        local: r.local,
                        remote: r.remote,
                        state: "SYN-RECV",
                        recv_q: 0,
                        send_q: 0,
                        timer: Some(("retrans", left(r.timer))),
                    });
                }
            }
            Sock::Conn(t) if t.state == State::Closed => {}
            Sock::Conn(t) => rows.push(Row {
                local: t.local,
                remote: t.remote,
                state: state_name(t.state),
                recv_q: recv_q(t),
                send_q: t.snd.write - t.snd.una,
                timer: timer(t)
                    .filter(|x| x.0 != "keepalive" || t.opts.keepalive || t.orphan)
                    .map(|(n, at)| (n, left(at))),
            }),
        }
    }
    for w in host.remains() {
        rows.push(Row {
            local: w.local,
            remote: w.remote,
            state: if w.fin_wait2 { "FIN-WAIT-2" } else { "TIME-WAIT" },
            recv_q: 0,
            send_q: 0,
            timer: Some(("timewait", left(w.due))),
        });
    }
    rows
}

fn address(e: Endpoint) -> String {
    let a = e.addr.to_be_bytes();
    format!("{}.{}.{}.{}:{}", a[0], a[1], a[2], a[3], e.port)
}

fn line(v: &SocketView, now: SimTime) -> String {
    let mut out = format!(
        "{:<10} {:>6} {:>6} {:>21} {:>21}",
        state_name(v.state),
        v.recv_q,
        v.send_q,
        address(v.local),
        address(v.remote)
    );
    if let Some((name, at)) = v.timer {
        let ms = at.since(now).as_millis();
        let name = match name {
            "retrans" => "on",
            other => other,
        };
        let left = if ms >= 1_000 { format!("{}.{:03}sec", ms / 1_000, ms % 1_000) } else { format!("{ms}ms") };
        out.push_str(&format!(" timer:({name},{left},{})", v.backoff));
    }
    let us = |n: u32| format!("{}.{:03}", n / 1_000, n % 1_000);
    out.push_str(&format!(
        "\n\t cubic rto:{} rtt:{}/{} mss:{} cwnd:{}",
        v.rto_ms,
        us(v.srtt_us),
        us(v.rttvar_us),
        v.mss,
        v.cwnd
    ));
    if v.ssthresh < crate::tcp::congestion::INFINITE {
        out.push_str(&format!(" ssthresh:{}", v.ssthresh));
    }
    for (name, n) in ["unacked", "sacked", "lost", "retrans"].into_iter().zip(v.out) {
        if n > 0 {
            out.push_str(&format!(" {name}:{n}"));
        }
    }
    if v.ack.2 > 0 {
        out.push_str(&format!(" ato:{}", v.ack.2));
    }
    if v.unsent > 0 {
        out.push_str(&format!(" notsent:{}", v.unsent));
    }
    if v.min_rtt_us < u32::MAX {
        out.push_str(&format!(" minrtt:{}", us(v.min_rtt_us)));
    }
    out.push('\n');
    out
}

/// `ss -tino` at a time, from a trace that watched its sockets (connections only; queues of listeners are in snapshots).
pub fn render(facts: &[Fact], host: usize, at: SimTime) -> String {
    let mut now: BTreeMap<u32, &SocketView> = BTreeMap::new();
    for f in facts.iter().take_while(|f| f.at <= at).filter(|f| f.host == host) {
        match &f.what {
            What::Socket { id, view } => {
                now.insert(*id, view);
            }
            What::Gone { id } => {
                now.remove(id);
            }
            What::Sent { .. }
            | What::Lost { .. }
            | What::Arrived { .. }
            | What::Discarded { .. }
            | What::Call(_)
            | What::Stopped { .. } => {}
        }
    }
    now.values().filter(|v| v.state != State::Closed).map(|v| line(v, at)).collect()
}
