//! Go: cut at spaces only, all hosts lines add up, one bad line voids the file (`net/nss.go`).

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::super::super::trace::{Effect, Rule, Trace, rule};
use super::super::super::version::Go;
use super::super::{Notes, go_lines};
use super::FILE;

const GO: &str = "Go net/nss.go parseNSSConf";

/// A source as Go keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoSource {
    /// `files`, `dns`, or anything else.
    pub name: String,
    /// What stood in brackets behind it.
    pub criteria: Vec<Criterion>,
}

/// `!status=action`, lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Criterion {
    /// `!` stood before it.
    pub negated: bool,
    /// Left of `=`.
    pub status: String,
    /// Right of `=`.
    pub action: String,
}

impl GoSource {
    /// Every criterion only says what holds anyway; `return` in the last place counts as that too
    /// (`nss.go`, `standardStatusAction`).
    pub fn is_standard(&self) -> bool {
        let count = self.criteria.len();
        self.criteria.iter().enumerate().all(|(i, c)| {
            let default = match c.status.as_str() {
                "success" => "return",
                "notfound" | "unavail" | "tryagain" => "continue",
                _ => return false,
            };
            !c.negated && (c.action == default || (i + 1 == count && c.action == "return"))
        })
    }
}

/// What Go knows of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GoFile {
    /// It is not there.
    Missing,
    /// A line could not be read: the whole file counts as unreadable.
    Broken,
    /// The sources of all hosts lines, in order.
    Sources(Vec<GoSource>),
}

fn go_trim(text: &str) -> &str {
    text.trim_matches([' ', '\t', '\n', '\r'])
}

/// As Go reads it.
pub fn go(text: Option<&str>, version: Go, trace: &mut Trace) -> GoFile {
    const BROKEN: Rule = rule("go.nsswitch-broken", GO);
    const OTHER: Rule = rule("go.nsswitch-other-line", GO);
    const USED: Rule = rule("go.nsswitch-hosts", GO);
    let Some(text) = text else { return GoFile::Missing };
    let mut notes = Notes::about(FILE, trace);
    let mut sources = Vec::new();
    let all = text.split_terminator('\n').enumerate().map(|(i, line)| (i + 1, line));
    let limited = go_lines(text);
    let lines: &mut dyn Iterator<Item = (usize, &str)> =
        if version.nsswitch_line_limit() { &mut { limited } } else { &mut { all } };
    for (number, line) in lines {
        let content = go_trim(line.split('#').next().unwrap_or(line));
        if content.is_empty() {
            continue;
        }
        let Some((database, rest)) = content.split_once(':') else {
            notes.add(number, line, Effect::BreaksFile, BROKEN);
            return GoFile::Broken;
        };
        let Some(found) = go_sources(rest) else {
            notes.add(number, line, Effect::BreaksFile, BROKEN);
            return GoFile::Broken;
        };
        if go_trim(database) == "hosts" {
            notes.add(number, line, Effect::Used, USED);
            for source in &found {
                if source.name.contains(['\t', ',', '[']) {
                    const CUT: Rule = rule("go.nsswitch-cut-at-spaces", GO);
                    notes.add(number, &source.name, Effect::BecomesUnknown, CUT);
                }
            }
            sources.extend(found);
        } else {
            notes.add(number, line, Effect::Ignored, OTHER);
        }
    }
    GoFile::Sources(sources)
}

fn go_sources(text: &str) -> Option<Vec<GoSource>> {
    let mut rest = go_trim(text);
    let mut out = Vec::new();
    while !rest.is_empty() {
        let (name, tail) = rest.split_once(' ').unwrap_or((rest, ""));
        rest = go_trim(tail);
        let mut criteria = Vec::new();
        if let Some(inside) = rest.strip_prefix('[') {
            let (inside, tail) = inside.split_once(']')?;
            criteria = go_criteria(inside)?;
            rest = tail;
        }
        out.push(GoSource { name: name.to_string(), criteria });
        rest = go_trim(rest);
    }
    Some(out)
}

fn go_criteria(text: &str) -> Option<Vec<Criterion>> {
    let fields = text.split(' ').map(go_trim).filter(|f| !f.is_empty());
    fields
        .map(|field| {
            let bare = field.strip_prefix('!');
            let content = bare.unwrap_or(field);
            if content.len() < 3 {
                return None;
            }
            let (status, action) = content.split_once('=')?;
            let (status, action) = (status.to_ascii_lowercase(), action.to_ascii_lowercase());
            Some(Criterion { negated: bare.is_some(), status, action })
        })
        .collect()
}
