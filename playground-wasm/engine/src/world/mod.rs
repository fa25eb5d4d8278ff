//! The world: hosts with their programs, what lies between them, and the order of what happens. How packets travel
//! stands in `travel`, what follows at a host in `follow`.

mod act;
mod build;
mod follow;
mod queue;
mod travel;

pub use act::{Action, NotPossible};

use crate::map::Map;
use alloc::rc::Rc;
use alloc::vec::Vec;

use crate::app::App;
use crate::host::Host;
use crate::ip::Packet;
use crate::json::fields::BadField;
use crate::link::{Lane, Link};
use crate::relay::Relay;
use crate::scenario::Scenario;
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
/// Most sockets, flows, threads and rules that all events together look through: some seconds.
const MOST_LOOKED: u64 = 1_000_000_000;
/// Calls of a program at one instant, after which it is taken for a loop that never ends.
const MOST_CALLS: u64 = 100_000;
/// Most facts of a trace, each row of `ss` counted as one.
const MOST_FACTS: usize = 4_000_000;

#[derive(Debug, Clone)]
enum Event {
    Arrive { node: usize, packet: u32, frame: Packet, over: Over },
    Timers { host: usize },
    Run { host: usize },
    Released { host: usize },
    LimitReached,
}

/// Over what a packet comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Over {
    /// `lo`.
    Loopback,
    /// The link of that number: 0 the client's, 1 the one behind the relay.
    Link(usize),
}

/// Hosts, what lies between them, their programs.
#[derive(Debug, Clone)]
pub struct World {
    now: SimTime,
    hosts: Vec<Host>,
    relay: Option<Relay>,
    apps: Vec<Option<App>>,
    scenario: Rc<Scenario>,
    links: Vec<Link>,
    queue: queue::Queue,
    timer_at: Vec<SimTime>,
    run_at: Vec<SimTime>,
    /// A process reads: what arrives until then waits.
    held_until: Vec<SimTime>,
    backlog: Vec<Vec<(u32, Rc<Segment>)>>,
    packets: u32,
    facts: Vec<Fact>,
    end: Option<SimTime>,
    events: u64,
    /// How much was looked through.
    looked: u64,
    /// Rows of `ss` in the trace.
    rows: usize,
    /// Whether the state of sockets goes into the trace.
    watch: bool,
    seen: Map<(usize, u32), crate::trace::SocketView>,
    seen_at: Vec<ss::Seen>,
}

impl World {
    /// A world at its beginning: the server's program is about to start.
    pub fn new(scenario: &Scenario, seed: u64) -> Result<World, BadField> {
        World::with_ticks(scenario, seed, Ticks::HZ250)
    }

    /// The same of a scenario that nobody else needs.
    pub fn of(scenario: Scenario, seed: u64) -> Result<World, BadField> {
        World::begin(scenario, seed, Ticks::HZ250)
    }

    /// The same with another clock.
    pub fn with_ticks(scenario: &Scenario, seed: u64, ticks: Ticks) -> Result<World, BadField> {
        World::begin(scenario.clone(), seed, ticks)
    }

    fn begin(scenario: Scenario, seed: u64, ticks: Ticks) -> Result<World, BadField> {
        let scenario = Rc::new(scenario);
        let nodes = 2 + scenario.hosts.len();
        let hosts: Vec<Host> = (0..nodes).map(|i| build::build(&scenario, i, ticks, seed)).collect();
        let lanes = |near: [Lane; 2]| -> Vec<Lane> {
            near.into_iter().chain(scenario.hosts.iter().map(|h| h.lane.clone())).collect()
        };
        let mut links = alloc::vec![Link::new(lanes(scenario.lanes.clone()), scenario.rules.clone(), seed, 0)];
        let relay = scenario.relay.as_ref().map(|r| {
            links.push(Link::new(lanes(r.lanes.clone()), r.rules.clone(), seed, 8));
            Relay::new(r)
        });
        let server = App::new(&scenario.programs[1], false, ADDRESSES[0], SimTime::ZERO);
        let mut world = World {
            now: SimTime::ZERO,
            hosts,
            relay,
            apps: each(nodes),
            links,
            queue: queue::Queue::default(),
            timer_at: alloc::vec![SimTime::NEVER; nodes],
            run_at: alloc::vec![SimTime::NEVER; nodes],
            held_until: alloc::vec![SimTime::ZERO; nodes],
            backlog: each(nodes),
            packets: 0,
            facts: Vec::new(),
            end: None,
            events: 0,
            looked: 0,
            rows: 0,
            watch: false,
            seen: Map::new(),
            seen_at: each(nodes),
            scenario,
        };
        world.apps[1] = Some(server);
        world.schedule_run(1, SimTime::ZERO);
        for i in 2..nodes {
            if world.scenario.hosts[i - 2].with_server {
                world.start(i, SimTime::ZERO);
            }
        }
        Ok(world)
    }

    /// The program of a host other than the server begins.
    fn start(&mut self, host: usize, at: SimTime) {
        let program = match host {
            0 => self.scenario.programs[0].clone(),
            i => self.scenario.hosts[i - 2].program.clone(),
        };
        self.apps[host] = Some(App::new(&program, true, ADDRESSES[1], at));
        self.schedule_run(host, at);
    }

    /// From now on the trace says what sockets look like, whenever it changes.
    pub fn watch_sockets(&mut self) {
        self.watch = true;
    }

    /// Now.
    pub fn now(&self) -> SimTime {
        self.now
    }

    /// The hosts: client, server, then those of the scenario's list.
    pub fn hosts(&self) -> &[Host] {
        &self.hosts
    }

    /// The name of a host or the relay, which comes after all hosts: `C`, `S`, as the scenario names it, `R`.
    pub fn name(&self, host: usize) -> &str {
        match host {
            0 => "C",
            1 => "S",
            i => self.scenario.hosts.get(i - 2).map_or("R", |h| &h.name),
        }
    }

    /// When the first packet left.
    pub fn first_packet(&self) -> Option<SimTime> {
        self.links.iter().filter_map(Link::first).min()
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

    /// When something will happen next, if anything.
    pub fn next_at(&self) -> Option<SimTime> {
        let at = self.queue.next_at()?;
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
            if self.events >= MOST_EVENTS || self.looked >= MOST_LOOKED {
                return self.stop(Limit::Events);
            }
            if self.facts.len() + self.rows >= MOST_FACTS {
                return self.stop(Limit::Memory);
            }
            let Some(event) = self.queue.pop() else { break };
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
        self.queue.push(at, event);
    }

    fn schedule_run(&mut self, host: usize, at: SimTime) {
        if at < self.run_at[host] {
            self.run_at[host] = at;
            self.push(at, Event::Run { host });
        }
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Arrive { node, packet, frame, over } => self.arrive(node, packet, frame, over),
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
                let mut budget = MOST_CALLS;
                if let Some(app) = &mut self.apps[host] {
                    app.run(self.now, &mut self.hosts[host], &mut budget);
                }
                self.looked += MOST_CALLS - budget;
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
}

/// So many of what has a beginning of its own. `vec!` would clone the first, and bring the code for that.
fn each<T: Default>(count: usize) -> Vec<T> {
    (0..count).map(|_| T::default()).collect()
}
