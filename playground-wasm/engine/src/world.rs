//! The world: two hosts with their programs, the link between them, and the order of what happens.

use crate::map::Map;
use alloc::boxed::Box;
use alloc::collections::BinaryHeap;
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cmp::{Ordering, Reverse};

use crate::app::App;
use crate::host::Host;
use crate::link::Link;
use crate::rng::Rng;
use crate::scenario::{Scenario, ScenarioError};
use crate::tcp::segment::Segment;
use crate::time::{SimTime, Span, Ticks};
use crate::trace::{Fact, Limit, What};
use crate::view::ss;

/// Addresses of client and server.
pub const ADDRESSES: [u32; 2] = [0x0A09_0001, 0x0A09_0002];
/// The client starts this long after the server listens.
const CLIENT_START: Span = Span::millis(20);
/// A process that is woken runs this much later.
const WAKE: Span = Span::micros(110);
/// One that read a moment ago is back sooner: its processor has not gone to sleep.
const WAKE_BUSY: Span = Span::micros(20);
/// How long a read holds its socket.
const READING: Span = Span::micros(30);
/// That moment.
const BUSY: Span = Span::micros(400);
/// `connect` takes longer to come back than `accept`: a server that speaks first is ahead of the client's first data.
const WAKE_CONNECT: Span = Span::micros(400);
/// Most events of a run.
const MOST_EVENTS: u64 = 20_000_000;
/// Most facts of a trace.
const MOST_FACTS: usize = 4_000_000;

#[derive(Debug, Clone)]
enum Event {
    Arrive { host: usize, packet: u32, segment: Rc<Segment> },
    Timers { host: usize },
    Run { host: usize },
    Released { host: usize },
    LimitReached,
}

/// An event and its place in the order.
#[derive(Debug, Clone)]
struct Due {
    at: SimTime,
    order: u64,
    event: Event,
}

impl PartialEq for Due {
    fn eq(&self, other: &Due) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Due {}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Due) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Due {
    fn cmp(&self, other: &Due) -> Ordering {
        (self.at, self.order).cmp(&(other.at, other.order))
    }
}

/// Two hosts, a link, two programs.
#[derive(Debug, Clone)]
pub struct World {
    now: SimTime,
    hosts: [Host; 2],
    apps: [Option<App>; 2],
    scenario: Rc<Scenario>,
    link: Link,
    queue: BinaryHeap<Reverse<Due>>,
    order: u64,
    timer_at: [SimTime; 2],
    run_at: [SimTime; 2],
    /// A process reads: what arrives until then waits.
    held_until: [SimTime; 2],
    backlog: [Vec<(u32, Rc<Segment>)>; 2],
    packets: u32,
    facts: Vec<Fact>,
    end: Option<SimTime>,
    events: u64,
    /// Whether the state of sockets goes into the trace.
    watch: bool,
    seen: Map<(usize, u32), crate::trace::SocketView>,
    seen_at: [ss::Seen; 2],
}

/// What a visitor may do to a running world.
#[derive(Debug, Clone)]
pub enum Action {
    /// Changes the delay of a direction (0 from the client, 1 from the server).
    Delay(usize, Span),
    /// Changes the chance of loss, in a million.
    Loss(usize, u32),
    /// Changes a setting of a host.
    Sysctl(usize, alloc::string::String, alloc::string::String),
}

/// Why an action was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotPossible {
    /// There are two hosts.
    NoSuchHost,
    /// No such setting or value.
    Setting,
}

impl World {
    /// A world at its beginning: the server's program is about to start.
    pub fn new(scenario: &Scenario, seed: u64) -> Result<World, ScenarioError> {
        World::with_ticks(scenario, seed, Ticks::HZ250)
    }

    /// The same with another clock.
    pub fn with_ticks(scenario: &Scenario, seed: u64, ticks: Ticks) -> Result<World, ScenarioError> {
        let scenario = Rc::new(scenario.clone());
        let host = |i: usize| {
            Host::new(ADDRESSES[i], scenario.sysctls[i].clone(), ticks, scenario.mtu, Rng::new(seed, 16 + i as u64))
        };
        let hosts = [host(0), host(1)];
        let link = Link::new(scenario.lanes.clone(), scenario.rules.clone(), seed);
        let server = App::new(&scenario.programs[1], false, ADDRESSES[0], SimTime::ZERO);
        let mut world = World {
            now: SimTime::ZERO,
            hosts,
            apps: [None, Some(server)],
            scenario,
            link,
            queue: BinaryHeap::new(),
            order: 0,
            timer_at: [SimTime::NEVER; 2],
            run_at: [SimTime::NEVER; 2],
            held_until: [SimTime::ZERO; 2],
            backlog: [Vec::new(), Vec::new()],
            packets: 0,
            facts: Vec::new(),
            end: None,
            events: 0,
            watch: false,
            seen: Map::new(),
            seen_at: Default::default(),
        };
        world.schedule_run(1, SimTime::ZERO);
        Ok(world)
    }

    /// From now on the trace says what sockets look like, whenever it changes.
    pub fn watch_sockets(&mut self) {
        self.watch = true;
    }

    /// Now.
    pub fn now(&self) -> SimTime {
        self.now
    }

    /// The hosts.
    pub fn hosts(&self) -> &[Host; 2] {
        &self.hosts
    }

    /// When the first packet left.
    pub fn first_packet(&self) -> Option<SimTime> {
        self.link.first()
    }

    /// When the run is over; known once the programs have ended.
    pub fn end(&self) -> Option<SimTime> {
        self.end
    }

    /// Events so far.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// The scenario it was made of.
    pub fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// All that happened.
    pub fn trace(&self) -> &[Fact] {
        &self.facts
    }

    /// Changes something while the world runs.
    pub fn act(&mut self, action: Action) -> Result<(), NotPossible> {
        match action {
            Action::Delay(from, delay) => {
                self.link.lanes.get_mut(from).ok_or(NotPossible::NoSuchHost)?.delay = delay;
            }
            Action::Loss(from, loss) => {
                self.link.lanes.get_mut(from).ok_or(NotPossible::NoSuchHost)?.loss = loss.min(1_000_000);
            }
            Action::Sysctl(host, name, value) => {
                let host = self.hosts.get_mut(host).ok_or(NotPossible::NoSuchHost)?;
                host.sys.set(&name, &value).map_err(|_| NotPossible::Setting)?;
            }
        }
        Ok(())
    }

    /// When something will happen next, if anything.
    pub fn next_at(&self) -> Option<SimTime> {
        let at = self.queue.peek()?.0.at;
        match self.end {
            Some(end) if at > end => None,
            Some(_) | None => Some(at),
        }
    }

    /// Time moves to `t`; all that is due by then happens.
    pub fn run_until(&mut self, t: SimTime) {
        while let Some(at) = self.next_at() {
            if at > t {
                break;
            }
            if self.events >= MOST_EVENTS {
                return self.stop(Limit::Events);
            }
            if self.facts.len() >= MOST_FACTS {
                return self.stop(Limit::Memory);
            }
            let Some(Reverse(Due { event, .. })) = self.queue.pop() else { break };
            self.now = at;
            self.events += 1;
            self.happen(event);
        }
        if t != SimTime::NEVER {
            self.now = self.now.max(t);
        }
    }

    /// Runs to the end, which every run has.
    pub fn run(&mut self) {
        self.run_until(SimTime::NEVER);
        if let Some(end) = self.end {
            self.now = self.now.max(end);
        }
    }

    fn stop(&mut self, limit: Limit) {
        self.facts.push(Fact { at: self.now, host: 0, what: What::Stopped { limit } });
        self.queue.clear();
        self.end = Some(self.now);
    }

    fn push(&mut self, at: SimTime, event: Event) {
        self.order += 1;
        self.queue.push(Reverse(Due { at, order: self.order, event }));
    }

    fn schedule_run(&mut self, host: usize, at: SimTime) {
        if at < self.run_at[host] {
            self.run_at[host] = at;
            self.push(at, Event::Run { host });
        }
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Arrive { host, packet, segment } if self.now < self.held_until[host] => {
                if self.backlog[host].is_empty() {
                    self.push(self.held_until[host], Event::Released { host });
                }
                self.backlog[host].push((packet, segment));
            }
            Event::Released { host } => {
                let (packets, segments): (Vec<u32>, Vec<Rc<Segment>>) =
                    core::mem::take(&mut self.backlog[host]).into_iter().unzip();
                for packet in &packets {
                    self.facts.push(Fact { at: self.now, host, what: What::Arrived { packet: *packet } });
                }
                let reasons = self.hosts[host].input_backlog(self.now, &segments);
                for (packet, why) in packets.into_iter().zip(reasons) {
                    if let Some(why) = why {
                        self.facts.push(Fact { at: self.now, host, what: What::Discarded { packet, why } });
                    }
                }
                self.settle(host);
            }
            Event::Arrive { host, packet, segment } => {
                self.facts.push(Fact { at: self.now, host, what: What::Arrived { packet } });
                if let Some(why) = self.hosts[host].input(self.now, &segment) {
                    self.facts.push(Fact { at: self.now, host, what: What::Discarded { packet, why } });
                }
                self.settle(host);
            }
            Event::Timers { host } => {
                if self.timer_at[host] <= self.now {
                    self.timer_at[host] = SimTime::NEVER;
                }
                self.hosts[host].run_timers(self.now);
                self.settle(host);
            }
            Event::Run { host } => {
                if self.run_at[host] <= self.now {
                    self.run_at[host] = SimTime::NEVER;
                }
                let mut budget = 100_000;
                if let Some(app) = &mut self.apps[host] {
                    app.run(self.now, &mut self.hosts[host], &mut budget);
                }
                if budget == 0 {
                    return self.stop(Limit::Events);
                }
                if self.apps[host].as_ref().is_some_and(|a| a.read_at == Some(self.now)) {
                    self.held_until[host] = self.now + READING;
                }
                self.settle(host);
                self.told(host);
            }
            Event::LimitReached => {
                if self.end.is_none() {
                    self.facts.push(Fact { at: self.now, host: 0, what: What::Stopped { limit: Limit::Time } });
                    self.end = Some(self.now + self.scenario.after);
                }
            }
        }
    }

    /// What calls returned, who begins, whether all is over.
    fn told(&mut self, host: usize) {
        let Some(app) = &mut self.apps[host] else { return };
        for f in core::mem::take(&mut app.facts) {
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
            self.apps[0] = Some(App::new(&self.scenario.programs[0].clone(), true, ADDRESSES[1], start));
            self.schedule_run(0, start);
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
    fn settle(&mut self, host: usize) {
        let out = core::mem::take(&mut self.hosts[host].out);
        let many = out.len() > 1;
        for segment in out {
            self.packets += 1;
            let packet = self.packets;
            let segment = Rc::new(segment);
            self.facts.push(Fact { at: self.now, host, what: What::Sent { packet, segment: segment.clone() } });
            match self.link.carry(self.now, host, &segment, many) {
                Ok((at, twice)) => {
                    let event = Event::Arrive { host: 1 - host, packet, segment };
                    if let Some(twice) = twice {
                        self.push(twice, event.clone());
                    }
                    self.push(at, event);
                }
                Err(why) => self.facts.push(Fact { at: self.now, host, what: What::Lost { packet, why } }),
            }
        }
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
