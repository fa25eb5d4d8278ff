//! The commands of the binary and what they print. The place where anyhow gathers errors.

mod search;
mod search_log;

use std::fmt::Display;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Args, Parser, Subcommand, ValueEnum};
use serde_json::json;
use time::OffsetDateTime;

use crate::config::Config;
use crate::content::{self, Files, Problem, Problems, preset_claims, scaffold};
use crate::domain::{Feedback, Lang, Library, Slug};
use crate::store::Store;
use crate::web::server::{self, ServeError};

/// A searchable library of real network incidents, in Chinese and English.
///
/// Everything is inside this binary: `packet-clinic serve` is a complete site.
#[derive(Debug, Parser)]
#[command(name = "packet-clinic", version, about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the site
    Serve(Box<Config>),
    /// Check content: one line `path:line: what is wrong, what to do` a problem; exit 1 if there is any
    Check {
        /// The content folder [default: the library inside this binary]
        dir: Option<PathBuf>,
    },
    /// Search the library in the terminal
    Search(search::SearchArgs),
    /// Make a folder that an author can fill in
    New {
        #[command(subcommand)]
        what: New,
    },
    /// Show what readers answered to "Was this it?"
    Feedback {
        #[command(flatten)]
        database: Database,
        /// How many of the newest answers
        #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(i64).range(0..=100_000))]
        limit: i64,
        /// Print JSON, one object a line
        #[arg(long)]
        json: bool,
    },
    /// Show what readers searched for in vain: nothing was found, or nobody followed a result
    SearchLog(search_log::SearchLogArgs),
}

/// The database of the site.
#[derive(Debug, Args)]
struct Database {
    /// The database of the site
    #[arg(
        long,
        value_name = "URL",
        env = "PACKET_CLINIC_DATABASE",
        default_value = "sqlite:packet-clinic.sqlite",
        hide_env_values = true
    )]
    database: String,
}

#[derive(Debug, Subcommand)]
enum New {
    /// A case: case.toml, zh.md, en.md and their folders
    Case {
        /// Its name in URLs: a-z, 0-9 and -, at most 60 characters
        slug: String,
        /// The content folder
        #[arg(long, value_name = "DIR", env = "PACKET_CLINIC_CONTENT", default_value = "content")]
        content: PathBuf,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum LangArg {
    Zh,
    En,
}

impl From<LangArg> for Lang {
    fn from(arg: LangArg) -> Lang {
        match arg {
            LangArg::Zh => Lang::Zh,
            LangArg::En => Lang::En,
        }
    }
}

/// Parses the arguments and does what they say.
pub fn run() -> anyhow::Result<ExitCode> {
    run_command().or_else(|error| match error.downcast_ref::<io::Error>() {
        // Whoever read our output has seen enough: `packet-clinic search … | head -1`.
        Some(gone) if gone.kind() == ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        _ => Err(error),
    })
}

fn run_command() -> anyhow::Result<ExitCode> {
    match Cli::parse().command {
        Command::Serve(config) => serve(*config),
        Command::Check { dir } => check(dir.as_deref()),
        Command::Search(args) => search::run(&args),
        Command::New { what: New::Case { slug, content } } => new_case(&slug, &content),
        Command::Feedback { database, limit, json } => feedback(&database.database, limit, json),
        Command::SearchLog(args) => search_log::run(&args),
    }
}

fn serve(config: Config) -> anyhow::Result<ExitCode> {
    start_log(&config);
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    if let Some(threads) = config.threads {
        runtime.worker_threads(threads.into());
    }
    // Each of these threads keeps memory of its own for the pages it made.
    let runtime = runtime.max_blocking_threads(2).enable_all().build().context("cannot start threads")?;
    match runtime.block_on(server::serve(config)) {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(ServeError::Content(problems)) => Ok(list(&problems)),
        Err(error) => Err(error.into()),
    }
}

fn start_log(config: &Config) {
    let filter = tracing_subscriber::EnvFilter::try_new(&config.log).unwrap_or_else(|error| {
        eprintln!("packet-clinic: --log {}: {error}; logging at info", config.log);
        tracing_subscriber::EnvFilter::new("info")
    });
    let log =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_ansi(io::stderr().is_terminal());
    if config.log_json {
        log.json().init();
    } else {
        log.init();
    }
}

fn check(dir: Option<&Path>) -> anyhow::Result<ExitCode> {
    Ok(match library(dir)? {
        Ok(library) => {
            let broken = preset_claims::judge_all(&library.presets);
            if !broken.is_empty() {
                return Ok(list(&broken));
            }
            print([format!(
                "{} cases, {} signals, {} terms, {} presets: no problems",
                library.cases().len(),
                library.signals().len(),
                library.glossary.len(),
                library.presets.len()
            )])?;
            ExitCode::SUCCESS
        }
        Err(problems) => list(&problems),
    })
}

/// The library of a folder or of the binary, or its problems.
fn library(dir: Option<&Path>) -> anyhow::Result<Result<Library, Vec<Problem>>> {
    let mut problems = Problems::default();
    let files = match dir {
        Some(dir) => {
            Files::from_dir(dir, &mut problems).with_context(|| format!("cannot read the folder {}", dir.display()))?
        }
        None => Files::embedded(),
    };
    Ok(content::load_after(&files, problems))
}

/// Lines on stdout. A reader who has seen enough, as in `check | head -1`, is no error.
fn print(lines: impl IntoIterator<Item = impl Display>) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match lines.into_iter().try_for_each(|line| writeln!(out, "{line}")) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

fn list(problems: &[Problem]) -> ExitCode {
    if let Err(error) = print(problems) {
        eprintln!("packet-clinic: {error}");
    }
    eprintln!("{} problems", problems.len());
    ExitCode::FAILURE
}

fn new_case(slug: &str, content: &Path) -> anyhow::Result<ExitCode> {
    let Some(slug) = Slug::parse(slug) else {
        bail!("`{slug}` is no slug: use a-z, 0-9 and -, not at the ends, at most 60 characters");
    };
    let today = OffsetDateTime::now_utc().date();
    let today = format!("{:04}-{:02}-{:02}", today.year(), u8::from(today.month()), today.day());
    let folder = scaffold::new_case(content, &slug, &today)?;
    print([format!("{}: fill it in, then run `packet-clinic check {}`", folder.display(), content.display())])?;
    Ok(ExitCode::SUCCESS)
}

#[tokio::main(flavor = "current_thread")]
async fn feedback(database: &str, limit: i64, as_json: bool) -> anyhow::Result<ExitCode> {
    let store = Store::open(database)?;
    store.migrate().await?;
    let answers = store.newest_feedback(limit).await?;
    if as_json {
        print(answers.iter().map(|a| {
            json!({ "at": day_and_time(a.at), "case": a.case.as_str(), "lang": a.lang.code(), "answer": a.answer.code(), "line": a.line })
        }))?;
        return Ok(ExitCode::SUCCESS);
    }
    print([format!("{:>5} {:>5}  case", "yes", "no")])?;
    print(store.feedback_tally().await?.iter().map(|t| format!("{:>5} {:>5}  {}", t.yes, t.no, t.case)))?;
    let line = |a: &Feedback| format!("{}  {}/{}  {}  {}", day_and_time(a.at), a.lang, a.case, a.answer.code(), a.line);
    print(answers.iter().map(line))?;
    Ok(ExitCode::SUCCESS)
}

/// `2026-11-22 03:10` UTC.
fn day_and_time(at: i64) -> String {
    OffsetDateTime::from_unix_timestamp(at).map_or_else(
        |_| at.to_string(),
        |t| format!("{:04}-{:02}-{:02} {:02}:{:02}", t.year(), u8::from(t.month()), t.day(), t.hour(), t.minute()),
    )
}
