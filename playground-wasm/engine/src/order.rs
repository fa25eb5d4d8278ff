//! Sorting by a number. The sort of the standard library is made anew for each type of list, which a browser would have to
//! load each time; here the numbers are sorted once, and lists follow.

use alloc::vec::Vec;

/// Sorts by a key, the lowest first; what has the same key stays in its order.
pub fn sort_by_key<T>(list: &mut Vec<T>, key: impl Fn(&T) -> u64) {
    let mut keys: Vec<(u64, u32)> = Vec::with_capacity(list.len());
    for item in list.iter() {
        keys.push((key(item), keys.len() as u32));
    }
    keys.sort_unstable();
    let mut items: Vec<Option<T>> = Vec::with_capacity(list.len());
    for item in list.drain(..) {
        items.push(Some(item));
    }
    for (_, place) in keys {
        if let Some(item) = items.get_mut(place as usize).and_then(Option::take) {
            list.push(item);
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
