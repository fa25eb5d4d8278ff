//! The fenced blocks of a case: evidence, sequence, file, tool, and code in a known language.

use super::highlight::{LANGUAGES, highlight};
use super::markdown::inline;
use super::problems::Problems;
use crate::domain::Lang;
use crate::domain::case::Inline;
use crate::domain::page_text::{Change, CodeLine, CodeTab, Tool};

/// A fence after reading.
pub enum Fence {
    /// Recorded output with notes.
    Evidence { key: String, notes: Vec<(usize, String)>, caption: Inline },
    /// A diagram.
    Sequence { key: String, caption: Inline },
    /// A file of the case.
    File { path: String },
    /// An interactive tool.
    Tool(Tool),
    /// Code.
    Code(CodeTab),
}

/// Reads a fence from its info string and body. `line` is that of its opening ticks.
pub fn read(
    path: &str,
    lang: Lang,
    line: usize,
    info: &str,
    body: &str,
    problems: &mut Problems,
) -> Result<Fence, String> {
    let (name, rest) = info.trim().split_once(char::is_whitespace).unwrap_or((info.trim(), ""));
    let rest = rest.trim();
    match name {
        "evidence" => evidence(path, lang, line, rest, body, problems),
        "sequence" => {
            Ok(Fence::Sequence { key: key(rest)?, caption: inline(path, lang, line + 1, body.trim(), problems) })
        }
        "file" => {
            let inside = rest.starts_with("repro/") && !rest.contains("..") && !rest.contains(char::is_whitespace);
            if inside {
                Ok(Fence::File { path: rest.to_owned() })
            } else {
                Err("a `file` block names no file of repro/, write `file repro/run.sh`".into())
            }
        }
        "tool" => Tool::from_code(rest).map(Fence::Tool).ok_or_else(|| {
            let all: Vec<_> = Tool::ALL.iter().map(|t| t.code()).collect();
            format!("unknown tool `{rest}`, use one of {}", all.join(" "))
        }),
        language if LANGUAGES.contains(&language) => code(language, rest, body).map(Fence::Code),
        "" => Err(format!("a fence without a language, name one of {}", LANGUAGES.join(" "))),
        other => Err(format!(
            "unknown fence `{other}`, use evidence, sequence, file, tool or one of {}",
            LANGUAGES.join(" ")
        )),
    }
}

fn key(text: &str) -> Result<String, String> {
    let kebab = !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if kebab {
        Ok(text.to_owned())
    } else {
        Err(format!("`{text}` is no key, write a kebab-case one as in case.toml or sequences/"))
    }
}

/// Notes `12: words`, a line `---`, then the caption.
fn evidence(
    path: &str,
    lang: Lang,
    line: usize,
    rest: &str,
    body: &str,
    problems: &mut Problems,
) -> Result<Fence, String> {
    let key = key(rest)?;
    let lines: Vec<&str> = body.lines().collect();
    let dashes = lines.iter().position(|l| l.trim_end() == "---").unwrap_or(lines.len());
    let caption_line = line + 1 + dashes + 1;
    let caption_text = lines.get(dashes + 1..).unwrap_or_default().join("\n");
    let mut notes = Vec::new();
    for (index, note) in lines[..dashes].iter().enumerate().filter(|(_, l)| !l.trim().is_empty()) {
        match note.split_once(':').and_then(|(n, words)| Some((n.trim().parse::<usize>().ok()?, words.trim()))) {
            Some((number, words)) if !words.is_empty() => notes.push((number, words.to_owned())),
            _ => problems.add(
                path,
                line + 1 + index,
                "a note that is not `line: words`; the caption comes after a line `---`",
            ),
        }
    }
    Ok(Fence::Evidence { key, notes, caption: inline(path, lang, caption_line, caption_text.trim(), problems) })
}

/// Options after the language: `diff` and `tab="…"`.
fn code(language: &str, options: &str, body: &str) -> Result<CodeTab, String> {
    let (before, title) = match options.split_once("tab=\"") {
        Some((before, rest)) => {
            let (title, after) = rest.split_once('"').ok_or("tab=\"… is not closed, add the quote")?;
            (format!("{before}{after}"), title.to_owned())
        }
        None => (options.to_owned(), String::new()),
    };
    let diff = match before.trim() {
        "" => false,
        "diff" => true,
        other => return Err(format!("unknown option `{other}` of a fence, use diff and tab=\"…\"")),
    };
    let mut changes = Vec::new();
    let mut lines = Vec::new();
    for (index, line) in body.lines().enumerate() {
        if !diff {
            changes.push(None);
            lines.push(line);
            continue;
        }
        let change = match line.chars().next() {
            Some('+') => Change::Added,
            Some('-') => Change::Removed,
            Some(' ') | None => Change::Same,
            Some(other) => {
                return Err(format!(
                    "line {} of a diff starts with `{other}`, start it with +, - or a space",
                    index + 1
                ));
            }
        };
        changes.push(Some(change));
        lines.push(line.get(1..).unwrap_or(""));
    }
    let html = highlight(language, lines.into_iter());
    let lines = changes.into_iter().zip(html).map(|(change, html)| CodeLine { change, html }).collect();
    Ok(CodeTab { language: language.to_owned(), title, lines })
}
