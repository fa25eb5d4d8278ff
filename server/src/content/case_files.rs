//! One case's folder → [`Case`], with every mistake noted.

use std::collections::{BTreeMap, BTreeSet};

use toml::Spanned;
use toml::value::Datetime;

use super::files::Files;
use super::front_matter::{RawCase, RawEvidence, RawText, RawVocabulary, parse};
use super::highlight::highlight;
use super::markdown::{self, Body, Mention, Target, inline, is_web_address};
use super::problems::{Lines, Problems, line_of};
use super::shared_files::{printable, set_well};
use super::terms::Terms;
use super::{sequences, typography};
use crate::domain::case::{
    Case, CaseFile, CaseSignal, CaseText, Day, Difficulty, Evidence, Hit, Layer, Related, Slug, Source, SourceKind,
};
use crate::domain::page_text::{Block, SafeHtml};
use crate::domain::sequence::Sequence;
use crate::domain::{Both, Lang, SignalId};

/// Longer titles break search results and cards.
const LONGEST_TITLE_HALF_WIDTHS: usize = 84;
/// DESIGN: a note is at most 14 Han or 28 letters.
const LONGEST_NOTE_HALF_WIDTHS: usize = 28;

/// What cases share and refer to, known before the first of them is read.
pub struct Surroundings<'a> {
    /// Tools and runtimes.
    pub vocabulary: &'a RawVocabulary,
    /// The words of the glossary.
    pub terms: &'a Both<Terms>,
    /// The ids of the glossary.
    pub glossary: &'a [String],
    /// Every case there is.
    pub slugs: BTreeSet<&'a str>,
    /// Every signal there is.
    pub signals: BTreeSet<&'a str>,
}

impl Surroundings<'_> {
    /// Cases and signals that a file mentions must exist.
    fn check(&self, path: &str, mentions: &[Mention], problems: &mut Problems) {
        for mention in mentions {
            let what = match &mention.target {
                Target::Case(slug) if !self.slugs.contains(slug.as_str()) => {
                    format!("unknown case `{slug}`, link to a folder of cases/")
                }
                Target::Signal(id) if !self.signals.contains(id.as_str()) => {
                    format!("unknown signal `{id}`, use one from signals.toml or add it there")
                }
                _ => continue,
            };
            problems.add(path, mention.line, what);
        }
    }
}

/// Reads the folder of a case. `None` when its facts cannot be read at all.
pub fn read(files: &Files, slug: &Slug, around: &Surroundings<'_>, problems: &mut Problems) -> Option<Case> {
    let folder = format!("cases/{slug}/");
    let path = format!("{folder}case.toml");
    let text = &files.text(&path, problems)?;
    let raw: Option<RawCase> = parse(&path, text, 1, problems);
    let pages = Both::make(|lang| page(files, &folder, lang, around.terms.get(lang), problems));
    let raw = raw?;
    let facts = Facts { path: &path, lines: Lines::of(text) };
    around.check(&path, &facts.mentions(&raw), problems);
    printable(&path, facts.line(&raw.checked.on), &raw.checked.with, problems);

    let sequences = read_sequences(files, &folder, problems);
    let evidence = read_evidence(files, &folder, &facts, &raw.evidence, problems);
    let mut case_files = read_case_files(files, &folder, problems);
    let (zh, en) = (pages.zh?, pages.en?);
    same_in_both(&folder, &zh, &en, problems);
    check_blocks(&folder, [(Lang::Zh, &zh), (Lang::En, &en)], &evidence, &sequences, &case_files, problems);
    for (lang, page) in [(Lang::Zh, &zh), (Lang::En, &en)] {
        around.check(&format!("{folder}{lang}.md"), &page.body.mentions, problems);
    }

    colour_shown(&mut case_files, &zh.body.mentions);

    Some(Case {
        slug: slug.clone(),
        published: facts.day(&raw.published, problems),
        updated: facts.day(&raw.updated, problems),
        layers: facts.known(&raw.layers, "layer", Layer::from_code, Layer::ALL.iter().map(|l| l.code()), problems),
        tools: facts.listed(&raw.tools, "tool", &around.vocabulary.tools, problems),
        runtimes: facts.listed(&raw.runtimes, "runtime", &around.vocabulary.runtimes, problems),
        terms: facts.listed(&raw.terms, "term", around.glossary, problems),
        difficulty: facts.difficulty(&raw.difficulty, problems),
        checked_on: facts.day(&raw.checked.on, problems),
        checked_with: raw.checked.with.clone(),
        symptoms: facts.symptoms(&raw, problems),
        signals: facts.signals(&raw, problems),
        related: facts.related(slug, &raw, problems),
        sources: facts.sources(&raw, problems),
        evidence,
        sequences,
        files: case_files,
        text: Both { zh: zh.text, en: en.text },
    })
}

/// `case.toml` as text, to name lines.
struct Facts<'a> {
    path: &'a str,
    lines: Lines,
}

impl Facts<'_> {
    fn line<T>(&self, value: &Spanned<T>) -> usize {
        self.lines.at(value.span().start)
    }

    fn day(&self, value: &Spanned<Datetime>, problems: &mut Problems) -> Day {
        match value.get_ref().date {
            Some(date) => Day { year: date.year, month: date.month, day: date.day },
            None => {
                problems.add(self.path, self.line(value), "is no day, write one like 2026-11-22");
                Day { year: 1970, month: 1, day: 1 }
            }
        }
    }

    fn known<T>(
        &self,
        values: &[Spanned<String>],
        what: &str,
        read: impl Fn(&str) -> Option<T>,
        all: impl Iterator<Item = &'static str>,
        problems: &mut Problems,
    ) -> Vec<T> {
        let all: Vec<_> = all.collect();
        if values.is_empty() {
            problems.add(self.path, 1, format!("no {what}, name at least one of {}", all.join(" ")));
        }
        let mut found = Vec::new();
        for value in values {
            match read(value.get_ref()) {
                Some(known) => found.push(known),
                None => problems.add(
                    self.path,
                    self.line(value),
                    format!("unknown {what} `{}`, use one of {}", value.get_ref(), all.join(" ")),
                ),
            }
        }
        found
    }

    fn listed(
        &self,
        values: &[Spanned<String>],
        what: &str,
        listed: &[String],
        problems: &mut Problems,
    ) -> Vec<String> {
        for value in values {
            if !listed.contains(value.get_ref()) {
                let what =
                    format!("unknown {what} `{}`, use one from vocabulary.toml or add it there", value.get_ref());
                problems.add(self.path, self.line(value), what);
            }
        }
        values.iter().map(|v| v.get_ref().clone()).collect()
    }

    fn difficulty(&self, value: &Spanned<i64>, problems: &mut Problems) -> Difficulty {
        Difficulty::new(*value.get_ref()).unwrap_or_else(|| {
            problems.add(self.path, self.line(value), format!("difficulty {}, write 1, 2 or 3", value.get_ref()));
            Difficulty::new(2).unwrap_or_else(|| unreachable!("2 is a level"))
        })
    }

    fn symptoms(&self, raw: &RawCase, problems: &mut Problems) -> Both<Vec<String>> {
        Both::make(|lang| {
            let lines = match lang {
                Lang::Zh => &raw.symptoms.zh,
                Lang::En => &raw.symptoms.en,
            };
            if !(3..=8).contains(&lines.len()) {
                problems.add(
                    self.path,
                    1,
                    format!("{} symptoms in {lang}, write 3 to 8 lines in users' words", lines.len()),
                );
            }
            for line in lines {
                for fault in typography::faults(lang, line.get_ref()) {
                    problems.add(self.path, self.line(line), format!("{lang}: {fault}"));
                }
            }
            lines.iter().map(|l| l.get_ref().clone()).collect()
        })
    }

    fn signals(&self, raw: &RawCase, problems: &mut Problems) -> Vec<CaseSignal> {
        if raw.signals.len() < 3 {
            problems.add(self.path, 1, format!("{} signals, name at least 3", raw.signals.len()));
        }
        let glances = raw.signals.iter().filter(|s| s.glance).count();
        if !(2..=6).contains(&glances) {
            problems.add(self.path, 1, format!("{glances} signals at a glance, mark 2 to 6 with `glance = true`"));
        }
        let mut seen = BTreeSet::new();
        let mut found: Vec<CaseSignal> = Vec::new();
        for signal in &raw.signals {
            let line = self.line(&signal.id);
            let weight = *signal.weight.get_ref();
            if !(1..=5).contains(&weight) {
                problems.add(
                    self.path,
                    self.line(&signal.weight),
                    format!("weight {weight}, write 1 (hints) to 5 (nearly proves)"),
                );
            }
            if !seen.insert(signal.id.get_ref().clone()) {
                problems.add(self.path, line, format!("signal `{}` stands twice, keep one", signal.id.get_ref()));
            }
            if let Some(value) = &signal.value {
                set_well(self.path, line, [value], problems);
            }
            // An id that does not parse is reported as unknown with the mentions.
            if let Some(id) = SignalId::parse(signal.id.get_ref()) {
                found.push(CaseSignal {
                    id,
                    weight: u8::try_from(weight.clamp(1, 5)).unwrap_or(1),
                    hot: signal.hot,
                    glance: signal.glance,
                    value: signal.value.clone(),
                });
            }
        }
        found.sort_by_key(|s| std::cmp::Reverse(s.weight));
        found
    }

    fn related(&self, own: &Slug, raw: &RawCase, problems: &mut Problems) -> Vec<Related> {
        let mut seen = BTreeSet::from([own.as_str()]);
        for related in &raw.related {
            let (slug, line) = (related.slug.get_ref(), self.line(&related.slug));
            if !seen.insert(slug) {
                problems.add(self.path, line, format!("related `{slug}` is this case or stands twice, take it out"));
            }
            set_well(self.path, line, [&related.how], problems);
        }
        let one = |r: &super::front_matter::RawRelated| {
            Some(Related { slug: Slug::parse(r.slug.get_ref())?, how: r.how.clone() })
        };
        raw.related.iter().filter_map(one).collect()
    }

    fn sources(&self, raw: &RawCase, problems: &mut Problems) -> Vec<Source> {
        if raw.sources.len() < 2 {
            problems.add(
                self.path,
                1,
                format!("{} sources, name at least 2 that the claims rest on", raw.sources.len()),
            );
        }
        let mut found = Vec::new();
        for source in &raw.sources {
            let line = self.line(&source.url);
            if !is_web_address(source.url.get_ref()) {
                problems.add(self.path, line, format!("`{}` is no https address, write one", source.url.get_ref()));
            }
            let Some(kind) = SourceKind::from_code(source.kind.get_ref()) else {
                let all: Vec<_> = SourceKind::ALL.iter().map(|k| k.code()).collect();
                problems.add(
                    self.path,
                    line,
                    format!("unknown kind `{}` of source, use one of {}", source.kind.get_ref(), all.join(" ")),
                );
                continue;
            };
            let date = self.day(&source.date, problems);
            printable(self.path, line, [&source.title], problems);
            found.push(Source { title: source.title.clone(), url: source.url.get_ref().clone(), kind, date });
        }
        found
    }

    fn mentions(&self, raw: &RawCase) -> Vec<Mention> {
        let signals = raw.signals.iter().map(|s| (Target::Signal(s.id.get_ref().clone()), self.line(&s.id)));
        let related = raw.related.iter().map(|r| (Target::Case(r.slug.get_ref().clone()), self.line(&r.slug)));
        signals.chain(related).map(|(target, line)| Mention { target, line }).collect()
    }
}

/// A language file after reading.
struct Page {
    text: CaseText,
    body: Body,
}

fn page(files: &Files, folder: &str, lang: Lang, terms: &Terms, problems: &mut Problems) -> Option<Page> {
    let path = format!("{folder}{lang}.md");
    let text = &files.text(&path, problems)?;
    if let Some((line, what)) = markdown::too_much(text) {
        problems.add(&path, line, what);
        return None;
    }
    let Some((front, body, body_line)) = split_front_matter(text) else {
        problems.add(&path, 1, "no front matter, begin the file with a line `+++`, TOML and a line `+++`");
        return None;
    };
    let raw: Option<RawText> = parse(&path, front, 2, problems);
    let mut body = markdown::read(&path, lang, body, body_line, terms.page(), problems);
    typeset_lines(&path, lang, text, problems);
    let raw = raw?;

    let line = |value: &Spanned<String>| 1 + line_of(front, value.span().start);
    for value in [&raw.title, &raw.description, &raw.cause, &raw.fix, &raw.environment, &raw.reproduce] {
        if value.get_ref().trim().is_empty() {
            problems.add(&path, line(value), "is empty, write it");
        }
        // The lines as they stand in the file are looked at elsewhere; TOML can escape what they may not hold.
        if value.get_ref().contains(char::is_control) {
            problems.add(&path, line(value), typography::CONTROL);
        }
    }
    if typography::half_widths(raw.title.get_ref()) > LONGEST_TITLE_HALF_WIDTHS {
        problems.add(&path, line(&raw.title), "the title is too long, keep it under 42 Han or 84 letters");
    }
    let mut one_line = |value: &Spanned<String>| inline(&path, lang, line(value), value.get_ref(), problems);
    let mut text = CaseText {
        title: one_line(&raw.title).text,
        description: one_line(&raw.description).text,
        cause: one_line(&raw.cause),
        fix: one_line(&raw.fix),
        environment: one_line(&raw.environment),
        reproduce: one_line(&raw.reproduce),
        sections: Vec::new(),
        terms: Vec::new(),
        minutes: 0,
    };
    text.sections = std::mem::take(&mut body.sections);
    text.terms = std::mem::take(&mut body.terms);
    text.minutes = minutes(lang, &text);
    Some(Page { text, body })
}

/// `+++`, TOML, `+++`: the TOML, the rest and the line on which the rest starts.
fn split_front_matter(text: &str) -> Option<(&str, &str, usize)> {
    let after = text.strip_prefix("+++").and_then(|t| t.strip_prefix('\n').or_else(|| t.strip_prefix("\r\n")))?;
    let end = if after.starts_with("+++") { 0 } else { after.find("\n+++").map(|at| at + 1)? };
    let front = &after[..end];
    let rest = &after[end + 3..];
    let body = rest.find('\n').map_or("", |at| &rest[at + 1..]);
    let body_line = text[..text.len() - body.len()].matches('\n').count() + 1;
    Some((front, body, body_line))
}

/// Typography of every line outside code; front matter, notes and captions included. Code holds no control characters.
fn typeset_lines(path: &str, lang: Lang, text: &str, problems: &mut Problems) {
    let mut fence: Option<bool> = None;
    for (index, line) in text.lines().enumerate() {
        if let Some(info) = line.trim_start().strip_prefix("```") {
            fence = match fence {
                Some(_) => None,
                None => Some(info.starts_with("evidence") || info.starts_with("sequence")),
            };
            control_free(path, index + 1, line, problems);
            continue;
        }
        if fence == Some(false) {
            control_free(path, index + 1, line, problems);
            continue;
        }
        for fault in typography::faults(lang, line) {
            problems.add(path, index + 1, fault);
        }
    }
}

/// Tabs are all that code and output need besides what can be seen.
fn control_free(path: &str, number: usize, line: &str, problems: &mut Problems) {
    if line.contains(|c: char| c.is_control() && c != '\t') {
        problems.add(path, number, typography::CONTROL);
    }
}

/// Reading time: 400 Han or 220 words a minute, a second a shown line of evidence or code.
fn minutes(lang: Lang, text: &CaseText) -> u32 {
    let mut units = 0_usize;
    let mut lines = 0_usize;
    let mut count = |words: &str| {
        units += match lang {
            Lang::Zh => words.chars().filter(|c| typography::is_han(*c)).count() + words.split_whitespace().count() / 2,
            Lang::En => words.split_whitespace().count(),
        };
    };
    for block in text.sections.iter().flat_map(|s| &s.blocks) {
        match block {
            Block::Words(html) => count(&html.plain()),
            Block::Statement(html) => count(&html.plain()),
            Block::Heading { text, .. } => count(text),
            Block::Evidence { caption, .. } => {
                count(&caption.plain());
                lines += 12;
            }
            Block::Sequence { .. } | Block::Tool(_) => lines += 20,
            Block::Code(tabs) => lines += tabs.iter().map(|t| t.lines.len()).sum::<usize>(),
            Block::File { .. } => lines += 20,
            Block::Checks(checks) => checks.iter().for_each(|c| count(&c.html.plain())),
        }
    }
    let a_minute = match lang {
        Lang::Zh => 400,
        Lang::En => 220,
    };
    u32::try_from((units * 60 / a_minute + lines).div_ceil(60)).unwrap_or(99).max(1)
}

fn read_sequences(files: &Files, folder: &str, problems: &mut Problems) -> BTreeMap<String, Box<Sequence>> {
    let prefix = format!("{folder}sequences/");
    let mut found = BTreeMap::new();
    for path in files.under(&prefix) {
        let Some(key) = path[prefix.len()..].strip_suffix(".toml") else {
            problems.add(path, 1, "is no .toml file, only diagrams as data stand in sequences/");
            continue;
        };
        let Some(sequence) = files.text(path, problems).and_then(|text| sequences::read(path, &text, problems)) else {
            continue;
        };
        set_well(
            path,
            1,
            sequences::texts(&sequence).into_iter().filter(|t| !t.zh.is_empty() || !t.en.is_empty()),
            problems,
        );
        found.insert(key.to_owned(), Box::new(sequence));
    }
    found
}

fn read_evidence(
    files: &Files,
    folder: &str,
    facts: &Facts<'_>,
    raw: &BTreeMap<Spanned<String>, RawEvidence>,
    problems: &mut Problems,
) -> BTreeMap<String, Box<Evidence>> {
    let mut found = BTreeMap::new();
    let mut used = BTreeSet::new();
    for (key, raw) in raw {
        let line = facts.line(key);
        let key = key.get_ref();
        if raw.command.is_some() == raw.label.is_some() {
            problems.add(
                facts.path,
                line,
                format!("evidence {key}: give either `command` (what was typed) or `label` (what the log is)"),
            );
        }
        let name = raw.file.as_ref().map_or_else(|| format!("{key}.txt"), |f| f.get_ref().clone());
        let file = format!("{folder}evidence/{name}");
        let text = files.text(&file, problems);
        used.insert(file.clone());
        let Some(text) = text else { continue };
        let lines: Vec<&str> = text.lines().collect();
        if text.trim().is_empty() {
            problems.add(&file, 1, "is empty, record what the machine printed");
        }
        if let Some(at) = lines.iter().position(|l| l.contains('\u{1b}')) {
            problems.add(&file, at + 1, "holds terminal colour codes, record it without colour");
        } else if let Some(at) = lines.iter().position(|l| l.contains(|c: char| c.is_control() && c != '\t')) {
            problems.add(&file, at + 1, typography::CONTROL);
        }
        printable(
            facts.path,
            line,
            raw.command.iter().map(Spanned::get_ref).chain(&raw.label).chain(&raw.host),
            problems,
        );
        let inside = |n: usize| (1..=lines.len()).contains(&n);
        for hit in &raw.hits {
            let number = *hit.line.get_ref();
            let at = facts.line(&hit.line);
            if !inside(number) {
                problems.add(facts.path, at, format!("evidence {key}: no line {number}, {name} has {}", lines.len()));
                continue;
            }
            if !raw.show.is_empty() && !raw.show.iter().any(|r| (r.get_ref().0..=r.get_ref().1).contains(&number)) {
                problems.add(facts.path, at, format!("evidence {key}: line {number} is a hit, show it"));
            }
            for mark in hit.mark.iter().filter(|m| !lines[number - 1].contains(m.as_str())) {
                problems.add(
                    facts.path,
                    at,
                    format!("evidence {key}: line {number} does not hold `{mark}`, mark words that stand there"),
                );
            }
        }
        for number in &raw.mute {
            if !inside(*number.get_ref()) {
                problems.add(
                    facts.path,
                    facts.line(number),
                    format!("evidence {key}: no line {} to mute, {name} has {}", number.get_ref(), lines.len()),
                );
            }
        }
        let mut last = 0;
        for range in &raw.show {
            let (from, to) = *range.get_ref();
            if !(last < from && from <= to && to <= lines.len()) {
                problems.add(
                    facts.path,
                    facts.line(range),
                    format!("evidence {key}: range [{from}, {to}] is empty, out of order or past line {}", lines.len()),
                );
            }
            last = to;
        }
        let pcap = raw.pcap.as_ref().map(|p| format!("evidence/{}", p.get_ref()));
        if let (Some(pcap), Some(raw_pcap)) = (&pcap, &raw.pcap)
            && !files.has(&format!("{folder}{pcap}"))
        {
            problems.add(facts.path, facts.line(raw_pcap), format!("evidence {key}: no file {pcap}, add the capture"));
        }
        let show = raw.show.iter().map(|r| *r.get_ref()).filter(|(from, to)| inside(*from) && inside(*to)).collect();
        found.insert(
            key.clone(),
            Box::new(Evidence {
                command: raw.command.as_ref().map(|c| c.get_ref().clone()),
                label: raw.label.clone(),
                host: raw.host.clone(),
                hits: raw.hits.iter().map(|h| Hit { line: *h.line.get_ref(), mark: h.mark.clone() }).collect(),
                mute: raw.mute.iter().map(|m| *m.get_ref()).collect(),
                show,
                pcap,
                output: text,
            }),
        );
    }
    for path in files.under(&format!("{folder}evidence/")).filter(|p| p.ends_with(".txt") && !used.contains(*p)) {
        problems.add(path, 1, "is no evidence of case.toml, declare it there or take it out");
    }
    found
}

/// Captures, pictures and the reproduction's files: what readers download. Recorded text stands on the page already.
fn read_case_files(files: &Files, folder: &str, problems: &mut Problems) -> BTreeMap<String, CaseFile> {
    let mut found = BTreeMap::new();
    for path in files.under(folder) {
        let inner = &path[folder.len()..];
        let offered = inner.starts_with("repro/") || (inner.starts_with("evidence/") && !inner.ends_with(".txt"));
        if !offered {
            continue;
        }
        let Some(bytes) = files.bytes(path, problems) else { continue };
        found.insert(inner.to_owned(), CaseFile { bytes: bytes.into_owned(), coloured: SafeHtml::default() });
    }
    found
}

/// Colours the files that pages show, which are the same in both languages.
fn colour_shown(files: &mut BTreeMap<String, CaseFile>, mentions: &[Mention]) {
    for mention in mentions {
        if let Target::File(path) = &mention.target
            && let Some(file) = files.get_mut(path)
        {
            let code = String::from_utf8_lossy(&file.bytes);
            let lines = highlight(language_of(path), code.lines()).into_iter().map(|line| line.0 + "\n");
            file.coloured = SafeHtml(lines.collect());
        }
    }
}

fn language_of(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, ext)| ext) {
        Some("sh") => "sh",
        Some("go") => "go",
        Some("py") => "python",
        Some("js" | "mjs") => "js",
        Some("c" | "h" | "bt") => "c",
        Some("java") => "java",
        Some("rs") => "rust",
        Some("lua") => "lua",
        Some("php") => "php",
        Some("sql") => "sql",
        Some("cfg") => "haproxy",
        Some("conf") => "nginx",
        Some("toml" | "mod") => "toml",
        Some("yaml" | "yml") => "yaml",
        Some("json") => "json",
        _ => "text",
    }
}

/// Sections and blocks agree between the languages; the first difference of each section is named.
fn same_in_both(folder: &str, zh: &Page, en: &Page, problems: &mut Problems) {
    let en_path = format!("{folder}en.md");
    let ids = |page: &Page| page.text.sections.iter().map(|s| s.id).collect::<Vec<_>>();
    let (zh_ids, en_ids) = (ids(zh), ids(en));
    for id in zh_ids.iter().filter(|id| !en_ids.contains(id)) {
        problems.add(
            &en_path,
            1,
            format!("no section “{}” though zh.md has one, write it or take it out there", id.heading(Lang::En)),
        );
    }
    for id in en_ids.iter().filter(|id| !zh_ids.contains(id)) {
        problems.add(
            &format!("{folder}zh.md"),
            1,
            format!("no section “{}” though en.md has one, write it or take it out there", id.heading(Lang::Zh)),
        );
    }
    for zh_section in &zh.text.sections {
        let Some(en_section) = en.text.sections.iter().find(|s| s.id == zh_section.id) else { continue };
        let shapes = |blocks: &[Block]| blocks.iter().filter_map(Block::shape).collect::<Vec<_>>();
        let (a, b) = (shapes(&zh_section.blocks), shapes(&en_section.blocks));
        if a != b {
            let at = a.iter().zip(&b).position(|(x, y)| x != y).unwrap_or_else(|| a.len().min(b.len()));
            let shown = |list: &[String]| list.get(at).cloned().unwrap_or_else(|| "nothing more".to_owned());
            let heading = zh_section.id.heading(Lang::En);
            problems.add(
                &en_path,
                1,
                format!("section “{heading}” has {} where zh.md has {}, show the same in both", shown(&b), shown(&a)),
            );
        }
    }
    let notes = |page: &Page| -> Vec<(String, Vec<usize>)> {
        let targets = page.body.mentions.iter().map(|m| &m.target);
        targets
            .filter_map(
                |t| if let Target::Evidence(key, lines) = t { Some((key.clone(), lines.clone())) } else { None },
            )
            .collect()
    };
    for ((key, zh_lines), (en_key, en_lines)) in notes(zh).into_iter().zip(notes(en)) {
        if key == en_key && zh_lines != en_lines {
            problems.add(
                &en_path,
                1,
                format!(
                    "evidence {key}: notes on lines {en_lines:?} though zh.md notes {zh_lines:?}, note the same lines"
                ),
            );
        }
    }
}

/// What blocks name exists, everything that exists is shown, notes fit.
fn check_blocks(
    folder: &str,
    pages: [(Lang, &Page); 2],
    evidence: &BTreeMap<String, Box<Evidence>>,
    sequences: &BTreeMap<String, Box<Sequence>>,
    files: &BTreeMap<String, CaseFile>,
    problems: &mut Problems,
) {
    for (lang, page) in pages {
        let path = format!("{folder}{lang}.md");
        let mut shown: BTreeSet<String> = BTreeSet::new();
        for mention in &page.body.mentions {
            let line = mention.line;
            match &mention.target {
                Target::Evidence(key, notes) => {
                    if !shown.insert(format!("evidence {key}")) {
                        problems.add(&path, line, format!("evidence {key} is shown twice, keep one"));
                    }
                    match evidence.get(key) {
                        None => {
                            problems.add(&path, line, format!("no evidence `{key}` in case.toml, declare it there"))
                        }
                        Some(e) => {
                            for number in notes.iter().filter(|n| !e.hits.iter().any(|h| h.line == **n)) {
                                problems.add(
                                    &path,
                                    line,
                                    format!(
                                        "evidence {key}: a note on line {number}, which is no hit, note hit lines only"
                                    ),
                                );
                            }
                        }
                    }
                }
                Target::Sequence(key) => {
                    shown.insert(format!("sequence {key}"));
                    if !sequences.contains_key(key) {
                        problems.add(&path, line, format!("no readable sequences/{key}.toml, draw it there"));
                    }
                }
                Target::File(name) if !files.contains_key(name) => {
                    problems.add(&path, line, format!("no file `{name}` in the case's folder, add it"));
                }
                Target::Picture(name) if !files.contains_key(name) => {
                    problems.add(&path, line, format!("no picture `{name}` in the case's folder, add it"));
                }
                Target::Anchor(id) if !page.body.anchors.contains(id) => {
                    problems.add(
                        &path,
                        line,
                        format!("nothing in this page has the id `{id}`, use {}", some(&page.body.anchors)),
                    );
                }
                _ => {}
            }
        }
        for block in page.text.sections.iter().flat_map(|s| &s.blocks) {
            if let Block::Evidence { key, notes, .. } = block {
                for (number, words) in
                    notes.iter().filter(|(_, w)| typography::half_widths(w) > LONGEST_NOTE_HALF_WIDTHS)
                {
                    problems.add(&path, 1, format!("evidence {key}: the note on line {number} (“{words}”) is longer than 14 Han or 28 letters, shorten it"));
                }
            }
        }
        let facts_path = format!("{folder}case.toml");
        for key in evidence.keys().filter(|k| !shown.contains(&format!("evidence {k}"))) {
            problems.add(&facts_path, 1, format!("evidence {key} is not shown in {lang}.md, show it or take it out"));
        }
        for key in sequences.keys().filter(|k| !shown.contains(&format!("sequence {k}"))) {
            problems.add(
                &facts_path,
                1,
                format!("sequences/{key}.toml is not shown in {lang}.md, show it or take it out"),
            );
        }
    }
}

/// The first few of a list, for a message.
fn some(ids: &[String]) -> String {
    const FEW: usize = 30;
    let more = if ids.len() > FEW { " …" } else { "" };
    ids[..ids.len().min(FEW)].join(" ") + more
}
