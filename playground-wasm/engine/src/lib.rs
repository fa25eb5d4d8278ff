//! netsim: what Linux hosts do on a network, as a pure computation.
//!
//! No clock, no I/O, no chance: time is always an argument and counted in whole microseconds, so the same input gives the
//! same output in the browser, the terminal, the server and the tests. So far it holds the timers that decide how long a
//! dead peer goes unnoticed, how a name becomes addresses ([`resolver`]) and how a stream becomes messages ([`framing`]);
//! hosts, links and sockets come on the same foundation.
#![warn(clippy::unwrap_used)]
#![no_std]

extern crate alloc;

pub mod framing;
pub mod resolver;
pub mod tcp;
pub mod time;
