//! `presets/<id>.toml` and `<id>.json` → [`Preset`]. Configurations are read by the engine, not run: `preset_claims` does.

use std::collections::{BTreeMap, BTreeSet};

use netsim::framing::question;
use netsim::json::fields::BadField;
use netsim::resolver::connect::Strategy;
use netsim::resolver::read::case;
use netsim::resolver::version::Implementation;
use netsim::scenario::Scenario;
use serde::Deserialize;
use toml::Spanned;

use super::files::Files;
use super::front_matter::parse;
use super::json_place::line_of_field;
use super::markdown::inline;
use super::preset_checks::misfit;
use super::problems::{Lines, Problems};
use super::shared_files::set_well;
use crate::domain::case::Inline;
use crate::domain::claim::{
    CallCheck, Check, Claim, CounterCheck, Event, NamesCheck, PacketsCheck, SocketCheck, StreamCheck,
};
use crate::domain::preset::{Dial, Kind, Playground, Preset, Question};
use crate::domain::{Both, Slug};

/// Where presets stand.
pub const FOLDER: &str = "presets/";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPreset {
    playground: Spanned<String>,
    kind: Spanned<String>,
    #[serde(default)]
    implementations: Vec<Spanned<String>>,
    connect: Option<Spanned<Dial>>,
    cases: Vec<Spanned<String>>,
    #[serde(default)]
    beside: Vec<Spanned<String>>,
    #[serde(default = "seed")]
    seed: u64,
    title: Spanned<Both<String>>,
    lead: Spanned<Both<String>>,
    telling_ms: Option<Spanned<u64>>,
    question: Spanned<RawQuestion>,
    #[serde(rename = "claim", default)]
    claims: Vec<Spanned<RawClaim>>,
}

fn seed() -> u64 {
    1
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawQuestion {
    text: Spanned<Both<String>>,
    options: Vec<Spanned<Both<String>>>,
    answer: Spanned<usize>,
    why: Spanned<Both<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawClaim {
    says: Both<String>,
    call: Option<CallCheck>,
    packets: Option<PacketsCheck>,
    socket: Option<SocketCheck>,
    counter: Option<CounterCheck>,
    order: Option<[Event; 2]>,
    names: Option<NamesCheck>,
    stream: Option<StreamCheck>,
}

/// Reads all presets, by id.
pub fn read(files: &Files, cases: &[Slug], problems: &mut Problems) -> Vec<Preset> {
    let mut ids = BTreeSet::new();
    for path in files.under(FOLDER) {
        let name = &path[FOLDER.len()..];
        let stem = name.strip_suffix(".toml").or_else(|| name.strip_suffix(".json"));
        match stem.and_then(Slug::parse) {
            Some(id) => drop(ids.insert(id)),
            None => problems.add(path, 1, "is no preset, name it ID.toml or ID.json with an id of a-z, 0-9 and -"),
        }
    }
    let presets: Vec<Preset> = ids.into_iter().filter_map(|id| one(files, id, cases, problems)).collect();
    one_beside_each(&presets, problems);
    presets
}

/// Beside a case's text there is room for one.
fn one_beside_each(presets: &[Preset], problems: &mut Problems) {
    let mut seen: BTreeMap<&Slug, &Slug> = BTreeMap::new();
    for preset in presets {
        for case in &preset.beside {
            if let Some(other) = seen.insert(case, &preset.id) {
                let path = format!("{FOLDER}{}.toml", preset.id);
                problems.add(&path, 1, format!("stands beside {case}, as {other} does; choose one of them"));
            }
        }
    }
}

fn one(files: &Files, id: Slug, cases: &[Slug], problems: &mut Problems) -> Option<Preset> {
    let (path, config_path) = (format!("{FOLDER}{id}.toml"), format!("{FOLDER}{id}.json"));
    let (text, config) = (files.text(&path, problems), files.text(&config_path, problems));
    let (text, config) = (text?, config?);
    let raw: RawPreset = parse(&path, &text, 1, problems)?;
    let mut reader = Reader { path: &path, lines: Lines::of(&text), problems };
    let preset = reader.preset(id, raw, config, cases);
    if let Some(preset) = &preset {
        check_config(preset, &config_path, problems);
    }
    preset
}

/// The engine reads the configuration; what it refuses is placed in the JSON.
fn check_config(preset: &Preset, path: &str, problems: &mut Problems) {
    let text = &preset.config;
    if let Err(bad) = netsim::json::Value::parse(text) {
        return problems.add(path, bad.line, format!("{bad}, mend it"));
    }
    let refused = match &preset.kind {
        Kind::Tcp => Scenario::parse(text).err(),
        Kind::Names { .. } => case(text).err(),
        Kind::Stream => question::Question::parse(text).err(),
    };
    if let Some(BadField { field, reason }) = refused {
        problems.add(path, line_of_field(text, &field), format!("{field}: {reason}, mend it"));
    }
}

/// A preset's TOML, to name lines.
struct Reader<'a> {
    path: &'a str,
    lines: Lines,
    problems: &'a mut Problems,
}

impl Reader<'_> {
    fn line<T>(&self, value: &Spanned<T>) -> usize {
        self.lines.at(value.span().start)
    }

    fn fault<T>(&mut self, place: &Spanned<T>, what: impl Into<String>) {
        self.problems.add(self.path, self.line(place), what);
    }

    /// Words that may hold code.
    fn words(&mut self, text: &Spanned<Both<String>>) -> Both<Inline> {
        self.words_at(self.line(text), text.get_ref())
    }

    fn words_at(&mut self, line: usize, text: &Both<String>) -> Both<Inline> {
        set_well(self.path, line, [text], self.problems);
        Both::make(|lang| inline(self.path, lang, line, text.get(lang), self.problems))
    }

    fn preset(&mut self, id: Slug, raw: RawPreset, config: String, cases: &[Slug]) -> Option<Preset> {
        let playground = Playground::from_code(raw.playground.get_ref());
        if playground.is_none() {
            let all: Vec<_> = Playground::ALL.iter().map(|p| p.code()).collect();
            let what = format!("unknown playground `{}`, use one of {}", raw.playground.get_ref(), all.join(" "));
            self.fault(&raw.playground, what);
        }
        let kind = self.kind(&raw);
        let embedded: Vec<Slug> = raw.cases.iter().filter_map(|slug| self.case(slug, cases)).collect();
        let beside: Vec<Slug> = raw.beside.iter().filter_map(|slug| self.case(slug, &embedded)).collect();
        set_well(self.path, self.line(&raw.title), [raw.title.get_ref()], self.problems);
        let lead = self.words(&raw.lead);
        let question = self.question(&raw.question);
        if raw.claims.is_empty() {
            self.problems.add(self.path, 1, "no claim, say with [[claim]] what holds of the outcome");
        }
        let kind = kind?;
        match (&kind, &raw.telling_ms) {
            (Kind::Tcp, None) => {
                self.problems.add(self.path, 1, "no telling_ms, name the moment shown without JavaScript");
            }
            (Kind::Stream, Some(at)) => self.fault(at, "telling_ms of a stream, which has no time; leave it out"),
            (Kind::Tcp | Kind::Names { .. }, Some(_)) | (Kind::Names { .. } | Kind::Stream, None) => {}
        }
        let claims = raw.claims.into_iter().filter_map(|claim| self.claim(claim, &kind)).collect();
        Some(Preset {
            id,
            playground: playground?,
            kind,
            config,
            cases: embedded,
            beside,
            seed: raw.seed,
            title: raw.title.into_inner(),
            lead,
            telling_ms: raw.telling_ms.map(Spanned::into_inner),
            question,
            claims,
        })
    }

    fn case(&mut self, slug: &Spanned<String>, cases: &[Slug]) -> Option<Slug> {
        let known = Slug::parse(slug.get_ref()).filter(|slug| cases.contains(slug));
        if known.is_none() {
            self.fault(
                slug,
                format!("unknown case `{}`, name a folder of cases/; beside names some of cases", slug.get_ref()),
            );
        }
        known
    }

    fn kind(&mut self, raw: &RawPreset) -> Option<Kind> {
        let names = raw.kind.get_ref() == "names";
        if let Some(first) = raw.implementations.first().filter(|_| !names) {
            self.fault(first, "implementations are of kind \"names\", leave them out");
        }
        if let Some(connect) = raw.connect.as_ref().filter(|_| !names) {
            self.fault(connect, "connect is of kind \"names\", leave it out");
        }
        match raw.kind.get_ref().as_str() {
            "tcp" => Some(Kind::Tcp),
            "stream" => Some(Kind::Stream),
            "names" => Some(self.names(raw)),
            other => {
                self.fault(&raw.kind, format!("unknown kind `{other}`, use \"tcp\", \"names\" or \"stream\""));
                None
            }
        }
    }

    fn names(&mut self, raw: &RawPreset) -> Kind {
        if raw.implementations.is_empty() {
            self.fault(&raw.kind, "no implementations, name at least one, as in [\"go-1.24.4\", \"musl-1.2.5\"]");
        }
        for name in &raw.implementations {
            if let Err(unknown) = name.get_ref().parse::<Implementation>() {
                self.fault(name, format!("{unknown}"));
            }
        }
        if let Some(dial) = &raw.connect {
            if Strategy::named(&dial.get_ref().program).is_none() {
                self.fault(dial, format!("unknown program `{}`, use go, curl, python or java", dial.get_ref().program));
            }
            for address in dial.get_ref().reach.keys() {
                if address.parse::<std::net::IpAddr>().is_err() {
                    self.fault(dial, format!("`{address}` in reach is no address, write one"));
                }
            }
        }
        Kind::Names {
            implementations: raw.implementations.iter().map(|name| name.get_ref().clone()).collect(),
            connect: raw.connect.as_ref().map(|dial| dial.get_ref().clone()),
        }
    }

    fn question(&mut self, raw: &Spanned<RawQuestion>) -> Question {
        let question = raw.get_ref();
        let options: Vec<_> = question.options.iter().map(|option| self.words(option)).collect();
        if !(2..=4).contains(&options.len()) {
            self.fault(raw, format!("{} options, give two to four", options.len()));
        }
        let answer = *question.answer.get_ref();
        if answer >= options.len() {
            self.fault(&question.answer, format!("answer {answer}, count the options from 0"));
        }
        Question { text: self.words(&question.text), options, answer, why: self.words(&question.why) }
    }

    fn claim(&mut self, raw: Spanned<RawClaim>, kind: &Kind) -> Option<Claim> {
        let line = self.line(&raw);
        let raw = raw.into_inner();
        let says = self.words_at(line, &raw.says);
        let checks = [
            raw.call.map(Check::Call),
            raw.packets.map(Check::Packets),
            raw.socket.map(Check::Socket),
            raw.counter.map(Check::Counter),
            raw.order.map(Check::Order),
            raw.names.map(Check::Names),
            raw.stream.map(Check::Stream),
        ];
        let mut checks = checks.into_iter().flatten();
        let what = match (checks.next(), checks.next()) {
            (Some(check), None) => match misfit(&check, kind) {
                None => return Some(Claim { says, check, line }),
                Some(what) => what,
            },
            _ => "a claim needs exactly one of call, packets, socket, counter, order, names, stream",
        };
        self.problems.add(self.path, line, what);
        None
    }
}
