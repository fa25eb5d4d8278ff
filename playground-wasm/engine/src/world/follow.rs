//! What follows when something happened at a host: packets leave, processes wake, timers are noted, the trace is told.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::{BUSY, CLIENT_START, Event, WAKE, WAKE_BUSY, WAKE_CONNECT, World};
use crate::app::App;
use crate::time::SimTime;
use crate::trace::{Fact, What};
use crate::view::ss;

impl World {
    /// What calls returned, who begins, whether all is over.
    pub(super) fn told(&mut self, host: usize) {
        let Some(app) = &mut self.apps[host] else { return };
        for f in core::mem::take(&mut app.facts) {
            self.rows += f.rows.len();
            self.facts.push(Fact { at: self.now, host, what: What::Call(Box::new(f)) });
        }
        if let Some(at) = app.next_at() {
            self.schedule_run(host, at);
        }
        let listening = self.apps[1].as_ref().and_then(|a| a.listening);
        if self.apps[0].is_none()
            && let Some(at) = listening
        {
            let start = at + CLIENT_START;
            for i in (0..self.hosts.len()).filter(|i| *i != 1) {
                if self.apps[i].is_none() {
                    self.start(i, start);
                }
            }
            let limit = start + self.scenario.limit;
            self.push(limit, Event::LimitReached);
        }
        let ends: Option<Vec<SimTime>> = self.apps.iter().map(|a| a.as_ref().and_then(|a| a.exited)).collect();
        if let (Some(ends), None) = (ends, self.end) {
            let last = ends.into_iter().max().unwrap_or(self.now);
            self.end = Some(last + self.scenario.after);
        }
        let server_gone = self.apps[1].as_ref().is_some_and(|a| a.exited.is_some());
        if server_gone && self.apps[0].is_none() && self.end.is_none() {
            self.end = Some(self.now + self.scenario.after);
        }
    }

    /// Segments leave, processes wake, timers are noted.
    pub(super) fn settle(&mut self, host: usize) {
        let threads = self.apps[host].as_ref().map_or(0, App::burden);
        self.looked += (self.hosts[host].burden() + threads) as u64;
        self.leave(host);
        let woken = core::mem::take(&mut self.hosts[host].woken);
        if !woken.is_empty() && self.apps[host].as_ref().is_some_and(|a| a.waits_at(&woken)) {
            let connecting = self.apps[host].as_ref().is_some_and(|a| a.connects_at(&woken));
            let read = self.apps[host].as_ref().and_then(|a| a.read_at);
            let busy = read.is_some_and(|at| self.now.since(at) < BUSY);
            let latency = match (connecting, busy) {
                (true, _) => WAKE_CONNECT,
                (false, true) => WAKE_BUSY,
                (false, false) => WAKE,
            };
            self.schedule_run(host, self.now + latency);
        }
        let touched = core::mem::take(&mut self.hosts[host].touched);
        if self.watch {
            self.look(host, touched);
        }
        if let Some(at) = self.hosts[host].next_timer()
            && at < self.timer_at[host]
        {
            self.timer_at[host] = at;
            self.push(at.max(self.now), Event::Timers { host });
        }
    }

    fn look(&mut self, host: usize, touched: crate::map::Set<u32>) {
        for what in self.seen_at[host].look(&self.hosts[host]) {
            self.facts.push(Fact { at: self.now, host, what });
        }
        for id in touched {
            match self.hosts[host].tcb(id) {
                Some(tcb) => {
                    let view = ss::view(tcb, self.hosts[host].ticks);
                    if self.seen.get(&(host, id)) != Some(&view) {
                        self.seen.insert((host, id), view.clone());
                        self.facts.push(Fact { at: self.now, host, what: What::Socket { id, view: Box::new(view) } });
                    }
                }
                None => {
                    if self.seen.remove(&(host, id)).is_some() {
                        self.facts.push(Fact { at: self.now, host, what: What::Gone { id } });
                    }
                }
            }
        }
    }
}
