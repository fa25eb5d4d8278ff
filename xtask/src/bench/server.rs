//! A server under test: a free port, a folder for its database and log, gone when it is dropped.

use std::env;
use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use super::client;
use crate::run::{command, output, target_dir};

/// Between two looks at whether it listens or answers.
const GLANCE: Duration = Duration::from_millis(1);

/// Nothing that is measured takes this long.
const PATIENCE: Duration = Duration::from_secs(300);

/// How it is started.
#[derive(Default)]
pub struct Options<'a> {
    /// A content folder instead of the embedded one.
    pub content: Option<&'a Path>,
    /// The one core it may use, with one worker.
    pub core: Option<usize>,
}

/// A running server.
pub struct Server {
    child: Child,
    folder: PathBuf,
    started: Instant,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Server {
    /// Starts it and waits until it says where it listens: a port of its own choice, so that nobody else has it.
    pub fn start(program: &Path, options: &Options<'_>) -> Result<Server> {
        let folder = scratch_folder("server")?;
        let mut command = pinned(program, options.core);
        for (name, _) in env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PACKET_CLINIC_")) {
            command.env_remove(name);
        }
        if options.core.is_some() {
            command.env("PACKET_CLINIC_THREADS", "1");
        }
        command.args(["serve", "--listen", "127.0.0.1:0", "--database"]);
        command.arg(format!("sqlite:{}", folder.join("bench.sqlite").display()));
        if let Some(content) = options.content {
            command.arg("--content").arg(content);
        }
        let log = File::create(folder.join("log"))?;
        command.stdout(log.try_clone()?).stderr(log);
        let started = Instant::now();
        let child = command.spawn().with_context(|| format!("cannot start {}", program.display()))?;
        let mut server = Server { child, folder, started, address: SocketAddr::from(([127, 0, 0, 1], 0)) };
        server.address = server.until("it does not say where it listens", |server| address_in(&server.log()))?;
        Ok(server)
    }

    /// Starts it and waits until it is ready.
    pub fn start_ready(program: &Path, options: &Options<'_>) -> Result<Server> {
        let mut server = Server::start(program, options)?;
        server.wait_for("/readyz")?;
        Ok(server)
    }

    /// Asks for a path until it is answered with 200; says how long after the start that was.
    pub fn wait_for(&mut self, path: &str) -> Result<Duration> {
        self.until(&format!("no answer to {path}"), |server| {
            let answer = client::get(server.address, path, "br").ok()?;
            (answer.status == 200).then(|| server.started.elapsed())
        })
    }

    /// Looks again and again, as long as the server runs.
    fn until<T>(&mut self, otherwise: &str, look: impl Fn(&Server) -> Option<T>) -> Result<T> {
        loop {
            if let Some(found) = look(self) {
                return Ok(found);
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("the server ended ({status}): {}", self.last_words());
            }
            ensure!(self.started.elapsed() < PATIENCE, "{otherwise}: {}", self.last_words());
            thread::sleep(GLANCE);
        }
    }

    /// Resident memory in MB (10⁶ bytes).
    pub fn resident(&self) -> Result<f64> {
        self.memory("VmRSS")
    }

    /// The most memory that was ever resident, in units of 10^6 bytes.
    pub fn peak(&self) -> Result<f64> {
        self.memory("VmHWM")
    }

    /// Waits until the warm-up is over: until the process has used no processor time for a second.
    pub fn wait_until_idle(&self) -> Result<()> {
        let path = format!("/proc/{}/stat", self.child.id());
        let (mut last, mut quiet) = (0, 0);
        for _ in 0..600 {
            let used = ticks_of(&fs::read_to_string(&path)?).with_context(|| format!("no times in {path}"))?;
            quiet = if used == last { quiet + 1 } else { 0 };
            if quiet == 10 {
                return Ok(());
            }
            last = used;
            thread::sleep(Duration::from_millis(100));
        }
        bail!("the server is still at work after a minute")
    }

    fn memory(&self, name: &str) -> Result<f64> {
        let path = format!("/proc/{}/status", self.child.id());
        let status = fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
        memory_of(&status, name).with_context(|| format!("no {name} in {path}"))
    }

    /// Confines all its threads to one core.
    pub fn pin(&self, core: usize) -> Result<()> {
        pin_process(self.child.id(), core)
    }

    /// All paths of the sitemap.
    pub fn pages(&self) -> Result<Vec<String>> {
        let sitemap = client::get(self.address, "/sitemap.xml", "identity")?;
        ensure!(sitemap.status == 200, "/sitemap.xml answered {}", sitemap.status);
        let pages = paths_of_sitemap(&String::from_utf8_lossy(&sitemap.body));
        ensure!(!pages.is_empty(), "/sitemap.xml names no page");
        Ok(pages)
    }

    /// The case pages among them, in both languages.
    pub fn case_pages(&self) -> Result<Vec<String>> {
        let mut pages = self.pages()?;
        pages.retain(|path| path.contains("/cases/"));
        ensure!(!pages.is_empty(), "/sitemap.xml names no case");
        Ok(pages)
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    fn last_words(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(5)..].join(" | ")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        stop(&mut self.child);
        drop(fs::remove_dir_all(&self.folder));
    }
}

/// Asks a process to end, and ends it when it does not.
pub fn stop(child: &mut Child) {
    drop(output(command("sh").arg("-c").arg(format!("kill -TERM {}", child.id()))));
    let asked = Instant::now();
    while asked.elapsed() < Duration::from_secs(5) {
        if !matches!(child.try_wait(), Ok(None)) {
            return;
        }
        thread::sleep(Duration::from_millis(10));
    }
    drop(child.kill());
    drop(child.wait());
}

/// A program, confined to a core when one is named.
pub fn pinned(program: impl AsRef<Path>, core: Option<usize>) -> Command {
    let program = program.as_ref();
    match core {
        Some(core) => {
            let mut taskset = command("taskset");
            taskset.arg("-c").arg(core.to_string()).arg(program);
            taskset
        }
        None => command(program),
    }
}

/// Confines a process and its threads to a core; threads that it starts later follow.
pub fn pin_process(id: u32, core: usize) -> Result<()> {
    output(command("taskset").args(["-a", "-c", "-p"]).arg(core.to_string()).arg(id.to_string())).map(drop)
}

/// A port nobody listens on right now.
pub fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

/// A new folder for what a bench leaves behind.
pub fn scratch_folder(what: &str) -> Result<PathBuf> {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let folder = env::temp_dir().join(format!("packet-clinic-{what}-{}-{number}", std::process::id()));
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(folder)
}

/// Where generated libraries are kept between runs.
pub fn library_folder(cases: usize) -> PathBuf {
    target_dir().join("bench-library").join(cases.to_string())
}

/// A line of /proc/PID/status (proc_pid_status(5)) in MB.
fn memory_of(status: &str, name: &str) -> Option<f64> {
    let value = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    let kib: f64 = value.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1_024.0 / 1_000_000.0)
}

/// User and system time in ticks, fields 14 and 15 of /proc/PID/stat (proc_pid_stat(5)).
fn ticks_of(stat: &str) -> Option<u64> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    Some(fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?)
}

/// `http://127.0.0.1:43765 (19 cases)` and what follows the number, so that it is not read half written.
fn address_in(log: &str) -> Option<SocketAddr> {
    let (_, rest) = log.split_once("http://")?;
    let (address, _) = rest.split_once(|c: char| c.is_whitespace() || c == '/')?;
    address.parse().ok()
}

/// `<loc>http://host/zh/</loc>` → `/zh/`.
fn paths_of_sitemap(xml: &str) -> Vec<String> {
    let addresses =
        xml.split("<loc>").skip(1).filter_map(|rest| rest.split_once("</loc>")).map(|(address, _)| address.trim());
    let path =
        |address: &str| address.split_once("://").and_then(|(_, rest)| rest.find('/').map(|at| rest[at..].to_owned()));
    addresses.filter_map(path).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_in_megabytes() {
        let status = "Name:\tx\nVmHWM:\t  125000 kB\nVmRSS:\t   62500 kB\n";
        assert_eq!(memory_of(status, "VmRSS"), Some(64.0));
        assert_eq!(memory_of(status, "VmHWM"), Some(128.0));
        assert_eq!(memory_of("Name:\tx\n", "VmRSS"), None);
    }

    #[test]
    fn processor_time_is_user_and_system() {
        assert_eq!(ticks_of("7 (a b) S 1 7 7 0 -1 4194304 1 0 0 0 250 50 0 0 20 0 4 0 9 1 1"), Some(300));
        assert_eq!(ticks_of("7 (a"), None);
    }

    #[test]
    fn the_address_is_read_once_it_is_whole() {
        let said = |log: &str| address_in(log).map(|address| address.port());
        assert_eq!(said("INFO ready cases=19\nPacket Clinic: http://127.0.0.1:43765 (19 cases)\n"), Some(43_765));
        assert_eq!(said("Packet Clinic: http://127.0.0.1:437"), None);
        assert_eq!(said("INFO ready\n"), None);
    }

    #[test]
    fn sitemaps_give_paths() {
        let xml = "<urlset><url><loc>http://127.0.0.1:8080/zh/</loc></url><url><loc> https://a.b/en/cases/x </loc></url></urlset>";
        assert_eq!(paths_of_sitemap(xml), ["/zh/", "/en/cases/x"]);
    }
}
