//! A time-sequence diagram as data: hosts and what happens between them, downwards.

use super::lang::Both;

/// One diagram of a case.
#[derive(Debug, Clone)]
pub struct Sequence {
    /// The sentence read to screen readers.
    pub about: Both<String>,
    /// The unit of [`Step::at`], printed under the diagram: `s` or `ms`.
    pub unit: String,
    /// Two or three hosts, left to right.
    pub hosts: Vec<Host>,
    /// What happens, downwards.
    pub steps: Vec<Step>,
}

/// A lifeline.
#[derive(Debug, Clone)]
pub struct Host {
    /// Its name.
    pub name: Both<String>,
    /// Address and port, or empty.
    pub address: String,
    /// Clients are drawn with a round head, servers with a square one.
    pub client: bool,
}

/// One thing that happens.
#[derive(Debug, Clone)]
pub struct Step {
    /// Time in the sequence's unit, printed as a tick as it stands in the file.
    pub at: Option<String>,
    /// What happens.
    pub event: Event,
}

/// What a step draws. Hosts are indexes into [`Sequence::hosts`].
#[derive(Debug, Clone)]
pub enum Event {
    /// A segment or datagram.
    Packet {
        /// How it is drawn.
        kind: PacketKind,
        /// Who sent it.
        from: usize,
        /// Whom it was sent to.
        to: usize,
        /// The words on the line.
        label: Both<String>,
        /// Died on the way.
        lost: bool,
    },
    /// The socket on a host enters a state; an empty name ends the bar.
    State {
        /// Whose socket.
        on: usize,
        /// `CLOSE_WAIT`, …
        name: Both<String>,
        /// Drawn in red hatch: nothing will end it.
        stuck: bool,
        /// Words under the state's name.
        note: Option<Both<String>>,
    },
    /// An application call beside a rail.
    Call {
        /// Who calls.
        on: usize,
        /// `close()`, …
        call: Both<String>,
        /// Words under it.
        note: Option<Both<String>>,
    },
    /// Words beside a rail.
    Note {
        /// Beside which host.
        on: usize,
        /// The words.
        text: Both<String>,
    },
    /// Time passes; the rails are broken.
    Gap(Both<String>),
    /// A packet that should be here and is not.
    Missing {
        /// Who should have sent it.
        from: usize,
        /// To whom.
        to: usize,
        /// The words.
        text: Both<String>,
    },
}

super::signal::codes! {
    /// The kinds of packets, each with its own colour, glyph and line.
    PacketKind {
        /// SYN.
        Syn = "syn",
        /// SYN, ACK.
        SynAck = "synack",
        /// A pure acknowledgement.
        Ack = "ack",
        /// A duplicate acknowledgement.
        DupAck = "dupack",
        /// Data, or any datagram.
        Data = "data",
        /// FIN.
        Fin = "fin",
        /// RST, or an ICMP error.
        Rst = "rst",
        /// A retransmission.
        Retx = "retx",
        /// A zero window announcement.
        ZeroWindow = "zerowindow",
    }
}
