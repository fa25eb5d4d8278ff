//! The words that made-up cases are made of: signals, tools and whole paragraphs of the real library.
//! Reads lines, not TOML: what it cannot read plainly it leaves out, and `packet-clinic check` judges the result.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use super::random::Random;

/// Names longer than this do not fit twice into a title.
const LONGEST_NAME: usize = 30;

/// The same thing in Chinese and in English.
pub struct Both<T> {
    /// Chinese.
    pub zh: T,
    /// English.
    pub en: T,
}

/// A signal that can stand in a title.
pub struct Signal {
    /// `state.close-wait`.
    pub id: String,
    /// What it is called.
    pub name: Both<String>,
}

impl Signal {
    /// The part of the id after the kind.
    pub fn short(&self) -> &str {
        self.id.split_once('.').map_or(self.id.as_str(), |(_, name)| name)
    }
}

/// Everything there is to choose from.
pub struct Words {
    /// Signals with short names.
    pub signals: Vec<Signal>,
    /// Tools of `vocabulary.toml`.
    pub tools: Vec<String>,
    /// Runtimes of `vocabulary.toml`.
    pub runtimes: Vec<String>,
    /// Paragraphs of the real cases, without links.
    pub paragraphs: Both<Vec<String>>,
}

impl Words {
    /// Reads the real library.
    pub fn read(content: &Path) -> Result<Words> {
        let text = |name: &str| {
            fs::read_to_string(content.join(name))
                .with_context(|| format!("cannot read {name} of {}", content.display()))
        };
        let vocabulary = text("vocabulary.toml")?;
        let words = Words {
            signals: signals(&text("signals.toml")?),
            tools: list(&vocabulary, "tools"),
            runtimes: list(&vocabulary, "runtimes"),
            paragraphs: Both { zh: paragraphs(content, "zh.md")?, en: paragraphs(content, "en.md")? },
        };
        let (zh, en) = (words.paragraphs.zh.len(), words.paragraphs.en.len());
        ensure!(words.signals.len() >= 20, "signals.toml has only {} signals with short names", words.signals.len());
        ensure!(words.tools.len() >= 5 && words.runtimes.len() >= 3, "vocabulary.toml has too few tools or runtimes");
        ensure!(zh >= 20 && en >= 20, "too few paragraphs to vary: {zh} in Chinese, {en} in English");
        Ok(words)
    }
}

/// `[kind.name]` tables with their `zh` and `en` lines.
fn signals(text: &str) -> Vec<Signal> {
    let mut found = Vec::new();
    for table in text.split("\n[").skip(1) {
        let Some((id, body)) = table.split_once(']') else { continue };
        let value = |key: &str| {
            body.lines().find_map(|line| plain_string(line.strip_prefix(key)?.trim_start().strip_prefix('=')?))
        };
        if let (Some(zh), Some(en)) = (value("zh"), value("en")) {
            found.push(Signal { id: id.to_owned(), name: Both { zh, en } });
        }
    }
    found.retain(|signal| fits_in_a_title(&signal.name.zh) && fits_in_a_title(&signal.name.en));
    found
}

/// A string without escapes, on one line.
fn plain_string(value: &str) -> Option<String> {
    let inner = value.trim().strip_prefix('"')?.strip_suffix('"')?;
    (!inner.contains(['"', '\\'])).then(|| inner.to_owned())
}

/// Short, and nothing in it that Markdown would take for its own. `CLOSE_WAIT` may: inside a word `_` is a letter.
fn fits_in_a_title(name: &str) -> bool {
    let width: usize = name.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum();
    let plain = !name.contains(['`', '*', '<', '[', ']']);
    let inside_words = !name.split(' ').any(|word| word.starts_with('_') || word.ends_with('_'));
    width <= LONGEST_NAME && plain && inside_words
}

/// The strings of `key = [ … ]`.
fn list(text: &str, key: &str) -> Vec<String> {
    let Some(start) = text.find(&format!("\n{key} = [")) else { return Vec::new() };
    let inside =
        text[start..].split_once('[').and_then(|(_, rest)| rest.split_once(']')).map_or("", |(inside, _)| inside);
    inside.split(',').filter_map(plain_string).collect()
}

/// The plain paragraphs of all cases that have this file, in the order of their folders.
fn paragraphs(content: &Path, file: &str) -> Result<Vec<String>> {
    let entries = fs::read_dir(content.join("cases")).context("the content folder has no cases/")?;
    let mut files: Vec<PathBuf> =
        entries.flatten().map(|entry| entry.path().join(file)).filter(|path| path.is_file()).collect();
    files.sort();
    let mut found = Vec::new();
    for path in files {
        found.extend(plain_paragraphs(&fs::read_to_string(&path)?));
    }
    Ok(found)
}

/// Paragraphs of one line that are nothing but words and code: no headings, lists, tables, quotes, links or fences.
fn plain_paragraphs(text: &str) -> Vec<String> {
    let body = text.split("\n+++\n").nth(1).unwrap_or(text);
    let mut inside_fence = false;
    let mut found = Vec::new();
    for line in body.lines() {
        if line.starts_with("```") {
            inside_fence = !inside_fence;
            continue;
        }
        let marked = line.starts_with(['#', '>', '-', '|', '*', '+', ' ', '\t', '!', '['])
            || line.starts_with(|c: char| c.is_ascii_digit());
        let plain = !line.contains("](") && !line.contains('<') && line.matches('`').count() % 2 == 0;
        if !inside_fence && !marked && plain && line.chars().count() >= 40 {
            found.push(line.to_owned());
        }
    }
    found
}

/// The same text with other numbers: as many digits, none of them in names (`accept4`), versions or code.
pub fn with_other_numbers(text: &str, random: &mut Random) -> String {
    // Code spans are every second piece between backticks.
    let pieces = text.split('`').enumerate();
    let changed = pieces
        .map(|(index, piece)| if index % 2 == 0 { prose_with_other_numbers(piece, random) } else { piece.to_owned() });
    changed.collect::<Vec<_>>().join("`")
}

fn prose_with_other_numbers(text: &str, random: &mut Random) -> String {
    let joined = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || "_./-:".contains(c));
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, from) = rest.split_at(at);
        let (number, after) = from.split_at(from.find(|c: char| !c.is_ascii_digit()).unwrap_or(from.len()));
        out.push_str(before);
        if joined(out.chars().next_back()) || joined(after.chars().next()) {
            out.push_str(number);
        } else {
            out.extend((0..number.len()).map(|place| digit(random, place == 0)));
        }
        rest = after;
    }
    out + rest
}

fn digit(random: &mut Random, first: bool) -> char {
    char::from(b'0' + u8::try_from(random.between(usize::from(first), 9)).unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_are_read_from_their_tables() {
        let text = "# head\n\n[state.close-wait]\nzh = \"大量 CLOSE_WAIT\"\nen = \"CLOSE_WAIT piles up\"\nspellings = [\"x\"]\n\n\
                    [error.odd]\nzh = \"怪 \\\"x\\\"\"\nen = \"odd\"\n\n[http.long]\nzh = \"短\"\nen = \"a name that goes on and on until nobody reads it\"\n";
        let found = signals(text);
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].id.as_str(), found[0].short(), found[0].name.en.as_str()),
            ("state.close-wait", "close-wait", "CLOSE_WAIT piles up")
        );
    }

    #[test]
    fn lists_are_read() {
        assert_eq!(
            list("# x\ntools = [\n  \"ss\", \"goroutine dump\",\n]\nruntimes = [\"Go\"]\n", "tools"),
            ["ss", "goroutine dump"]
        );
    }

    #[test]
    fn only_plain_paragraphs_are_taken() {
        let long = "A plain paragraph with `code` that is long enough to be worth repeating.";
        let text = format!(
            "+++\ntitle = \"x\"\n+++\n\n## Symptom\n\n{long}\n\n- {long}\n> {long}\n\n```sh\n{long}\n```\n\nSee [this]({long})\n"
        );
        assert_eq!(plain_paragraphs(&text), [long]);
    }

    #[test]
    fn numbers_change_and_names_do_not() {
        let mut random = Random::of_case(1, 1);
        let text = with_other_numbers("accept4 returned 513 times in HTTP/1.1, `listen(512)`", &mut random);
        assert!(text.starts_with("accept4 returned ") && text.ends_with(" times in HTTP/1.1, `listen(512)`"), "{text}");
        assert_eq!(text.len(), "accept4 returned 513 times in HTTP/1.1, `listen(512)`".len());
    }
}
