//! Child processes: where they run, how they are found, what is said when one fails.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// The folder of the workspace.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// Where cargo puts what it builds: this program lies in `debug/` of it.
pub fn target_dir() -> PathBuf {
    let program = env::current_exe().unwrap_or_default();
    match program.parent().filter(|folder| folder.ends_with("debug")).and_then(Path::parent) {
        Some(target) => target.to_path_buf(),
        None => root().join("target"),
    }
}

/// What xtask keeps between runs.
pub fn cache_dir() -> PathBuf {
    target_dir().join("xtask")
}

/// A program, run at the root of the workspace and never waiting for the keyboard.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root()).stdin(Stdio::null());
    command
}

/// The cargo that started us. What it told us about xtask's own package is taken out: build scripts of dependencies
/// look at such variables, and would run again each time cargo is called from a different place.
pub fn cargo() -> Command {
    let mut cargo = command(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with("CARGO_PKG_") || name.to_string_lossy().starts_with("CARGO_MANIFEST_") {
            cargo.env_remove(name);
        }
    }
    cargo
}

/// Runs to the end, with its output shown.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| cannot_start(command))?;
    if !status.success() {
        bail!("`{}` failed ({status})", shown(command));
    }
    Ok(())
}

/// Runs to the end and takes what it printed; what went wrong is in the error.
pub fn output(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| cannot_start(command))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("`{}` failed ({}): {}", shown(command), output.status, said.trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A program of the search path.
pub fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// Whether a machine runs this and nobody reads along: then nothing may be left out.
pub fn in_ci() -> bool {
    env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false" && value != "0")
}

/// Whether we are root, who may install packages but may not run PostgreSQL.
pub fn is_root() -> bool {
    output(command("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

/// Installs Debian packages where that is possible. `false` when it is not; then nothing was changed.
pub fn apt_install(packages: &[&str]) -> bool {
    if !is_root() || find("apt-get").is_none() {
        return false;
    }
    println!("    installing {}", packages.join(" "));
    let apt = || {
        let mut apt = command("apt-get");
        apt.args(["-q", "-y", "-o", "DPkg::Lock::Timeout=120"])
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdout(Stdio::null());
        apt
    };
    run(apt().arg("update"))
        .and_then(|()| run(apt().args(["install", "--no-install-recommends"]).args(packages)))
        .is_ok()
}

/// The command as a person would type it.
pub fn shown(command: &Command) -> String {
    let variables =
        command.get_envs().filter_map(|(name, value)| Some(format!("{}={}", name.to_string_lossy(), quoted(value?))));
    let program = Path::new(command.get_program());
    // rustup hands down the full path of its cargo; of our own programs the place below the root matters.
    let program = program.strip_prefix(root()).unwrap_or_else(|_| Path::new(program.file_name().unwrap_or_default()));
    let words = std::iter::once(program.as_os_str()).chain(command.get_args()).map(quoted);
    variables.chain(words).collect::<Vec<_>>().join(" ")
}

fn quoted(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    let plain = !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || "-_./=:,@+%".contains(c));
    if plain { word.into_owned() } else { format!("'{word}'") }
}

fn cannot_start(command: &Command) -> String {
    format!("cannot start {}, is it installed?", command.get_program().to_string_lossy())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_shown_as_they_are_typed() {
        let mut command = command("/home/me/toolchain/bin/cargo");
        command.env("RUSTDOCFLAGS", "-D warnings").args(["doc", "--no-deps"]);
        assert_eq!(shown(&command), "RUSTDOCFLAGS='-D warnings' cargo doc --no-deps");
    }

    #[test]
    fn our_own_programs_are_shown_with_their_place() {
        let program = root().join("target/release/packet-clinic");
        assert_eq!(shown(command(program).arg("serve")), "target/release/packet-clinic serve");
    }

    #[test]
    fn a_failing_program_is_named() {
        let error = output(command("ls").arg("/nowhere/at/all")).unwrap_err().to_string();
        assert!(error.contains("ls /nowhere/at/all"), "{error}");
        let error = run(&mut command("no-such-program")).unwrap_err().to_string();
        assert!(error.contains("no-such-program"), "{error}");
    }
}
