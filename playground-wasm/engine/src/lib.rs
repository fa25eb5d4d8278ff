//! netsim: what Linux hosts do on a network, as a pure computation.
//!
//! No clock, no I/O, no chance: time is always an argument and counted in whole microseconds, so the same input gives the
//! same output in the browser, the terminal, the server and the tests. A [`world::World`] of hosts is made of a
//! [`scenario::Scenario`] (`SCENARIO.md`); what happens in it becomes [`trace::Fact`]s, and [`view`] shows them as tools
//! would. How a name
//! becomes addresses is in [`resolver`], how a stream becomes messages in [`framing`].
#![warn(clippy::unwrap_used)]
#![no_std]

extern crate alloc;

pub mod app;
pub mod calls;
pub mod errno;
pub mod framing;
pub mod host;
pub mod ip;
pub mod json;
pub mod link;
pub mod map;
pub mod netfilter;
pub mod order;
pub mod relay;
pub mod resolver;
pub mod rng;
pub mod scenario;
pub mod sysctl;
pub mod tcp;
pub mod text;
pub mod time;
pub mod trace;
pub mod udp;
pub mod view;
pub mod world;
