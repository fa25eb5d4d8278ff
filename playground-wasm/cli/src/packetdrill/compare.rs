//! Between the script's numbers and ours: what arrives is put into ours, what leaves is compared with the script's.

use netsim::tcp::segment::{Flags, Options, Segment, Seq, Stamp};

use super::packet::Packet;
use super::run::{Run, TOLERANCE};

impl Run {
    /// A segment of the script in our numbers.
    pub(super) fn inbound(&mut self, p: &Packet) -> Segment {
        let isn = self.isn.unwrap_or(0);
        let mut options = p.options.clone().unwrap_or_default();
        if let Some(s) = &mut options.stamp
            && (s.ecr != 0 || p.ack.is_some())
        {
            // The echo stands for what was sent under that number.
            let known = self.stamps.get(&s.ecr).copied();
            s.ecr = known.unwrap_or_else(|| s.ecr.wrapping_add(self.clock.unwrap_or(0)));
        }
        for b in &mut options.sack {
            b.start = b.start + isn;
            b.end = b.end + isn;
        }
        Segment {
            from: self.remote,
            to: self.local,
            seq: Seq(p.seq),
            ack: if p.flags.has(Flags::ACK) { Seq(p.ack.unwrap_or(0)) + isn } else { Seq(0) },
            flags: p.flags,
            window: p.win.unwrap_or(0).min(65_535) as u16,
            len: p.len,
            options,
            ecn: p.ecn.unwrap_or(0),
            gso: 0,
            burst: 0,
        }
    }

    /// A large segment comes as a network card would hand it over: in one piece that says how large its parts were.
    pub(super) fn deliver(&mut self, seg: Segment) -> Result<(), String> {
        let gso = if self.mss > 0 && seg.len > self.mss { self.mss } else { 0 };
        let now = self.time();
        self.host.input(now, &Segment { gso, ..seg });
        self.collect()
    }

    /// A segment must leave between `start` and `end`.
    pub(super) fn expect(&mut self, p: &Packet, start: i64, end: i64, strict: bool) -> Result<(), String> {
        let last = end.saturating_add(TOLERANCE);
        while self.sent.is_empty() {
            let Some(at) = self.host.next_timer().map(|t| t.as_micros() as i64).filter(|t| *t <= last) else {
                let timer = self.subject().and_then(|t| t.timers.xmit);
                return Err(format!("no segment left by {last}; the next timer is {timer:?}"));
            };
            self.advance(at)?;
        }
        let Some((at, mut seg)) = self.sent.pop_front() else { return Err("no segment left".to_owned()) };
        let first = seg.clone();
        while !strict
            && seg.len < p.len
            && let Some((t, next)) = self.sent.front()
            && next.seq == seg.end()
            && next.len > 0
            && seg.len > 0
            && t - at <= 1_000
        {
            seg.len += next.len;
            seg.flags = if next.has(Flags::PSH) || !p.flags.has(Flags::PSH) {
                next.flags
            } else {
                next.flags | (seg.flags & Flags::PSH)
            };
            self.sent.pop_front();
        }
        self.now = self.now.max(at);
        self.learn(p, &first);
        self.compare(p, &seg)?;
        if at < start - TOLERANCE || at > last {
            let late = (at - start) as f64 / 1e6;
            return Err(format!("{} left {late} s after its time", self.told(&seg)));
        }
        Ok(())
    }

    /// The first segments tell where numbers begin.
    fn learn(&mut self, p: &Packet, seg: &Segment) {
        if self.isn.is_none() && seg.has(Flags::SYN) {
            self.isn = Some(seg.seq.0.wrapping_sub(p.seq));
            self.local = seg.from;
            self.remote = seg.to;
        }
        let script = p.options.as_ref().and_then(|o| o.stamp);
        if let (Some(live), Some(script)) = (seg.options.stamp, script) {
            self.stamps.insert(script.val, live.val);
        }
        if let (None, Some(live), Some(script)) = (self.clock, seg.options.stamp, script) {
            self.clock = Some(live.val.wrapping_sub(script.val));
        } else if let (None, Some(live)) = (self.clock, seg.options.stamp) {
            self.clock = Some(live.val);
        }
    }

    fn relative(&self, seq: Seq) -> u32 {
        (seq - self.isn.unwrap_or(0)).0
    }

    fn told(&self, seg: &Segment) -> String {
        let seq = self.relative(seg.seq);
        format!(
            "{} {}:{}({}) ack {} win {} {:?}",
            netsim::view::golden::flags(seg.flags),
            seq,
            seq.wrapping_add(seg.len),
            seg.len,
            seg.ack.0,
            seg.window,
            seg.options.sack
        )
    }

    fn compare(&self, p: &Packet, seg: &Segment) -> Result<(), String> {
        let fail = |what: &str| Err(format!("{what} differs: {}", self.told(seg)));
        if seg.flags != p.flags {
            return fail("flags");
        }
        if self.relative(seg.seq) != p.seq || seg.len != p.len {
            return fail("range");
        }
        if seg.has(Flags::ACK) && p.ack.is_some_and(|a| a != seg.ack.0) {
            return fail("ack");
        }
        if p.win.is_some_and(|w| w != u32::from(seg.window)) {
            return fail("window");
        }
        if p.ecn.is_some_and(|e| e != seg.ecn) {
            return fail("ECN");
        }
        match &p.options {
            None => Ok(()),
            Some(want) if self.same_options(want, &seg.options) => Ok(()),
            Some(_) => Err(format!("options differ: {:?}", seg.options)),
        }
    }

    fn same_options(&self, want: &Options, live: &Options) -> bool {
        let clock = self.clock.unwrap_or(0);
        let stamps = match (want.stamp, live.stamp) {
            (None, None) => true,
            (Some(w), Some(l)) => {
                let val = i64::from(l.val.wrapping_sub(clock) as i32);
                // Without a tick in the script, its numbers are only names.
                let near = !self.ticking || (val - i64::from(w.val)).abs() * 1_000 <= TOLERANCE;
                near && w.ecr == l.ecr
            }
            (Some(_), None) | (None, Some(_)) => false,
        };
        let plain = |o: &Options| Options { stamp: None::<Stamp>, ..o.clone() };
        stamps && plain(want) == plain(live)
    }
}
