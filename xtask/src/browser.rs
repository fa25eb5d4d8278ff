//! What the tests in a browser need: Node.js, the packages of `e2e/`, Chromium. Installed where that is possible.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::run::{apt_install, command, find, root, run};

/// Names Chromium goes by.
const CHROMIUMS: &[&str] = &["chromium", "chromium-browser", "google-chrome"];

/// Whether npm is there, now or after installing it.
pub fn npm() -> bool {
    find("npm").is_some() || apt_install(&["nodejs", "npm"]) && find("npm").is_some()
}

/// Chromium and a font that has Chinese; `PACKET_CLINIC_CHROMIUM` names another one.
pub fn chromium() -> Option<PathBuf> {
    let named = env::var_os("PACKET_CLINIC_CHROMIUM").map(PathBuf::from);
    let installed = || CHROMIUMS.iter().find_map(|name| find(name));
    named.or_else(installed).or_else(|| if apt_install(&["chromium", "fonts-noto-cjk"]) { installed() } else { None })
}

/// A script of `e2e/package.json`, after its packages are what the lock file says.
pub fn script(name: &str) -> Result<Command> {
    packages()?;
    let mut npm = command("npm");
    npm.args(["--prefix", "e2e", "run", "--silent", name]);
    Ok(npm)
}

/// `npm ci`, unless the very same lock file was installed before.
fn packages() -> Result<()> {
    let folder = root().join("e2e");
    let lock = fs::read(folder.join("package-lock.json"))
        .context("e2e/package-lock.json is missing; `npm install` in e2e/ writes it")?;
    let installed = folder.join("node_modules/.xtask-lock");
    if fs::read(&installed).is_ok_and(|last| last == lock) {
        return Ok(());
    }
    println!("    npm ci in e2e/");
    let npm = &mut command("npm");
    npm.args(["ci", "--prefix", "e2e", "--no-audit", "--no-fund", "--loglevel=error"]);
    // The tests drive the Chromium of the system.
    run(npm.env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1"))?;
    if !folder.join("node_modules").is_dir() {
        bail!("npm ci left no e2e/node_modules");
    }
    fs::write(installed, lock).context("cannot write below e2e/node_modules")
}
