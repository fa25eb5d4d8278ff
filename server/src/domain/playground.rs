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
        /// Backlog of the listener.
        Backlog = "backlog",
        /// `SO_LINGER` at the side that closes.
        Linger = "linger",
        /// Bytes that a side has not read when it closes.
        Unread = "unread",
        /// How fast the peer reads.
        ReadDelay = "read-delay",
        /// What is left to chance.
        Seed = "seed",
    }
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
