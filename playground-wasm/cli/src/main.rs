//! `netsim` in the terminal. Each command has its own file.

mod run;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// What Linux hosts do on a network, computed.
#[derive(Parser)]
#[command(name = "netsim", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run a scenario and print what happened
    Run(run::Args),
}

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Run(args) => run::run(&args),
    }
}
