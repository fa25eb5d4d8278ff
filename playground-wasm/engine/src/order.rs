//! Sorting. The sort of the standard library is made anew for each type of list, which a browser would have to load each
//! time; here places are sorted, once for all types, and lists follow.

use alloc::vec::Vec;
use core::cmp::Ordering;

/// Sorts by a key, the lowest first; what has the same key stays in its order.
pub fn sort_by_key<T>(list: &mut [T], key: impl Fn(&T) -> u64) {
    let mut keys: Vec<u64> = Vec::with_capacity(list.len());
    for item in list.iter() {
        keys.push(key(item));
    }
    reorder(list, ranks(keys.len(), &|a, b| keys[a].cmp(&keys[b])));
}

/// The places of so many items in their order, by a comparison of two places: a merge sort from the bottom up, which takes
/// one look at what is in order already.
pub fn ranks(count: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut from: Vec<usize> = Vec::with_capacity(count);
    for place in 0..count {
        from.push(place);
    }
    if from.windows(2).all(|pair| compare(pair[0], pair[1]) != Ordering::Greater) {
        return from;
    }
    let mut width = 1;
    while width < count {
        let mut to = Vec::with_capacity(count);
        let mut start = 0;
        while start < count {
            let (middle, end) = ((start + width).min(count), (start + 2 * width).min(count));
            let (mut left, mut right) = (start, middle);
            while left < middle || right < end {
                let first = right == end || left < middle && compare(from[left], from[right]) != Ordering::Greater;
                let taken = if first { &mut left } else { &mut right };
                to.push(from[*taken]);
                *taken += 1;
            }
            start = end;
        }
        from = to;
        width *= 2;
    }
    from
}

/// Puts a list in the order of places, cycle by cycle.
pub fn reorder<T>(list: &mut [T], mut order: Vec<usize>) {
    for start in 0..order.len() {
        let mut here = start;
        loop {
            let from = core::mem::replace(&mut order[here], here);
            if from == start {
                break;
            }
            list.swap(here, from);
            here = from;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;

    #[test]
    fn it_sorts_as_the_standard_library_does() {
        let mut rng = Rng::new(1, 1);
        for n in 0..200 {
            let mut list: Vec<(u64, usize)> = (0..n).map(|i| (rng.below(20), i)).collect();
            let mut sorted = list.clone();
            sorted.sort_by_key(|item| item.0);
            sort_by_key(&mut list, |item| item.0);
            assert_eq!(list, sorted);
        }
    }
}
