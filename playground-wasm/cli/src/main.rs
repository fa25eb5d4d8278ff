//! `netsim` in the terminal. Each command has its own file.

mod packetdrill;
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
    /// Play scripts in packetdrill's language
    Packetdrill(packetdrill::Args),
}

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Run(args) => run::run(&args),
        Command::Packetdrill(args) => packetdrill::run(&args),
    }
}
