//! Listening: half-open requests, SYN cookies, the accept queue, and how a connection is born (`tcp_conn_request`,
//! `tcp_check_req`).

use alloc::collections::VecDeque;

use crate::map::Map;

use super::segment::{Endpoint, Flags, HEADERS, Options, Segment, Seq, Stamp};
use super::state::SockOpts;
use crate::sysctl::Sysctls;
use crate::time::{SimTime, Ticks};

/// The MSS values that a cookie can hold (`net/ipv4/syncookies.c`).
const COOKIE_MSS: [u32; 4] = [536, 1300, 1440, 1460];

/// The longest wait for the last ACK of a handshake, milliseconds (`TCP_RTO_MAX`; `tcp_rto_max_ms` does not change it).
const MOST_WAIT: u64 = 120_000;

/// A connection that is half open.
#[derive(Debug, Clone)]
pub struct Request {
    /// Our end.
    pub local: Endpoint,
    /// The other.
    pub remote: Endpoint,
    /// Their initial sequence number.
    pub irs: Seq,
    /// Ours.
    pub iss: Seq,
    /// Their MSS option.
    pub mss: u32,
    /// Their window scale, if both use it.
    pub snd_wscale: Option<u8>,
    /// Ours.
    pub rcv_wscale: u8,
    /// SACK is allowed.
    pub sack_ok: bool,
    /// Their timestamp, if both use timestamps.
    pub stamp: Option<u32>,
    /// Offset of our timestamp clock.
    pub ts_offset: u32,
    /// The first window.
    pub rcv_wnd: u32,
    /// Its bound.
    pub clamp: u32,
    /// Timeouts of the SYN-ACK.
    pub timeouts: u32,
    /// How often it was sent again, for any reason.
    pub retrans: u32,
    /// When it first left, microseconds; none for a cookie.
    pub sent_at: Option<u64>,
    /// The final ACK came while the accept queue was full.
    pub acked: bool,
    /// When the SYN-ACK is due again.
    pub timer: SimTime,
    /// Last answer to something odd, milliseconds plus one.
    pub last_oow: u64,
    /// The client asked for ECN.
    pub ecn: bool,
}

/// A listening socket.
#[derive(Debug, Clone)]
pub struct Listener {
    /// Where.
    pub local: Endpoint,
    /// Most connections that wait, less one.
    pub backlog: u32,
    /// Inherited by connections.
    pub opts: SockOpts,
    /// Half-open ones.
    pub requests: Map<Endpoint, Request>,
    /// Cookies that are out. The kernel keeps nothing and computes them again; so does nobody notice.
    pub cookies: Map<Endpoint, Request>,
    /// When cookies were last sent, microseconds.
    pub cookies_at: Option<u64>,
    /// Complete ones, waiting for accept.
    pub queue: VecDeque<u32>,
}

/// The first window that fits a buffer (`tcp_select_initial_window`): window, bound and scale.
pub fn initial_window(space: u32, mss: u32, clamp: u32, scaling: bool, sys: &Sysctls) -> (u32, u32, u8) {
    let mut clamp = if clamp == 0 { 65_535 << 14 } else { clamp };
    let mut space = space.min(clamp);
    if space > mss {
        space = space / mss * mss;
    }
    // More than 64 KB may be promised at once; the field of the SYN-ACK shows what it can (since 6.10).
    let window = space;
    let mut scale = 0;
    if scaling {
        let most = u64::from(space).max(sys.rmem[2] as u64).max(212_992).min(u64::from(clamp)) as u32;
        scale = most.max(1).ilog2().saturating_sub(15).min(14) as u8;
    }
    clamp = clamp.min(65_535 << scale);
    (window, clamp, scale)
}

/// What the listener does with a segment.
#[derive(Debug)]
pub enum Verdict {
    /// It was dropped, for this reason.
    Drop(crate::trace::Refused),
    /// This answer goes out.
    Answer(Segment),
    /// Reset.
    Reset,
    /// The handshake is complete.
    Complete(Request),
}

impl Listener {
    /// A listening socket with nothing in its queues.
    pub fn new(local: Endpoint, backlog: u32, opts: SockOpts) -> Listener {
        Listener {
            local,
            backlog,
            opts,
            requests: Map::new(),
            cookies: Map::new(),
            cookies_at: None,
            queue: VecDeque::new(),
        }
    }

    /// More than `backlog` wait (`sk_acceptq_is_full`): the queue holds one more than it says.
    pub fn is_full(&self) -> bool {
        self.queue.len() as u32 > self.backlog
    }

    /// A SYN asks for a connection (`tcp_conn_request`).
    pub fn syn(&mut self, cx: &mut Asked, seg: &Segment, forced_iss: Option<Seq>) -> Verdict {
        use crate::trace::Refused;
        // `inet_csk_reqsk_queue_is_full`: this queue too holds one more than it says.
        let full = self.requests.len() as u32 > self.backlog;
        let mut cookie = false;
        if cx.sys.syncookies == 2 || full {
            if cx.sys.syncookies == 0 {
                cx.stats.add("TcpExtTCPReqQFullDrop", 1);
                cx.stats.add("TcpExtListenDrops", 1);
                return Verdict::Drop(Refused::SynQueueFull);
            }
            cookie = true;
            cx.stats.add("TcpExtTCPReqQFullDoCookies", 1);
        }
        if self.is_full() {
            cx.stats.add("TcpExtListenOverflows", 1);
            cx.stats.add("TcpExtListenDrops", 1);
            return Verdict::Drop(Refused::AcceptQueueFull);
        }
        if !cookie && forced_iss.is_none() && cx.sys.syncookies == 0 {
            let max = cx.sys.max_syn_backlog;
            if max - (self.requests.len() as i64) < max >> 2 {
                cx.stats.add("TcpExtListenDrops", 1);
                return Verdict::Drop(Refused::SynQueueFull);
            }
        }
        let mut req = self.request(cx, seg, forced_iss);
        if cookie {
            req.mss = COOKIE_MSS.iter().copied().rev().find(|m| *m <= req.mss).unwrap_or(COOKIE_MSS[0]);
            if req.stamp.is_none() {
                req.snd_wscale = None;
                req.sack_ok = false;
                req.rcv_wscale = 0;
            }
            req.sent_at = None;
            self.cookies_at = Some(cx.now.as_micros());
            cx.stats.add("TcpExtSyncookiesSent", 1);
            let answer = req.synack(cx, self.announced(cx));
            self.cookies.insert(seg.from, req);
            return Verdict::Answer(answer);
        }
        let answer = req.synack(cx, self.announced(cx));
        self.requests.insert(seg.from, req);
        Verdict::Answer(answer)
    }

    fn announced(&self, cx: &Asked) -> u32 {
        let mss = cx.mtu - HEADERS;
        if self.opts.maxseg > 0 { mss.min(self.opts.maxseg) } else { mss }
    }

    fn request(&self, cx: &mut Asked, seg: &Segment, forced_iss: Option<Seq>) -> Request {
        let o = &seg.options;
        let stamps = o.stamp.is_some() && cx.sys.timestamps != 0;
        let scaling = o.wscale.is_some() && cx.sys.window_scaling != 0;
        let rcvbuf = if self.opts.rcvbuf > 0 { self.opts.rcvbuf } else { cx.sys.rmem[1] as u32 };
        let space = rcvbuf >> 1;
        let mut clamp = self.opts.window_clamp;
        if self.opts.rcvbuf > 0 && (clamp > space || clamp == 0) {
            clamp = space;
        }
        let mss = self.announced(cx) - if stamps { 12 } else { 0 };
        let (rcv_wnd, clamp, rcv_wscale) = initial_window(space, mss, clamp, scaling, cx.sys);
        let peer = u32::from(o.mss.unwrap_or(536));
        let own = if self.opts.maxseg > 0 { self.opts.maxseg } else { u32::MAX };
        Request {
            local: self.local_for(seg),
            remote: seg.from,
            irs: seg.seq,
            iss: forced_iss.unwrap_or(Seq(cx.random as u32)),
            mss: peer.min(own),
            snd_wscale: o.wscale.filter(|_| scaling).map(|w| w.min(14)),
            rcv_wscale,
            sack_ok: o.sack_ok && cx.sys.sack != 0,
            stamp: o.stamp.filter(|_| stamps).map(|ts| ts.val),
            ts_offset: if cx.sys.timestamps == 1 { (cx.random >> 32) as u32 } else { 0 },
            rcv_wnd,
            clamp,
            timeouts: 0,
            retrans: 0,
            sent_at: Some(cx.now.as_micros()),
            acked: false,
            timer: cx.ticks.fires(cx.now, cx.ticks.from_millis(super::timeout::FIRST_RTO)),
            last_oow: 0,
            ecn: cx.sys.ecn > 0 && seg.has(Flags::ECE | Flags::CWR),
        }
    }

    fn local_for(&self, seg: &Segment) -> Endpoint {
        Endpoint { addr: seg.to.addr, port: self.local.port }
    }

    /// Something that is no SYN, or a SYN again, for a half-open connection (`tcp_check_req`).
    pub fn check(&mut self, cx: &mut Asked, seg: &Segment) -> Verdict {
        use crate::trace::Refused;
        let (announced, full) = (self.announced(cx), self.is_full());
        let Some(req) = self.requests.get_mut(&seg.from) else { return self.check_cookie(cx, seg) };
        let control = seg.flags & (Flags::SYN | Flags::ACK | Flags::RST | Flags::FIN);
        let old_stamp = match (seg.options.stamp, req.stamp) {
            (Some(ts), Some(recent)) => Seq(ts.val).before(Seq(recent)),
            (Some(_) | None, _) => false,
        };
        if seg.seq == req.irs && control == Flags::SYN && !old_stamp {
            if rate_limited(&mut req.last_oow, cx) {
                return Verdict::Drop(Refused::RateLimited);
            }
            req.retrans += 1;
            let wait = cx.ticks.from_millis(super::timeout::FIRST_RTO) << req.timeouts;
            req.timer = cx.ticks.fires(cx.now, wait.min(cx.ticks.from_millis(MOST_WAIT)));
            cx.stats.add("TcpRetransSegs", 1);
            cx.stats.add("TcpExtTCPSynRetrans", 1);
            return Verdict::Answer(req.synack(cx, announced));
        }
        if seg.has(Flags::ACK) && seg.ack != req.iss + 1 {
            return if seg.has(Flags::RST) { Verdict::Drop(Refused::AckOfUnsent) } else { Verdict::Reset };
        }
        let first = req.irs + 1;
        let edge = first + req.rcv_wnd.min(65_535);
        let inside = seg.seq == first
            || (seg.seq.before(edge) && seg.end().after(first))
            || (seg.seq == edge && seg.seq == seg.end());
        if old_stamp || !inside {
            if seg.has(Flags::RST) || rate_limited(&mut req.last_oow, cx) {
                return Verdict::Drop(Refused::OverWindow);
            }
            return Verdict::Answer(req.ack(cx));
        }
        let syn = seg.has(Flags::SYN) && seg.seq != req.irs;
        if seg.has(Flags::RST) || syn {
            cx.stats.add("TcpExtEmbryonicRsts", 1);
            self.requests.remove(&seg.from);
            return if seg.has(Flags::RST) { Verdict::Drop(Refused::ResetOfRequest) } else { Verdict::Reset };
        }
        if !seg.has(Flags::ACK) {
            return Verdict::Drop(Refused::NoFlags);
        }
        if full {
            cx.stats.add("TcpExtListenOverflows", 1);
            cx.stats.add("TcpExtListenDrops", 1);
            if cx.sys.abort_on_overflow != 0 {
                cx.stats.add("TcpExtEmbryonicRsts", 1);
                self.requests.remove(&seg.from);
                return Verdict::Reset;
            }
            req.acked = true;
            return Verdict::Drop(Refused::AcceptQueueFull);
        }
        let mut req = req.clone();
        self.requests.remove(&seg.from);
        if let Some(ts) = seg.options.stamp
            && req.stamp.is_some()
            && !seg.seq.after(first)
        {
            req.stamp = Some(ts.val);
        }
        Verdict::Complete(req)
    }

    /// An ACK without a request: is it the answer to a cookie? (`cookie_v4_check`)
    fn check_cookie(&mut self, cx: &mut Asked, seg: &Segment) -> Verdict {
        use crate::trace::Refused;
        if seg.has(Flags::RST) {
            return Verdict::Drop(Refused::NoConnection);
        }
        if !seg.has(Flags::ACK) {
            return Verdict::Drop(Refused::NoFlags);
        }
        // A cookie is good for two minutes.
        let recent = self.cookies_at.is_some_and(|at| cx.now.as_micros() - at < 120_000_000);
        let full = self.is_full();
        match self.cookies.get(&seg.from) {
            Some(req) if recent && seg.ack == req.iss + 1 && seg.seq == req.irs + 1 => {
                cx.stats.add("TcpExtSyncookiesRecv", 1);
                if full {
                    cx.stats.add("TcpExtListenOverflows", 1);
                    cx.stats.add("TcpExtListenDrops", 1);
                    return Verdict::Drop(Refused::AcceptQueueFull);
                }
                let mut req = req.clone();
                if let (Some(ts), true) = (seg.options.stamp, req.stamp.is_some()) {
                    req.stamp = Some(ts.val);
                }
                self.cookies.remove(&seg.from);
                Verdict::Complete(req)
            }
            Some(_) | None => {
                if recent {
                    cx.stats.add("TcpExtSyncookiesFailed", 1);
                }
                Verdict::Reset
            }
        }
    }

    /// SYN-ACKs that are due again (`reqsk_timer_handler`).
    pub fn run_timers(&mut self, cx: &mut Asked) -> alloc::vec::Vec<Segment> {
        let mut out = alloc::vec::Vec::new();
        let announced = self.announced(cx);
        let due: alloc::vec::Vec<Endpoint> =
            self.requests.iter().filter(|(_, r)| r.timer <= cx.now).map(|(k, _)| *k).collect();
        for key in due {
            let most = self.most_retries(cx);
            let Some(req) = self.requests.get_mut(&key) else { continue };
            cx.stats.add("TcpExtTCPTimeouts", 1);
            if req.timeouts >= most {
                self.requests.remove(&key);
                continue;
            }
            req.timeouts += 1;
            req.retrans += 1;
            let wait = cx.ticks.from_millis(super::timeout::FIRST_RTO) << req.timeouts;
            req.timer = cx.ticks.fires(cx.now, wait.min(cx.ticks.from_millis(MOST_WAIT)));
            cx.stats.add("TcpRetransSegs", 1);
            cx.stats.add("TcpExtTCPSynRetrans", 1);
            out.push(req.synack(cx, announced));
        }
        out
    }

    fn most_retries(&self, cx: &Asked) -> u32 {
        let mut most = if self.opts.syncnt > 0 { self.opts.syncnt } else { cx.sys.synack_retries as u32 };
        let len = self.requests.len() as u32;
        if len << 1 > self.backlog.max(8) {
            let mut young = (self.requests.values().filter(|r| r.timeouts == 0).count() as u32) << 1;
            while most > 2 {
                if len < young {
                    break;
                }
                most -= 1;
                young <<= 1;
            }
        }
        most
    }

    /// The earliest of them.
    pub fn next_timer(&self) -> Option<SimTime> {
        self.requests.values().map(|r| r.timer).min()
    }
}

fn rate_limited(last: &mut u64, cx: &Asked) -> bool {
    let ms = cx.now.as_micros() / 1_000 + 1;
    if *last > 0 && ms - *last < cx.sys.invalid_ratelimit as u64 {
        return true;
    }
    *last = ms;
    false
}

/// What a listener needs of its host.
pub struct Asked<'a> {
    /// Now.
    pub now: SimTime,
    /// The clock.
    pub ticks: Ticks,
    /// Settings.
    pub sys: &'a Sysctls,
    /// Counters.
    pub stats: &'a mut crate::host::Stats,
    /// MTU of the device.
    pub mtu: u32,
    /// For sequence numbers.
    pub random: u64,
}

impl Request {
    fn stamp_option(&self, cx: &Asked) -> Option<Stamp> {
        let val = ((cx.now.as_micros() / 1_000) as u32).wrapping_add(self.ts_offset);
        self.stamp.map(|ecr| Stamp { val, ecr })
    }

    /// The SYN-ACK.
    pub fn synack(&self, cx: &mut Asked, mss: u32) -> Segment {
        cx.stats.add("TcpOutSegs", 1);
        let mut flags = Flags::SYN | Flags::ACK;
        if self.ecn {
            flags |= Flags::ECE;
        }
        Segment {
            from: self.local,
            to: self.remote,
            seq: self.iss,
            ack: self.irs + 1,
            flags,
            window: self.rcv_wnd.min(65_535) as u16,
            options: Options {
                mss: Some(mss as u16),
                wscale: self.snd_wscale.map(|_| self.rcv_wscale),
                sack_ok: self.sack_ok,
                stamp: self.stamp_option(cx),
                ..Options::default()
            },
            ..Segment::default()
        }
    }

    /// The answer to something outside the window (`tcp_v4_reqsk_send_ack`).
    fn ack(&self, cx: &mut Asked) -> Segment {
        cx.stats.add("TcpOutSegs", 1);
        Segment {
            from: self.local,
            to: self.remote,
            seq: self.iss + 1,
            ack: self.irs + 1,
            flags: Flags::ACK,
            window: (self.rcv_wnd >> self.rcv_wscale).min(65_535) as u16,
            options: Options { stamp: self.stamp_option(cx), ..Options::default() },
            ..Segment::default()
        }
    }
}
