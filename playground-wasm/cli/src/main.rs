//! `netsim`: the engine in a terminal. Each command has its own file.

mod frame;
mod resolve;

use clap::{Parser, Subcommand};

/// What Linux hosts do on a network, computed.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// How a stream of bytes becomes messages, wherever it is cut
    Frame(frame::Args),
    /// How a name becomes addresses in Go, glibc and musl
    Resolve(resolve::Args),
}

fn main() -> anyhow::Result<()> {
    match Cli::parse().command {
        Command::Frame(args) => frame::run(&args),
        Command::Resolve(args) => resolve::run(&args),
    }
}
