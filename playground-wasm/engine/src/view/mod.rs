//! The same trace as each tool shows it. A view is a pure function and changes nothing.

pub mod golden;
pub mod ss;
