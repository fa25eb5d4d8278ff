//! The `packet-clinic` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    match packet_clinic::cli::run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("packet-clinic: {error:#}");
            ExitCode::from(2)
        }
    }
}
