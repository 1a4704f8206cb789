//! How many HTTP checks a second one node makes, and what processor time each costs.
//!
//! `cargo bench --bench checks -- CHECKS INTERVAL_SECONDS FOR_SECONDS` (10000 10 20). The target is this program
//! again, in a process of its own, so that only our side is counted. Scheduler and probe are the product's.
#![expect(
    clippy::print_stdout,
    reason = "a load program prints what it measured"
)]
#![expect(clippy::unwrap_used, reason = "a load program may break off")]
#![expect(clippy::indexing_slicing, reason = "a load program may break off")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use allclear::clock::{Stopwatch, now};
use allclear::domain::check::{Check, CheckKind, Expectations, HttpCheck};
use allclear::domain::component::{AutoPublish, Component, Hysteresis, Owner, Show};
use allclear::domain::estate::Estate;
use allclear::domain::id::{CheckId, ComponentId};
use allclear::domain::observation::{Observation, Outcome};
use allclear::entropy;
use allclear::probe::isolation::IsolationGuard;
use allclear::probe::{Instruments, ProbeSettings};
use allclear::seal::KeyRing;
use allclear::store::{Store, StoreOptions};
use allclear::watch::heartbeat::HeartbeatBook;
use allclear::watch::pace::{LAG_BOUNDS_MS, Pace};
use allclear::watch::scheduler::{Hurry, SchedulerParts, spawn};
use tokio::sync::{mpsc, watch};

/// Ticks of the processor clock a second, as Linux reports them to programs on every architecture.
const TICKS: f64 = 100.0;

fn main() {
    if std::env::args().any(|argument| argument == "respond") {
        return respond();
    }
    let numbers: Vec<u64> = std::env::args()
        .filter_map(|argument| argument.parse().ok())
        .collect();
    let number = |at: usize, usual| numbers.get(at).copied().unwrap_or(usual);
    let mut target = Command::new(std::env::current_exe().unwrap())
        .arg("respond")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(target.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let address: SocketAddr = line.trim().parse().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(measure(
        address,
        number(0, 10_000),
        number(1, 10),
        number(2, 20),
    ));
    target.kill().unwrap();
    target.wait().unwrap();
}

async fn measure(address: SocketAddr, checks: u64, interval: u64, seconds: u64) {
    let estate = Arc::new(estate(address, checks, Duration::from_secs(interval)));
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&StoreOptions {
        url: format!("sqlite:{}", folder.path().join("bench.db").display()),
        data_dir: folder.path().to_owned(),
        readers: 1,
    });
    let keys = KeyRing::from_bytes(&[7; 32]);
    let book = HeartbeatBook::open(store.unwrap(), keys, &estate, now())
        .await
        .unwrap();
    let settings = Arc::new(ProbeSettings::default());
    let pace = Arc::new(Pace::default());
    let (_estate, estate_seen) = watch::channel(estate);
    let (stop, stop_seen) = watch::channel(false);
    let (out, mut seen) = mpsc::channel(4096);
    let thread = spawn(SchedulerParts {
        estate: estate_seen,
        guard: Arc::new(IsolationGuard::new(&settings).unwrap()),
        instruments: Arc::new(Instruments::new(settings).unwrap()),
        book: Arc::new(book),
        hurry: Arc::new(Hurry::default()),
        pace: Arc::clone(&pace),
        out,
        stop: stop_seen,
    });
    // The first looks come all at once; what follows is the steady rate.
    receive(&mut seen, Duration::from_secs(6)).await;
    let (watch, cpu) = (Stopwatch::start(), cpu_seconds());
    let (looks, passed) = receive(&mut seen, Duration::from_secs(seconds)).await;
    let (elapsed, spent) = (watch.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    println!(
        "looks {looks}, passed {passed}, per second {:.0}",
        f64::from(looks) / elapsed
    );
    println!(
        "processor time {spent:.2} s, per look {:.1} us",
        spent * 1e6 / f64::from(looks)
    );
    println!(
        "skipped {}, begun within {LAG_BOUNDS_MS:?} ms: {:?}",
        pace.skipped(),
        pace.lag_counts()
    );
    stop.send(true).unwrap();
    drop(seen);
    thread.unwrap().join().unwrap();
}

/// Observations within `span`, and how many of them passed.
async fn receive(seen: &mut mpsc::Receiver<Observation>, span: Duration) -> (u32, u32) {
    let (mut looks, mut passed) = (0, 0);
    let end = tokio::time::sleep(span);
    tokio::pin!(end);
    loop {
        tokio::select! {
            () = &mut end => return (looks, passed),
            Some(look) = seen.recv() => {
                looks += 1;
                passed += u32::from(look.outcome == Outcome::Pass);
            }
        }
    }
}

fn estate(address: SocketAddr, checks: u64, interval: Duration) -> Estate {
    let url: url::Url = format!("http://{address}/health").parse().unwrap();
    let check = |number| Check {
        id: CheckId(entropy::id()),
        key: format!("check-{number}"),
        kind: CheckKind::Http(HttpCheck {
            url: url.clone(),
            method: "GET".to_owned(),
            body: None,
            redirects: 5,
            auth: None,
            headers: Vec::new(),
            expect: Expectations::default(),
        }),
        interval,
        timeout: Duration::from_secs(10),
        retry_interval: interval,
        fail_after: 3,
        recover_after: 2,
        slow_after: None,
        critical: true,
        locations: Vec::new(),
    };
    let component = Component {
        id: ComponentId(entropy::id()),
        key: "bench".to_owned(),
        name: "Bench".to_owned(),
        description: None,
        group: None,
        tier: 1,
        owner_mail: None,
        runbook: None,
        depends_on: Vec::new(),
        show: Show::Always,
        auto_publish: AutoPublish::Off,
        publish_after: Duration::from_mins(10),
        major_k: None,
        region: None,
        workaround: None,
        revenue_per_minute: None,
        uptime_since: None,
        hysteresis: Hysteresis::default(),
        checks: (0..checks).map(check).collect(),
        objectives: Vec::new(),
        owner: Owner::File,
        created_at: now(),
    };
    Estate {
        components: vec![component],
        ..Estate::default()
    }
}

/// User and system time of this process so far.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
    let ticks: f64 = fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap();
    ticks / TICKS
}

/// The target: one short answer per connection, one thread.
fn respond() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    println!("{}", listener.local_addr().unwrap());
    for stream in listener.incoming() {
        let _ = stream.and_then(answer);
    }
}

fn answer(mut stream: TcpStream) -> std::io::Result<()> {
    let _ = stream.read(&mut [0; 4096])?;
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
}
