//! The same trace as each tool shows it. A view is a pure function of trace, side and time, and changes nothing.
//!
//! All views count time from the world's beginning, which is 1970-01-01 00:00:00 UTC for tools that know dates.

pub mod buffers;
pub mod conntrack;
pub mod golden;
pub mod neigh;
pub mod nstat;
pub mod packets;
pub mod pcapng;
pub mod ss;
pub mod ss_text;
pub mod strace;
pub mod strace_words;
pub mod tcpdump;
