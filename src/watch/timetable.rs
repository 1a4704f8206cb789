//! When each check is due: one heap of due times on a grid, phases spread by the check's id.
//!
//! Pure: it is told the time, in milliseconds of a clock that only goes forward. A due time is computed from now
//! and never from the one before, so that after a stall or a suspended machine each check runs once, not many times.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::sync::Arc;

use crate::domain::check::Check;
use crate::domain::estate::Estate;
use crate::domain::id::CheckId;
use crate::watch::pace::Pace;

/// Due times are rounded up to it: the wake-ups, not the heap, are what scheduling costs.
const GRID_MS: u64 = 5;
/// After a start or a reload, new checks are first looked at within this.
const FIRST_LOOK_WITHIN_MS: u64 = 5_000;

/// A look to begin now.
#[derive(Clone, Debug)]
pub(crate) struct Due {
    pub(crate) check: Arc<Check>,
    /// How late it is.
    pub(crate) lag_ms: u64,
    /// The look before failed.
    pub(crate) failed_before: bool,
}

#[derive(Debug)]
struct Entry {
    check: Arc<Check>,
    /// A heap item with another generation is void.
    generation: u64,
    due_ms: u64,
    state: State,
    failed_before: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Resting,
    /// Due since then, waiting for a permit.
    Waiting(u64),
    Looking,
}

/// All checks and when they are due.
#[derive(Debug)]
pub(crate) struct Timetable {
    entries: HashMap<CheckId, Entry>,
    heap: BinaryHeap<Reverse<(u64, CheckId, u64)>>,
    queue: VecDeque<CheckId>,
    generation: u64,
    looking: usize,
    permits: usize,
}

impl Timetable {
    pub(crate) fn new(permits: usize) -> Self {
        Self {
            entries: HashMap::new(),
            heap: BinaryHeap::new(),
            queue: VecDeque::new(),
            generation: 0,
            looking: 0,
            permits,
        }
    }

    /// Takes over a new estate: unchanged checks keep their phase and state, the removed are dropped.
    pub(crate) fn adopt(&mut self, estate: &Estate, now_ms: u64) {
        let wanted: HashMap<CheckId, &Check> = estate
            .checks()
            .map(|(_, check)| (check.id, check))
            .collect();
        // A look under way keeps its permit when its check goes; `finish` gives it back.
        self.entries.retain(|id, _| wanted.contains_key(id));
        self.queue.retain(|id| wanted.contains_key(id));
        for (id, check) in wanted {
            match self.entries.get_mut(&id) {
                Some(entry) if *entry.check == *check => {}
                Some(entry) => {
                    let has_new_pace = entry.check.interval != check.interval;
                    entry.check = Arc::new(check.clone());
                    if has_new_pace {
                        let due_ms = slot_after(&entry.check, now_ms);
                        self.set_due(id, due_ms);
                    }
                }
                None => self.add(check, now_ms),
            }
        }
    }

    fn add(&mut self, check: &Check, now_ms: u64) {
        let within = interval_ms(check).min(FIRST_LOOK_WITHIN_MS);
        let due_ms = on_grid(now_ms + spread(check.id) % within);
        let entry = Entry {
            check: Arc::new(check.clone()),
            generation: 0,
            due_ms,
            state: State::Resting,
            failed_before: false,
        };
        self.entries.insert(check.id, entry);
        self.set_due(check.id, due_ms);
    }

    fn set_due(&mut self, id: CheckId, due_ms: u64) {
        self.generation += 1;
        if let Some(entry) = self.entries.get_mut(&id) {
            entry.generation = self.generation;
            entry.due_ms = due_ms;
            self.heap.push(Reverse((due_ms, id, self.generation)));
        }
    }

    /// The next due time; none without checks.
    pub(crate) fn next_due_ms(&mut self) -> Option<u64> {
        while let Some(Reverse((due_ms, id, generation))) = self.heap.peek().copied() {
            let is_valid = self
                .entries
                .get(&id)
                .is_some_and(|entry| entry.generation == generation);
            if is_valid {
                return Some(due_ms);
            }
            self.heap.pop();
        }
        None
    }

    /// Moves what is due into the queue; what still looks or waits is skipped. Then hands out permits in order.
    pub(crate) fn take_due(&mut self, now_ms: u64, pace: &Pace) -> Vec<Due> {
        while let Some(due_ms) = self.next_due_ms().filter(|due_ms| *due_ms <= now_ms) {
            let Some(Reverse((_, id, _))) = self.heap.pop() else {
                break;
            };
            let Some(entry) = self.entries.get_mut(&id) else {
                continue;
            };
            if entry.state == State::Resting {
                entry.state = State::Waiting(due_ms);
                self.queue.push_back(id);
            } else {
                pace.skip();
            }
            let next_ms = slot_after(&entry.check, now_ms);
            self.set_due(id, next_ms);
        }
        let due = self.begin(now_ms);
        for one in &due {
            pace.began(one.lag_ms);
        }
        pace.set_load(self.looking, self.queue.len());
        due
    }

    fn begin(&mut self, now_ms: u64) -> Vec<Due> {
        let mut begun = Vec::new();
        while self.looking < self.permits {
            let Some(id) = self.queue.pop_front() else {
                break;
            };
            let Some(entry) = self.entries.get_mut(&id) else {
                continue;
            };
            let State::Waiting(due_ms) = entry.state else {
                continue;
            };
            entry.state = State::Looking;
            self.looking += 1;
            begun.push(Due {
                check: Arc::clone(&entry.check),
                lag_ms: now_ms.saturating_sub(due_ms),
                failed_before: entry.failed_before,
            });
        }
        begun
    }

    /// A look has ended: its permit is free, whether or not the check still exists.
    pub(crate) fn finish(&mut self, id: CheckId, has_failed: bool) {
        self.looking = self.looking.saturating_sub(1);
        if let Some(entry) = self.entries.get_mut(&id) {
            if entry.state == State::Looking {
                entry.state = State::Resting;
            }
            entry.failed_before = has_failed;
        }
    }

    /// An unconfirmed failure is looked at again after `retry_interval`, if that is sooner.
    pub(crate) fn hurry(&mut self, id: CheckId, now_ms: u64) {
        let Some(entry) = self.entries.get(&id) else {
            return;
        };
        let retry_ms = millis(entry.check.retry_interval).max(GRID_MS);
        let sooner_ms = on_grid(now_ms + retry_ms);
        if sooner_ms < entry.due_ms {
            self.set_due(id, sooner_ms);
        }
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }
}

/// The first moment after `now_ms` in the check's phase. Never sooner than half an interval, so that a first look
/// off the phase is not followed at once by a second.
fn slot_after(check: &Check, now_ms: u64) -> u64 {
    let interval = interval_ms(check);
    let phase = spread(check.id) % interval;
    let earliest = now_ms + interval / 2;
    let cycles = earliest.saturating_sub(phase).div_ceil(interval);
    on_grid((phase + cycles * interval).max(now_ms + 1))
}

fn interval_ms(check: &Check) -> u64 {
    millis(check.interval).max(GRID_MS)
}

fn millis(span: std::time::Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX / 4)
}

const fn on_grid(at_ms: u64) -> u64 {
    at_ms.div_ceil(GRID_MS) * GRID_MS
}

/// FNV-1a: the same phase after every restart, on every machine.
fn spread(id: CheckId) -> u64 {
    let start = 0xcbf2_9ce4_8422_2325_u64;
    let hash = id.as_str().bytes().fold(start, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    // The low bits of FNV over similar texts are alike.
    hash ^ (hash >> 32)
}
