//! A preset: a configuration of the engine that shows one mechanism, a question to answer before it is played, and claims
//! about the outcome that are checked by playing it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::case::{Inline, Slug};
use super::claim::Claim;
use super::lang::Both;
use super::signal::codes;

codes! {
    /// The page on which a preset is at home.
    Playground {
        /// Nagle and the delayed acknowledgement.
        Nagle = "nagle",
        /// Streams that become messages.
        Framing = "framing",
        /// The states of both ends.
        States = "states",
        /// How a name becomes addresses.
        Resolver = "resolver",
        /// Who closes an idle connection first.
        KeepaliveRace = "keepalive-race",
        /// Connections that wait for `accept`.
        AcceptQueue = "accept-queue",
        /// What a lost segment holds up.
        HeadOfLine = "head-of-line",
        /// `SO_LINGER` and `close`.
        Linger = "linger",
        /// Where the body of a response ends.
        HttpBody = "http-body",
        /// The stage alone, for what has no page of its own.
        Wire = "wire",
    }
}

/// A checked configuration with its words.
#[derive(Debug, Clone)]
pub struct Preset {
    /// Its name in files and links; never changes.
    pub id: Slug,
    /// Where it is at home.
    pub playground: Playground,
    /// What the configuration is.
    pub kind: Kind,
    /// The engine's input, JSON.
    pub config: String,
    /// The cases that embed it.
    pub cases: Vec<Slug>,
    /// Those of them in which it is the one that stands beside the text.
    pub beside: Vec<Slug>,
    /// The seed of what is left to chance.
    pub seed: u64,
    /// What happens, in a line.
    pub title: Both<String>,
    /// What is set up, and what to look at.
    pub lead: Both<Inline>,
    /// The moment, in milliseconds after the first packet, that a page shows without JavaScript; streams have no time.
    pub telling_ms: Option<u64>,
    /// Predict first.
    pub question: Question,
    /// What holds of the outcome.
    pub claims: Vec<Claim>,
}

/// What a configuration is, and what it needs beside the JSON.
#[derive(Debug, Clone)]
pub enum Kind {
    /// A scenario of hosts.
    Tcp,
    /// A name lookup in several implementations.
    Names {
        /// As `go-1.24.4`, `glibc-2.36`, `musl-1.2.5`.
        implementations: Vec<String>,
        /// What the program then does.
        connect: Option<Dial>,
    },
    /// A stream cut into reads.
    Stream,
}

/// What a program does with the addresses.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dial {
    /// `go`, `curl`, `python` or `java`.
    pub program: String,
    /// Addresses and what they do with a SYN, if they do not accept.
    #[serde(default)]
    pub reach: BTreeMap<String, Reach>,
}

impl Dial {
    /// As the engine reads it: the program, then a line an address.
    pub fn lines(&self) -> String {
        let reach = self.reach.iter().map(|(address, reach)| format!("{address} {}\n", reach.word()));
        format!("{}\n{}", self.program, reach.collect::<String>())
    }
}

/// What an address does with a SYN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    /// Answers.
    Accept,
    /// RST.
    Refuse,
    /// Nothing.
    Silent,
    /// There is no route.
    Unreachable,
}

impl Reach {
    /// As it is written.
    pub fn word(self) -> &'static str {
        match self {
            Reach::Accept => "accept",
            Reach::Refuse => "refuse",
            Reach::Silent => "silent",
            Reach::Unreachable => "unreachable",
        }
    }
}

/// What a reader answers before the preset is played.
#[derive(Debug, Clone)]
pub struct Question {
    /// What is asked.
    pub text: Both<Inline>,
    /// Two to four answers.
    pub options: Vec<Both<Inline>>,
    /// Which of them is right, from 0.
    pub answer: usize,
    /// Why.
    pub why: Both<Inline>,
}
