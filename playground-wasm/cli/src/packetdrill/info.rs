//! tcp_info of a socket, under the names that scripts use.

use std::collections::BTreeMap;

use netsim::tcp::state::{State, Tcb};
use netsim::time::{SimTime, Ticks};

/// Numbers of the states (`include/net/tcp_states.h`).
fn state(s: State) -> i64 {
    match s {
        State::Established => 1,
        State::SynSent => 2,
        State::SynReceived => 3,
        State::FinWait1 => 4,
        State::FinWait2 => 5,
        State::Closed => 7,
        State::CloseWait => 8,
        State::LastAck => 9,
        State::Closing => 11,
    }
}

/// Bits of `tcpi_options`.
const OPTIONS: [&str; 6] = [
    "TCPI_OPT_TIMESTAMPS",
    "TCPI_OPT_SACK",
    "TCPI_OPT_WSCALE",
    "TCPI_OPT_ECN",
    "TCPI_OPT_ECN_SEEN",
    "TCPI_OPT_SYN_DATA",
];

/// Everything that an assertion may name.
pub fn values(t: Option<&Tcb>, now: SimTime, ticks: Ticks) -> BTreeMap<&'static str, i64> {
    let mut m = BTreeMap::new();
    for (i, name) in
        ["TCP_CA_Open", "TCP_CA_Disorder", "TCP_CA_CWR", "TCP_CA_Recovery", "TCP_CA_Loss"].iter().enumerate()
    {
        m.insert(*name, i as i64);
    }
    for (n, name) in [
        (1, "TCP_ESTABLISHED"),
        (2, "TCP_SYN_SENT"),
        (3, "TCP_SYN_RECV"),
        (4, "TCP_FIN_WAIT1"),
        (5, "TCP_FIN_WAIT2"),
        (7, "TCP_CLOSE"),
        (8, "TCP_CLOSE_WAIT"),
        (9, "TCP_LAST_ACK"),
        (11, "TCP_CLOSING"),
    ] {
        m.insert(name, n);
    }
    m.insert("TCP_INFINITE_SSTHRESH", 0x7fff_ffff);
    for (i, name) in OPTIONS.iter().enumerate() {
        m.insert(*name, 1 << i);
    }
    m.insert("true", 1);
    m.insert("True", 1);
    let Some(t) = t else { return m };
    let us = |j: u64| ticks.micros(j) as i64;
    let ms_since = |j: u64| us(ticks.at(now).saturating_sub(j)) / 1_000;
    let chrono = |kind: usize| {
        let c = &t.snd.chrono;
        let mut sum = c.sum[kind] as i64;
        if c.kind as usize == kind + 1 {
            sum += now.as_micros() as i64 - c.start as i64;
        }
        sum
    };
    let mut put = |k: &'static str, v: i64| {
        m.insert(k, v);
    };
    put("tcpi_state", state(t.state));
    put("tcpi_ca_state", t.rec.state as i64);
    put("tcpi_retransmits", t.retransmits.into());
    put("tcpi_probes", t.probes_out.into());
    put("tcpi_backoff", t.backoff.into());
    put(
        "tcpi_options",
        i64::from(t.stamps) + 2 * i64::from(t.sack_ok) + 4 * i64::from(t.wscale_ok) + 8 * i64::from(t.ecn_ok),
    );
    put("tcpi_snd_wscale", t.snd.wscale.into());
    put("tcpi_rcv_wscale", t.rcv.wscale.into());
    put("tcpi_rto", us(t.rto));
    put("tcpi_ato", us(t.ack.ato));
    put("tcpi_snd_mss", t.snd.mss.into());
    put("tcpi_rcv_mss", t.ack.rcv_mss.into());
    put("tcpi_unacked", t.snd.packets_out.into());
    put("tcpi_sacked", t.rec.sacked_out.into());
    put("tcpi_lost", t.rec.lost_out.into());
    put("tcpi_retrans", t.rec.retrans_out.into());
    put("tcpi_last_data_sent", ms_since(t.snd.lsndtime));
    put("tcpi_last_data_recv", ms_since(t.ack.lrcvtime));
    put("tcpi_last_ack_recv", ms_since(t.rcv_tstamp));
    put("tcpi_pmtu", t.snd.pmtu.into());
    put("tcpi_rcv_ssthresh", t.rcv.ssthresh.into());
    put("tcpi_rtt", i64::from(t.rtt.srtt8 >> 3));
    put("tcpi_rttvar", t.rtt.deviation().into());
    put("tcpi_snd_ssthresh", t.cc.ssthresh.into());
    put("tcpi_snd_cwnd", t.cc.cwnd.into());
    put("tcpi_advmss", t.rcv.advmss.into());
    put("tcpi_reordering", t.rec.reordering.into());
    put("tcpi_rcv_rtt", i64::from(t.rcv.rtt8 >> 3));
    put("tcpi_rcv_space", t.rcv.space.into());
    put("tcpi_total_retrans", t.snd.total_retrans.into());
    put("tcpi_bytes_acked", t.snd.bytes_acked as i64);
    put("tcpi_bytes_received", i64::from(t.rcv.nxt - t.rcv.irs) - 1 - i64::from(t.done));
    put("SK_MEMINFO_RCVBUF", t.rcv.rcvbuf.into());
    put("SK_MEMINFO_SNDBUF", t.snd.sndbuf.into());
    put("SK_MEMINFO_RMEM_ALLOC", t.rcv.rmem.into());
    put("tcpi_segs_out", t.snd.segs_out.into());
    put("tcpi_segs_in", t.segs_in.into());
    put("tcpi_notsent_bytes", i64::from(t.snd.write - t.snd.nxt));
    put("tcpi_min_rtt", t.rtt.min.into());
    put("tcpi_busy_time", chrono(0) + chrono(1) + chrono(2));
    put("tcpi_rwnd_limited", chrono(1));
    put("tcpi_sndbuf_limited", chrono(2));
    put("tcpi_delivered", t.snd.delivered.into());
    put("tcpi_dsack_dups", t.rec.dsack_dups.into());
    put("tcpi_reord_seen", t.rec.reord_seen.into());
    put("tcpi_snd_wnd", t.snd.wnd.into());
    m
}
