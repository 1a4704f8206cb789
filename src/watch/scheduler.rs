//! Looking in time: takes what is due, looks, and hands the observations on. Stop 1 of the journey; it begins here.
//! After: [`crate::probe::http`] and its siblings look.
//!
//! It has a thread and a runtime of its own, so that a busy page does not delay a look, nor a slow look a page.
//! A look holds its permit until its observation is taken: when the watch cannot keep up, looks are skipped.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::{Id, JoinSet};

use crate::clock::{self, Stopwatch};
use crate::domain::estate::Estate;
use crate::domain::id::CheckId;
use crate::domain::observation::{Observation, Outcome};
use crate::probe::isolation::IsolationGuard;
use crate::probe::{self, Instruments};
use crate::watch::heartbeat::HeartbeatBook;
use crate::watch::pace::Pace;
use crate::watch::timetable::{Due, Timetable};

pub use crate::watch::hurry::Hurry;

/// Looks in flight. Each holds a descriptor; half of the usual limit of 1024 is left to everything else.
const PERMITS: usize = 512;
/// With nothing to do we look up this often.
const IDLE: Duration = Duration::from_mins(1);
/// A first failure is excused only by a verdict on our network about as young as itself.
const FRESH: Duration = Duration::from_secs(1);
/// For a check that keeps failing an older one does: reference targets are other people's.
const RECENT: Duration = Duration::from_secs(10);

/// What the scheduler works with.
pub struct SchedulerParts {
    pub estate: watch::Receiver<Arc<Estate>>,
    pub instruments: Arc<Instruments>,
    pub guard: Arc<IsolationGuard>,
    pub book: Arc<HeartbeatBook>,
    pub hurry: Arc<Hurry>,
    pub pace: Arc<Pace>,
    pub out: mpsc::Sender<Observation>,
    pub stop: watch::Receiver<bool>,
}

/// Starts the thread; it ends soon after `stop` says so, dropping looks under way.
///
/// # Errors
/// The system gives no thread or no event queue.
pub fn spawn(parts: SchedulerParts) -> io::Result<JoinHandle<()>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    if !parts.guard.is_on() {
        tracing::warn!(
            "no reference targets are configured: the guard against our own isolation is off"
        );
    }
    thread::Builder::new()
        .name("looks".to_owned())
        .spawn(move || {
            runtime.block_on(run(parts));
            // A lookup that hangs in the system's resolver must not hold up the stop.
            runtime.shutdown_background();
        })
}

async fn run(mut parts: SchedulerParts) {
    let watch = Stopwatch::start();
    let now_ms = || u64::try_from(watch.elapsed().as_millis()).unwrap_or(u64::MAX);
    let mut table = Timetable::new(PERMITS);
    let mut looks = Looks::default();
    let first = Arc::clone(&parts.estate.borrow_and_update());
    table.adopt(&first, now_ms());
    loop {
        for due in table.take_due(now_ms(), &parts.pace) {
            looks.begin(due, &parts);
        }
        let wait = table.next_due_ms().map_or(IDLE, |due_ms| {
            Duration::from_millis(due_ms.saturating_sub(now_ms()))
        });
        tokio::select! {
            biased;
            _ = parts.stop.wait_for(|is_stopping| *is_stopping) => return,
            Some((check, has_failed)) = looks.end() => {
                table.finish(check, has_failed);
                if parts.hurry.is_unconfirmed(check) {
                    table.hurry(check, now_ms());
                }
            }
            Ok(()) = parts.estate.changed() => {
                let estate = Arc::clone(&parts.estate.borrow_and_update());
                table.adopt(&estate, now_ms());
            }
            () = parts.hurry.grown() => {
                for check in parts.hurry.unconfirmed() {
                    table.hurry(check, now_ms());
                }
            }
            () = tokio::time::sleep(wait) => {}
        }
    }
}

/// Looks under way, and whose they are, so that one that panics gives its permit back too.
#[derive(Default)]
struct Looks {
    tasks: JoinSet<bool>,
    checks: HashMap<Id, CheckId>,
}

impl Looks {
    fn begin(&mut self, due: Due, parts: &SchedulerParts) {
        let id = due.check.id;
        let errand = Errand {
            due,
            instruments: Arc::clone(&parts.instruments),
            guard: Arc::clone(&parts.guard),
            book: Arc::clone(&parts.book),
            out: parts.out.clone(),
        };
        let task = self.tasks.spawn(errand.run());
        self.checks.insert(task.id(), id);
    }

    /// The next look to end, and whether it failed; none while there is no look.
    async fn end(&mut self) -> Option<(CheckId, bool)> {
        let (task, has_failed) = match self.tasks.join_next_with_id().await? {
            Ok((task, has_failed)) => (task, has_failed),
            Err(error) => {
                tracing::error!(%error, "a look broke off: this is a fault of ours");
                (error.id(), false)
            }
        };
        self.checks.remove(&task).map(|check| (check, has_failed))
    }
}

/// One look, from due to handed on.
struct Errand {
    due: Due,
    instruments: Arc<Instruments>,
    guard: Arc<IsolationGuard>,
    book: Arc<HeartbeatBook>,
    out: mpsc::Sender<Observation>,
}

impl Errand {
    /// Whether it failed.
    async fn run(self) -> bool {
        let begun = Stopwatch::start();
        let check = &self.due.check;
        let now = clock::now();
        let seen = match self.book.judge(check, self.instruments.location(), now) {
            Some(judged) => judged,
            None => probe::look(check, &self.instruments, now).await,
        };
        let age = if self.due.failed_before {
            RECENT
        } else {
            FRESH
        };
        let recent = begun.elapsed().max(age);
        let seen = self.guard.absolve(seen, &self.instruments, recent).await;
        let has_failed = seen.outcome == Outcome::Fail;
        // The watch has ended: so do we, presently.
        let _ = self.out.send(seen).await;
        has_failed
    }
}
