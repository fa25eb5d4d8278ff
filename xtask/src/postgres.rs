//! A throw-away PostgreSQL for tests: its own folder, a socket instead of a port, gone when it is dropped.
//! Uses the programs of an installed PostgreSQL; touches no cluster that runs already.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::run::{apt_install, command, find, is_root, output};

/// Where Debian keeps one folder for each version.
const DEBIAN: &str = "/usr/lib/postgresql";

/// Sockets have short names: 107 bytes on Linux, of which PostgreSQL takes `/.s.PGSQL.5432`.
const LONGEST_FOLDER: usize = 90;

/// Nothing here outlives a test, so nothing needs to reach the disk.
const SETTINGS: &[&str] = &[
    "listen_addresses=''",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "shared_buffers=16MB",
    "max_connections=60",
    "autovacuum=off",
    "wal_level=minimal",
    "max_wal_senders=0",
];

/// A running server.
pub struct Postgres {
    programs: PathBuf,
    folder: PathBuf,
}

/// Where `initdb` and `pg_ctl` are; installs the package when they are missing and we may.
pub fn programs() -> Option<PathBuf> {
    installed().or_else(|| if apt_install(&["postgresql"]) { installed() } else { None })
}

fn installed() -> Option<PathBuf> {
    let version = |folder: &Path| folder.file_name().and_then(OsStr::to_str).and_then(|name| name.parse::<u32>().ok());
    let folders = fs::read_dir(DEBIAN).into_iter().flatten().flatten().map(|entry| entry.path());
    let newest = folders.filter(|folder| folder.join("bin/initdb").is_file()).max_by_key(|folder| version(folder));
    let on_path = || find("initdb").and_then(|file| Some(file.canonicalize().ok()?.parent()?.to_path_buf()));
    newest.map(|folder| folder.join("bin")).or_else(on_path)
}

impl Postgres {
    /// Makes a cluster and starts it: about two seconds.
    pub fn start(programs: PathBuf) -> Result<Postgres> {
        let folder = env::temp_dir().join(format!("packet-clinic-pg-{}", std::process::id()));
        if folder.as_os_str().len() > LONGEST_FOLDER {
            bail!("{} is too long for a socket, set TMPDIR to a short folder", folder.display());
        }
        fs::create_dir_all(&folder)?;
        let server = Postgres { programs, folder };
        server.prepare().context("PostgreSQL could not make a cluster")?;
        server.launch().with_context(|| format!("PostgreSQL did not start: {}", server.last_words()))?;
        Ok(server)
    }

    /// How sqlx reaches it.
    pub fn url(&self) -> String {
        format!("postgres:///postgres?host={}&user=postgres", self.folder.display())
    }

    fn prepare(&self) -> Result<()> {
        output(command("chmod").arg("755").arg(&self.folder))?;
        if is_root() {
            output(command("chown").arg("nobody").arg(&self.folder))?;
        }
        let mut initdb = self.program("initdb");
        initdb.args([
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
            "--no-sync",
            "--no-instructions",
            "-D",
        ]);
        output(initdb.arg(self.folder.join("data")))?;
        Ok(())
    }

    fn launch(&self) -> Result<()> {
        let mut options = format!("-c unix_socket_directories={}", self.folder.display());
        for setting in SETTINGS {
            options += &format!(" -c {setting}");
        }
        // The server inherits what pg_ctl writes to, so that must not be a pipe which we wait for.
        let start = &mut self.control();
        start.arg("-l").arg(self.folder.join("log")).args(["-w", "start", "-o", &options]).stdout(Stdio::null());
        crate::run::run(start)
    }

    fn last_words(&self) -> String {
        let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        log.lines().next_back().unwrap_or("it left no log").to_owned()
    }

    fn control(&self) -> Command {
        let mut control = self.program("pg_ctl");
        control.arg("-D").arg(self.folder.join("data"));
        control
    }

    /// PostgreSQL refuses to run as root, and stands in a folder that its user can read.
    fn program(&self, name: &str) -> Command {
        let program = self.programs.join(name);
        let mut command = if is_root() { command("runuser") } else { command(&program) };
        if is_root() {
            command.args(["-u", "nobody", "--"]).arg(&program);
        }
        command.current_dir(&self.folder);
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // Whether or not it stops in order: the folder goes, and nobody asks for it again.
        drop(output(self.control().args(["-m", "immediate", "stop"])));
        drop(fs::remove_dir_all(&self.folder));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_answers_and_leaves_nothing_behind() {
        let Some(programs) = installed() else { return eprintln!("skipped: no PostgreSQL here") };
        let server = Postgres::start(programs).unwrap();
        let folder = server.folder.clone();
        let mut psql = server.program("psql");
        psql.args(["-h"]).arg(&folder).args(["-U", "postgres", "-Atc", "select 6 * 7"]);
        assert_eq!(output(&mut psql).unwrap().trim(), "42");
        assert!(server.url().starts_with("postgres:///postgres?host=/"));
        drop(server);
        assert!(!folder.exists());
    }
}
