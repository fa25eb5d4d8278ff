//! Programs: scripts of calls on blocking sockets, with threads. A call costs no time; only sleeping and waiting do. Each
//! step begins in `steps`, what a call returned is told in `returned`.

mod returned;
mod steps;

use crate::map::Map;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::calls::{Call, Opt};
use crate::errno::Errno;
use crate::host::Host;
use crate::scenario::Program;
use crate::tcp::segment::Endpoint;
use crate::time::{SimTime, Span};
use crate::trace::{Args, CallFact, CallName, Row};

/// What a frame of a thread repeats.
#[derive(Debug, Clone)]
enum Again {
    Once,
    Times(u32),
    Until,
}

#[derive(Debug, Clone)]
struct Frame {
    steps: Program,
    next: usize,
    again: Again,
}

/// What a thread waits for.
#[derive(Debug, Clone)]
pub enum Wait {
    /// Nothing: it runs at this time.
    Until(SimTime),
    /// A call to return, and when it gives up.
    Call(alloc::boxed::Box<Pending>),
    /// Its end has come.
    Over,
}

/// A call that has not returned.
#[derive(Debug, Clone)]
pub struct Pending {
    id: u32,
    call: Call,
    /// When it gives up.
    pub deadline: Option<SimTime>,
    began: SimTime,
    fact: CallFact,
    then: Then,
}

/// What follows a call.
#[derive(Debug, Clone)]
enum Then {
    Next,
    /// The new socket takes this name.
    Name(String),
    /// More bytes are wanted.
    Fill(u32),
    /// Until the end.
    Drain,
}

#[derive(Debug, Clone)]
struct Thread {
    frames: Vec<Frame>,
    wait: Wait,
}

/// A program of one host.
#[derive(Debug, Clone)]
pub struct App {
    threads: Vec<Thread>,
    socks: Map<String, u32>,
    order: Vec<(String, u32)>,
    clients: Map<u32, Endpoint>,
    /// Who sent the last datagram to a socket.
    senders: Map<u32, Endpoint>,
    /// It is the client's side: its own end names a connection.
    client: bool,
    /// Where connections go.
    peer: u32,
    /// Calls that returned since the world last looked.
    pub facts: Vec<CallFact>,
    /// When a call last read something.
    pub read_at: Option<SimTime>,
    /// When it first listened.
    pub listening: Option<SimTime>,
    /// It has ended.
    pub exited: Option<SimTime>,
}

impl App {
    /// A program that starts at `at`.
    pub fn new(program: &Program, client: bool, peer: u32, at: SimTime) -> App {
        App {
            threads: alloc::vec![thread(program.clone(), at)],
            socks: Map::new(),
            order: Vec::new(),
            clients: Map::new(),
            senders: Map::new(),
            client,
            peer,
            facts: Vec::new(),
            read_at: None,
            listening: None,
            exited: None,
        }
    }

    /// When a thread wants to run next, without being woken.
    pub fn next_at(&self) -> Option<SimTime> {
        if self.exited.is_some() {
            return None;
        }
        self.threads
            .iter()
            .filter_map(|t| match &t.wait {
                Wait::Until(at) => Some(*at),
                Wait::Call(p) => p.deadline,
                Wait::Over => None,
            })
            .min()
    }

    /// How much an event makes it look through.
    pub fn burden(&self) -> usize {
        self.threads.len()
    }

    /// Whether a thread waits at one of these sockets.
    pub fn waits_at(&self, ids: &crate::map::Set<u32>) -> bool {
        self.threads.iter().any(|t| matches!(&t.wait, Wait::Call(p) if ids.contains(&p.id)))
    }

    /// Whether a thread waits for one of these connections to be made.
    pub fn connects_at(&self, ids: &crate::map::Set<u32>) -> bool {
        self.threads
            .iter()
            .any(|t| matches!(&t.wait, Wait::Call(p) if ids.contains(&p.id) && matches!(p.call, Call::Connect)))
    }

    /// Runs every thread that can run; waiting calls are tried again.
    pub fn run(&mut self, now: SimTime, host: &mut Host, budget: &mut u64) {
        if self.exited.is_some() {
            return;
        }
        let mut i = 0;
        while i < self.threads.len() {
            self.run_thread(i, now, host, budget);
            i += 1;
        }
        if self.exited.is_none() && self.threads.iter().all(|t| matches!(t.wait, Wait::Over)) {
            self.exit(now, host);
        }
    }

    fn exit(&mut self, now: SimTime, host: &mut Host) {
        self.exited = Some(now);
        self.facts.push(fact(now, 0, CallName::Exit));
        let order = core::mem::take(&mut self.order);
        let lingers = |host: &Host, id: u32| host.opts(id).is_some_and(|o| o.linger.is_some_and(|s| s > 0));
        let (late, soon): (Vec<_>, Vec<_>) = order.into_iter().partition(|(_, id)| lingers(host, *id));
        for (_, id) in soon.into_iter().chain(late) {
            host.close(now, id, true);
        }
    }

    fn run_thread(&mut self, i: usize, now: SimTime, host: &mut Host, budget: &mut u64) {
        loop {
            if *budget == 0 {
                return;
            }
            // Calls among thousands of sockets, and rows of `ss`, cost more.
            let rows = self.facts.last().map_or(0, |f| f.rows.len());
            *budget = budget.saturating_sub(1 + host.burden() as u64 / 10_000 + rows as u64 / 10);
            match core::mem::replace(&mut self.threads[i].wait, Wait::Over) {
                Wait::Over => return,
                Wait::Until(at) if at > now => {
                    self.threads[i].wait = Wait::Until(at);
                    return;
                }
                Wait::Until(_) => {
                    if !self.step(i, now, host) {
                        return;
                    }
                }
                Wait::Call(mut p) => {
                    let last = p.deadline.is_some_and(|d| d <= now);
                    match host.poll(now, p.id, &mut p.call, last) {
                        None => {
                            self.threads[i].wait = Wait::Call(p);
                            return;
                        }
                        Some(result) => {
                            self.threads[i].wait = Wait::Until(now);
                            self.returned(i, now, host, *p, result);
                        }
                    }
                }
            }
        }
    }

    /// Takes the next step; false if the thread is over.
    fn step(&mut self, i: usize, now: SimTime, host: &mut Host) -> bool {
        loop {
            let Some(frame) = self.threads[i].frames.last_mut() else { return false };
            let steps = frame.steps.clone();
            if let Some(step) = steps.get(frame.next) {
                frame.next += 1;
                self.threads[i].wait = Wait::Until(now);
                if self.take(i, now, host, step).is_none() {
                    // A socket that does not exist ends the thread.
                    self.threads[i].wait = Wait::Over;
                    self.threads[i].frames.clear();
                    return false;
                }
                return true;
            }
            match &mut frame.again {
                Again::Until => frame.next = 0,
                Again::Times(n) if *n > 1 => {
                    *n -= 1;
                    frame.next = 0;
                }
                Again::Times(_) | Again::Once => {
                    self.threads[i].frames.pop();
                }
            }
        }
    }

    /// A call came up short: a loop ends.
    fn short(&mut self, i: usize) {
        let frames = &mut self.threads[i].frames;
        if frames.last().is_some_and(|f| matches!(f.again, Again::Until)) {
            frames.pop();
        }
    }

    fn enter(&mut self, i: usize, steps: &Program, again: Again) {
        self.threads[i].frames.push(Frame { steps: steps.clone(), next: 0, again });
    }

    fn name(&mut self, sock: &str, id: u32) {
        self.socks.insert(sock.to_string(), id);
        self.order.push((sock.to_string(), id));
    }

    /// The client's end of a socket's connection.
    fn client_end(&mut self, host: &Host, id: u32) -> Option<Endpoint> {
        if let Some(t) = host.tcb(id) {
            let end = if self.client { t.local } else { t.remote };
            self.clients.insert(id, end);
        }
        self.clients.get(&id).copied()
    }

    #[expect(clippy::too_many_arguments, reason = "a call has that many parts")]
    fn told(
        &mut self,
        i: usize,
        now: SimTime,
        host: &Host,
        call: CallName,
        sock: &str,
        id: u32,
        detail: Option<&str>,
        result: Result<(), Errno>,
    ) {
        let mut f = fact(now, i as u32, call);
        f.sock = Some(sock.into());
        f.client = self.client_end(host, id);
        f.detail = detail.map(Rc::from);
        f.result = Some(result.map(|()| 0));
        self.facts.push(f);
        if result.is_err() {
            self.short(i);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "a call has that many parts")]
    fn call(
        &mut self,
        i: usize,
        now: SimTime,
        host: &mut Host,
        id: u32,
        call: Call,
        name: CallName,
        sock: &str,
        n: Option<u32>,
        then: Then,
    ) {
        let mut f = fact(now, i as u32, name);
        f.sock = Some(sock.into());
        f.n = n.map(u64::from);
        f.client = self.client_end(host, id);
        let timeout = host.timeout_of(id, &call);
        let deadline = if host.nonblocking(id, &call) {
            Some(now)
        } else if timeout > 0 {
            Some(host.ticks.fires(now, host.ticks.from_micros(timeout)))
        } else {
            None
        };
        self.threads[i].wait =
            Wait::Call(alloc::boxed::Box::new(Pending { id, call, deadline, began: now, fact: f, then }));
    }

    /// What a tool will see of the call that thread `i` is in.
    fn note_args(&mut self, i: usize, args: Args) {
        if let Wait::Call(p) = &mut self.threads[i].wait {
            p.fact.args = Some(Rc::new(args));
        }
    }
}

fn thread(steps: Program, at: SimTime) -> Thread {
    Thread { frames: alloc::vec![Frame { steps, next: 0, again: Again::Once }], wait: Wait::Until(at) }
}

fn fact(now: SimTime, thread: u32, call: CallName) -> CallFact {
    CallFact {
        began: now,
        took: Span::ZERO,
        thread,
        call,
        sock: None,
        client: None,
        n: None,
        detail: None,
        args: None,
        result: None,
        rows: Vec::<Row>::new(),
    }
}

fn set_all(host: &mut Host, now: SimTime, id: u32, opts: &[Opt]) {
    for o in opts {
        // A refused option leaves the socket as it is.
        let _ = host.setopt(now, id, *o);
    }
}
