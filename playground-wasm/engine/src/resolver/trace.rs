//! What a lookup did, step by step. Every step names the rule that fired and where that rule can be read; words for readers
//! belong to the page. A step whose outcome is chance in reality is marked, and the engine takes the first possibility.

use alloc::string::String;
use alloc::vec::Vec;
use core::net::IpAddr;

use crate::time::Span;

/// A rule: a stable name, and the file or document where it can be checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// A stable name, `implementation.what`.
    pub id: &'static str,
    /// Source file and function, or RFC and section.
    pub source: &'static str,
}

/// Names a rule.
pub const fn rule(id: &'static str, source: &'static str) -> Rule {
    Rule { id, source }
}

/// What became of a piece of a configuration file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It counts.
    Used,
    /// It has no effect.
    Ignored,
    /// A later piece replaces it.
    Overridden,
    /// A limit counts in its place.
    Capped,
    /// The rest of the file, or all of it, is void because of it.
    BreaksFile,
    /// It is read as something the reader does not know.
    BecomesUnknown,
}

/// Why a name is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It has enough dots, or ends in one.
    AsIs,
    /// With a suffix of the search list.
    Suffix,
    /// Without a suffix, after the search list.
    Bare,
    /// An alias from the file that HOSTALIASES names.
    Alias,
}

/// What an NSS source reports to the switch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SourceStatus {
    /// Found.
    Success,
    /// The source works and does not have it.
    NotFound,
    /// The source cannot be used.
    Unavail,
    /// A passing failure.
    TryAgain,
}

/// One thing that happened. The fields are named as in a capture: `qname`, `qtype`, `src`, `dst`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variant's line and the field's name say it; fields repeat across variants")]
pub enum Event {
    /// A configuration file was opened.
    ReadFile { path: String, found: bool },
    /// A piece of a file and what became of it.
    ParseNote { file: &'static str, line: usize, text: String, effect: Effect },
    /// Which resolver does the work: `go`, `cgo`, `glibc`, `musl`.
    ChooseResolver { resolver: &'static str },
    /// Sources in their order, as the implementation would print them.
    Order { sources: String },
    /// The name is an address.
    LiteralAddress { address: IpAddr },
    /// The name is refused without asking.
    RejectName { name: String },
    /// A source is consulted.
    AskSource { source: String },
    /// An NSS module is loaded.
    LoadModule { name: String, ok: bool },
    /// A local daemon's socket.
    ConnectLocal { socket: &'static str, ok: bool },
    /// The next name of the list.
    TryName { qname: String, why: Why },
    /// Questions of both types go out at once, by goroutines or over one socket.
    InParallel { how: &'static str },
    /// The server that is asked first.
    Rotate { start: usize },
    /// A question leaves.
    Send { proto: &'static str, server: String, qname: String, qtype: &'static str, edns: Option<u16>, ad: bool },
    /// A question that no server can read, so that none answers.
    SendMalformed { server: String, qname: String },
    /// A TCP connection to a server failed.
    ConnectFailed { server: String },
    /// An answer arrives.
    Reply { server: String, qtype: &'static str, what: String },
    /// Nobody answered in time.
    Timeout { server: String, qtype: &'static str },
    /// The port is closed.
    Closed { server: String, qtype: &'static str },
    /// An answer is not counted.
    IgnoreReply { server: String, qtype: &'static str },
    /// On to the next server.
    NextServer { from: String },
    /// The same question again.
    Resend { server: String, qtype: &'static str },
    /// The answer was cut; the same question over TCP.
    FallbackTcp { server: String },
    /// From now on one question at a time; with `reopen` each from a new socket.
    SwitchToSingleRequest { reopen: bool },
    /// What a source reported.
    SourceStatus { source: String, status: SourceStatus },
    /// What the switch did with that: `return`, `continue`, `merge`.
    Action { status: SourceStatus, action: &'static str },
    /// The source address the kernel would take towards a candidate.
    SourceProbe { dst: IpAddr, src: Option<IpAddr> },
    /// Candidates before and after sorting.
    Sort { before: Vec<IpAddr>, after: Vec<IpAddr> },
    /// A SYN leaves.
    ConnectStart { address: IpAddr },
    /// What became of it.
    ConnectEnd { address: IpAddr, outcome: &'static str },
    /// A limit of this simulation, not of the implementation, ended the work.
    Cut { limit: u32 },
    /// The end.
    Result { status: String, addrs: Vec<IpAddr> },
    /// The program dies of a signal.
    Crash { signal: &'static str },
    /// The program loops for ever, until somebody kills it.
    Hang,
}

/// An event, when, and by which rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Since the lookup began; crosses as microseconds.
    pub at: Span,
    /// What happened.
    pub event: Event,
    /// The rule that made it happen.
    pub rule: Rule,
    /// In reality chance decides here.
    pub random: bool,
}

/// The steps so far, and the clock they are stamped with.
#[derive(Debug, Clone, Default)]
pub struct Trace {
    /// In the order they happened.
    pub steps: Vec<Step>,
    /// The virtual clock.
    pub now: Span,
}

/// So many steps are kept: configurations can name sources by the thousand. The result is always the last of them.
pub const MOST_STEPS: usize = 20_000;

impl Trace {
    /// Notes that something happened now.
    pub fn push(&mut self, event: Event, rule: Rule) {
        self.add(event, rule, false);
    }

    /// The same for something that chance decides in reality.
    pub fn push_random(&mut self, event: Event, rule: Rule) {
        self.add(event, rule, true);
    }

    fn add(&mut self, event: Event, rule: Rule, random: bool) {
        if self.steps.len() < MOST_STEPS || matches!(event, Event::Result { .. }) {
            self.steps.push(Step { at: self.now, event, rule, random });
        }
    }

    /// Notes what happened at a time, behind all that happened until then.
    pub fn insert(&mut self, at: Span, event: Event, rule: Rule) {
        let mut place = self.steps.len();
        while place > 0 && self.steps.get(place - 1).is_some_and(|before| before.at > at) {
            place -= 1;
        }
        self.steps.insert(place, Step { at, event, rule, random: false });
    }

    /// Lets time pass.
    pub fn wait(&mut self, span: Span) {
        self.now = self.now + span;
    }
}
