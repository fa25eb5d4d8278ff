//! The commands of the binary and what they print. The place where anyhow gathers errors.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Parser, Subcommand};

use crate::content::{self, Files, Problems, scaffold};
use crate::domain::Slug;

/// A searchable library of network incidents, in Chinese and English.
#[derive(Debug, Parser)]
#[command(name = "packet-clinic", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check content: one line `path:line: what is wrong, what to do` a problem, exit 1 if there is any
    Check {
        /// The content folder [default: the library inside this binary]
        dir: Option<PathBuf>,
    },
    /// Make a folder that an author can fill in
    New {
        #[command(subcommand)]
        what: New,
    },
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

/// Parses the arguments and does what they say.
pub fn run() -> anyhow::Result<ExitCode> {
    match Cli::parse().command {
        Command::Check { dir } => check(dir.as_deref()),
        Command::New { what: New::Case { slug, content } } => new_case(&slug, &content),
    }
}

fn check(dir: Option<&Path>) -> anyhow::Result<ExitCode> {
    let mut problems = Problems::default();
    let files = match dir {
        Some(dir) => Files::from_dir(dir, &mut problems).with_context(|| format!("cannot read the folder {}", dir.display()))?,
        None => Files::embedded(),
    };
    match content::load_after(&files, problems) {
        Ok(library) => {
            println!("{} cases, {} signals, {} terms: no problems", library.cases().len(), library.signals().len(), library.glossary.len());
            Ok(ExitCode::SUCCESS)
        }
        Err(problems) => {
            for problem in &problems {
                println!("{problem}");
            }
            eprintln!("{} problems", problems.len());
            Ok(ExitCode::FAILURE)
        }
    }
}

fn new_case(slug: &str, content: &Path) -> anyhow::Result<ExitCode> {
    let Some(slug) = Slug::parse(slug) else {
        bail!("`{slug}` is no slug: use a-z, 0-9 and -, not at the ends, at most 60 characters");
    };
    let folder = scaffold::new_case(content, &slug, "2026-11-22")?;
    println!("{}: fill it in, then run `packet-clinic check {}`", folder.display(), content.display());
    Ok(ExitCode::SUCCESS)
}
