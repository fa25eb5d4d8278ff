//! Signals: the observable things in which search, triage, evidence and cases meet.

use std::fmt;

use super::lang::Both;

/// `state.close-wait`: the kind, a dot, a kebab-case name. Never changes once published.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SignalId(String);

impl SignalId {
    /// Reads an id; `None` when it is not `kind.kebab-name` with a known kind.
    pub fn parse(text: &str) -> Option<SignalId> {
        let (kind, name) = text.split_once('.')?;
        SignalKind::from_code(kind)?;
        let kebab = !name.is_empty()
            && name.len() <= 60
            && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        kebab.then(|| SignalId(text.to_owned()))
    }

    /// The whole id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SignalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

macro_rules! codes {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $code:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// All of them, in the order in which pages list them.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The word used in content files and URLs.
            pub fn code(self) -> &'static str {
                match self { $($name::$variant => $code),+ }
            }

            /// Reads the word used in content files and URLs.
            pub fn from_code(code: &str) -> Option<$name> {
                match code { $($code => Some($name::$variant),)+ _ => None }
            }
        }
    };
}
pub(crate) use codes;

codes! {
    /// What sort of thing is observed.
    SignalKind {
        /// A TCP socket state.
        State = "state",
        /// An error string or errno.
        Error = "error",
        /// A kernel counter.
        Counter = "counter",
        /// An HTTP status or header pattern.
        Http = "http",
        /// A system call pattern.
        Syscall = "syscall",
        /// A packet pattern in a capture.
        Packet = "packet",
        /// A DNS answer or resolver behaviour.
        Dns = "dns",
        /// A latency shape.
        Latency = "latency",
        /// A pattern in a tool's output or a log.
        Output = "output",
    }
}

codes! {
    /// Where a symptom stands in the index of the home page.
    Area {
        /// Opening a connection.
        Connecting = "connecting",
        /// Ending a connection.
        Closing = "closing",
        /// Slowness.
        Slow = "slow",
        /// Names and addresses.
        Names = "names",
        /// Wrong or misplaced data.
        Data = "data",
    }
}

/// One observable thing.
#[derive(Debug, Clone)]
pub struct Signal {
    /// Its id.
    pub id: SignalId,
    /// Its kind: the part of the id before the dot.
    pub kind: SignalKind,
    /// Its name as readers see it.
    pub name: Both<String>,
    /// A label short enough for a badge.
    pub short: Both<String>,
    /// Where it stands in the home page's index, if people would name it as what they see.
    pub area: Option<Area>,
    /// How people and tools write it.
    pub spellings: Vec<String>,
    /// What it is, where it is seen, what it tells.
    pub about: Both<String>,
    /// The command that shows it.
    pub command: Option<String>,
}
