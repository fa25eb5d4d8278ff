//! How often one place may post. Addresses are hashed with a key that lives as long as the process, and forgotten after a minute.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Answers a minute from one place; a team behind one address shares them.
const PER_MINUTE: u32 = 10;
/// Places remembered at once; past it everyone shares one allowance, so memory stays bounded under attack.
const MOST_PLACES: usize = 20_000;
const WINDOW: Duration = Duration::from_secs(60);

/// Remembers who posted lately.
pub struct Throttle {
    key: RandomState,
    places: Mutex<HashMap<u64, (Instant, u32)>>,
}

impl Throttle {
    /// An empty memory.
    pub fn new() -> Throttle {
        Throttle { key: RandomState::new(), places: Mutex::default() }
    }

    /// Takes one post from a place; otherwise how long to wait.
    pub fn take(&self, place: Option<IpAddr>, now: Instant) -> Result<(), Duration> {
        let mut places = self.places.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let mut hash = self.key.hash_one(place.map(whole_network));
        if places.len() >= MOST_PLACES && !places.contains_key(&hash) {
            places.retain(|_, (since, _)| now.duration_since(*since) < WINDOW);
            if places.len() >= MOST_PLACES {
                hash = 0;
            }
        }
        let (since, count) = places.entry(hash).or_insert((now, 0));
        if now.duration_since(*since) >= WINDOW {
            (*since, *count) = (now, 0);
        }
        if *count >= PER_MINUTE {
            return Err(WINDOW.saturating_sub(now.duration_since(*since)));
        }
        *count += 1;
        Ok(())
    }
}

/// One household has a /64 in IPv6. An IPv4 visitor of a dual-stack socket is `::ffff:192.0.2.1` and has an address of its own.
fn whole_network(address: IpAddr) -> [u8; 16] {
    let mut bytes = match address.to_canonical() {
        IpAddr::V4(v4) => return v4.to_ipv6_mapped().octets(),
        IpAddr::V6(v6) => v6.octets(),
    };
    bytes[8..].fill(0);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_a_minute_and_then_wait() {
        let throttle = Throttle::new();
        let start = Instant::now();
        let place = Some(IpAddr::from([192, 0, 2, 1]));
        for _ in 0..PER_MINUTE {
            assert_eq!(throttle.take(place, start), Ok(()));
        }
        assert_eq!(throttle.take(place, start + Duration::from_secs(20)), Err(Duration::from_secs(40)));
        assert_eq!(throttle.take(Some(IpAddr::from([192, 0, 2, 2])), start), Ok(()));
        assert_eq!(throttle.take(place, start + WINDOW), Ok(()));
    }

    #[test]
    fn visitors_are_told_apart_by_what_is_theirs() {
        let network = |text: &str| whole_network(text.parse().unwrap());
        assert_ne!(network("::ffff:192.0.2.1"), network("::ffff:192.0.2.2"));
        assert_eq!(network("::ffff:192.0.2.1"), network("192.0.2.1"));
        assert_eq!(network("2001:db8::1"), network("2001:db8::2"));
        assert_ne!(network("2001:db8::1"), network("2001:db8:0:1::1"));
    }

    #[test]
    fn memory_is_bounded() {
        let throttle = Throttle::new();
        let now = Instant::now();
        for n in 0..MOST_PLACES as u32 + 50 {
            let _ = throttle.take(Some(IpAddr::from(n.to_be_bytes())), now);
        }
        assert!(throttle.places.lock().unwrap().len() <= MOST_PLACES + 1);
    }
}
