//! The files that all cases share: vocabulary, signals, glossary, wordings.

use std::collections::BTreeMap;

use toml::Spanned;

use super::files::Files;
use super::front_matter::{RawSignal, RawTerm, RawVocabulary, RawWording, parse};
use super::markdown::{is_kebab, is_web_address};
use super::problems::{Lines, Problems};
use super::typography;
use crate::domain::{Area, Both, Lang, Signal, SignalId, SignalKind, Term, Wording};

/// Reads `vocabulary.toml`.
pub fn vocabulary(files: &Files, problems: &mut Problems) -> RawVocabulary {
    const PATH: &str = "vocabulary.toml";
    let text = &files.text(PATH, problems).unwrap_or_default();
    parse(PATH, text, 1, problems).unwrap_or(RawVocabulary { tools: Vec::new(), runtimes: Vec::new() })
}

/// Reads `signals.toml`: tables by kind, then by name.
pub fn signals(files: &Files, problems: &mut Problems) -> Vec<Signal> {
    const PATH: &str = "signals.toml";
    let text = &files.text(PATH, problems).unwrap_or_default();
    type Tables = BTreeMap<Spanned<String>, BTreeMap<Spanned<String>, RawSignal>>;
    let tables: Tables = parse(PATH, text, 1, problems).unwrap_or_default();
    let lines = Lines::of(text);
    let mut signals = Vec::new();
    for (kind_name, by_name) in tables {
        let Some(kind) = SignalKind::from_code(kind_name.get_ref()) else {
            let all: Vec<_> = SignalKind::ALL.iter().map(|k| k.code()).collect();
            let line = lines.at(kind_name.span().start);
            problems.add(PATH, line, format!("unknown kind `{}`, use one of {}", kind_name.get_ref(), all.join(" ")));
            continue;
        };
        for (name, raw) in by_name {
            let line = lines.at(name.span().start);
            let id = format!("{}.{}", kind.code(), name.get_ref());
            match SignalId::parse(&id) {
                Some(id) => signals.push(signal(id, kind, raw, line, problems, PATH)),
                None => problems.add(PATH, line, format!("`{id}` is no id, write the name in kebab-case")),
            }
        }
    }
    signals
}

fn signal(id: SignalId, kind: SignalKind, raw: RawSignal, line: usize, problems: &mut Problems, path: &str) -> Signal {
    let area = raw.area.and_then(|code| {
        let area = Area::from_code(code.get_ref());
        if area.is_none() {
            let all: Vec<_> = Area::ALL.iter().map(|a| a.code()).collect();
            problems.add(
                path,
                line,
                format!("unknown area `{}` of {id}, use one of {}", code.get_ref(), all.join(" ")),
            );
        }
        area
    });
    let name = Both { zh: raw.zh, en: raw.en };
    if raw.spellings.is_empty() {
        problems.add(path, line, format!("{id} has no spellings, say how tools and people write it"));
    }
    set_well(path, line, [&name, &raw.about], problems);
    let (short, spellings) = (raw.short.iter().map(|(_, s)| s), raw.spellings.iter());
    printable(path, line, short.chain(spellings).chain(&raw.command), problems);
    Signal { id, kind, name, short: raw.short, area, spellings: raw.spellings, about: raw.about, command: raw.command }
}

/// Reads `glossary.toml`.
pub fn glossary(files: &Files, problems: &mut Problems) -> Vec<Term> {
    const PATH: &str = "glossary.toml";
    let text = &files.text(PATH, problems).unwrap_or_default();
    let tables: BTreeMap<Spanned<String>, RawTerm> = parse(PATH, text, 1, problems).unwrap_or_default();
    let lines = Lines::of(text);
    let mut words: BTreeMap<String, String> = BTreeMap::new();
    let mut terms = Vec::new();
    for (id, raw) in tables {
        let line = lines.at(id.span().start);
        let id = id.into_inner();
        if !is_kebab(&id) {
            problems.add(PATH, line, format!("`{id}` is no id, write it in kebab-case"));
        }
        if !is_web_address(raw.source.get_ref()) {
            let line = lines.at(raw.source.span().start);
            problems.add(
                PATH,
                line,
                format!("`{}` is no https address, give the source of the definition", raw.source.get_ref()),
            );
        }
        let word = Both { zh: raw.zh, en: raw.en };
        if let Some(other) = words.insert(word.en.to_lowercase(), id.clone()) {
            problems.add(PATH, line, format!("`{}` is already the term {other}, join the two", word.en));
        }
        set_well(PATH, line, [&word, &raw.def], problems);
        terms.push(Term {
            id,
            word,
            aliases: Both { zh: raw.zh_aliases, en: raw.en_aliases },
            definition: raw.def,
            source: raw.source.into_inner(),
        });
    }
    terms
}

/// Reads `wordings.toml`, if there is one. What the glossary holds has a meaning and stands there alone.
pub fn wordings(files: &Files, glossary: &[Term], problems: &mut Problems) -> Vec<Wording> {
    const PATH: &str = "wordings.toml";
    if !files.paths().any(|path| path == PATH) {
        return Vec::new();
    }
    let text = &files.text(PATH, problems).unwrap_or_default();
    let tables: BTreeMap<Spanned<String>, RawWording> = parse(PATH, text, 1, problems).unwrap_or_default();
    let lines = Lines::of(text);
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    for term in glossary {
        for (lang, word) in term.word.iter() {
            let words = std::iter::once(word).chain(term.aliases.get(lang));
            known.extend(words.map(|word| (word.to_lowercase(), format!("the term {}", term.id))));
        }
    }
    let mut wordings = Vec::new();
    for (id, raw) in tables {
        let line = lines.at(id.span().start);
        let id = id.into_inner();
        if !is_kebab(&id) {
            problems.add(PATH, line, format!("`{id}` is no id, write it in kebab-case"));
        }
        if glossary.iter().any(|term| term.id == id) {
            problems.add(PATH, line, format!("`{id}` is a term of glossary.toml, name these words otherwise"));
        }
        for (lang, words) in [(Lang::Zh, &raw.zh), (Lang::En, &raw.en)] {
            if words.is_empty() {
                problems.add(PATH, line, format!("{id} has no {lang} words, say how people put it"));
            }
            for word in words {
                if let Some(other) = known.insert(word.to_lowercase(), format!("the words {id}")) {
                    problems.add(PATH, line, format!("`{word}` of {id} already belongs to {other}, keep one"));
                }
            }
        }
        printable(PATH, line, raw.zh.iter().chain(&raw.en), problems);
        wordings.push(Wording { id, words: Both { zh: raw.zh, en: raw.en } });
    }
    wordings
}

/// Words of no language, which TOML can escape, hold no control characters.
pub fn printable<'t>(path: &str, line: usize, texts: impl IntoIterator<Item = &'t String>, problems: &mut Problems) {
    if texts.into_iter().any(|text| text.contains(char::is_control)) {
        problems.add(path, line, typography::CONTROL);
    }
}

/// Both languages are there and typeset rightly.
pub fn set_well<'t>(
    path: &str,
    line: usize,
    texts: impl IntoIterator<Item = &'t Both<String>>,
    problems: &mut Problems,
) {
    for (lang, text) in texts.into_iter().flat_map(Both::iter) {
        if text.trim().is_empty() {
            problems.add(path, line, format!("an empty {lang} text, write it"));
        }
        for fault in typography::faults(lang, text) {
            problems.add(path, line, format!("{lang}: {fault}"));
        }
    }
}
