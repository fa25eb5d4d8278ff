//! `packet-clinic search`: a query in the terminal, a file of queries, or how one query was read.

use std::fmt;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::{fs, io};

use anyhow::Context;
use clap::Args;
use serde::de::Visitor;
use serde::{Deserialize, Deserializer};
use serde_json::json;

use super::{LangArg, library, list};
use crate::domain::{Lang, Library};
use crate::search::{Found, Hit, SearchIndex, part_read};

/// So many cases a query of a batch gets: what scores look at.
const BATCH_RESULTS: usize = 10;

/// What to search for, and how to print it.
#[derive(Debug, Args)]
pub(super) struct SearchArgs {
    /// What you see: a symptom, an error, a pasted line
    #[arg(required_unless_present = "batch", conflicts_with = "batch", num_args = 1..)]
    query: Vec<String>,
    /// The language of titles
    #[arg(long, value_enum, default_value = "en", env = "PACKET_CLINIC_LANG")]
    lang: LangArg,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Print how the query was read: tokens, concepts, corrections, and what each case matched
    #[arg(long, conflicts_with_all = ["json", "batch"])]
    explain: bool,
    /// Answer each line `{"q": …}` of a JSON Lines file ("-" reads standard input) with `{"q": …, "results": [slug, …]}`
    #[arg(long, value_name = "QUERIES.jsonl")]
    batch: Option<PathBuf>,
    /// How many results
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=100))]
    limit: u16,
    /// Search this folder instead of the library inside this binary
    #[arg(long, value_name = "DIR", env = "PACKET_CLINIC_CONTENT")]
    content: Option<PathBuf>,
}

/// Exit code 1 says that no case matches.
pub(super) fn run(args: &SearchArgs) -> anyhow::Result<ExitCode> {
    let library = match library(args.content.as_deref())? {
        Ok(library) => library,
        Err(problems) => return Ok(list(&problems)),
    };
    let index = SearchIndex::build(&library)?;
    if let Some(file) = &args.batch {
        return batch(&index, &library, file);
    }
    let (query, lang) = (args.query.join(" "), Lang::from(args.lang));
    let found = index.search(&library, &query, args.limit.into())?;
    let read = part_read(&query).len();
    if read < query.len() {
        let (read, all) = (read / 1024, query.len() / 1024);
        eprintln!("only the first {read} KB of {all} KB were searched; put the lines that matter first");
    }
    let mut out = io::stdout().lock();
    match (args.json, args.explain) {
        (true, _) => print_json(&mut out, &library, &query, lang, &found.hits)?,
        (_, true) => explain(&mut out, &found)?,
        _ => print(&mut out, &library, lang, &found.hits)?,
    }
    Ok(if found.hits.is_empty() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// A line of a batch; what else stands in it is for whoever scores the answers.
#[derive(Deserialize)]
struct Line {
    #[serde(deserialize_with = "any_text")]
    q: String,
}

/// A string, whatever is in it: JSON may hold half a surrogate pair (`\ud800`), and files bytes that are no UTF-8.
/// Each becomes U+FFFD, as in a browser, instead of ending the batch.
fn any_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    struct AnyText;
    impl Visitor<'_> for AnyText {
        type Value = String;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a string")
        }
        fn visit_bytes<E>(self, bytes: &[u8]) -> Result<String, E> {
            Ok(String::from_utf8_lossy(bytes).into_owned())
        }
    }
    deserializer.deserialize_bytes(AnyText)
}

fn batch(index: &SearchIndex, library: &Library, file: &PathBuf) -> anyhow::Result<ExitCode> {
    let reader: Box<dyn BufRead> = if file.as_os_str() == "-" {
        Box::new(io::stdin().lock())
    } else {
        Box::new(BufReader::new(fs::File::open(file).with_context(|| format!("cannot open {}", file.display()))?))
    };
    let mut out = io::BufWriter::new(io::stdout().lock());
    for (number, line) in reader.split(b'\n').enumerate() {
        let place = || format!("{}:{}", file.display(), number + 1);
        let line = line.with_context(place)?;
        if line.trim_ascii().is_empty() {
            continue;
        }
        let Line { q } =
            serde_json::from_slice(&line).with_context(|| format!("{}: no object with a string \"q\"", place()))?;
        let found = index.search(library, &q, BATCH_RESULTS)?;
        let results: Vec<&str> = found.hits.iter().map(|h| h.slug.as_str()).collect();
        writeln!(out, "{}", json!({ "q": q, "results": results }))?;
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn print_json(out: &mut impl Write, library: &Library, query: &str, lang: Lang, hits: &[Hit]) -> io::Result<()> {
    let result = |hit: &Hit| {
        let case = library.case(&hit.slug)?;
        let why: Vec<&str> = hit.signals.iter().map(|id| id.as_str()).collect();
        let url = format!("/{lang}/cases/{}", hit.slug);
        Some(
            json!({ "slug": hit.slug.as_str(), "title": case.text(lang).title, "score": hit.score, "why": why, "url": url }),
        )
    };
    writeln!(out, "{}", json!({ "query": query, "results": hits.iter().filter_map(result).collect::<Vec<_>>() }))
}

fn print(out: &mut impl Write, library: &Library, lang: Lang, hits: &[Hit]) -> io::Result<()> {
    if hits.is_empty() {
        return writeln!(
            out,
            "{}",
            match lang {
                Lang::Zh => "没有匹配的案例；换成机器打印的原文试试：状态名、错误字符串、计数器名。",
                Lang::En => "No case matches; try the words a machine printed: a state, an error string, a counter.",
            }
        );
    }
    for hit in hits {
        let Some(case) = library.case(&hit.slug) else { continue };
        let text = case.text(lang);
        writeln!(out, "{:>6.2}  {}\n        {}\n        {}", hit.score, text.title, text.cause.text, hit.slug)?;
    }
    Ok(())
}

/// For whoever tunes the dictionary.
fn explain(out: &mut impl Write, found: &Found) -> io::Result<()> {
    let read = &found.understood;
    writeln!(out, "read as     {}", if read.pasted { "pasted output" } else { "a question" })?;
    for (typed, meant) in &read.corrected {
        writeln!(out, "corrected   {typed} -> {meant}")?;
    }
    for concept in &read.concepts {
        writeln!(out, "concept     {} ({} / {})", concept.id.token().text, concept.label.zh, concept.label.en)?;
    }
    writeln!(out, "tokens      kind weight rarity; a token no case holds has a ?")?;
    for a in &read.asked {
        let unknown = if a.known { "" } else { " ?" };
        writeln!(
            out,
            "            {:<24} {:<8} {:.2} {:.2}{unknown}",
            a.token.text,
            format!("{:?}", a.token.kind),
            a.weight,
            a.rarity
        )?;
    }
    for hit in &found.hits {
        let fields: Vec<String> =
            hit.fields.iter().map(|(field, share)| format!("{field} {:.0} %", share * 100.0)).collect();
        writeln!(out, "{:>6.2}  {}  coverage {:.2}; {}", hit.score, hit.slug, hit.coverage, fields.join(", "))?;
        let matched: Vec<&str> = hit.matched.iter().map(|t| t.text.as_str()).collect();
        writeln!(out, "        {}", matched.join(" "))?;
    }
    if found.hits.is_empty() {
        writeln!(out, "no case matches")?;
    }
    Ok(())
}
