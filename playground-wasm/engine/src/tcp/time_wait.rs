//! What stays when a connection has ended: 60 s of TIME_WAIT, or the rest of FIN_WAIT_2 (`net/ipv4/tcp_minisocks.c`).

use super::segment::{Endpoint, Flags, Options, Segment, Seq, Stamp};
use crate::sysctl::Sysctls;
use crate::time::{SimTime, Ticks};

/// A connection's remains.
#[derive(Debug, Clone)]
pub struct TimeWait {
    /// Our end.
    pub local: Endpoint,
    /// The other.
    pub remote: Endpoint,
    /// Still waiting for the peer's FIN.
    pub fin_wait2: bool,
    /// Next number expected.
    pub rcv_nxt: Seq,
    /// Next number we would send.
    pub snd_nxt: Seq,
    /// The window at the end.
    pub rcv_wnd: u32,
    /// Its scale.
    pub wscale: u8,
    /// Timestamps were in use.
    pub stamps: bool,
    /// The peer's last one.
    pub ts_recent: u32,
    /// When it came, seconds.
    pub ts_recent_at: u64,
    /// Offset of our clock.
    pub ts_offset: u32,
    /// When it goes.
    pub expires: SimTime,
    /// When it should go, as `ss` shows.
    pub due: SimTime,
    /// Last answer to something out of window.
    pub last_oow: u64,
}

/// What a segment does to it.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing.
    Nothing,
    /// It is answered with an ACK.
    Ack,
    /// It is answered with a reset, and the record goes.
    Reset,
    /// The record goes.
    Gone,
    /// A new connection may begin with this sequence number.
    NewSyn(Seq),
}

impl TimeWait {
    /// RFC 9293, 3.10.7.4 and RFC 6191 (`tcp_timewait_state_process`).
    pub fn input(&mut self, now: SimTime, ticks: Ticks, sys: &Sysctls, seg: &Segment) -> Outcome {
        let ts = seg.options.stamp.filter(|_| self.stamps);
        let old = ts.is_some_and(|ts| Seq(ts.val).before(Seq(self.ts_recent)) && self.ts_recent != 0);
        if self.fin_wait2 {
            return self.fin_wait2_input(now, ticks, seg, old);
        }
        let empty = seg.end() == seg.seq;
        let exact = seg.seq == self.rcv_nxt && (empty || seg.has(Flags::RST));
        if !old && exact {
            if seg.has(Flags::RST) {
                if sys.rfc1337 == 0 {
                    return Outcome::Gone;
                }
            } else {
                self.restart(now, ticks);
            }
            if let Some(ts) = ts {
                self.ts_recent = ts.val;
            }
            return Outcome::Nothing;
        }
        let newer = ts.is_some_and(|ts| Seq(self.ts_recent).before(Seq(ts.val)));
        if seg.has(Flags::SYN)
            && !seg.has(Flags::RST)
            && !seg.has(Flags::ACK)
            && !old
            && (seg.seq.after(self.rcv_nxt) || newer)
        {
            let iss = self.snd_nxt + 65_537;
            return Outcome::NewSyn(if iss.0 == 0 { iss + 1 } else { iss });
        }
        if seg.has(Flags::RST) {
            return Outcome::Nothing;
        }
        if old || seg.has(Flags::ACK) {
            self.restart(now, ticks);
        }
        self.limited_ack(now, sys, seg)
    }

    fn limited_ack(&mut self, now: SimTime, sys: &Sysctls, seg: &Segment) -> Outcome {
        let ms = now.as_micros() / 1_000 + 1;
        if (seg.end() == seg.seq || seg.has(Flags::SYN))
            && self.last_oow > 0
            && ms - self.last_oow < sys.invalid_ratelimit as u64
        {
            return Outcome::Nothing;
        }
        self.last_oow = ms;
        Outcome::Ack
    }

    fn fin_wait2_input(&mut self, now: SimTime, ticks: Ticks, seg: &Segment, old: bool) -> Outcome {
        let edge = self.rcv_nxt + self.rcv_wnd;
        let inside = seg.seq == self.rcv_nxt
            || (seg.seq.before(edge) && seg.end().after(self.rcv_nxt))
            || (seg.seq == edge && seg.seq == seg.end());
        if old || !inside {
            return if seg.has(Flags::RST) { Outcome::Nothing } else { Outcome::Ack };
        }
        if seg.has(Flags::RST) {
            return Outcome::Gone;
        }
        if seg.has(Flags::SYN) && !seg.seq.before(self.rcv_nxt) {
            return Outcome::Reset;
        }
        if !seg.has(Flags::ACK) || !seg.end().after(self.rcv_nxt) || seg.end() == seg.seq {
            return Outcome::Nothing;
        }
        // New data, or a FIN that is not the next: there is no one to take it.
        if !seg.has(Flags::FIN) || seg.end() != self.rcv_nxt + 1 {
            return Outcome::Reset;
        }
        self.fin_wait2 = false;
        self.rcv_nxt = seg.end();
        if let Some(ts) = seg.options.stamp {
            self.ts_recent = ts.val;
            self.ts_recent_at = now.as_micros() / 1_000_000;
        }
        self.restart(now, ticks);
        Outcome::Ack
    }

    fn restart(&mut self, now: SimTime, ticks: Ticks) {
        self.expires = ticks.fires(now, ticks.from_millis(super::timeout::TIMEWAIT));
        self.due = now + crate::time::Span::millis(super::timeout::TIMEWAIT);
    }

    /// Its ACK.
    pub fn ack(&self, now: SimTime) -> Segment {
        let val = ((now.as_micros() / 1_000) as u32).wrapping_add(self.ts_offset);
        Segment {
            from: self.local,
            to: self.remote,
            seq: self.snd_nxt,
            ack: self.rcv_nxt,
            flags: Flags::ACK,
            window: (self.rcv_wnd >> self.wscale).min(65_535) as u16,
            options: Options { stamp: self.stamps.then_some(Stamp { val, ecr: self.ts_recent }), ..Options::default() },
            ..Segment::default()
        }
    }
}
