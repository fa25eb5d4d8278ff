//! The parts of the command line that others use too: tests, fuzzing.

pub mod packetdrill;
