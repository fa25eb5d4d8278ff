//! A connection is made: by `connect`, or of a completed request (`tcp_connect`, `tcp_create_openreq_child`).

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use super::congestion::{Congestion, INITIAL_WINDOW};
use super::listen::{Request, initial_window};
use super::recovery::Recovery;
use super::rtt::Rtt;
use super::segment::{Endpoint, Flags, HEADERS, Seq};
use super::state::{AckState, Chrono, Cx, Mtup, Nonagle, Pending, Receiver, Sender, SockOpts, State, Tcb, Timers};
use super::timeout::FIRST_RTO;

impl Tcb {
    fn blank(cx: &Cx, local: Endpoint, remote: Endpoint, iss: Seq, opts: &SockOpts) -> Tcb {
        let rcvbuf = if opts.rcvbuf > 0 { opts.rcvbuf } else { cx.sys.rmem[1] as u32 };
        let sndbuf = if opts.sndbuf > 0 { opts.sndbuf } else { cx.sys.wmem[1] as u32 };
        Tcb {
            state: State::SynSent,
            local,
            remote,
            snd: Sender {
                una: iss,
                nxt: iss,
                write: iss,
                pushed: iss,
                wnd: 0,
                max_wnd: 0,
                wl1: Seq(0),
                small: iss,
                wscale: 0,
                mss: 536,
                mss_clamp: u32::MAX,
                user_mss: opts.maxseg,
                header_len: 20,
                gso_segs: 1,
                pmtu: cx.mtu,
                route_mtu: cx.mtu,
                rtx: VecDeque::new(),
                queue: VecDeque::new(),
                wmem: 0,
                sndbuf,
                sndbuf_locked: opts.sndbuf > 0,
                notsent_lowat: cx.sys.notsent_lowat.clamp(0, i64::from(u32::MAX)) as u32,
                nospace: false,
                packets_out: 0,
                lsndtime: cx.jiffies(),
                wstamp: 0,
                cwnd_limited: false,
                max_packets_out: 0,
                cwnd_usage_seq: iss,
                cwnd_used: 0,
                cwnd_stamp: cx.jiffies(),
                bytes_acked: 0,
                delivered: 0,
                lost: 0,
                total_retrans: 0,
                segs_out: 0,
                burst: 0,
                mtup: Mtup::default(),
                iss,
                init_cwnd: INITIAL_WINDOW,
                chrono: Chrono::default(),
            },
            rcv: Receiver {
                nxt: Seq(0),
                copied: Seq(0),
                wup: Seq(0),
                wnd: 0,
                ssthresh: 0,
                clamp: 0,
                wscale: 0,
                advmss: 0,
                queue: VecDeque::new(),
                early: Vec::new(),
                sacks: Vec::new(),
                dsack: None,
                rmem: 0,
                rcvbuf,
                rcvbuf_locked: opts.rcvbuf > 0,
                scaling: 128,
                space_seq: Seq(0),
                space_at: 0,
                space: 0,
                rtt8: 0,
                rtt_seq: Seq(0),
                rtt_at: 0,
                last_tsecr: 0,
                dup_acks: 0,
                compressed: 0,
                compressed_nxt: Seq(0),
                lowat: opts.rcvlowat.max(1),
                irs: Seq(0),
                last_data: cx.jiffies(),
            },
            ack: AckState { pingpong: u32::from(opts.interactive), ..AckState::default() },
            rtt: Rtt::new(1_000_000),
            rto: cx.ticks.from_millis(FIRST_RTO),
            backoff: 0,
            retransmits: 0,
            probes_out: 0,
            probes_tstamp: 0,
            rec: Recovery::new(cx.sys.reordering as u32),
            cc: Congestion::new(cx.sys.congestion),
            timers: Timers::default(),
            opts: *opts,
            nonagle: Nonagle { off: opts.nodelay, cork: opts.cork, push: false },
            sack_ok: false,
            stamps: false,
            wscale_ok: false,
            ts_recent: 0,
            ts_recent_at: None,
            ts_now: None,
            ts_offset: 0,
            rcv_shutdown: false,
            send_shutdown: false,
            owned: true,
            orphan: false,
            error: None,
            soft_error: None,
            done: false,
            rcv_tstamp: cx.jiffies(),
            last_oow_ack: 0,
            woken: false,
            passive: false,
            segs_in: 0,
            connected: false,
            ecn_ok: false,
            ecn_demand_cwr: false,
            ecn_queue_cwr: false,
            synack_at: None,
            write_pending: false,
            held: false,
            ack_deferred: false,
        }
    }

    /// `connect`: the SYN leaves (`tcp_connect`).
    pub fn connect(cx: &mut Cx, local: Endpoint, remote: Endpoint, opts: &SockOpts, iss: Seq, ts_offset: u32) -> Tcb {
        let mut t = Tcb::blank(cx, local, remote, iss, opts);
        t.ts_offset = ts_offset;
        t.snd.mss_clamp = if opts.maxseg > 0 { opts.maxseg } else { cx.mtu - HEADERS };
        t.rcv.advmss = t.announced_mss(cx);
        let space = t.rcv.rcvbuf >> 1;
        let mut clamp = opts.window_clamp;
        if opts.rcvbuf > 0 && (clamp > space || clamp == 0) {
            clamp = space;
        }
        let (window, clamp, scale) = initial_window(space, t.rcv.advmss, clamp, cx.sys.window_scaling != 0, cx.sys);
        (t.rcv.wnd, t.rcv.clamp, t.rcv.wscale) = (window, clamp, scale);
        t.rcv.ssthresh = window;
        t.mtup_init(cx);
        t.sync_mss(cx);
        t.ecn_ok = cx.sys.ecn == 1;
        let mut flags = Flags::SYN;
        if t.ecn_ok {
            flags |= Flags::ECE | Flags::CWR;
        }
        t.snd.write = iss + 1;
        t.snd.pushed = iss + 1;
        t.rec.retrans_stamp = t.stamp_now(cx).max(1);
        t.snd.burst += 1;
        t.emit(cx, iss, 0, flags);
        t.record_sent(cx, 0, flags);
        cx.stats.add("TcpActiveOpens", 1);
        let rto = t.rto;
        t.arm(cx, Pending::Retrans, rto);
        t
    }

    /// A completed request becomes a connection, still SYN-RECEIVED; the final ACK is its first input.
    pub fn accept(cx: &mut Cx, req: &Request, opts: &SockOpts) -> Tcb {
        let mut t = Tcb::blank(cx, req.local, req.remote, req.iss, opts);
        t.state = State::SynReceived;
        t.passive = true;
        t.owned = false;
        t.ts_offset = req.ts_offset;
        t.snd.una = req.iss + 1;
        t.snd.nxt = req.iss + 1;
        t.snd.write = req.iss + 1;
        t.snd.pushed = req.iss + 1;
        t.snd.small = req.iss + 1;
        t.snd.cwnd_usage_seq = req.iss + 1;
        t.rcv.irs = req.irs;
        t.rcv.nxt = req.irs + 1;
        t.rcv.copied = t.rcv.nxt;
        t.rcv.wup = t.rcv.nxt;
        t.rcv.wnd = req.rcv_wnd;
        t.rcv.ssthresh = req.rcv_wnd;
        t.rcv.clamp = req.clamp;
        t.rcv.wscale = req.rcv_wscale;
        t.rcv.advmss = t.announced_mss(cx);
        t.wscale_ok = req.snd_wscale.is_some();
        t.snd.wscale = req.snd_wscale.unwrap_or(0);
        t.sack_ok = req.sack_ok;
        t.stamps = req.stamp.is_some();
        if let Some(val) = req.stamp {
            t.ts_recent = val;
            t.ts_recent_at = Some(cx.us() / 1_000_000);
            t.snd.header_len = 32;
        }
        if !t.wscale_ok {
            t.rcv.clamp = t.rcv.clamp.min(65_535);
        }
        t.snd.mss_clamp = req.mss;
        t.snd.total_retrans = req.retrans;
        if req.timeouts > 0 {
            t.rec.undo_marker = Some(req.iss);
        }
        t.synack_at = req.sent_at.filter(|_| req.retrans == 0);
        t.ecn_ok = req.ecn;
        t.ack.lrcvtime = cx.jiffies();
        t.sync_mss(cx);
        // `tcp_v4_syn_recv_sock`: a window may have to be chosen before the final ACK is accepted.
        t.init_rcv_mss();
        cx.stats.add("TcpPassiveOpens", 1);
        t
    }
}
