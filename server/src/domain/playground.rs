//! A playground: a page on which presets are played, what of them can be changed there, and its words.

use super::case::{Inline, Slug};
use super::lang::Both;
use super::preset::Playground;
use super::signal::codes;

codes! {
    /// A setting of a scenario that a reader can change. Which fields of the scenario it stands for is told in
    /// `static/js/stage/knobs.js`; a setting that a scenario does not have is not shown.
    Knob {
        /// How the client writes its request.
        Pattern = "pattern",
        /// Bytes of each write.
        WriteSize = "write-size",
        /// Nagle off, at the client.
        Nodelay = "nodelay",
        /// `TCP_CORK` at the client.
        Cork = "cork",
        /// `MSG_MORE` on all writes of a request but the last.
        More = "more",
        /// `TCP_QUICKACK` at the server before each read.
        Quickack = "quickack",
        /// How long the server thinks before it answers.
        Think = "think",
        /// How many requests follow each other.
        Requests = "requests",
        /// Round trip of the link.
        Rtt = "rtt",
        /// Segment size of both ends.
        Mss = "mss",
        /// Rate of the link.
        Rate = "rate",
        /// Chance of a packet to be lost.
        Loss = "loss",
        /// Chance of a packet to be overtaken.
        Reorder = "reorder",
        /// Idle timeout of the load balancer.
        ClientIdle = "client-idle",
        /// Keep-alive timeout of the backend.
        ServerIdle = "server-idle",
        /// How long after the first answer the next request is sent.
        Gap = "gap",
        /// Backlog of the listener.
        Backlog = "backlog",
        /// `SO_LINGER` at the side that closes.
        Linger = "linger",
        /// Bytes that a side has not read when it closes.
        Unread = "unread",
        /// Ends its stream first and reads to the end before it closes.
        HalfClose = "half-close",
        /// How fast the peer reads.
        ReadDelay = "read-delay",
        /// What is left to chance.
        Seed = "seed",
    }
}

codes! {
    /// What a table of variants tells of each run.
    Measure {
        /// Median and worst time from a request's first write to its answer.
        Latency = "latency",
        /// Segments with payload.
        Segments = "segments",
        /// How the client's stream ended: FIN or RST.
        Ended = "ended",
        /// Bytes that the server's program read, and the error after them.
        Read = "read",
        /// How long `close` blocked.
        Close = "close",
        /// Whether the client was in TIME-WAIT.
        TimeWait = "time-wait",
        /// Messages that waited in the server's buffer for older bytes, or for the program.
        Waited = "waited",
        /// The longest time from a message's write until the program had it.
        Worst = "worst",
    }
}

/// A run in a table that compares some: what it is called, and how to come by it.
#[derive(Debug, Clone)]
pub struct Variant {
    /// Its name.
    pub name: Both<Inline>,
    /// The engine's input, as the server runs it.
    pub config: String,
    /// Its seed.
    pub seed: u64,
    /// Knobs and their values that make it from a run that a reader has changed, as JSON; nothing if it stays as it is.
    pub set: Option<String>,
}

/// A playground's page.
#[derive(Debug, Clone)]
pub struct Bench {
    /// Which.
    pub playground: Playground,
    /// The preset that is shown first.
    pub first: Slug,
    /// Its title, plain text.
    pub title: Both<String>,
    /// What it shows, plain text.
    pub lead: Both<String>,
    /// What one takes home, for the gallery.
    pub gist: Both<Inline>,
    /// What can be changed, in order.
    pub knobs: Vec<Knob>,
    /// Runs that are compared, and what is told of each.
    pub variants: Vec<Variant>,
    /// Columns of that table.
    pub measures: Vec<Measure>,
    /// What the model leaves out.
    pub left_out: Both<Inline>,
    /// What is worth knowing beside it.
    pub notes: Vec<Note>,
    /// Where that is written.
    pub sources: Vec<Reference>,
}

/// A paragraph with a title.
#[derive(Debug, Clone)]
pub struct Note {
    /// Plain text.
    pub title: Both<String>,
    /// The paragraph.
    pub text: Both<Inline>,
}

/// A source.
#[derive(Debug, Clone)]
pub struct Reference {
    /// What it is called.
    pub title: String,
    /// Where it is.
    pub url: String,
}
