//! `bench hold`: 2,000 requests that never end and 10,000 connections that say nothing. What do other readers feel?
//! Whom the server hangs up on comes back about a second later, so the crowd stays for the whole minute.

use std::env;
use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use super::load::{self, Felt, Pace};
use super::server::{Options, Server, pin_process};
use super::{CLIENT_CORE, SERVER_CORE, Targets};

const HALF_OPEN: usize = 2_000;
const IDLE: usize = 10_000;
const MINUTE: Duration = Duration::from_secs(60);

/// Threads that share the crowd.
const HOLDERS: usize = 4;

/// Each thread looks after its share in so many parts, one after the other.
const PARTS: usize = 20;

/// Between two parts, so that everyone is looked after once a second.
const PAUSE: Duration = Duration::from_millis(50);

/// The same while the crowd comes in, over ten seconds: a crowd that arrives, and is thrown out, all in one
/// moment would measure how fast this program connects.
const ARRIVAL: Duration = Duration::from_millis(500);

/// One more header line, so that the request is never quite finished.
const DRIP_EVERY: Duration = Duration::from_secs(5);

/// Set once the limit on descriptors was raised.
const RAISED: &str = "XTASK_DESCRIPTORS_RAISED";

/// Measures calm, then the crowd.
pub fn hold(program: &Path) -> Result<()> {
    enough_descriptors()?;
    let server = Server::start_ready(program, &Options { core: Some(SERVER_CORE), ..Options::default() })?;
    pin_process(std::process::id(), CLIENT_CORE)?;
    let pages = server.case_pages()?;
    let before = both_kinds(server.address, &pages, Duration::from_secs(10));
    println!("calm, 10 s:     {}", before.row());

    let crowd = Crowd::default();
    let during = thread::scope(|scope| {
        for _ in 0..HOLDERS {
            scope.spawn(|| crowd.hold(server.address));
        }
        crowd.wait_until_in();
        println!(
            "crowd:          {} connections held, {} refused so far",
            crowd.open.load(Ordering::Relaxed),
            crowd.refused.load(Ordering::Relaxed)
        );
        let during = both_kinds(server.address, &pages, MINUTE);
        crowd.stop.store(true, Ordering::Relaxed);
        during
    });
    println!("crowd, 60 s:    {}", during.row());
    println!(
        "the server hung up on {} of the crowd, refused {}; resident {:.1} MB\n",
        crowd.closed.load(Ordering::Relaxed),
        crowd.refused.load(Ordering::Relaxed),
        server.resident()?
    );

    let mut targets = Targets::default();
    targets.at_most("p99 of readers who stay connected", during.kept.quantile(0.99), 50.0, " ms");
    targets.at_most("p99 of readers who connect anew", during.fresh.quantile(0.99), 50.0, " ms");
    let failures = during.kept.failures + during.fresh.failures;
    if let Some(what) = during.kept.first_failure.or(during.fresh.first_failure) {
        println!("the first failure: {what}");
    }
    targets.at_most("readers who got no page", f64::from(u32::try_from(failures)?), 0.0, "");
    targets.finish()
}

/// What both kinds of readers felt.
struct Both {
    kept: Felt,
    fresh: Felt,
}

impl Both {
    fn row(&self) -> String {
        let one = |felt: &Felt| {
            format!(
                "p50 {:.2} ms, p99 {:.2} ms, max {:.2} ms ({} pages, {} failures)",
                felt.quantile(0.5),
                felt.quantile(0.99),
                felt.quantile(1.0),
                felt.answered(),
                felt.failures
            )
        };
        format!("stay connected {}\n                connect anew   {}", one(&self.kept), one(&self.fresh))
    }
}

/// 200 pages a second over kept connections, 100 over new ones.
fn both_kinds(address: SocketAddr, pages: &[String], during: Duration) -> Both {
    let pace =
        |millis, new_connections| Pace { readers: 8, every: Duration::from_millis(millis), during, new_connections };
    thread::scope(|scope| {
        let kept = scope.spawn(|| load::read_steadily(address, pages, &pace(40, false)));
        let fresh = load::read_steadily(address, pages, &pace(80, true));
        Both { kept: kept.join().unwrap_or_default(), fresh }
    })
}

/// Those who take up room.
#[derive(Default)]
struct Crowd {
    open: AtomicUsize,
    closed: AtomicUsize,
    refused: AtomicUsize,
    in_place: AtomicUsize,
    stop: AtomicBool,
}

/// One of the crowd.
struct Guest {
    /// Sends a request that never ends; otherwise nothing at all.
    talks: bool,
    stream: Option<TcpStream>,
}

impl Crowd {
    /// Keeps one thread's share of connections until told to stop.
    fn hold(&self, address: SocketAddr) {
        let guest = |talks| Guest { talks, stream: None };
        let mut guests: Vec<Guest> = (0..HALF_OPEN / HOLDERS).map(|_| guest(true)).collect();
        guests.extend((0..IDLE / HOLDERS).map(|_| guest(false)));
        let part = guests.len().div_ceil(PARTS);
        for guests in guests.chunks_mut(part) {
            self.look_after_all(guests, address, false);
            thread::sleep(ARRIVAL);
        }
        self.in_place.fetch_add(1, Ordering::Relaxed);
        let mut last_drip = Instant::now();
        while !self.stop.load(Ordering::Relaxed) {
            let drip = last_drip.elapsed() >= DRIP_EVERY;
            if drip {
                last_drip = Instant::now();
            }
            for guests in guests.chunks_mut(part) {
                self.look_after_all(guests, address, drip);
                thread::sleep(PAUSE);
            }
        }
    }

    fn look_after_all(&self, guests: &mut [Guest], address: SocketAddr, drip: bool) {
        for guest in guests {
            self.look_after(guest, address, drip);
        }
    }

    fn wait_until_in(&self) {
        while self.in_place.load(Ordering::Relaxed) < HOLDERS {
            thread::sleep(Duration::from_millis(50));
        }
    }

    fn look_after(&self, guest: &mut Guest, address: SocketAddr, drip: bool) {
        match &mut guest.stream {
            None => match enter(address, guest.talks) {
                Ok(stream) => {
                    guest.stream = Some(stream);
                    self.open.fetch_add(1, Ordering::Relaxed);
                }
                Err(_) => drop(self.refused.fetch_add(1, Ordering::Relaxed)),
            },
            Some(stream) => {
                if hung_up(stream) || (drip && guest.talks && stream.write_all(b"x-more: 1\r\n").is_err()) {
                    guest.stream = None;
                    self.open.fetch_sub(1, Ordering::Relaxed);
                    self.closed.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
    }
}

fn enter(address: SocketAddr, talks: bool) -> std::io::Result<TcpStream> {
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_millis(250))?;
    if talks {
        stream.write_all(b"GET /zh/ HTTP/1.1\r\nhost: localhost\r\n")?;
    }
    stream.set_nonblocking(true)?;
    Ok(stream)
}

fn hung_up(stream: &mut TcpStream) -> bool {
    match stream.read(&mut [0; 512]) {
        Ok(0) => true,
        Ok(_) => false,
        Err(error) => error.kind() != ErrorKind::WouldBlock,
    }
}

/// Makes sure that the crowd and the server may hold that many descriptors; starts this program again to get there.
fn enough_descriptors() -> Result<()> {
    let needed = HALF_OPEN + IDLE + 500;
    let limits =
        fs::read_to_string("/proc/self/limits").context("this bench reads /proc, which this system does not have")?;
    let (soft, hard) = descriptors(&limits).context("/proc/self/limits names no limit of open files")?;
    if soft >= needed {
        return Ok(());
    }
    ensure!(
        hard >= needed,
        "{hard} open files are allowed, {needed} are needed; raise the hard limit (ulimit -H -n) first"
    );
    if env::var_os(RAISED).is_some() {
        bail!("the limit of open files stays at {soft}");
    }
    let mut again = Command::new("sh");
    again
        .args(["-c", "ulimit -n \"$(ulimit -H -n)\" && exec \"$@\"", "sh"])
        .arg(env::current_exe()?)
        .args(env::args_os().skip(1));
    let status = again.env(RAISED, "1").status().context("cannot start this program again")?;
    std::process::exit(status.code().unwrap_or(1))
}

/// Soft and hard limit.
fn descriptors(limits: &str) -> Option<(usize, usize)> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    let mut numbers =
        line.split_whitespace().map(|word| if word == "unlimited" { Some(usize::MAX) } else { word.parse().ok() });
    Some((numbers.next()??, numbers.next()??))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn limits_are_read() {
        let limits = "Limit                     Soft Limit           Hard Limit           Units\nMax open files            1024                 unlimited            files\n";
        assert_eq!(descriptors(limits), Some((1_024, usize::MAX)));
        assert_eq!(descriptors(""), None);
    }

    #[test]
    fn a_guest_comes_back_after_being_thrown_out() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (crowd, mut guest) = (Crowd::default(), Guest { talks: true, stream: None });
        crowd.look_after(&mut guest, address, false);
        let mut seen = [0; 512];
        let (mut server_side, _) = listener.accept().unwrap();
        let count = server_side.read(&mut seen).unwrap();
        assert!(seen[..count].starts_with(b"GET /zh/") && !seen[..count].ends_with(b"\r\n\r\n"));
        crowd.look_after(&mut guest, address, true);
        assert!(guest.stream.is_some());
        drop(server_side);
        thread::sleep(Duration::from_millis(20));
        crowd.look_after(&mut guest, address, false);
        assert!(guest.stream.is_none());
        crowd.look_after(&mut guest, address, false);
        assert_eq!((crowd.open.into_inner(), crowd.closed.into_inner(), crowd.refused.into_inner()), (1, 1, 0));
    }
}
