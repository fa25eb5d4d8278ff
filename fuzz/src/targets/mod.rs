//! The targets.

pub mod analyse;
pub mod framing;
pub mod http;
pub mod packetdrill;
pub mod resolver;
pub mod scenario;
pub mod search;
pub mod segments;
