//! Chance that can be repeated: splitmix64, one stream for each case, so that case 7 is the same in every library.

/// A stream of numbers.
pub struct Random(u64);

impl Random {
    /// The stream of one case under a seed.
    pub fn of_case(seed: u64, case: usize) -> Random {
        let mut random = Random(seed ^ (case as u64).wrapping_mul(0xd134_2543_de82_ef95));
        random.next();
        random
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from `low` up to and with `high`.
    pub fn between(&mut self, low: usize, high: usize) -> usize {
        low + usize::try_from(self.next() % (high - low + 1) as u64).unwrap_or(0)
    }

    /// One of a list, which must not be empty.
    pub fn one<'a, T: ?Sized>(&mut self, list: &'a [&'a T]) -> &'a T {
        list[self.between(0, list.len() - 1)]
    }

    /// So many different places of a list of this length, or all when it is shorter.
    pub fn places(&mut self, count: usize, length: usize) -> Vec<usize> {
        let mut places: Vec<usize> = Vec::new();
        while places.len() < count.min(length) {
            let place = self.between(0, length - 1);
            if !places.contains(&place) {
                places.push(place);
            }
        }
        places
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_numbers_again() {
        let numbers = |seed, case| {
            let mut random = Random::of_case(seed, case);
            (0..8).map(|_| random.between(0, 999)).collect::<Vec<_>>()
        };
        assert_eq!(numbers(1, 7), numbers(1, 7));
        assert_ne!(numbers(1, 7), numbers(2, 7));
        assert_ne!(numbers(1, 7), numbers(1, 8));
    }

    #[test]
    fn places_differ_and_stay_inside() {
        let mut random = Random::of_case(3, 0);
        let mut places = random.places(5, 6);
        places.sort_unstable();
        places.dedup();
        assert!(places.len() == 5 && places.iter().all(|place| *place < 6));
        assert_eq!(random.places(5, 2).len(), 2);
    }
}
