//! The scheduler's thread against real sockets: observations arrive, a reload counts, it stops when told.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};

use crate::domain::check::{Check, CheckKind, TcpCheck};
use crate::domain::estate::Estate;
use crate::domain::observation::{Observation, Outcome};
use crate::domain::timestamp::Timestamp;
use crate::probe::isolation::IsolationGuard;
use crate::probe::{Instruments, ProbeSettings};
use crate::seal::KeyRing;
use crate::store::for_tests::TestDatabase;
use crate::watch::heartbeat::HeartbeatBook;
use crate::watch::pace::Pace;
use crate::watch::scheduler::{Hurry, SchedulerParts, spawn};
use crate::watch::timetable_tests::{check, estate};

fn towards(check: Check, port: u16) -> Check {
    Check {
        kind: CheckKind::Tcp(TcpCheck {
            host: "127.0.0.1".to_owned(),
            port,
        }),
        interval: Duration::from_millis(50),
        ..check
    }
}

struct Running {
    estate: watch::Sender<Arc<Estate>>,
    stop: watch::Sender<bool>,
    seen: mpsc::Receiver<Observation>,
    pace: Arc<Pace>,
    thread: std::thread::JoinHandle<()>,
    _database: TestDatabase,
}

async fn start(first: Estate, reference_targets: Vec<String>) -> Running {
    let database = TestDatabase::sqlite();
    let keys = KeyRing::from_bytes(&[7; 32]);
    let book = HeartbeatBook::open(database.open(), keys, &first, Timestamp::default())
        .await
        .unwrap();
    let settings = ProbeSettings {
        reference_targets,
        ..ProbeSettings::default()
    };
    let guard = IsolationGuard::new(&settings).unwrap();
    let (estate, estate_seen) = watch::channel(Arc::new(first));
    let (stop, stop_seen) = watch::channel(false);
    let (out, seen) = mpsc::channel(64);
    let pace = Arc::new(Pace::default());
    let thread = spawn(SchedulerParts {
        estate: estate_seen,
        instruments: Arc::new(Instruments::new(settings.into()).unwrap()),
        guard: Arc::new(guard),
        book: Arc::new(book),
        hurry: Arc::new(Hurry::default()),
        pace: Arc::clone(&pace),
        out,
        stop: stop_seen,
    });
    Running {
        estate,
        stop,
        seen,
        pace,
        thread: thread.unwrap(),
        _database: database,
    }
}

/// Waits for an observation that `is_it`; others before it are allowed.
async fn until(running: &mut Running, is_it: impl Fn(&Observation) -> bool) -> Observation {
    loop {
        let seen = running.seen.recv().await.unwrap();
        if is_it(&seen) {
            return seen;
        }
    }
}

fn finish(running: Running) {
    running.stop.send(true).unwrap();
    running.thread.join().unwrap();
}

#[tokio::test]
async fn checks_are_looked_at_again_and_again_and_a_reload_brings_others() {
    let open = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = open.local_addr().unwrap().port();
    let (first, second) = (towards(check(1, 1), port), towards(check(2, 1), port));
    let mut running = start(estate(vec![first.clone()]), Vec::new()).await;

    for _ in 0..3 {
        let seen = until(&mut running, |seen| seen.check == first.id).await;
        assert_eq!(seen.outcome, Outcome::Pass);
    }
    running
        .estate
        .send(Arc::new(estate(vec![second.clone()])))
        .unwrap();
    until(&mut running, |seen| seen.check == second.id).await;

    assert!(running.pace.started() >= 4);
    finish(running);
}

#[tokio::test]
async fn when_most_reference_targets_fail_too_a_failure_is_inconclusive() {
    let closed = crate::probe::for_tests::nobody().await;
    let open = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let reached = open.local_addr().unwrap().to_string();
    let failing = towards(check(1, 1), closed.port());

    let two_of_three = vec![closed.to_string(), closed.to_string(), reached.clone()];
    let mut isolated = start(estate(vec![failing.clone()]), two_of_three).await;
    let seen = until(&mut isolated, |_| true).await;
    assert_eq!(
        (seen.outcome, seen.reason.as_str()),
        (Outcome::Inconclusive, "isolated")
    );
    finish(isolated);

    let half = vec![closed.to_string(), reached];
    let mut connected = start(estate(vec![failing]), half).await;
    let seen = until(&mut connected, |_| true).await;
    assert_eq!(
        (seen.outcome, seen.reason.as_str()),
        (Outcome::Fail, "connect_refused")
    );
    finish(connected);
}
