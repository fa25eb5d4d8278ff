//! The TOML files as they are written: unknown keys refused, places kept for problems. Conversion to the domain is in `load`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::value::Datetime;

use super::problems::{Problems, line_of};
use crate::domain::Both;

/// `case.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawCase {
    pub published: Spanned<Datetime>,
    pub updated: Spanned<Datetime>,
    pub layers: Vec<Spanned<String>>,
    pub tools: Vec<Spanned<String>>,
    pub runtimes: Vec<Spanned<String>>,
    #[serde(default)]
    pub terms: Vec<Spanned<String>>,
    pub difficulty: Spanned<i64>,
    pub checked: RawChecked,
    pub symptoms: RawLines,
    #[serde(rename = "signal", default)]
    pub signals: Vec<RawCaseSignal>,
    #[serde(default)]
    pub related: Vec<RawRelated>,
    #[serde(rename = "source", default)]
    pub sources: Vec<RawSource>,
    #[serde(default)]
    pub evidence: BTreeMap<Spanned<String>, RawEvidence>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawChecked {
    pub on: Spanned<Datetime>,
    pub with: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawLines {
    pub zh: Vec<Spanned<String>>,
    pub en: Vec<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawCaseSignal {
    pub id: Spanned<String>,
    pub weight: Spanned<i64>,
    #[serde(default)]
    pub hot: bool,
    #[serde(default)]
    pub glance: bool,
    pub value: Option<Both<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawRelated {
    pub slug: Spanned<String>,
    pub how: Both<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawSource {
    pub title: String,
    pub url: Spanned<String>,
    pub kind: Spanned<String>,
    pub date: Spanned<Datetime>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawEvidence {
    pub command: Option<Spanned<String>>,
    pub label: Option<String>,
    pub host: Option<String>,
    pub file: Option<Spanned<String>>,
    #[serde(default)]
    pub hits: Vec<RawHit>,
    #[serde(default)]
    pub mute: Vec<Spanned<usize>>,
    #[serde(default)]
    pub show: Vec<Spanned<(usize, usize)>>,
    pub pcap: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawHit {
    pub line: Spanned<usize>,
    #[serde(default)]
    pub mark: Vec<String>,
}

/// The front matter of `zh.md` and `en.md`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawText {
    pub title: Spanned<String>,
    pub description: Spanned<String>,
    pub cause: Spanned<String>,
    pub fix: Spanned<String>,
    pub environment: Spanned<String>,
    pub reproduce: Spanned<String>,
}

/// `sequences/<id>.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawSequence {
    pub about: Both<String>,
    pub unit: Spanned<String>,
    #[serde(rename = "host")]
    pub hosts: Vec<RawHost>,
    #[serde(rename = "step")]
    pub steps: Vec<Spanned<RawStep>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawHost {
    pub id: String,
    pub name: Both<String>,
    #[serde(default)]
    pub address: String,
    pub role: Spanned<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawStep {
    pub at: Option<toml::Value>,
    pub packet: Option<String>,
    pub from: Option<String>,
    pub to: Option<String>,
    pub label: Option<Both<String>>,
    #[serde(default)]
    pub lost: bool,
    pub state: Option<Both<String>>,
    pub on: Option<String>,
    #[serde(default)]
    pub stuck: bool,
    pub note: Option<Both<String>>,
    pub call: Option<Both<String>>,
    pub gap: Option<Both<String>>,
    pub missing: Option<Both<String>>,
}

/// One table of `signals.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawSignal {
    pub zh: String,
    pub en: String,
    pub short: Both<String>,
    pub area: Option<Spanned<String>>,
    pub spellings: Vec<String>,
    pub about: Both<String>,
    pub command: Option<String>,
}

/// One table of `glossary.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawTerm {
    pub zh: String,
    pub en: String,
    #[serde(default)]
    pub zh_aliases: Vec<String>,
    #[serde(default)]
    pub en_aliases: Vec<String>,
    pub def: Both<String>,
    pub source: Spanned<String>,
}

/// One table of `wordings.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawWording {
    pub zh: Vec<String>,
    pub en: Vec<String>,
}

/// `vocabulary.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawVocabulary {
    pub tools: Vec<String>,
    pub runtimes: Vec<String>,
}

/// Parses TOML; a mistake becomes a problem at its line. `first_line` is where the text starts in its file.
pub fn parse<T: DeserializeOwned>(path: &str, text: &str, first_line: usize, problems: &mut Problems) -> Option<T> {
    match toml::from_str(text) {
        Ok(value) => Some(value),
        Err(error) => {
            let line = error.span().map_or(1, |span| line_of(text, span.start));
            let what = error.message().replace('\n', ", ");
            problems.add(path, first_line + line - 1, format!("{what}; see content/README.md for what may stand here"));
            None
        }
    }
}
