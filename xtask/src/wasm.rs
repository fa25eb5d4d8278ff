//! `cargo xtask wasm`: Rust → WASM → JavaScript for browsers in `static/wasm/`, and how much visitors download.
//! Files there are written only when their bytes change, because the server is rebuilt when they do.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::run::{cache_dir, cargo, command, find, output, root, run, target_dir};

const TARGET: &str = "wasm32-unknown-unknown";

/// The most that a visitor may download, in bytes after brotli. Raised only in a commit that says what is gained.
/// The goal is 200,000; drawing runs and streams took it beyond, and it has to come back.
const BUDGET: u64 = 222_000;

/// The tool runs for a twentieth of a second either way; optimising what it is made of took a minute more.
const UNOPTIMISED: &str = "profile.dev.package.\"*\".opt-level=0";

/// The same for the engine and its views alone, a part of it.
const ENGINE_BUDGET: u64 = 150_000;

/// Builds, prints the sizes, fails above the budgets.
pub fn wasm() -> Result<()> {
    let engine = cache_dir().join("wasm-engine");
    empty(&engine)?;
    generate(&compile(&["--no-default-features"])?, &engine)?;
    weigh("engine and views", &engine.join("playground_wasm_bg.wasm"), ENGINE_BUDGET)?;
    build()?;
    weigh("all of it", &site_files().join("playground_wasm_bg.wasm"), BUDGET)
}

/// Brings `static/wasm/` up to date.
pub fn build() -> Result<()> {
    bindgen(&compile(&[])?)
}

/// What the compiler makes of it, with features as asked for.
fn compile(features: &[&str]) -> Result<PathBuf> {
    add_target()?;
    let package = ["--package", "playground-wasm", "--target", TARGET, "--profile", "wasm-release"];
    run(cargo().arg("build").args(package).args(features))?;
    Ok(target_dir().join(TARGET).join("wasm-release/playground_wasm.wasm"))
}

fn site_files() -> PathBuf {
    root().join("static/wasm")
}

/// The standard library for the target, through rustup when the compiler has none.
fn add_target() -> Result<()> {
    let rustc = || command(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    let folder = output(rustc().args(["--print", "target-libdir", "--target", TARGET]))?;
    if Path::new(folder.trim()).is_dir() {
        return Ok(());
    }
    if find("rustup").is_none() {
        bail!("rustc has no {TARGET} and there is no rustup to add it; install the target the way rustc was installed");
    }
    run(command("rustup").args(["target", "add", TARGET]))
}

/// Runs `xtask-bindgen` unless this very module went through this very program before.
fn bindgen(built: &Path) -> Result<()> {
    let (stamp_file, fresh) = (cache_dir().join("wasm.stamp"), cache_dir().join("wasm"));
    let mut stamp = fs::read(built).with_context(|| format!("cannot read {}", built.display()))?;
    stamp.extend_from_slice(include_bytes!("../bindgen/src/main.rs"));
    if fs::read(&stamp_file).ok().as_ref() != Some(&stamp) {
        empty(&fresh)?;
        generate(built, &fresh)?;
        fs::write(&stamp_file, stamp).context("cannot write below target/")?;
    }
    mirror(&fresh, &site_files())
}

fn generate(built: &Path, folder: &Path) -> Result<()> {
    run(tool().args([built, folder]))
}

/// `xtask-bindgen`, whose arguments follow.
fn tool() -> Command {
    let mut tool = cargo();
    tool.args(["--config", UNOPTIMISED, "run", "--quiet", "--package", "xtask-bindgen", "--"]);
    tool
}

fn empty(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => fs::create_dir_all(folder),
    }
    .with_context(|| format!("cannot empty {}", folder.display()))
}

/// Makes one folder hold the files of another. A file with the same bytes is not touched.
fn mirror(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    let names = |folder: &Path| -> Result<Vec<_>> {
        Ok(fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?.iter().map(|f| f.file_name()).collect())
    };
    let fresh = names(from)?;
    for name in &fresh {
        let bytes = fs::read(from.join(name))?;
        if fs::read(to.join(name)).ok().as_ref() != Some(&bytes) {
            fs::write(to.join(name), bytes)?;
        }
    }
    for name in names(to)?.iter().filter(|name| !fresh.contains(name)) {
        fs::remove_file(to.join(name))?;
    }
    Ok(())
}

/// Prints the size before and after brotli, by the library that the server compresses with: no program has to be there.
fn weigh(what: &str, file: &Path, budget: u64) -> Result<()> {
    let raw = fs::metadata(file)?.len();
    let said = output(tool().arg("--weigh").arg(file))?;
    let download: u64 = said.trim().parse().with_context(|| format!("`{said}` is no number of bytes"))?;
    println!("    {what}: raw {raw} bytes, brotli {download} bytes");
    if download > budget {
        bail!(
            "{what}: {download} bytes compressed, the budget is {budget}; take something out, or raise it in xtask/src/wasm.rs and say why"
        );
    }
    println!("    budget {budget} bytes: {} % used", download * 100 / budget);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mirroring_touches_only_what_differs() {
        let folder = std::env::temp_dir().join(format!("packet-clinic-mirror-{}", std::process::id()));
        let (from, to) = (folder.join("from"), folder.join("to"));
        for (path, text) in [
            (from.join("a"), "same"),
            (from.join("b"), "new"),
            (to.join("a"), "same"),
            (to.join("b"), "old"),
            (to.join("c"), "stale"),
        ] {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let written = fs::metadata(to.join("a")).unwrap().modified().unwrap();
        mirror(&from, &to).unwrap();
        assert_eq!(fs::metadata(to.join("a")).unwrap().modified().unwrap(), written);
        assert_eq!(fs::read(to.join("b")).unwrap(), b"new");
        assert!(!to.join("c").exists());
        fs::remove_dir_all(folder).unwrap();
    }
}
