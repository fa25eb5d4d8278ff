//! Which segment belongs to which socket, and what follows: connections, TIME-WAIT, listeners, resets.

use crate::map::Set;
use alloc::boxed::Box;
use alloc::vec::Vec;

use super::{Host, Sock};
use crate::rng::Rng;
use crate::tcp::listen::Verdict;
use crate::tcp::segment::{Endpoint, Flags, Segment, Seq};
use crate::tcp::state::{Cx, SockOpts, Tcb};
use crate::tcp::time_wait::Outcome;
use crate::tcp::transmit::reset_for;
use crate::time::SimTime;
use crate::trace::Refused;

impl Host {
    /// A segment arrives; the reason if it was refused.
    pub fn input(&mut self, now: SimTime, seg: &Segment) -> Option<Refused> {
        self.stats.add("TcpInSegs", 1);
        if seg.options.md5 {
            return Some(Refused::Signed);
        }
        let key = (seg.to, seg.from);
        if let Some(id) = self.conns.get(&key).copied() {
            let una = self.tcb(id).map(|t| t.snd.una);
            self.with(now, id, |t, cx| t.input(cx, seg));
            if self.net.neighbours.is_some() && una != self.tcb(id).map(|t| t.snd.una) {
                self.net.confirm.insert(seg.from.addr);
            }
            return self.last_refused;
        }
        let mut forced = None;
        let listens = self.listener(seg.to, seg.from).is_some();
        if let Some(wait) = self.waits.get_mut(&key) {
            match wait.input(now, self.ticks, &self.sys, seg) {
                Outcome::Nothing => return Some(Refused::TimeWait),
                Outcome::Ack => {
                    let ack = wait.ack(now);
                    self.emit(ack);
                    return Some(Refused::TimeWait);
                }
                Outcome::Reset => {
                    self.waits.remove(&key);
                    return self.refuse(seg);
                }
                Outcome::Gone => {
                    self.waits.remove(&key);
                    return Some(Refused::TimeWait);
                }
                Outcome::NewSyn(iss) => {
                    if !listens {
                        let ack = wait.ack(now);
                        self.emit(ack);
                        return Some(Refused::TimeWait);
                    }
                    self.waits.remove(&key);
                    forced = Some(iss);
                }
            }
        }
        match self.listener(seg.to, seg.from) {
            Some(id) => self.listen_input(now, id, seg, forced),
            None => self.refuse(seg),
        }
    }

    fn emit(&mut self, seg: Segment) {
        self.stats.add("TcpOutSegs", 1);
        self.out.push(seg);
    }

    fn refuse(&mut self, seg: &Segment) -> Option<Refused> {
        if let Some(rst) = reset_for(seg) {
            self.stats.add("TcpOutRsts", 1);
            self.emit(rst);
        }
        Some(Refused::NoConnection)
    }

    /// The listener of a port; of several with `SO_REUSEPORT`, the hash of the addresses chooses one.
    fn listener(&self, local: Endpoint, remote: Endpoint) -> Option<u32> {
        let all: Vec<u32> = self
            .socks
            .iter()
            .filter_map(|(id, s)| match s {
                Sock::Listen(l) if l.local.port == local.port => Some(*id),
                Sock::Listen(_) | Sock::Idle { .. } | Sock::Conn(_) | Sock::Udp(_) => None,
            })
            .collect();
        match all.len() {
            0 => None,
            1 => Some(all[0]),
            n => {
                let mut hash = Rng::new(u64::from(remote.addr) << 16 | u64::from(remote.port), u64::from(local.port));
                Some(all[hash.below(n as u64) as usize])
            }
        }
    }

    fn listen_input(&mut self, now: SimTime, id: u32, seg: &Segment, forced: Option<Seq>) -> Option<Refused> {
        let (mut asked, socks) = self.asked(now, seg.from.addr);
        let Some(Sock::Listen(l)) = socks.get_mut(&id) else { return None };
        let fresh = seg.has(Flags::SYN) && !seg.has(Flags::ACK) && !seg.has(Flags::RST);
        let verdict = if fresh && !l.requests.contains_key(&seg.from) {
            if seg.has(Flags::FIN) { Verdict::Drop(Refused::NoFlags) } else { l.syn(&mut asked, seg, forced) }
        } else {
            l.check(&mut asked, seg)
        };
        match verdict {
            Verdict::Drop(why) => Some(why),
            Verdict::Answer(answer) => {
                self.out.push(answer);
                None
            }
            Verdict::Reset => self.refuse(seg).map(|_| Refused::NoConnection),
            Verdict::Complete(req) => {
                let opts = SockOpts { nonblock: false, ..l.opts };
                let mtu = self.mtu_to(now, seg.from.addr);
                let mut child = {
                    let mut cx = Cx {
                        now,
                        ticks: self.ticks,
                        sys: &self.sys,
                        out: &mut self.out,
                        stats: &mut self.stats,
                        time_wait: None,
                        congested: self.congested,
                        refused: None,
                        mtu,
                    };
                    Tcb::accept(&mut cx, &req, &opts)
                };
                child.snd.init_cwnd = self.init_cwnd;
                let key = (child.local, child.remote);
                let child = self.add(Sock::Conn(Box::new(child)));
                self.conns.insert(key, child);
                if let Some(Sock::Listen(l)) = self.socks.get_mut(&id) {
                    l.queue.push_back(child);
                }
                self.with(now, child, |t, cx| t.input(cx, seg));
                self.woken.insert(id);
                self.last_refused
            }
        }
    }

    /// Segments that came while a process held their socket are taken in one after the other, and one ACK answers them
    /// (`__release_sock`, `tcp_backlog_ack_defer`). Gives the reasons of those that were refused.
    pub fn input_backlog(&mut self, now: SimTime, segs: &[alloc::rc::Rc<Segment>]) -> Vec<Option<Refused>> {
        let mut held = Set::new();
        let mut reasons = Vec::new();
        for seg in segs {
            let id = self.conns.get(&(seg.to, seg.from)).copied();
            if let Some(Sock::Conn(t)) = id.and_then(|id| self.socks.get_mut(&id)) {
                t.held = true;
            }
            held.extend(id);
            reasons.push(self.input(now, seg));
        }
        for id in held {
            self.with(now, id, |t, cx| t.release(cx));
        }
        reasons
    }
}
