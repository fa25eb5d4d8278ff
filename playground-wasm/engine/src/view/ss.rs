//! What `ss` asks of a host: sockets with their queues and timers, as rows and as facts of the trace. How `ss -tanoi`
//! prints them stands in `ss_text`.

use crate::map::Map;
use alloc::rc::Rc;
use alloc::vec::Vec;

use crate::host::{Host, Sock};
use crate::tcp::congestion::Algorithm;
use crate::tcp::segment::Endpoint;
use crate::tcp::state::{Pending, State, Tcb};
use crate::time::{SimTime, Ticks};
use crate::trace::{BareSocket, Row, SocketView, What};

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

const fn name_of(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::Reno => "reno",
        Algorithm::Cubic => "cubic",
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
        timer: timer(t).filter(|x| x.0 != "keepalive" || t.opts.keepalive || t.orphan),
        timeouts: match t.timers.xmit {
            Some((Pending::Retrans | Pending::LossProbe | Pending::Reorder, _)) => t.retransmits,
            Some((Pending::Probe, _)) | None => t.probes_out,
        },
        delack: t.timers.delack,
        options: [t.stamps, t.sack_ok, t.ecn_ok],
        wscale: t.wscale_ok.then_some((t.snd.wscale, t.rcv.wscale)),
        congestion: name_of(t.cc.algorithm),
        sizes: [t.ack.rcv_mss, t.rcv.advmss, t.snd.pmtu],
        acked: (t.snd.bytes_acked, t.snd.delivered),
        rcv_space: (t.rcv.ssthresh, t.rcv.space),
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
            Sock::Idle { .. } | Sock::Udp(_) => {}
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

/// What the trace was last told of a host beyond its connections.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    bare: Vec<BareSocket>,
    counters: Map<&'static str, u64>,
}

impl Seen {
    /// What differs now.
    pub fn look(&mut self, host: &Host) -> Vec<What> {
        let mut news = Vec::new();
        let mut by = Vec::new();
        for (name, n) in host.stats.iter() {
            let before = self.counters.get_or_insert_with(name, || 0);
            if n > *before {
                by.push((name, n - *before));
                *before = n;
            }
        }
        if !by.is_empty() {
            news.push(What::Counted { by: by.into() });
        }
        let bare = bare(host);
        if bare != self.bare {
            news.push(What::Bare { rows: Rc::from(bare.as_slice()) });
            self.bare = bare;
        }
        news
    }
}

/// Listeners, half-open requests, TIME-WAIT.
fn bare(host: &Host) -> Vec<BareSocket> {
    let mut rows = Vec::new();
    for (_, sock) in host.sockets() {
        if let Sock::Udp(u) = sock {
            rows.push(BareSocket {
                udp: true,
                local: u.local,
                remote: u.remote.unwrap_or_default(),
                state: if u.remote.is_some() { "ESTAB" } else { "UNCONN" },
                recv_q: u.recv_q(),
                send_q: 0,
                congestion: None,
                timer: None,
            });
        }
        let Sock::Listen(l) = sock else { continue };
        rows.push(BareSocket {
            udp: false,
            local: l.local,
            remote: Endpoint::default(),
            state: "LISTEN",
            recv_q: l.queue.len() as u32,
            send_q: l.backlog,
            congestion: Some(name_of(host.sys.congestion)),
            timer: None,
        });
        rows.extend(l.requests.values().map(|r| BareSocket {
            udp: false,
            local: r.local,
            remote: r.remote,
            state: "SYN-RECV",
            recv_q: 0,
            send_q: 0,
            congestion: None,
            timer: Some(("retrans", r.timer, r.retrans)),
        }));
    }
    rows.extend(host.remains().map(|w| BareSocket {
        udp: false,
        local: w.local,
        remote: w.remote,
        state: if w.fin_wait2 { "FIN-WAIT-2" } else { "TIME-WAIT" },
        recv_q: 0,
        send_q: 0,
        congestion: None,
        timer: Some(("timewait", w.due, 0)),
    }));
    rows
}
