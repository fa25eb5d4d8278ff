//! What the HTTP tests share: the real binary, started on a free port with its own database, and a small client whose
//! answers can be asked about their status, headers and elements.

#![allow(dead_code, unused_imports, reason = "each test file uses its own part of this")]

pub mod bad_input;
pub mod client;
pub mod fixture;
pub mod html;
pub mod xml;

use std::env;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use packet_clinic::content::{self, Files};
use packet_clinic::domain::Library;
use tempfile::TempDir;

pub use client::{Answer, Request};
pub use fixture::Fixture;

/// How long anything may take that is waited for. Far more than it needs, since machines that test are busy.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The binary with no setting but the arguments that follow.
pub fn packet_clinic() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_packet-clinic"));
    for (name, _) in env::vars().filter(|(name, _)| name.starts_with("PACKET_CLINIC_")) {
        command.env_remove(name);
    }
    command
}

/// Runs the binary to its end.
pub fn run(args: &[&str]) -> Output {
    packet_clinic().args(args).output().expect("packet-clinic runs")
}

/// What it printed.
pub fn printed(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8 on stdout")
}

/// The library inside the binary, to compare pages with.
pub fn library() -> &'static Library {
    static LIBRARY: OnceLock<Library> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        content::load(&Files::embedded()).unwrap_or_else(|problems| panic!("the library has {problems:#?}"))
    })
}

/// The slug of some case.
pub fn some_slug() -> &'static str {
    library().cases().next().expect("a case").slug.as_str()
}

/// A running `packet-clinic serve`, stopped when it is dropped or when the tests end.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    /// Its own folder, with the database in it.
    pub folder: TempDir,
    child: Mutex<Child>,
    guard: Child,
    log: Arc<Mutex<String>>,
}

impl Server {
    /// Serves the library inside the binary.
    pub fn start() -> Server {
        Server::with(&[])
    }

    /// Serves with more arguments.
    pub fn with(args: &[&str]) -> Server {
        let folder = TempDir::new().expect("a temporary folder");
        let database = format!("sqlite:{}", folder.path().join("answers.sqlite").display());
        Server::launch(folder, &[&["--database", &database], args].concat())
    }

    /// Serves the content of a folder with more arguments.
    pub fn of(content: &Path, args: &[&str]) -> Server {
        Server::with(&[&["--content", content.to_str().expect("a UTF-8 path")], args].concat())
    }

    /// Serves with a folder made before, and nothing but these arguments and an address.
    pub fn launch(folder: TempDir, args: &[&str]) -> Server {
        let mut serve = packet_clinic();
        // The server prints where visitors find it. Told another name for that, it gets a port we know.
        let known = args.contains(&"--base-url").then(free_address);
        let listen = known.map_or_else(|| "127.0.0.1:0".to_owned(), |address| address.to_string());
        serve.args(["serve", "--listen", &listen]).args(args).current_dir(folder.path());
        let mut child = serve.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("packet-clinic starts");
        let guard = guard(child.id());
        let log = Arc::new(Mutex::new(String::new()));
        let (errors, kept) = (child.stderr.take().expect("a pipe"), log.clone());
        thread::spawn(move || {
            for line in BufReader::new(errors).lines().map_while(Result::ok) {
                *kept.lock().unwrap() += &format!("{line}\n");
            }
        });
        let mut first = String::new();
        let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
        output.read_line(&mut first).expect("a line on stdout");
        let Some(address) = address_in(&first).or(known.filter(|_| !first.is_empty())) else {
            thread::sleep(Duration::from_millis(200));
            let log = log.lock().unwrap().clone();
            panic!("the server printed no address but {first:?}, and on stderr: {log}");
        };
        thread::spawn(move || output.lines().map_while(Result::ok).for_each(drop));
        Server { address, folder, child: Mutex::new(child), guard, log }
    }

    /// A request to be added to.
    pub fn ask(&self, method: &str, target: &str) -> Request {
        Request::new(self.address, method, target)
    }

    /// `GET`, as a program without preferences sends it.
    pub fn get(&self, target: &str) -> Answer {
        self.ask("GET", target).send()
    }

    /// `POST` of a form.
    pub fn post(&self, target: &str, fields: &[(&str, &str)]) -> Answer {
        self.ask("POST", target).form(fields).send()
    }

    /// Sends bytes as they are and reads what comes back.
    pub fn raw(&self, bytes: &[u8]) -> Answer {
        client::exchange(self.address, bytes, false)
    }

    /// A connection of one's own.
    pub fn connect(&self) -> TcpStream {
        client::connect(self.address)
    }

    /// What it logged so far.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Waits until it has logged something.
    #[track_caller]
    pub fn wait_for_log(&self, words: &str) {
        wait_until(&format!("the log says {words:?}; it says {:?}", self.log()), || self.log().contains(words));
    }

    /// Sends a signal: `TERM`, `HUP`.
    pub fn signal(&self, name: &str) {
        let process = self.child.lock().unwrap().id().to_string();
        let sent = Command::new("kill").args(["-s", name, &process]).status().expect("kill runs");
        assert!(sent.success(), "kill -s {name} {process}");
    }

    /// Waits for its end and tells whether it ended well.
    #[track_caller]
    pub fn ended_well(&self) -> bool {
        let mut status = None;
        wait_until("the server ends", || {
            status = self.child.lock().unwrap().try_wait().expect("a child to wait for");
            status.is_some()
        });
        status.is_some_and(|s| s.success())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let mut child = self.child.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        // One that has ended already needs neither.
        drop(child.kill());
        drop(child.wait());
        drop(self.guard.kill());
        drop(self.guard.wait());
    }
}

/// The one server of a test file; statics are never dropped, so its guard stops it.
pub fn shared() -> &'static Server {
    static SHARED: OnceLock<Server> = OnceLock::new();
    SHARED.get_or_init(Server::start)
}

/// A shell that waits on a pipe from us: when the tests end, however they end, the pipe closes and the server is stopped.
fn guard(process: u32) -> Child {
    let mut shell = Command::new("sh");
    shell.args(["-c", "read -r _; kill \"$0\" 2>/dev/null", &process.to_string()]);
    shell.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("sh runs")
}

fn address_in(line: &str) -> Option<SocketAddr> {
    line.split_whitespace().find_map(|word| word.strip_prefix("http://")?.parse().ok())
}

/// An address on which nothing listens now.
pub fn free_address() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port")
}

/// Asks again until something holds.
#[track_caller]
pub fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < PATIENCE, "waited in vain: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}
