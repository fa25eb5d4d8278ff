//! The `packet-clinic` command.

use std::process::ExitCode;

/// Loading a library is many small allocations on all cores, which glibc's arenas keep for good: with this one a library
/// of 10,000 cases takes a seventh less memory when ready. Version 2 gives pages back to the system 10 ms after they are
/// free.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match packet_clinic::cli::run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("packet-clinic: {error:#}");
            ExitCode::from(2)
        }
    }
}
