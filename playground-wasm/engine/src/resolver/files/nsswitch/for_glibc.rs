//! glibc: white space of any kind, the last hosts line counts, actions are carried out.

use alloc::string::String;
use alloc::vec::Vec;

use super::super::super::address::is_space;
use super::super::super::trace::{Effect, Rule, SourceStatus, Trace, rule};
use super::super::super::version::Glibc;
use super::super::{Notes, c_lines};
use super::FILE;

const OLD: &str = "glibc 2.31 nss/nsswitch.c";
const NEW: &str = "glibc 2.36 nss/nss_database.c, nss_action_parse.c";

/// What glibc does after a source's status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// The lookup ends here.
    Return,
    /// The next source is asked.
    Continue,
    /// Like continue, keeping what was found.
    Merge,
}

impl Next {
    /// As written in the file.
    pub const fn name(self) -> &'static str {
        match self {
            Next::Return => "return",
            Next::Continue => "continue",
            Next::Merge => "merge",
        }
    }
}

/// A source as glibc keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The module's name.
    pub name: String,
    actions: [Next; 4],
}

impl Source {
    fn new(name: &[u8]) -> Source {
        let mut source = Source { name: super::super::lossy(name), actions: [Next::Continue; 4] };
        source.set(SourceStatus::Success, Next::Return);
        source
    }

    fn set(&mut self, status: SourceStatus, next: Next) {
        if let Some(slot) = self.actions.get_mut(status as usize) {
            *slot = next;
        }
    }

    /// What follows a status.
    pub fn next(&self, status: SourceStatus) -> Next {
        self.actions.get(status as usize).copied().unwrap_or(Next::Continue)
    }
}

/// What glibc knows of the hosts database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GlibcHosts {
    /// Sources, from the file or the default.
    Sources {
        /// In order.
        list: Vec<Source>,
        /// No line says so.
        default: bool,
    },
    /// The line names nobody: since 2.33 that list is taken as it is.
    Nobody,
    /// The file could not be read: nobody is asked.
    Broken,
}

/// As glibc reads it.
pub fn glibc(text: Option<&str>, version: Glibc, trace: &mut Trace) -> GlibcHosts {
    let mut notes = Notes::about(FILE, trace);
    let found = match text {
        None => Ok(None),
        Some(text) if version.new_nsswitch() => new(text, &mut notes),
        Some(text) => Ok(old(text, &mut notes)),
    };
    match found {
        Err(()) => GlibcHosts::Broken,
        Ok(Some(list)) if !list.is_empty() => GlibcHosts::Sources { list, default: false },
        Ok(Some(_)) if version.new_nsswitch() => GlibcHosts::Nobody,
        Ok(_) => {
            let line: &[u8] = if version.new_nsswitch() { b"files dns" } else { b"dns [!UNAVAIL=return] files" };
            GlibcHosts::Sources { list: services(line).0, default: true }
        }
    }
}

/// 2.31: comments are cut, the last hosts line counts, and a bad one keeps what came before its mistake.
fn old(text: &str, notes: &mut Notes<'_>) -> Option<Vec<Source>> {
    const SYNTAX: Rule = rule("glibc.nsswitch-syntax", OLD);
    const USED: Rule = rule("glibc.nsswitch-hosts", OLD);
    const CUT: Rule = rule("glibc.nsswitch-bad-action-cuts", OLD);
    let mut result = None;
    for (number, line) in c_lines(text) {
        let content = line.strip_suffix('\n').unwrap_or(line).split('#').next().unwrap_or("").as_bytes();
        let content = skip_space(content);
        let end = content.iter().position(|&b| is_space(b) || b == b':');
        let Some((name, rest)) = end.filter(|&at| at > 0).and_then(|at| content.split_at_checked(at)) else {
            if !content.is_empty() {
                notes.add(number, line, Effect::Ignored, SYNTAX);
            }
            continue;
        };
        if name == b"hosts" {
            let (list, whole) = services(rest.get(1..).unwrap_or(&[]));
            notes.add(
                number,
                line,
                if whole { Effect::Used } else { Effect::BreaksFile },
                if whole { USED } else { CUT },
            );
            result = Some(list);
        }
    }
    result
}

/// 2.33 and later: no comments behind a line, a last line without newline is not seen, a bad action voids everything.
fn new(text: &str, notes: &mut Notes<'_>) -> Result<Option<Vec<Source>>, ()> {
    const SYNTAX: Rule = rule("glibc.nsswitch-syntax", NEW);
    const USED: Rule = rule("glibc.nsswitch-hosts", NEW);
    const BROKEN: Rule = rule("glibc.nsswitch-bad-action-voids", NEW);
    const UNENDED: Rule = rule("glibc.nsswitch-last-line-unended", NEW);
    let mut result = None;
    let ended = text.ends_with('\n');
    let count = text.split_inclusive('\n').count();
    for (number, line) in c_lines(text) {
        if number == count && !ended {
            notes.add(number, line, Effect::Ignored, UNENDED);
            break;
        }
        let content = skip_space(line.as_bytes());
        let end = content.iter().position(|&b| is_space(b) || b == b':');
        let Some((name, rest)) = end.filter(|&at| at > 0).and_then(|at| content.split_at_checked(at)) else {
            if !content.is_empty() {
                notes.add(number, line, Effect::Ignored, SYNTAX);
            }
            continue;
        };
        let start = rest.iter().position(|&b| !is_space(b) && b != b':').unwrap_or(rest.len());
        let known = DATABASES.contains(&name);
        if !known {
            continue;
        }
        let (list, whole) = services(rest.get(start..).unwrap_or(&[]));
        if !whole {
            notes.add(number, line, Effect::BreaksFile, BROKEN);
            return Err(());
        }
        if name == b"hosts" {
            notes.add(number, line, Effect::Used, USED);
            for source in list.iter().filter(|s| s.name.starts_with('#')) {
                const COMMENT: Rule = rule("glibc.nsswitch-no-comments", NEW);
                notes.add(number, &source.name, Effect::BecomesUnknown, COMMENT);
            }
            result = Some(list);
        }
    }
    Ok(result)
}

/// `nss/databases.def`: a mistake in a line of any of them counts.
const DATABASES: [&[u8]; 18] = [
    b"aliases",
    b"ethers",
    b"group",
    b"group_compat",
    b"gshadow",
    b"hosts",
    b"initgroups",
    b"netgroup",
    b"networks",
    b"passwd",
    b"passwd_compat",
    b"protocols",
    b"publickey",
    b"rpc",
    b"services",
    b"shadow",
    b"shadow_compat",
    b"sudoers",
];

fn skip_space(text: &[u8]) -> &[u8] {
    let at = text.iter().position(|&b| !is_space(b)).unwrap_or(text.len());
    text.get(at..).unwrap_or(&[])
}

fn word(text: &[u8], stop: impl Fn(u8) -> bool) -> (&[u8], &[u8]) {
    let at = text.iter().position(|&b| stop(b)).unwrap_or(text.len());
    text.split_at(at)
}

/// `nss_parse_service_list` and `nss_action_parse`, which read the same language. The flag is false after a mistake.
fn services(text: &[u8]) -> (Vec<Source>, bool) {
    let mut out = Vec::new();
    let mut rest = text;
    loop {
        rest = skip_space(rest);
        let (name, tail) = word(rest, |b| is_space(b) || b == b'[');
        if name.is_empty() {
            return (out, true);
        }
        let mut source = Source::new(name);
        rest = skip_space(tail);
        if rest.first() == Some(&b'[') {
            match criteria(rest.get(1..).unwrap_or(&[]), &mut source) {
                Some(tail) => rest = tail,
                None => return (out, false),
            }
        }
        out.push(source);
    }
}

fn criteria<'a>(text: &'a [u8], source: &mut Source) -> Option<&'a [u8]> {
    let mut rest = skip_space(text);
    loop {
        let negated = rest.first() == Some(&b'!');
        if negated {
            rest = rest.get(1..)?;
        }
        let stop = |b| is_space(b) || b == b'=' || b == b']';
        let (name, tail) = word(rest, stop);
        let status = match name.to_ascii_uppercase().as_slice() {
            b"SUCCESS" => SourceStatus::Success,
            b"UNAVAIL" => SourceStatus::Unavail,
            b"NOTFOUND" => SourceStatus::NotFound,
            b"TRYAGAIN" => SourceStatus::TryAgain,
            _ => return None,
        };
        let value = skip_space(skip_space(tail).strip_prefix(b"=")?);
        let (name, tail) = word(value, stop);
        let next = match name.to_ascii_uppercase().as_slice() {
            b"RETURN" => Next::Return,
            b"CONTINUE" => Next::Continue,
            b"MERGE" => Next::Merge,
            _ => return None,
        };
        if negated {
            let kept = source.next(status);
            source.actions = [next; 4];
            source.set(status, kept);
        } else {
            source.set(status, next);
        }
        rest = skip_space(tail);
        match rest.first() {
            Some(b']') => return rest.get(1..),
            Some(_) => {}
            None => return None,
        }
    }
}
