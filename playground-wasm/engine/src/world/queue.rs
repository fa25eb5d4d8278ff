//! What will happen, in order: by time, and at the same time in the order in which it was asked for.

use alloc::collections::BinaryHeap;
use core::cmp::{Ordering, Reverse};

use super::Event;
use crate::time::SimTime;

/// Events that are due.
#[derive(Debug, Clone, Default)]
pub(super) struct Queue {
    heap: BinaryHeap<Reverse<Due>>,
    order: u64,
}

#[derive(Debug, Clone)]
struct Due {
    at: SimTime,
    order: u64,
    event: Event,
}

impl Queue {
    pub(super) fn push(&mut self, at: SimTime, event: Event) {
        self.order += 1;
        self.heap.push(Reverse(Due { at, order: self.order, event }));
    }

    /// When the next one is due.
    pub(super) fn next_at(&self) -> Option<SimTime> {
        self.heap.peek().map(|Reverse(due)| due.at)
    }

    pub(super) fn pop(&mut self) -> Option<Event> {
        self.heap.pop().map(|Reverse(due)| due.event)
    }

    pub(super) fn clear(&mut self) {
        self.heap.clear();
    }
}

impl PartialEq for Due {
    fn eq(&self, other: &Due) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Due {}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Due) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Due {
    fn cmp(&self, other: &Due) -> Ordering {
        (self.at, self.order).cmp(&(other.at, other.order))
    }
}
