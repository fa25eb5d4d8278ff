//! `netsim`: the engine in a terminal. Each command has its own file.

mod frame;
mod resolve;
mod run;
mod scripts;

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
    Packetdrill(scripts::Args),
    /// How a name becomes addresses in Go, glibc and musl
    Resolve(resolve::Args),
    /// How a stream of bytes becomes messages, wherever it is cut
    Frame(frame::Args),
}

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Run(args) => run::run(&args),
        Command::Packetdrill(args) => scripts::run(&args),
        Command::Resolve(args) => told(resolve::run(&args)),
        Command::Frame(args) => told(frame::run(&args)),
    }
}

fn told(ended: anyhow::Result<()>) -> ExitCode {
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("netsim: {error:#}");
            ExitCode::FAILURE
        }
    }
}
