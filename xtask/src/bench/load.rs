//! Readers: so many connections, each asking for page after page, with the time of every answer.

use std::net::SocketAddr;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use super::client::{self, Connection};
use crate::generate::random::Random;

/// What is read.
pub struct Reading<'a> {
    /// The pages to choose from.
    pub pages: &'a [String],
    /// What `Accept-Encoding` says, in turn.
    pub encodings: &'a [&'a str],
    /// Readers at once.
    pub connections: usize,
    /// Requests of all of them together.
    pub requests: usize,
    /// Pages by chance; in order when this is `None`.
    pub seed: Option<u64>,
}

/// What readers felt.
#[derive(Default)]
pub struct Felt {
    /// Microseconds, sorted.
    micros: Vec<u32>,
    /// Requests that were not answered with 200.
    pub failures: usize,
    /// What the first of them said.
    pub first_failure: Option<String>,
}

impl Felt {
    /// How many were answered.
    pub fn answered(&self) -> usize {
        self.micros.len()
    }

    /// The time that this share of answers did not exceed, in milliseconds; `quantile(0.99)` is p99.
    pub fn quantile(&self, share: f64) -> f64 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a place in a list"
        )]
        let place = ((self.micros.len() as f64 * share).ceil() as usize).saturating_sub(1);
        self.micros.get(place).map_or(f64::NAN, |micros| f64::from(*micros) / 1_000.0)
    }

    fn note(&mut self, time: Duration, result: Result<u16, String>) {
        match result {
            Ok(200) => self.micros.push(u32::try_from(time.as_micros()).unwrap_or(u32::MAX)),
            Ok(status) => self.fail(format!("status {status}")),
            Err(error) => self.fail(error),
        }
    }

    fn fail(&mut self, what: String) {
        self.failures += 1;
        self.first_failure.get_or_insert(what);
    }

    fn absorb(&mut self, other: Felt) {
        self.micros.extend(other.micros);
        self.micros.sort_unstable();
        self.failures += other.failures;
        self.first_failure = self.first_failure.take().or(other.first_failure);
    }
}

/// Each connection asks as soon as it has its answer.
pub fn read(address: SocketAddr, reading: &Reading<'_>) -> Felt {
    gather(reading.connections, |reader| {
        let mut felt = Felt::default();
        let mut random = reading.seed.map(|seed| Random::of_case(seed, reader));
        let mut connection = None;
        for turn in (reader..reading.requests).step_by(reading.connections) {
            let place =
                random.as_mut().map_or(turn % reading.pages.len(), |random| random.between(0, reading.pages.len() - 1));
            let encoding = reading.encodings[turn % reading.encodings.len()];
            let asked = Instant::now();
            let result = ask(&mut connection, address, &reading.pages[place], encoding);
            felt.note(asked.elapsed(), result.map_err(|error| format!("{}: {error}", reading.pages[place])));
        }
        felt
    })
}

/// Readers who ask at a steady pace, whatever the server does. Time counts from when the question was due.
pub struct Pace {
    /// Readers at once.
    pub readers: usize,
    /// Between two questions of one reader.
    pub every: Duration,
    /// How long they read.
    pub during: Duration,
    /// Whether each question comes over a connection of its own.
    pub new_connections: bool,
}

/// Reads pages at a pace, in order.
pub fn read_steadily(address: SocketAddr, pages: &[String], pace: &Pace) -> Felt {
    let start = Instant::now();
    gather(pace.readers, |reader| {
        let mut felt = Felt::default();
        let mut connection = None;
        // Readers do not all ask in the same moment.
        let mut due =
            start + pace.every * u32::try_from(reader).unwrap_or(0) / u32::try_from(pace.readers).unwrap_or(1);
        let mut turn = reader;
        while due < start + pace.during {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            if pace.new_connections {
                connection = None;
            }
            let page = &pages[turn % pages.len()];
            let result = ask(&mut connection, address, page, "br");
            felt.note(due.elapsed(), result.map_err(|error| format!("{page}: {error}")));
            due += pace.every;
            turn += pace.readers;
        }
        felt
    })
}

/// Asks over the connection there is, or a new one. A kept connection that the server has closed is no failure:
/// browsers open another one too, and the time counts.
fn ask(connection: &mut Option<Connection>, address: SocketAddr, page: &str, encoding: &str) -> Result<u16, String> {
    if let Some(kept) = connection
        && let Ok(answer) = kept.get(page, encoding)
    {
        keep(connection, &answer);
        return Ok(answer.status);
    }
    *connection = None;
    let mut fresh = Connection::open(address).map_err(|error| error.to_string())?;
    let answer = fresh.get(page, encoding).map_err(|error| format!("{error:#}"))?;
    *connection = Some(fresh);
    keep(connection, &answer);
    Ok(answer.status)
}

fn keep(connection: &mut Option<Connection>, answer: &client::Answer) {
    if answer.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close")) {
        *connection = None;
    }
}

/// One thread for each reader.
fn gather(readers: usize, read: impl Fn(usize) -> Felt + Sync) -> Felt {
    let all = Mutex::new(Felt::default());
    thread::scope(|scope| {
        for reader in 0..readers {
            let (all, read) = (&all, &read);
            scope.spawn(move || {
                let felt = read(reader);
                all.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).absorb(felt);
            });
        }
    });
    all.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::TcpListener;

    #[test]
    fn quantiles_are_of_answers_only() {
        let mut felt = Felt::default();
        for millis in (1..=100).rev() {
            felt.note(Duration::from_millis(millis), Ok(200));
        }
        felt.note(Duration::from_secs(9), Ok(503));
        let mut all = Felt::default();
        all.absorb(felt);
        assert_eq!((all.answered(), all.failures, all.first_failure.as_deref()), (100, 1, Some("status 503")));
        assert_eq!((all.quantile(0.5), all.quantile(0.99), all.quantile(1.0)), (50.0, 99.0, 100.0));
        assert!(Felt::default().quantile(0.5).is_nan());
    }

    #[test]
    fn readers_survive_a_server_that_hangs_up() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                // One answer a connection, without saying so.
                drop(stream.read(&mut [0; 1_024]));
                drop(stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"));
            }
        });
        let pages = ["/a".to_owned(), "/b".to_owned()];
        let felt = read(
            address,
            &Reading { pages: &pages, encodings: &["br", "gzip"], connections: 2, requests: 10, seed: Some(1) },
        );
        assert_eq!((felt.answered(), felt.failures), (10, 0), "{:?}", felt.first_failure);
        let pace = Pace {
            readers: 2,
            every: Duration::from_millis(5),
            during: Duration::from_millis(50),
            new_connections: true,
        };
        let felt = read_steadily(address, &pages, &pace);
        assert_eq!((felt.answered(), felt.failures), (20, 0), "{:?}", felt.first_failure);
    }
}
