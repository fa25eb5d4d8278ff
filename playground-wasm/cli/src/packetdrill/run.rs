//! Plays a script against one host of ours: what arrives is handed over, what leaves is compared, calls are made.

use std::collections::{BTreeMap, VecDeque};

use netsim::calls::Call;
use netsim::errno::Errno;
use netsim::host::Host;
use netsim::rng::Rng;
use netsim::sysctl::Sysctls;
use netsim::tcp::segment::{Endpoint, Segment};
use netsim::time::{SimTime, Ticks};

use super::calls::Answer;
use super::parse::{Event, Script, What, When};
use super::{expr, info, shell};

/// How far an event may be from its time.
pub(super) const TOLERANCE: i64 = 10_000;
/// Timers that a script may let fire; a run ends in any case.
const MOST_TIMERS: u32 = 100_000;
/// Events of a script.
const MOST_EVENTS: usize = 10_000;
/// The world begins a little before the script.
const START: i64 = 1_000_000;
const LOCAL: u32 = 0xC0A8_0001;
const REMOTE: u32 = 0xC000_0201;
const PORT: u16 = 8080;

/// A call that has not returned.
pub struct Blocked {
    fd: u32,
    call: Call,
    begun: i64,
    due: i64,
    line: usize,
    want: Answer,
}

/// A `poll` that waits.
pub struct Polling {
    pub fd: i64,
    pub mask: u64,
    pub expected: u64,
    pub due: i64,
    pub line: usize,
}

/// A script in progress.
pub struct Run {
    pub host: Host,
    pub now: i64,
    /// Sockets by the numbers of the script.
    pub fds: BTreeMap<i64, u32>,
    pub epolls: BTreeMap<i64, super::epoll::Epoll>,
    /// Polls that wait.
    pub polls: Vec<Polling>,
    /// When the call at hand returns, if it waits, and its line.
    pub waiting: (Option<i64>, usize),
    pub(super) blocked: Vec<Blocked>,
    pub(super) sent: VecDeque<(i64, Segment)>,
    pub(super) local: Endpoint,
    pub(super) remote: Endpoint,
    pub(super) isn: Option<u32>,
    pub(super) clock: Option<u32>,
    /// Live timestamps by the script's.
    pub(super) stamps: BTreeMap<u32, u32>,
    pub(super) ticking: bool,
    pub(super) mss: u32,
    /// Where `connect` goes.
    pub peer: Endpoint,
    /// Files of the machine.
    pub files: shell::Files,
    /// Open ones: size and place.
    pub open: BTreeMap<i64, (u32, u32)>,
    /// Moments that a program wants to know.
    pub stamping: super::stamping::Stamping,
    timers: u32,
}

/// Plays it; the first difference is the error.
pub fn play(script: &Script) -> Result<(), String> {
    let local = Endpoint { addr: LOCAL, port: PORT };
    let peer = Endpoint { addr: REMOTE, port: PORT };
    let remote = Endpoint { addr: REMOTE, port: 40_001 };
    let mut run = Run {
        host: Host::new(LOCAL, Sysctls::LINUX, Ticks::EXACT, 1500, Rng::new(1, 1)),
        now: START,
        fds: BTreeMap::new(),
        epolls: BTreeMap::new(),
        polls: Vec::new(),
        waiting: (None, 0),
        blocked: Vec::new(),
        sent: VecDeque::new(),
        local,
        remote,
        isn: None,
        clock: None,
        stamps: BTreeMap::new(),
        ticking: script.flags.iter().any(|f| f.0 == "tcp_ts_tick_usecs"),
        mss: 0,
        peer,
        files: shell::Files::new(),
        open: BTreeMap::new(),
        stamping: super::stamping::Stamping::default(),
        timers: 0,
    };
    if script.events.len() > MOST_EVENTS {
        return Err(format!("more than {MOST_EVENTS} events"));
    }
    for (name, value) in &script.flags {
        match name.as_str() {
            "tolerance_usecs" | "tcp_ts_tick_usecs" | "strict_segments" => {}
            "mss" => run.mss = value.parse().map_err(|_| format!("--mss={value}"))?,
            "ip_version" if value == "ipv4" => {}
            _ => return Err(format!("--{name} is not supported")),
        }
    }
    for commands in &script.setup {
        shell::run(&mut run.host, &mut run.files, commands)?;
    }
    let strict = script.flags.iter().any(|f| f.0 == "strict_segments");
    let mut base = START;
    for e in &script.events {
        let (start, end) = match e.when {
            When::At(t) => (START + t, START + t),
            When::After(t, None) => (base + t, base + t),
            When::After(t, Some(end)) => (base + t, base + end),
            When::Any => (run.now, i64::MAX / 2),
        };
        base = start;
        run.event(e, start, end, strict).map_err(|what| format!("line {}: {what}", e.line))?;
        // What follows a span of time counts from when it really happened.
        if matches!(e.when, When::Any | When::After(_, Some(_))) {
            base = run.now;
        }
    }
    run.finish()
}

impl Run {
    /// Now.
    pub fn time(&self) -> SimTime {
        SimTime::from_micros(self.now as u64)
    }

    fn event(&mut self, e: &Event, start: i64, end: i64, strict: bool) -> Result<(), String> {
        match &e.what {
            What::Out(p) => self.expect(p, start, end, strict),
            What::In(p) => {
                self.advance(start)?;
                let seg = self.inbound(p);
                self.deliver(seg)
            }
            What::Shell(commands) => {
                self.advance(start)?;
                shell::run(&mut self.host, &mut self.files, commands)
            }
            What::Code(code) => {
                self.advance(start)?;
                let tcb = self.subject();
                let values = info::values(tcb, self.time(), self.host.ticks);
                expr::run(code, &values)
            }
            What::Call { name, args, result, errno } => {
                self.advance(start)?;
                let due = e.until.map(|u| match e.when {
                    When::At(_) => START + u,
                    When::After(..) | When::Any => start - self.offset(e) + u,
                });
                let want = Answer::parse(result, errno.as_deref())?;
                self.waiting = (due, e.line);
                if let Some((fd, call)) = super::calls::make(self, name, args, want.clone(), due.is_some())? {
                    let due = due.ok_or(format!("{name} blocks"))?;
                    self.blocked.push(Blocked { fd, call, begun: self.now, due, line: e.line, want });
                }
                self.collect()
            }
        }
    }

    /// The start of a `+a...b` event relative to the event before it.
    fn offset(&self, e: &Event) -> i64 {
        match e.when {
            When::After(t, _) => t,
            When::At(_) | When::Any => 0,
        }
    }

    /// The socket that assertions are about: the connection that was made last.
    pub(super) fn subject(&self) -> Option<&netsim::tcp::state::Tcb> {
        self.fds.iter().rev().find_map(|(_, id)| self.host.tcb(*id))
    }

    /// Time moves on; timers fire, calls return.
    pub(super) fn advance(&mut self, to: i64) -> Result<(), String> {
        while let Some(at) = self.host.next_timer().map(|t| t.as_micros() as i64).filter(|t| *t <= to) {
            self.now = self.now.max(at);
            let now = self.time();
            self.timers += 1;
            if self.timers > MOST_TIMERS {
                return Err(format!("more than {MOST_TIMERS} timers fired"));
            }
            self.host.run_timers(now);
            self.collect()?;
        }
        self.now = self.now.max(to);
        Ok(())
    }

    /// A `poll` that waits is looked at again.
    fn look(&mut self) -> Result<(), String> {
        let mut still = Vec::new();
        for p in std::mem::take(&mut self.polls) {
            let now = super::epoll::ready(self, p.fd) & p.mask;
            if now == 0 {
                still.push(p);
                continue;
            }
            if now != p.expected {
                return Err(format!("the poll of line {}: revents are {now:#x}", p.line));
            }
            if (self.now - p.due).abs() > TOLERANCE {
                return Err(format!("the poll of line {} returned at another time", p.line));
            }
        }
        self.polls = still;
        Ok(())
    }

    /// What left is kept, and calls that can return do.
    pub(super) fn collect(&mut self) -> Result<(), String> {
        self.look()?;
        for _ in 0..100 {
            for seg in std::mem::take(&mut self.host.out) {
                self.sent.push_back((self.now, seg));
            }
            self.stamping.look(self.now - START, &self.host);
            if std::mem::take(&mut self.host.woken).is_empty() {
                return Ok(());
            }
            let now = self.time();
            let mut still = Vec::new();
            for mut b in std::mem::take(&mut self.blocked) {
                match self.host.poll(now, b.fd, &mut b.call, false) {
                    None => still.push(b),
                    Some(result) => self.came_back(&b, result)?,
                }
            }
            self.blocked.extend(still);
        }
        Ok(())
    }

    fn came_back(&mut self, b: &Blocked, result: Result<i64, Errno>) -> Result<(), String> {
        if (self.now - b.due).abs() > TOLERANCE {
            let took = (self.now - b.begun) as f64 / 1e6;
            return Err(format!("the call of line {} returned after {took} s", b.line));
        }
        let result = match (&b.call, result) {
            (Call::Accept, Ok(id)) => {
                if let Some(fd) = b.want.number() {
                    self.fds.insert(fd, id as u32);
                }
                return Ok(());
            }
            (_, r) => r,
        };
        b.want.check(result).map_err(|e| format!("the call of line {}: {e}", b.line))
    }

    fn finish(&mut self) -> Result<(), String> {
        let due = self.blocked.iter().map(|b| b.due).max().unwrap_or(0);
        self.advance(due + TOLERANCE)?;
        if let Some(p) = self.polls.first() {
            return Err(format!("the poll of line {} never returned", p.line));
        }
        match self.blocked.first() {
            Some(b) => Err(format!("the call of line {} never returned", b.line)),
            None => Ok(()),
        }
    }
}
