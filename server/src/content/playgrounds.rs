//! `playgrounds/<name>.toml` → [`Bench`]: the words of a playground's page, and what can be changed there.

use std::collections::BTreeMap;

use netsim::scenario::Scenario;
use serde::Deserialize;
use toml::Spanned;

use super::files::Files;
use super::front_matter::parse;
use super::markdown::{inline, is_web_address};
use super::problems::{Lines, Problems};
use super::shared_files::set_well;
use crate::domain::case::Inline;
use crate::domain::playground::{Bench, Knob, Measure, Note, Reference, Variant};
use crate::domain::preset::{Playground, Preset};
use crate::domain::{Both, Lang};

/// Where playgrounds stand.
pub const FOLDER: &str = "playgrounds/";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBench {
    first: Spanned<String>,
    title: Spanned<Both<String>>,
    lead: Spanned<Both<String>>,
    gist: Spanned<Both<String>>,
    #[serde(default)]
    knobs: Vec<Spanned<String>>,
    left_out: Spanned<Both<String>>,
    #[serde(default)]
    measures: Vec<Spanned<String>>,
    #[serde(rename = "variant", default)]
    variants: Vec<Spanned<RawVariant>>,
    #[serde(rename = "note", default)]
    notes: Vec<RawNote>,
    #[serde(rename = "source", default)]
    sources: Vec<RawSource>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawVariant {
    name: Both<String>,
    preset: Spanned<String>,
    #[serde(default)]
    patch: BTreeMap<String, serde_json::Value>,
    set: Option<BTreeMap<String, serde_json::Value>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawNote {
    title: Spanned<Both<String>>,
    text: Spanned<Both<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSource {
    title: String,
    url: Spanned<String>,
}

/// Reads all playgrounds, in the order in which pages list them. Each that a preset is at home on must be there.
pub fn read(files: &Files, presets: &[Preset], problems: &mut Problems) -> Vec<Bench> {
    for path in files.under(FOLDER) {
        let name = path[FOLDER.len()..].strip_suffix(".toml");
        if name.and_then(Playground::from_code).is_none() {
            let all: Vec<_> = Playground::ALL.iter().map(|p| p.code()).collect();
            problems.add(path, 1, format!("is no playground, name it NAME.toml with one of {}", all.join(" ")));
        }
    }
    let wanted = |playground: &Playground| {
        let path = format!("{FOLDER}{}.toml", playground.code());
        files.paths().any(|known| known == path) || presets.iter().any(|preset| preset.playground == *playground)
    };
    Playground::ALL.iter().filter(|p| wanted(p)).filter_map(|p| one(files, *p, presets, problems)).collect()
}

fn one(files: &Files, playground: Playground, presets: &[Preset], problems: &mut Problems) -> Option<Bench> {
    let path = format!("{FOLDER}{}.toml", playground.code());
    let text = files.text(&path, problems)?;
    let raw: RawBench = parse(&path, &text, 1, problems)?;
    let lines = Lines::of(&text);
    let mut page = Reader { path: &path, lines, problems };
    let first = presets.iter().find(|p| p.id.as_str() == raw.first.get_ref() && p.playground == playground);
    if first.is_none() {
        page.fault(&raw.first, format!("`{}` is no preset of this playground, name one", raw.first.get_ref()));
    }
    let variants = raw.variants.iter().filter_map(|variant| page.variant(variant, presets)).collect();
    let measures = raw.measures.iter().filter_map(|code| page.measure(code)).collect();
    let knobs = raw.knobs.iter().filter_map(|code| page.knob(code)).collect();
    let notes = raw.notes.iter().map(|n| Note { title: page.plain(&n.title), text: page.words(&n.text) }).collect();
    let sources = raw.sources.into_iter().map(|source| page.source(source)).collect();
    Some(Bench {
        playground,
        title: page.plain(&raw.title),
        lead: page.plain(&raw.lead),
        gist: page.words(&raw.gist),
        knobs,
        variants,
        measures,
        left_out: page.words(&raw.left_out),
        notes,
        sources,
        first: first?.id.clone(),
    })
}

/// A playground's TOML, to name lines.
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

    fn plain(&mut self, text: &Spanned<Both<String>>) -> Both<String> {
        set_well(self.path, self.line(text), [text.get_ref()], self.problems);
        text.get_ref().clone()
    }

    fn words(&mut self, text: &Spanned<Both<String>>) -> Both<Inline> {
        let line = self.line(text);
        set_well(self.path, line, [text.get_ref()], self.problems);
        Both::make(|lang: Lang| inline(self.path, lang, line, text.get_ref().get(lang), self.problems))
    }

    fn knob(&mut self, code: &Spanned<String>) -> Option<Knob> {
        let knob = Knob::from_code(code.get_ref());
        if knob.is_none() {
            let all: Vec<_> = Knob::ALL.iter().map(|k| k.code()).collect();
            self.fault(code, format!("unknown knob `{}`, use some of {}", code.get_ref(), all.join(" ")));
        }
        knob
    }

    fn measure(&mut self, code: &Spanned<String>) -> Option<Measure> {
        let measure = Measure::from_code(code.get_ref());
        if measure.is_none() {
            let all: Vec<_> = Measure::ALL.iter().map(|m| m.code()).collect();
            self.fault(code, format!("unknown measure `{}`, use some of {}", code.get_ref(), all.join(" ")));
        }
        measure
    }

    /// A preset with some of its values replaced, by JSON pointer (RFC 6901).
    fn variant(&mut self, raw: &Spanned<RawVariant>, presets: &[Preset]) -> Option<Variant> {
        let (line, variant) = (self.line(raw), raw.get_ref());
        let Some(preset) = presets.iter().find(|preset| preset.id.as_str() == variant.preset.get_ref()) else {
            self.fault(&variant.preset, format!("unknown preset `{}`, name one", variant.preset.get_ref()));
            return None;
        };
        let mut config: serde_json::Value = serde_json::from_str(&preset.config).ok()?;
        for (pointer, value) in &variant.patch {
            match config.pointer_mut(pointer) {
                Some(place) => place.clone_from(value),
                None => self.problems.add(self.path, line, format!("`{pointer}` is nowhere in {}, mend it", preset.id)),
            }
        }
        let config = config.to_string();
        if let Err(bad) = Scenario::parse(&config) {
            self.problems.add(self.path, line, format!("{}: {}, mend the patch", bad.field, bad.reason));
        }
        for name in variant.set.iter().flat_map(BTreeMap::keys).filter(|name| Knob::from_code(name).is_none()) {
            self.problems.add(self.path, line, format!("unknown knob `{name}`, see Knob in domain/playground.rs"));
        }
        set_well(self.path, line, [&variant.name], self.problems);
        let name = Both::make(|lang: Lang| inline(self.path, lang, line, variant.name.get(lang), self.problems));
        let set = variant.set.as_ref().and_then(|set| serde_json::to_string(set).ok());
        Some(Variant { name, config, seed: preset.seed, set })
    }

    fn source(&mut self, raw: RawSource) -> Reference {
        if !is_web_address(raw.url.get_ref()) {
            self.fault(&raw.url, format!("`{}` is no https address, give one", raw.url.get_ref()));
        }
        Reference { title: raw.title, url: raw.url.into_inner() }
    }
}
