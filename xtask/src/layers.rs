//! `cargo xtask layers`: data flows one way through the server, and the `use` lines are read to see that it does.
//! Reads text, not types: a path through a re-export or a macro of another crate is not seen.

use std::fmt;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::run::root;

/// Each layer with the layers it may use. One that is not listed here may not exist.
const ARROWS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("content", &["domain"]),
    ("search", &["domain"]),
    ("triage", &["domain"]),
    ("store", &["domain"]),
    ("config", &["domain"]),
    ("web", &["domain", "content", "search", "triage", "store", "config"]),
];

/// Where everything comes together: these may use whatever they need.
const TOP: &[&str] = &["lib", "main", "cli"];

/// Crates that one layer keeps to itself, so that replacing one means changing one folder.
const OWNED_CRATES: &[(&str, &str)] = &[("axum", "web"), ("askama", "web"), ("sqlx", "store")];

/// What the domain does without: it computes, and is told the time.
const NOT_IN_DOMAIN: &[&str] = &["tokio", "std::fs", "std::net", "std::process", "std::thread", "std::time"];

/// One arrow that points the wrong way.
#[derive(Debug, PartialEq, Eq)]
struct Violation {
    line: usize,
    what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.line, self.what)
    }
}

/// Reads the server's sources and prints every violation as `path:line: …`.
pub fn layers() -> Result<()> {
    let sources = root().join("server/src");
    let mut files = Vec::new();
    gather(&sources, Path::new(""), &mut files)?;
    let mut count = 0;
    for file in &files {
        let text = fs::read_to_string(sources.join(file)).with_context(|| format!("cannot read {file}"))?;
        for violation in check(file, &text) {
            println!("server/src/{file}:{violation}");
            count += 1;
        }
    }
    match count {
        0 => println!("    {} files, every arrow points down", files.len()),
        _ => bail!("{count} arrows point the wrong way; the order of layers stands in ARROWS of xtask/src/layers.rs"),
    }
    Ok(())
}

fn gather(folder: &Path, inner: &Path, files: &mut Vec<String>) -> Result<()> {
    let entries = fs::read_dir(folder.join(inner)).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut entries = entries.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = inner.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            gather(folder, &path, files)?;
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            files.push(path.to_string_lossy().replace('\\', "/"));
        }
    }
    Ok(())
}

/// The violations of one file; `file` is its path from `server/src`.
fn check(file: &str, text: &str) -> Vec<Violation> {
    let modules = modules_of(file);
    let layer = modules.first().copied().unwrap_or("lib");
    if TOP.contains(&layer) {
        return Vec::new();
    }
    let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == layer) else {
        return vec![Violation {
            line: 1,
            what: format!("`{layer}` is no known layer, give it a line in ARROWS of xtask/src/layers.rs"),
        }];
    };
    let code = without_comments_and_strings(text);
    let line = |offset: usize| code[..offset].matches('\n').count() + 1;
    let mut found = Vec::new();
    for (offset, used) in own_modules(&code, &modules) {
        if used != layer && !allowed.contains(&used.as_str()) {
            let what = format!("{layer} uses {used}, it may use {}", listed(allowed));
            found.push(Violation { line: line(offset), what });
        }
    }
    let foreign = OWNED_CRATES
        .iter()
        .filter(|(_, owner)| *owner != layer)
        .map(|(name, owner)| (*name, format!("which only {owner} knows")));
    let impure = NOT_IN_DOMAIN
        .iter()
        .filter(|_| layer == "domain")
        .map(|name| (*name, "it does without I/O, tasks and clock".to_owned()));
    for (name, why) in foreign.chain(impure) {
        let uses = paths_starting(&code, name);
        found.extend(uses.map(|offset| Violation { line: line(offset), what: format!("{layer} uses {name}, {why}") }));
    }
    found.sort_by_key(|violation| violation.line);
    found.dedup();
    found
}

fn listed(layers: &[&str]) -> String {
    if layers.is_empty() { "no other layer".to_owned() } else { layers.join(", ") }
}

/// `web/pages/mod.rs` → `web`, `pages`; `web/pages/cases.rs` → `web`, `pages`, `cases`.
fn modules_of(file: &str) -> Vec<&str> {
    let path = file.strip_suffix(".rs").unwrap_or(file);
    path.split('/').filter(|part| *part != "mod").collect()
}

/// The top-level modules that a file's paths lead to, with the place of each: `crate::a::b`, `crate::{a, b::c}`, and
/// `super::super::a` where it climbs to the top. The name is that of a module, function or type alike.
fn own_modules(code: &str, modules: &[&str]) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for offset in paths_starting(code, "crate") {
        found.extend(names_after(code, offset + "crate".len()));
    }
    for offset in paths_starting(code, "super") {
        let climbs = "super::";
        if code[..offset].ends_with("::") {
            continue;
        }
        let mut end = offset;
        let mut levels = 0;
        while code[end..].starts_with(climbs) {
            end += climbs.len();
            levels += 1;
        }
        // Inside `mod tests { … }` a path climbs one more; missing that one is better than inventing a violation.
        if levels == modules.len() {
            found.extend(names_after(code, end - "::".len()));
        }
    }
    // `super::thing` of a layer's own file also looks like this; only what is a layer counts.
    found.retain(|(_, name)| ARROWS.iter().any(|(layer, _)| layer == name) || TOP.contains(&name.as_str()));
    found
}

/// The first names after `::` at an offset; several where braces follow.
fn names_after(code: &str, offset: usize) -> Vec<(usize, String)> {
    let Some(rest) = code[offset..].strip_prefix("::") else { return Vec::new() };
    let start = offset + 2;
    let Some(list) = rest.strip_prefix('{') else {
        return Vec::from([(start, identifier(rest))]);
    };
    let mut names = Vec::new();
    let mut depth = 0;
    let mut expects_name = true;
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => expects_name = true,
            c if expects_name && is_word(c) => {
                names.push((start + 1 + at, identifier(&list[at..])));
                expects_name = false;
            }
            _ => {}
        }
    }
    names
}

/// Where a path begins with these names: as whole words, and followed by `::`, `;` or a comma.
fn paths_starting<'a>(code: &'a str, name: &'a str) -> impl Iterator<Item = usize> + 'a {
    code.match_indices(name).map(|(offset, _)| offset).filter(move |&offset| {
        let (before, after) = (&code[..offset], &code[offset + name.len()..]);
        let begins = !before.ends_with(is_word) && (name == "super" || !before.ends_with("::"));
        begins
            && (after.starts_with("::")
                || (after.starts_with([';', ',', '}']) && name != "crate" && name != "super" && in_use(before)))
    })
}

/// Whether what stands before is a `use` that has not ended.
fn in_use(before: &str) -> bool {
    let statement = before.rsplit(';').next().unwrap_or(before);
    statement.split_whitespace().any(|word| word == "use")
}

fn identifier(text: &str) -> String {
    text.chars().take_while(|c| is_word(*c)).collect()
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The same text with comments and string literals blanked; every line stays where it is.
fn without_comments_and_strings(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let in_char = out.ends_with('\'') || out.ends_with("'\\");
        let hidden = comment_length(rest).or_else(|| string_length(rest)).filter(|_| !in_char);
        let (taken, blank) = hidden.map_or((c.len_utf8(), false), |length| (length, true));
        let (piece, after) = rest.split_at(taken);
        if blank {
            out.extend(piece.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        } else {
            out.push_str(piece);
        }
        rest = after;
    }
    out
}

fn comment_length(text: &str) -> Option<usize> {
    if text.starts_with("//") {
        Some(text.find('\n').unwrap_or(text.len()))
    } else if text.starts_with("/*") {
        Some(text.find("*/").map_or(text.len(), |end| end + 2))
    } else {
        None
    }
}

/// `"…"`, `r"…"`, `r#"…"#`.
fn string_length(text: &str) -> Option<usize> {
    let hashes = text.strip_prefix('r').map(|t| t.len() - t.trim_start_matches('#').len());
    if let Some(hashes) = hashes
        && text[1 + hashes..].starts_with('"')
    {
        let (open, close) = (1 + hashes + 1, format!("\"{}", "#".repeat(hashes)));
        return Some(text[open..].find(&close).map_or(text.len(), |end| open + end + close.len()));
    }
    let inner = text.strip_prefix('"')?;
    let mut escaped = false;
    for (at, c) in inner.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(at + 2),
            _ => {}
        }
    }
    Some(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines of violations.
    fn lines(file: &str, text: &str) -> Vec<usize> {
        check(file, text).iter().map(|violation| violation.line).collect()
    }

    #[test]
    fn arrows_that_point_down_pass() {
        for (file, text) in [
            ("content/load.rs", "use crate::domain::Case;\nuse super::files::Files;"),
            (
                "web/pages/cases.rs",
                "use crate::{content, domain::{Case, Lang}, search::Hit, store::Store, config::Config};",
            ),
            ("domain/case.rs", "use super::lang::Lang;\nuse netsim::time::Span;\nuse crate::domain::lang::Both;"),
            ("cli.rs", "use crate::web::router;\nuse sqlx::Row;"),
            ("store/feedback.rs", "sqlx::query(\"use crate::web::x\"); $crate::store::Pool::Sqlite(p)"),
            ("search/query.rs", "// crate::content is not ours to use\nuse crate::domain::Lang;"),
        ] {
            assert_eq!(check(file, text), [], "{file}");
        }
    }

    #[test]
    fn arrows_that_point_up_or_sideways_are_named() {
        assert_eq!(lines("domain/case.rs", "use std::fmt;\n\nuse crate::content::Files;"), [3]);
        assert_eq!(lines("search/query.rs", "use crate::store::Store;\nfn f() { crate::web::router() }"), [1, 2]);
        assert_eq!(lines("content/load.rs", "use crate::{\n    domain::Case,\n    search::{Hit, content},\n};"), [3]);
        assert_eq!(lines("store/mod.rs", "use crate::config::Config;"), [1]);
        assert_eq!(lines("web/router.rs", "use crate::cli::Cli;"), [1]);
        let what = &check("search/query.rs", "use crate::web::State;")[0].what;
        assert_eq!(what, "search uses web, it may use domain");
    }

    #[test]
    fn climbing_paths_are_followed() {
        assert_eq!(lines("domain/case.rs", "use super::super::web::State;"), [1]);
        assert_eq!(lines("domain/mod.rs", "use super::store::Store;"), [1]);
        assert_eq!(lines("domain/case.rs", "use super::signal::SignalId;"), []);
        assert_eq!(lines("web/view/text.rs", "use super::super::super::content;\nuse super::store::x;"), []);
    }

    #[test]
    fn crates_stay_with_their_layer() {
        assert_eq!(lines("web/error.rs", "use axum::http;\nuse sqlx::Error;"), [2]);
        assert_eq!(lines("store/mod.rs", "let x = askama::filters::safe(1);\nuse {std::fmt, axum};"), [1, 2]);
        assert_eq!(
            lines(
                "domain/progress.rs",
                "use std::time::SystemTime;\nuse std::collections::BTreeMap;\nuse my_tokio::x;"
            ),
            [1]
        );
    }

    #[test]
    fn a_new_layer_needs_a_line_in_the_table() {
        assert!(check("billing/mod.rs", "")[0].what.contains("no known layer"));
    }

    #[test]
    fn text_is_blanked_in_place() {
        let code = without_comments_and_strings("a \"b\\\"\nc\" d // e\nr#\"f\"# '\"' '\\\"' g");
        assert_eq!(code, "a     \n   d     \n       '\"' '\\\"' g");
    }
}
