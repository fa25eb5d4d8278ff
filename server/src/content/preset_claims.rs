//! Plays presets in the engine and says which of their claims do not hold. Costs a run each, so `check` and tests do it,
//! not every start.

use std::collections::BTreeMap;

use netsim::framing::question::{self, Question};
use netsim::resolver::answer::{self, Answer};
use netsim::resolver::read;
use netsim::resolver::trace::Event;
use netsim::resolver::version::Implementation;

use super::preset_runs::Run;
use super::problems::{Problem, Problems};
use crate::domain::claim::{Check, Millis, NamesCheck, StreamCheck, Within};
use crate::domain::preset::{Dial, Kind, Preset};

/// The claims of all presets that do not hold.
pub fn judge_all<'a>(presets: impl IntoIterator<Item = &'a Preset>) -> Vec<Problem> {
    let mut problems = Problems::default();
    for preset in presets {
        judge(preset, &mut problems);
    }
    problems.sorted()
}

fn judge(preset: &Preset, problems: &mut Problems) {
    let path = format!("presets/{}.toml", preset.id);
    let played = match Played::new(preset) {
        Ok(played) => played,
        Err(what) => return problems.add(&path, 1, format!("cannot be played: {what}, change the configuration")),
    };
    for fault in played.faults(preset) {
        problems.add(&path, 1, fault);
    }
    for claim in &preset.claims {
        if let Err(seen) = played.holds(&claim.check) {
            let what = format!("does not hold: {seen}; change the claim or the configuration");
            problems.add(&path, claim.line, what);
        }
    }
}

/// What came of a preset.
enum Played {
    Tcp(Box<Run>),
    Names(BTreeMap<String, Lookup>),
    Stream(question::Answer),
}

impl Played {
    fn new(preset: &Preset) -> Result<Played, String> {
        Ok(match &preset.kind {
            Kind::Tcp => Played::Tcp(Box::new(Run::new(&preset.config, preset.seed)?)),
            Kind::Names { implementations, connect } => {
                let one = |name: &String| Ok((name.clone(), Lookup::new(&preset.config, name, connect.as_ref())?));
                Played::Names(implementations.iter().map(one).collect::<Result<_, String>>()?)
            }
            Kind::Stream => Played::Stream(Question::parse(&preset.config).map_err(|bad| bad.to_string())?.answer()),
        })
    }

    /// What is wrong with the preset whatever it claims.
    fn faults(&self, preset: &Preset) -> Vec<String> {
        let Played::Tcp(run) = self else { return Vec::new() };
        let mut faults = Vec::new();
        if let Some(limit) = run.stopped() {
            faults.push(format!("the run is stopped by its limit of {limit}, make it shorter"));
        }
        let (telling, end) = (preset.telling_ms.unwrap_or(0), run.end_us() / 1_000);
        if telling > end {
            faults.push(format!("telling_ms {telling} is later than the end at {end}, choose an earlier moment"));
        }
        faults
    }

    /// `Err` says what was seen instead.
    fn holds(&self, check: &Check) -> Result<(), String> {
        match (self, check) {
            (Played::Tcp(run), check) => run.holds(check),
            (Played::Names(lookups), Check::Names(check)) => names(lookups, check),
            (Played::Stream(answer), Check::Stream(check)) => stream(answer, check),
            (Played::Names(_) | Played::Stream(_), _) => Err("the check is of another kind of preset".to_owned()),
        }
    }
}

/// What one implementation answered.
struct Lookup {
    answer: Answer,
    queries: usize,
}

impl Lookup {
    fn new(config: &str, name: &str, dial: Option<&Dial>) -> Result<Lookup, String> {
        let case = read::case(config).map_err(|bad| bad.to_string())?;
        let implementation: Implementation = name.parse().map_err(|unknown| format!("{unknown}"))?;
        let lines = dial.map(Dial::lines);
        let dial = lines.as_deref().map(answer::Dial::parse).transpose().map_err(|bad| bad.to_string())?;
        let answer = answer::answer(&case, implementation, dial);
        let queries = answer.steps.iter().filter(|step| matches!(step.event, Event::Send { .. })).count();
        Ok(Lookup { answer, queries })
    }
}

fn names(lookups: &BTreeMap<String, Lookup>, check: &NamesCheck) -> Result<(), String> {
    let asked = lookups.iter().filter(|(name, _)| check.implementation.as_ref().is_none_or(|only| only == *name));
    for (name, got) in asked {
        one_lookup(got, check).map_err(|seen| format!("{name}: {seen}"))?;
    }
    Ok(())
}

fn one_lookup(Lookup { answer: got, queries }: &Lookup, check: &NamesCheck) -> Result<(), String> {
    same("status", got.status, check.status.as_deref())?;
    if check.addresses.as_ref().is_some_and(|wanted| *wanted != got.addresses) {
        return Err(format!("addresses are [{}]", got.addresses.join(" ")));
    }
    same("order", got.order.unwrap_or("none"), check.order.as_deref())?;
    within("queries", *queries, check.queries)?;
    took(got.at_us, check.took_ms)?;
    let reached = got.connected().map_or("nothing".to_owned(), |address| address.to_string());
    same("connected", &reached, check.connected.as_deref())?;
    same("failure", got.failure.unwrap_or("none"), check.failure.as_deref())
}

fn stream(answer: &question::Answer, check: &StreamCheck) -> Result<(), String> {
    within("messages", answer.messages.len(), check.messages)?;
    let reads: Vec<usize> = answer.messages.iter().map(|message| message.read + 1).collect();
    if check.completed_in.as_ref().is_some_and(|wanted| *wanted != reads) {
        return Err(format!("completed_in is {reads:?}"));
    }
    within("left", answer.left, check.left)?;
    within("lost", answer.datagrams.iter().map(|(_, lost, _)| lost).sum::<usize>(), check.lost)?;
    let ends: Vec<&str> = answer.messages.iter().filter_map(|m| m.http.as_ref().map(|(_, end)| end.as_str())).collect();
    if check.ends.as_ref().is_some_and(|wanted| *wanted != ends) {
        return Err(format!("ends are {ends:?}"));
    }
    let error = answer.error.as_ref().map_or("none", |stopped| stopped.what.as_str());
    match &check.error {
        Some(words) if !error.contains(words.as_str()) => Err(format!("error is `{error}`")),
        _ => Ok(()),
    }
}

fn same(what: &str, got: &str, wanted: Option<&str>) -> Result<(), String> {
    if wanted.is_none_or(|wanted| wanted == got) { Ok(()) } else { Err(format!("{what} is {got}")) }
}

/// A number within what was claimed, if anything was.
pub fn within(what: &str, got: usize, wanted: Option<Within>) -> Result<(), String> {
    if wanted.is_none_or(|wanted| wanted.holds(got)) { Ok(()) } else { Err(format!("{what} is {got}")) }
}

/// A duration within what was claimed, if anything was.
pub fn took(micros: u64, wanted: Option<Millis>) -> Result<(), String> {
    if wanted.is_none_or(|wanted| wanted.hold(micros)) { Ok(()) } else { Err(format!("took_ms is {}", ms(micros))) }
}

/// Microseconds as milliseconds.
pub fn ms(micros: u64) -> String {
    format!("{}.{:03}", micros / 1_000, micros % 1_000)
}
