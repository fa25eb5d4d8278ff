//! Numbered steps: what is done, about how long it takes, how long it took.

use std::time::{Duration, Instant};

use anyhow::Result;

/// Counts steps as they are done.
pub struct Steps {
    total: usize,
    begun: usize,
}

impl Steps {
    /// So many steps are to come.
    pub fn new(total: usize) -> Steps {
        Steps { total, begun: 0 }
    }

    /// Does one step between two lines of words.
    pub fn step<T>(&mut self, what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
        self.announce(what);
        let start = Instant::now();
        let result = work()?;
        println!("    done in {}", took(start.elapsed()));
        Ok(result)
    }

    /// Begins a step whose end is not ours to tell.
    pub fn announce(&mut self, what: &str) {
        self.begun += 1;
        println!("{}/{} {what}", self.begun, self.total);
    }
}

/// `0.4 s`, `42 s`, `3 min 05 s`.
pub fn took(time: Duration) -> String {
    match time.as_secs() {
        0..10 => format!("{:.1} s", time.as_secs_f64()),
        seconds @ 10..100 => format!("{seconds} s"),
        seconds => format!("{} min {:02} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_well() {
        for (millis, expected) in [(40, "0.0 s"), (9_940, "9.9 s"), (59_000, "59 s"), (185_000, "3 min 05 s")] {
            assert_eq!(took(Duration::from_millis(millis)), expected);
        }
    }
}
