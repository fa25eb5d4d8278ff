//! Any text as a script of packetdrill's language: read, and played to its end or to the first difference.

use netsim_cli::packetdrill::play;

/// No panic; a run ends; the same script comes to the same end.
pub fn check(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    assert_eq!(play(text), play(text), "the same script ended otherwise");
}
