//! All files → a library, or the list of everything that is wrong. Cases are read on all cores.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::thread;

use super::case_files::{self, Loaded};
use super::files::Files;
use super::markdown::Target;
use super::problems::{Problem, Problems};
use super::shared_files;
use super::terms::Terms;
use crate::domain::{Both, Case, Library, Slug};

/// Builds the library. With a single problem there is none: bad content never replaces good.
pub fn load(files: &Files) -> Result<Library, Vec<Problem>> {
    load_after(files, Problems::default())
}

/// As [`load`], with what reading the files already found.
pub fn load_after(files: &Files, mut problems: Problems) -> Result<Library, Vec<Problem>> {
    let vocabulary = shared_files::vocabulary(files, &mut problems);
    let signals = shared_files::signals(files, &mut problems);
    let glossary = shared_files::glossary(files, &mut problems);
    let terms = Both::make(|lang| Terms::new(&glossary, lang));
    let slugs = slugs(files, &mut problems);

    let results: Mutex<(Vec<Loaded>, Problems)> = Mutex::default();
    let workers = thread::available_parallelism().map_or(1, usize::from).min(slugs.len().max(1));
    let share = slugs.len().div_ceil(workers).max(1);
    thread::scope(|scope| {
        for part in slugs.chunks(share) {
            let (results, vocabulary, terms) = (&results, &vocabulary, &terms);
            scope.spawn(move || {
                let mut own = Problems::default();
                let loaded: Vec<Loaded> =
                    part.iter().filter_map(|slug| case_files::read(files, slug, vocabulary, terms, &mut own)).collect();
                let mut results = results.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
                results.0.extend(loaded);
                results.1.absorb(own);
            });
        }
    });
    let (loaded, found) = results.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
    problems.absorb(found);

    let known_slugs: BTreeSet<&str> = slugs.iter().map(Slug::as_str).collect();
    let known_signals: BTreeSet<&str> = signals.iter().map(|s| s.id.as_str()).collect();
    for (path, mention) in loaded.iter().flat_map(|l| &l.mentions) {
        match &mention.target {
            Target::Case(slug) if !known_slugs.contains(slug.as_str()) => {
                problems.add(path, mention.line, format!("unknown case `{slug}`, link to a folder of cases/"));
            }
            Target::Signal(id) if !known_signals.contains(id.as_str()) => {
                problems.add(
                    path,
                    mention.line,
                    format!("unknown signal `{id}`, use one from signals.toml or add it there"),
                );
            }
            _ => {}
        }
    }
    one_title_each(loaded.iter().map(|l| &l.case), &mut problems);

    if problems.is_empty() {
        let cases = loaded.into_iter().map(|l| l.case).collect();
        Ok(Library::new(cases, signals, glossary))
    } else {
        Err(problems.sorted())
    }
}

/// The folders of cases/; stray files there are problems.
fn slugs(files: &Files, problems: &mut Problems) -> Vec<Slug> {
    let mut slugs = BTreeSet::new();
    for path in files.paths() {
        let Some(rest) = path.strip_prefix("cases/") else {
            if !matches!(path, "vocabulary.toml" | "signals.toml" | "glossary.toml" | "README.md" | "LICENSE") {
                problems.add(path, 1, "is nothing that content/ holds, see content/README.md");
            }
            continue;
        };
        match rest.split_once('/') {
            Some((folder, inner)) => {
                match Slug::parse(folder) {
                    Some(slug) => drop(slugs.insert(slug)),
                    None => problems.add(path, 1, format!("`{folder}` is no slug, use a-z, 0-9 and -, at most 60")),
                }
                let place = ["case.toml", "zh.md", "en.md"].contains(&inner)
                    || ["evidence/", "sequences/", "repro/"].iter().any(|p| inner.starts_with(p));
                if !place {
                    problems.add(path, 1, "is nothing that a case holds, see content/README.md");
                }
            }
            None => problems.add(path, 1, "stands beside the cases, put it into a case's folder"),
        }
    }
    if slugs.is_empty() {
        problems.add("cases", 1, "holds no case, add one with `packet-clinic new case SLUG`");
    }
    slugs.into_iter().collect()
}

/// Two cases with one title could not be told apart in a list.
fn one_title_each<'c>(cases: impl Iterator<Item = &'c Case>, problems: &mut Problems) {
    let mut seen = std::collections::HashMap::new();
    for case in cases {
        for (lang, text) in case.text.iter() {
            if let Some(other) = seen.insert((lang, text.title.as_str()), &case.slug) {
                let path = format!("cases/{}/{lang}.md", case.slug);
                problems.add(&path, 2, format!("has the title of {other}, choose another"));
            }
        }
    }
}
