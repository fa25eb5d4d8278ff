//! TCP as Linux does it.

pub mod ack;
pub mod close;
pub mod congestion;
pub mod icmp;
pub mod input;
pub mod listen;
pub mod mtu;
pub mod open;
pub mod receive;
pub mod recovery;
pub mod retransmit;
pub mod rtt;
pub mod segment;
pub mod send;
pub mod sender;
pub mod state;
pub mod time_wait;
pub mod timeout;
pub mod timers;
pub mod transmit;
pub mod window;
