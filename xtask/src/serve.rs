//! `cargo xtask serve`: from a clone to the site, in numbered steps. What has not changed is not built again.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::progress::Steps;
use crate::run::{cargo, run, target_dir};
use crate::wasm;

/// Builds everything, then becomes the server. `args` are the server's.
pub fn serve(args: &[String]) -> Result<()> {
    let mut steps = Steps::new(3);
    let server = build(&mut steps)?;
    steps.announce("Serve: Ctrl-C stops it");
    become_program(Command::new(&server).arg("serve").args(args))
        .with_context(|| format!("cannot start {}", server.display()))
}

/// The first two steps: WASM, then the release build that holds it. Gives the server's path.
pub fn build(steps: &mut Steps) -> Result<PathBuf> {
    steps.step("WASM for the browser: about 2 minutes the first time, then a second", wasm::build)?;
    steps.step("Server, release build: about 9 minutes on 2 cores the first time, then a second", build_server)?;
    Ok(server())
}

/// Builds the server with what is in `static/` and `content/` now.
pub fn build_server() -> Result<()> {
    run(cargo().args(["build", "--release", "--package", "packet-clinic"]))
}

/// Where the release build lies.
pub fn server() -> PathBuf {
    target_dir().join("release").join(format!("packet-clinic{}", env::consts::EXE_SUFFIX))
}

/// The server takes our place, so that Ctrl-C and signals reach it and nothing stands between.
#[cfg(unix)]
fn become_program(command: &mut Command) -> Result<()> {
    use std::os::unix::process::CommandExt;
    Err(command.exec().into())
}

#[cfg(not(unix))]
fn become_program(command: &mut Command) -> Result<()> {
    run(command)
}
