//! A run: its calls as numbers, its picture, and what tools show of it.

use netsim::json::Json;
use netsim::scenario::Scenario;
use netsim::time::SimTime;
use netsim::trace::What;
use netsim::view::tcpdump::Numbers;
use netsim::view::{buffers, conntrack, neigh, nstat, pcapng, ss_text, strace, tcpdump};
use netsim::world::World;

#[cfg(feature = "stage")]
use crate::picture::{self, Asked};

/// A scenario that has been run to its end.
pub struct Run {
    world: World,
    /// The picture that was asked for last.
    #[cfg(feature = "stage")]
    drawn: stage::Drawn,
}

impl Run {
    /// Runs a scenario.
    pub fn new(scenario: &str, seed: u64) -> Result<Run, String> {
        let scenario = Scenario::parse(scenario).map_err(|e| e.to_string())?;
        let mut world = World::of(scenario, seed).map_err(|e| e.to_string())?;
        world.watch_sockets();
        world.run();
        Ok(Run {
            world,
            #[cfg(feature = "stage")]
            drawn: stage::Drawn::default(),
        })
    }

    /// Calls in the order in which they returned, as JSON: [host, at, took, thread, call, sock, n, ret, err], times in µs,
    /// null for what a call does not have.
    pub fn calls(&self) -> String {
        let mut out = Json::default();
        out.open("", '[');
        for f in self.world.trace() {
            let What::Call(c) = &f.what else { continue };
            out.open("", '[').number("", f.host as i64).number("", c.began.as_micros() as i64);
            out.number("", c.took.as_micros() as i64).number("", c.thread.into()).text("", c.call.name());
            out.maybe_text("", c.sock.as_deref()).maybe("", c.n.map(|n| n as i64));
            out.maybe("", c.result.and_then(Result::ok));
            out.maybe_text("", c.result.and_then(Result::err).map(|e| e.name())).close(']');
        }
        out.close(']');
        out.0
    }

    /// Its picture, as JSON; the drawing itself comes in bands.
    #[cfg(feature = "stage")]
    pub fn picture(&mut self, asked: Asked) -> String {
        let picture = picture::picture(&self.world, asked);
        let json = picture.json();
        self.drawn = picture.drawn;
        json
    }

    /// A band of the picture that was asked for last.
    #[cfg(feature = "stage")]
    pub fn band(&self, place: usize) -> String {
        self.drawn.band(place)
    }

    /// All of that picture.
    #[cfg(feature = "stage")]
    pub fn drawing(&self) -> String {
        self.drawn.svg()
    }

    /// A packet with all its numbers, as JSON.
    #[cfg(feature = "stage")]
    pub fn packet(&self, place: usize) -> Result<String, String> {
        picture::packet(&self.world, place)
    }

    /// What is going on at a time, in a sentence; letters as in a picture from a time on.
    #[cfg(feature = "stage")]
    pub fn now(&self, lang: &str, from: u64, at: u64) -> String {
        picture::now(&self.world, lang, from, at)
    }

    /// What a tool shows on a side at a time.
    pub fn shown(&self, tool: &str, side: u8, at: u64) -> Result<String, String> {
        let (trace, side, at) = (self.world.trace(), usize::from(side.min(1)), SimTime::from_micros(at));
        Ok(match tool {
            "tcpdump" => tcpdump::render(trace, side, at, Numbers::Relative),
            "ss" => ss_text::render(trace, side, at),
            "strace" => strace::render(trace, side, at),
            "nstat" => nstat::render(trace, side, None, at),
            "conntrack" => conntrack::render(trace, side, at),
            "ss -u" => ss_text::render_udp(trace, side, at),
            "ip neigh" => neigh::render(trace, side, at),
            "buffers" => buffers::render(trace, side, at),
            _ => return Err(format!("no tool is called {tool}")),
        })
    }

    /// The run in a few numbers, as JSON.
    #[cfg(feature = "stage")]
    pub fn sum(&self) -> String {
        stage::Sum::of(self.world.trace()).json()
    }

    /// The messages of the client as a drawing.
    #[cfg(feature = "stage")]
    pub fn messages(&self, about: &str) -> String {
        stage::messages(&stage::Sum::of(self.world.trace()), about)
    }

    /// A pcapng file of what passed the device of a side.
    pub fn capture(&self, side: u8) -> Vec<u8> {
        pcapng::render(self.world.trace(), usize::from(side.min(1)), self.world.now())
    }
}
