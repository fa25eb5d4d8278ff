//! `cargo xtask generate DIR --cases N`: a library of made-up cases, as large as one likes, for `bench scale`.
//! The same seed, content and generator give the same bytes. What it says is nonsense; its shape is that of real cases.

mod case;
mod evidence;
pub mod random;
mod words;

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use crate::run::root;
use words::Words;

/// Marks a folder that may be overwritten, and says what lies in it. Content loading skips names that start with a dot.
const MARK: &str = ".generated";

/// Files that all cases share, taken over as they are.
const SHARED: &[&str] = &["vocabulary.toml", "signals.toml", "glossary.toml"];

/// Reads `DIR --cases N [--seed S]` and writes the library.
pub fn generate(args: &[String]) -> Result<()> {
    const USAGE: &str = "usage: cargo xtask generate DIR --cases N [--seed S]";
    let (mut folder, mut cases, mut seed) = (None, None, 1);
    let mut words = args.iter();
    while let Some(word) = words.next() {
        let mut number = || {
            words
                .next()
                .and_then(|n| n.parse::<usize>().ok())
                .with_context(|| format!("{word} needs a number; {USAGE}"))
        };
        match word.as_str() {
            "--cases" => cases = Some(number()?),
            "--seed" => seed = number()? as u64,
            other if other.starts_with('-') || folder.is_some() => bail!("`{other}` is not understood; {USAGE}"),
            other => folder = Some(PathBuf::from(other)),
        }
    }
    let (folder, cases) = (folder.context(USAGE)?, cases.context(USAGE)?);
    library(&folder, cases, seed)?;
    println!("    look at it: packet-clinic check {0}; packet-clinic serve --content {0}", folder.display());
    Ok(())
}

/// Writes a library of `cases` cases, unless this very library lies there already.
pub fn library(folder: &Path, cases: usize, seed: u64) -> Result<()> {
    ensure!((1..=99_999).contains(&cases), "{cases} cases, ask for 1 to 99999");
    let content = root().join("content");
    let words = Words::read(&content)?;
    let mark = format!("{cases} cases, seed {seed}, made from {:016x}\n", ingredients(&words, &content)?);
    if fs::read_to_string(folder.join(MARK)).is_ok_and(|last| last == mark) {
        println!("    {} holds {}", folder.display(), mark.trim());
        return Ok(());
    }
    clear(folder)?;
    for name in SHARED {
        fs::copy(content.join(name), folder.join(name)).with_context(|| format!("cannot copy {name}"))?;
    }
    let mut bytes = 0;
    for number in 0..cases {
        bytes += write_case(&words, folder, seed, number, cases)?;
        if (number + 1) % 1_000 == 0 {
            println!("    {} of {cases} cases", number + 1);
        }
    }
    fs::write(folder.join(MARK), mark)?;
    println!("    {cases} cases in {}, {} bytes each on average", folder.display(), bytes / cases);
    Ok(())
}

fn write_case(words: &Words, folder: &Path, seed: u64, number: usize, cases: usize) -> Result<usize> {
    let place = folder.join("cases").join(case::slug(words, seed, number));
    for part in ["evidence", "sequences", "repro"] {
        fs::create_dir_all(place.join(part))?;
    }
    let mut bytes = 0;
    for file in case::files(words, seed, number, cases) {
        fs::write(place.join(&file.path), &file.text)
            .with_context(|| format!("cannot write {}", place.join(&file.path).display()))?;
        bytes += file.text.len();
    }
    Ok(bytes)
}

/// Empties a folder that this command made; refuses any other that holds something.
fn clear(folder: &Path) -> Result<()> {
    let holds_something = fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
    if holds_something {
        ensure!(
            folder.join(MARK).is_file(),
            "{} is not empty and was not made by this command, name another folder",
            folder.display()
        );
        fs::remove_dir_all(folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    fs::create_dir_all(folder.join("cases")).with_context(|| format!("cannot make {}", folder.display()))?;
    // Half a library is still ours: the mark is there from the start, and complete at the end.
    fs::write(folder.join(MARK), "unfinished\n")?;
    Ok(())
}

/// A number that changes with anything that shapes the library: the words it is made of and the generator itself.
fn ingredients(words: &Words, content: &Path) -> Result<u64> {
    let mut hasher = DefaultHasher::new();
    for name in SHARED {
        fs::read(content.join(name))?.hash(&mut hasher);
    }
    (&words.paragraphs.zh, &words.paragraphs.en).hash(&mut hasher);
    let sources = [
        include_str!("generate.rs"),
        include_str!("generate/case.rs"),
        include_str!("generate/evidence.rs"),
        include_str!("generate/words.rs"),
        include_str!("generate/random.rs"),
    ];
    sources.hash(&mut hasher);
    Ok(hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
        let mut found = Vec::new();
        let mut folders = vec![folder.to_path_buf()];
        while let Some(next) = folders.pop() {
            for entry in fs::read_dir(next).unwrap().flatten() {
                match entry.file_type().unwrap().is_dir() {
                    true => folders.push(entry.path()),
                    false => found
                        .push((entry.path().strip_prefix(folder).unwrap().to_owned(), fs::read(entry.path()).unwrap())),
                }
            }
        }
        found.sort();
        found
    }

    #[test]
    fn a_seed_gives_the_same_library_and_strangers_folders_are_left_alone() {
        let base = std::env::temp_dir().join(format!("packet-clinic-generate-{}", std::process::id()));
        let (one, two, other) = (base.join("one"), base.join("two"), base.join("other"));
        library(&one, 12, 5).unwrap();
        library(&two, 12, 5).unwrap();
        library(&other, 12, 6).unwrap();
        assert!(read_all(&one) == read_all(&two) && read_all(&one) != read_all(&other));
        assert_eq!(fs::read_dir(one.join("cases")).unwrap().count(), 12);

        fs::create_dir_all(base.join("mine")).unwrap();
        fs::write(base.join("mine/letter"), "dear").unwrap();
        assert!(library(&base.join("mine"), 3, 1).is_err() && base.join("mine/letter").is_file());
        fs::remove_dir_all(base).unwrap();
    }

    #[test]
    fn arguments_are_checked() {
        for args in [&["--cases", "3"][..], &["dir"], &["dir", "--cases", "many"], &["dir", "--cases", "3", "--fast"]] {
            let args: Vec<String> = args.iter().map(|a| (*a).to_owned()).collect();
            assert!(generate(&args).is_err(), "{args:?}");
        }
    }
}
