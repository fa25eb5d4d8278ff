//! All files → a library, or the list of everything that is wrong. Cases are read on all cores.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::thread;

use super::case_files::{self, Surroundings};
use super::files::Files;
use super::problems::{Problem, Problems};
use super::shared_files;
use super::terms::Terms;
use super::{playgrounds, presets};
use crate::domain::{Both, Case, Library, Slug};

/// What content/ holds beside the cases.
const SHARED: [&str; 6] = ["vocabulary.toml", "signals.toml", "glossary.toml", "wordings.toml", "README.md", "LICENSE"];

/// Builds the library. With a single problem there is none: bad content never replaces good.
pub fn load(files: &Files) -> Result<Library, Vec<Problem>> {
    load_after(files, Problems::default())
}

/// As [`load`], with what reading the files already found.
pub fn load_after(files: &Files, mut problems: Problems) -> Result<Library, Vec<Problem>> {
    let vocabulary = shared_files::vocabulary(files, &mut problems);
    let signals = shared_files::signals(files, &mut problems);
    let glossary = shared_files::glossary(files, &mut problems);
    let wordings = shared_files::wordings(files, &glossary, &mut problems);
    let term_ids: Vec<String> = glossary.iter().map(|term| term.id.clone()).collect();
    let terms = Both::make(|lang| Terms::new(&glossary, lang));
    let slugs = slugs(files, &mut problems);
    let presets = presets::read(files, &slugs, &mut problems);
    let benches = playgrounds::read(files, &presets, &mut problems);

    let around = Surroundings {
        vocabulary: &vocabulary,
        terms: &terms,
        glossary: &term_ids,
        slugs: slugs.iter().map(Slug::as_str).collect(),
        signals: signals.iter().map(|s| s.id.as_str()).collect(),
    };
    let results: Mutex<(Vec<Case>, Problems)> = Mutex::default();
    let workers = thread::available_parallelism().map_or(1, usize::from).min(slugs.len().max(1));
    let share = slugs.len().div_ceil(workers).max(1);
    thread::scope(|scope| {
        for part in slugs.chunks(share) {
            let (results, around) = (&results, &around);
            scope.spawn(move || {
                let mut own = Problems::default();
                // A copy takes just the room it needs; what reading leaves is a sixth larger.
                let mut read = |slug| case_files::read(files, slug, around, &mut own).map(|case| Case::clone(&case));
                let cases: Vec<Case> = part.iter().filter_map(&mut read).collect();
                let mut results = results.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
                results.0.extend(cases);
                results.1.absorb(own);
            });
        }
    });
    let (cases, found) = results.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
    problems.absorb(found);

    one_title_each(&cases, &mut problems);

    if problems.is_empty() {
        Ok(Library::new(cases, signals, glossary, wordings).with_presets(presets, benches))
    } else {
        Err(problems.sorted())
    }
}

/// The folders of cases/; stray files there are problems.
fn slugs(files: &Files, problems: &mut Problems) -> Vec<Slug> {
    let mut slugs = BTreeSet::new();
    for path in files.paths() {
        let Some(rest) = path.strip_prefix("cases/") else {
            if !SHARED.contains(&path) && ![presets::FOLDER, playgrounds::FOLDER].iter().any(|f| path.starts_with(f)) {
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
                // Names become addresses.
                if !inner.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'/' | b'-')) {
                    problems.add(path, 1, "has a name that needs escaping in addresses, use A-Z, a-z, 0-9, . _ and -");
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
fn one_title_each(cases: &[Case], problems: &mut Problems) {
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
