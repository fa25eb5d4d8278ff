//! The same trace as each tool shows it. A view is a pure function and changes nothing.

pub mod golden;
pub mod nstat;
pub mod pcap;
pub mod ss;
pub mod strace;
pub mod tcpdump;
