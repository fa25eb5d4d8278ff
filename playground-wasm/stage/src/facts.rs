//! What a story consists of: connections, writes, calls, sockets, states, queues.

use alloc::rc::Rc;
use alloc::vec::Vec;

use netsim::tcp::segment::{Endpoint, Seq};
use netsim::trace::{CallFact, SocketView, What};

/// A connection, or the datagrams between two ends.
#[derive(Debug, Default)]
pub struct Conn {
    /// The client's end, which names it.
    pub client: Endpoint,
    /// The server's, as packets have it.
    pub server: Endpoint,
    /// At which hosts they are.
    pub hosts: [Option<usize>; 2],
    /// It is UDP.
    pub udp: bool,
    /// What the client's program calls it.
    pub name: Option<Rc<str>>,
    pub(crate) dirs: [Dir; 2],
}

/// Which side of a connection: 0 the client's, 1 the server's. On `lo` both are at one host.
pub type Role = usize;

/// What one side of a connection has sent so far.
#[derive(Debug, Default)]
pub(crate) struct Dir {
    pub isn: Option<Seq>,
    pub scale: Option<u8>,
    /// Behind the highest byte sent, from the SYN.
    pub end: u32,
    pub acked: Option<u32>,
    pub window: u32,
    /// Data came since its last ACK.
    pub heard: bool,
    /// Bytes that programs have written.
    pub written: u32,
}

/// The bytes of one call.
#[derive(Debug)]
pub struct Write {
    /// Who wrote.
    pub host: usize,
    /// On which connection; of a datagram that has not left on none.
    pub conn: usize,
    /// On which side of it.
    pub role: Role,
    /// First byte, and behind the last, from 0.
    pub bytes: (u32, u32),
    /// Place among the writes of its host.
    pub nth: usize,
}

/// A call and when it was made and returned.
pub struct Called<'a> {
    /// Whose.
    pub host: usize,
    /// Its connection.
    pub conn: Option<usize>,
    /// When.
    pub from: u64,
    /// Until when.
    pub to: u64,
    /// What.
    pub fact: &'a CallFact,
    /// Which write it is.
    pub write: Option<usize>,
}

/// What a socket was from a time on.
pub struct Look<'a> {
    /// Since when.
    pub at: u64,
    /// Whose.
    pub host: usize,
    /// Number at the host.
    pub id: u32,
    /// Connection.
    pub conn: usize,
    /// Which side of it.
    pub role: Role,
    /// What; nothing when it is gone.
    pub view: Option<&'a SocketView>,
    /// Behind the last byte sent, from 0.
    pub nxt: u32,
    /// The peer's byte that it said it wants next, from 0.
    pub wants: u32,
}

/// A state of a connection at a host.
#[derive(Debug)]
pub struct State {
    /// Whose.
    pub host: usize,
    /// Which.
    pub conn: usize,
    /// Which side of it.
    pub role: Role,
    /// As `ss` prints it.
    pub name: &'static str,
    /// Since when.
    pub from: u64,
    /// Until when.
    pub to: u64,
    /// When its timer ends it, if it has one.
    pub due: Option<u64>,
    pub(crate) bare: bool,
    /// It was not over when the run was.
    pub open: bool,
}

/// An accept queue with something in it.
#[derive(Debug)]
pub struct Queue {
    /// Whose.
    pub host: usize,
    /// The listener.
    pub local: Endpoint,
    /// Since when.
    pub from: u64,
    /// Until when.
    pub to: u64,
    /// Most in it, and its backlog.
    pub most: (u32, u32),
    pub(crate) open: bool,
}

/// Something else that the table tells.
pub struct Note<'a> {
    /// When.
    pub at: u64,
    /// At which host.
    pub host: usize,
    /// What.
    pub what: &'a What,
}

/// An option that changes what may be sent, from a time on.
pub(crate) struct Setting {
    pub at: u64,
    pub host: usize,
    pub conn: Option<usize>,
    pub cork: Option<bool>,
    pub more: Option<bool>,
    pub nodelay: Option<bool>,
}

/// Adds writes that are not there yet.
pub fn add(writes: &mut Vec<usize>, more: &[usize]) {
    for w in more {
        if !writes.contains(w) {
            writes.push(*w);
        }
    }
}
