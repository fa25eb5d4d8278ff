//! The configuration files, each read as each implementation reads it. What has no effect is kept as a note with its line.
//! Texts are untrusted: megabytes, NULs, carriage returns and missing final newlines give a result or a note, never a panic.

pub mod gai_conf;
pub mod host_conf;
pub mod hosts;
pub mod nsswitch;
pub mod resolv_conf;

use alloc::string::String;
use alloc::vec::Vec;

use super::trace::{Effect, Event, Rule, Trace};

/// So many notes are kept of one file; junk by the megabyte says no more than a page of it.
const MOST_NOTES: usize = 100;
/// So many characters of a line are quoted.
const MOST_QUOTED: usize = 80;

/// Collects notes about one file.
pub struct Notes<'a> {
    file: &'static str,
    trace: &'a mut Trace,
    kept: usize,
}

impl<'a> Notes<'a> {
    /// Notes about a file.
    pub fn about(file: &'static str, trace: &'a mut Trace) -> Notes<'a> {
        Notes { file, trace, kept: 0 }
    }

    /// Notes what became of a piece of a line; lines count from 1.
    pub fn add(&mut self, line: usize, text: &str, effect: Effect, why: Rule) {
        if self.kept < MOST_NOTES {
            self.kept += 1;
            let text = text.trim_end().chars().take(MOST_QUOTED).collect();
            self.trace.push(Event::ParseNote { file: self.file, line, text, effect }, why);
        }
    }
}

/// Lines as C reads them with `getline`: up to and with the newline; a NUL ends the text of a line but not the line.
pub fn c_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split_inclusive('\n').enumerate().map(|(i, line)| (i + 1, line.split('\0').next().unwrap_or(line)))
}

/// Lines as C reads them with `fgets` into a buffer of `size` bytes: what does not fit becomes a line of its own.
pub fn fgets(text: &str, size: usize) -> impl Iterator<Item = &[u8]> {
    let mut rest = text.as_bytes();
    core::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let window = rest.get(..size - 1).unwrap_or(rest);
        let end = window.iter().position(|&b| b == b'\n').map_or(window.len(), |at| at + 1);
        let (line, tail) = rest.split_at(end);
        rest = tail;
        Some(line)
    })
}

/// Go reads these files through a buffer of 64 KiB and stops at a line that fills it (`net/parse.go`, `readLine`).
pub const GO_BUFFER: usize = 64 * 1024;

/// Lines as Go's `file.readLine` gives them.
pub fn go_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split_terminator('\n').take_while(|line| line.len() < GO_BUFFER).enumerate().map(|(i, line)| (i + 1, line))
}

/// Fields separated by blanks as Go's `getFields` cuts them.
pub fn go_fields(line: &str) -> Vec<&str> {
    line.split([' ', '\r', '\t', '\n']).filter(|f| !f.is_empty()).collect()
}

/// Digits at the beginning as Go's `dtoi` reads them: at most 0xFFFFFF.
pub fn dtoi(text: &str) -> (u32, usize) {
    let mut value: u32 = 0;
    let mut used = 0;
    for digit in text.bytes().take_while(u8::is_ascii_digit) {
        value = value * 10 + u32::from(digit - b'0');
        if value >= 0xFF_FFFF {
            return (0xFF_FFFF, used);
        }
        used += 1;
    }
    (value, used)
}

/// C's `atoi`: blanks, a sign, digits; anything else is 0. Saturates where C wraps.
pub fn atoi(text: &str) -> i64 {
    let text = text.trim_start_matches(|c: char| u8::try_from(c).is_ok_and(super::address::is_space));
    let (sign, digits) = match text.as_bytes().first() {
        Some(b'-') => (-1, text.get(1..).unwrap_or("")),
        Some(b'+') => (1, text.get(1..).unwrap_or("")),
        _ => (1, text),
    };
    let mut value: i64 = 0;
    for digit in digits.bytes().take_while(u8::is_ascii_digit) {
        value = (value * 10 + i64::from(digit - b'0')).min(i64::from(i32::MAX));
    }
    sign * value
}

/// Bytes as text; what is not UTF-8 after a cut is shown as such.
pub fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod readers {
    use super::*;

    #[test]
    fn fgets_cuts_long_lines() {
        let lines: Vec<&[u8]> = fgets("ab\ncdefgh\ni", 5).collect();
        assert_eq!(lines, [&b"ab\n"[..], b"cdef", b"gh\n", b"i"]);
        assert_eq!(fgets("", 5).count(), 0);
    }

    #[test]
    fn numbers_stop_at_the_first_other_byte() {
        assert_eq!(dtoi("15x"), (15, 2));
        assert_eq!(dtoi("99999999"), (0xFF_FFFF, 7));
        assert_eq!(atoi(" -3x"), -3);
        assert_eq!(atoi("5\r\n"), 5);
        assert_eq!(atoi("x"), 0);
    }
}
