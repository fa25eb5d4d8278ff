//! The neighbour table of a host's device (net/core/neighbour.c, net/ipv4/arp.c; arp(7)), with Linux's defaults:
//! three broadcast probes, three unicast ones, one second apart, an entry reachable for 30 s (the mean of what the kernel
//! draws between 15 and 45), five seconds of delay before it is probed, one second of locktime.

use crate::map::Map;
use alloc::vec::Vec;

use super::{Arp, Mac, Packet};
use crate::time::{SimTime, Span, Ticks};

/// `retrans_time_ms`.
const RETRANS: u64 = 1_000;
/// `mcast_solicit` and `ucast_solicit`.
const PROBES: u32 = 3;
/// `base_reachable_time_ms`.
const REACHABLE: Span = Span::secs(30);
/// `delay_first_probe_time`.
const DELAY: Span = Span::secs(5);
/// `locktime`: a second answer within it does not replace the first.
const LOCKTIME: Span = Span::secs(1);

/// States as `ip neigh` prints them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nud {
    /// Asked for, no answer yet.
    Incomplete,
    /// Confirmed a short time ago.
    Reachable,
    /// Known, not confirmed lately; used as it is.
    Stale,
    /// Used while stale: soon to be asked, unless confirmed.
    Delay,
    /// It is asked directly.
    Probe,
    /// Nobody answered.
    Failed,
}

impl Nud {
    /// As `ip neigh` prints it.
    pub const fn name(self) -> &'static str {
        match self {
            Nud::Incomplete => "INCOMPLETE",
            Nud::Reachable => "REACHABLE",
            Nud::Stale => "STALE",
            Nud::Delay => "DELAY",
            Nud::Probe => "PROBE",
            Nud::Failed => "FAILED",
        }
    }
}

/// One neighbour.
#[derive(Debug, Clone)]
struct Neighbour {
    state: Nud,
    mac: Option<Mac>,
    updated: SimTime,
    confirmed: SimTime,
    used: SimTime,
    probes: u32,
    due: SimTime,
    waiting: Vec<Packet>,
}

impl Neighbour {
    /// One that nothing is known of yet.
    fn unknown(now: SimTime) -> Neighbour {
        Neighbour {
            state: Nud::Failed,
            mac: None,
            updated: now,
            confirmed: now,
            used: now,
            probes: 0,
            due: SimTime::NEVER,
            waiting: Vec::new(),
        }
    }
}

/// Whether a segment with the same first byte waits.
fn again(waiting: &[Packet], packet: &Packet) -> bool {
    let Packet::Tcp(s) = packet else { return false };
    waiting.iter().any(|w| matches!(w, Packet::Tcp(o) if o.seq == s.seq && o.from == s.from && o.to == s.to))
}

/// What the table wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Todo {
    /// This packet leaves for that device.
    Send(Mac, Packet),
    /// Ask who has an address: everybody, or the one who had it.
    Ask(u32, Mac),
    /// Nobody has the address that this packet is for.
    Unreachable(Packet),
    /// An entry is another now.
    Changed(u32, Nud, Option<Mac>),
}

/// The neighbours of a host.
#[derive(Debug, Clone, Default)]
pub struct Table {
    all: Map<u32, Neighbour>,
    /// What is to be done; the host takes it.
    pub todo: Vec<Todo>,
}

impl Table {
    fn change(&mut self, addr: u32, state: Nud, due: SimTime) {
        if let Some(n) = self.all.get_mut(&addr) {
            let news = n.state != state;
            n.state = state;
            n.due = due;
            if news {
                self.todo.push(Todo::Changed(addr, state, n.mac));
            }
        }
    }

    /// A packet for a neighbour (`neigh_resolve_output`).
    pub fn output(&mut self, now: SimTime, ticks: Ticks, addr: u32, packet: Packet) {
        let retry = ticks.fires(now, ticks.from_millis(RETRANS));
        let n = self.all.get_or_insert_with(addr, || Neighbour::unknown(now));
        n.used = now;
        match (n.state, n.mac) {
            (Nud::Failed, _) => {
                n.mac = None;
                n.probes = 1;
                n.updated = now;
                n.waiting.push(packet);
                self.change(addr, Nud::Incomplete, retry);
                self.todo.push(Todo::Ask(addr, Mac::BROADCAST));
            }
            (Nud::Stale, Some(mac)) => {
                self.todo.push(Todo::Send(mac, packet));
                self.change(addr, Nud::Delay, ticks.fires(now, ticks.from_micros(DELAY.as_micros())));
            }
            (Nud::Reachable | Nud::Delay | Nud::Probe, Some(mac)) => self.todo.push(Todo::Send(mac, packet)),
            // A segment that is sent again while the first still waits stays out (`skb_still_in_host_queue`).
            (_, _) if again(&n.waiting, &packet) => {}
            (Nud::Incomplete | Nud::Reachable | Nud::Stale | Nud::Delay | Nud::Probe, _) => n.waiting.push(packet),
        }
    }

    /// An ARP packet arrives; the answer if it asks for one of ours (`arp_process`).
    pub fn input(&mut self, now: SimTime, own: (u32, Mac), accept: bool, arp: &Arp) -> Option<Arp> {
        let (addr, mac) = own;
        let gratuitous = arp.spa == arp.tpa && arp.spa != 0;
        let asks = !arp.reply && arp.tpa == addr && !gratuitous;
        if arp.spa != 0 && arp.spa != addr {
            let known = self.all.contains_key(&arp.spa);
            if known || asks || (accept && (gratuitous || arp.reply)) {
                let lock = self.all.get(&arp.spa).is_none_or(|n| now.since(n.updated) <= LOCKTIME);
                let state = if arp.reply && arp.to == mac { Nud::Reachable } else { Nud::Stale };
                self.update(now, arp.spa, arp.sha, state, asks || !lock || gratuitous);
            }
        }
        asks.then_some(Arp { reply: true, sha: mac, spa: addr, tha: arp.sha, tpa: arp.spa, to: arp.sha })
    }

    /// `neigh_update`: with `override`, another address takes the place of one that is known.
    fn update(&mut self, now: SimTime, addr: u32, mac: Mac, state: Nud, replace: bool) {
        let n = self.all.get_or_insert_with(addr, || Neighbour::unknown(now));
        let valid = !matches!(n.state, Nud::Incomplete | Nud::Failed);
        let other = n.mac != Some(mac);
        if valid && other && !replace {
            return;
        }
        let state = if valid && !other && state == Nud::Stale { n.state } else { state };
        if state == Nud::Reachable {
            n.confirmed = now;
        }
        if other || n.state != state {
            n.updated = now;
        }
        n.mac = Some(mac);
        n.probes = 0;
        let waiting = core::mem::take(&mut n.waiting);
        let due = match state {
            Nud::Reachable => now + REACHABLE,
            Nud::Stale | Nud::Failed => SimTime::NEVER,
            Nud::Delay | Nud::Probe | Nud::Incomplete => n.due,
        };
        let told = n.state != state;
        self.change(addr, state, due);
        if other && !told {
            self.todo.push(Todo::Changed(addr, state, Some(mac)));
        }
        self.todo.extend(waiting.into_iter().map(|p| Todo::Send(mac, p)));
    }

    /// What came from there shows that what we sent arrives (`dst_confirm`).
    pub fn confirm(&mut self, now: SimTime, addr: u32) {
        if let Some(n) = self.all.get_mut(&addr) {
            n.confirmed = now;
        }
    }

    /// The next timer.
    pub fn next(&self) -> Option<SimTime> {
        self.all.values().map(|n| n.due).filter(|t| *t != SimTime::NEVER).min()
    }

    /// Timers that are due (`neigh_timer_handler`).
    pub fn run_timers(&mut self, now: SimTime, ticks: Ticks) {
        let due: Vec<u32> = self.all.iter().filter(|(_, n)| n.due <= now).map(|(a, _)| *a).collect();
        let retry = ticks.fires(now, ticks.from_millis(RETRANS));
        for addr in due {
            let Some(n) = self.all.get_mut(&addr) else { continue };
            match n.state {
                Nud::Reachable if now.since(n.confirmed) < REACHABLE => n.due = n.confirmed + REACHABLE,
                Nud::Reachable if now.since(n.used) < DELAY => {
                    let at = ticks.fires(now, ticks.from_micros(DELAY.as_micros()));
                    self.change(addr, Nud::Delay, at);
                }
                Nud::Reachable => self.change(addr, Nud::Stale, SimTime::NEVER),
                Nud::Delay if now.since(n.confirmed) < DELAY => {
                    let at = n.confirmed + REACHABLE;
                    self.change(addr, Nud::Reachable, at);
                }
                Nud::Delay => {
                    n.probes = 1;
                    let to = n.mac.unwrap_or(Mac::BROADCAST);
                    self.change(addr, Nud::Probe, retry);
                    self.todo.push(Todo::Ask(addr, to));
                }
                Nud::Incomplete | Nud::Probe if n.probes < PROBES => {
                    n.probes += 1;
                    n.due = retry;
                    let to = if n.state == Nud::Probe { n.mac.unwrap_or(Mac::BROADCAST) } else { Mac::BROADCAST };
                    self.todo.push(Todo::Ask(addr, to));
                }
                Nud::Incomplete | Nud::Probe => {
                    let lost = core::mem::take(&mut n.waiting);
                    self.change(addr, Nud::Failed, SimTime::NEVER);
                    self.todo.extend(lost.into_iter().map(Todo::Unreachable));
                }
                Nud::Stale | Nud::Failed => n.due = SimTime::NEVER,
            }
        }
    }

    /// How many neighbours it has.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// What is known of an address.
    pub fn get(&self, addr: u32) -> Option<(Nud, Option<Mac>)> {
        self.all.get(&addr).map(|n| (n.state, n.mac))
    }
}
