//! TCP as Linux does it.

pub mod timers;
