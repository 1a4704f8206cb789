//! How many HTTP checks a second one node makes, and what processor time each costs.
//!
//! `cargo bench --bench checks -- CHECKS INTERVAL_SECONDS FOR_SECONDS` (10000 10 20). The target is this program
//! again, in a process of its own, so that only our side is counted. Scheduler, probe, decisions and storage are the
//! product's; each check has a component of its own, and every look is written to SQLite with full synchronisation.
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
use allclear::domain::machine::Machine;
use allclear::domain::status::Status;
use allclear::entropy;
use allclear::probe::isolation::IsolationGuard;
use allclear::probe::{Instruments, ProbeSettings};
use allclear::seal::KeyRing;
use allclear::store::{Store, StoreOptions, state};
use allclear::watch::heartbeat::HeartbeatBook;
use allclear::watch::ingest::Ingest;
use allclear::watch::pace::{LAG_BOUNDS_MS, Pace};
use allclear::watch::scheduler::{Hurry, SchedulerParts, spawn};
use allclear::watch::{self as watching, Inlets};
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
    })
    .unwrap();
    let keys = KeyRing::from_bytes(&[7; 32]);
    let book = HeartbeatBook::open(store.clone(), keys, &estate, now())
        .await
        .unwrap();
    let settings = Arc::new(ProbeSettings::default());
    let pace = Arc::new(Pace::default());
    let hurry = Arc::new(Hurry::default());
    let ledger = store.ledger_watch();
    let ingest = Ingest::resume(store.clone(), Arc::clone(&estate), now())
        .await
        .unwrap();
    let (_estate, estate_seen) = watch::channel(estate);
    let (_readings, readings) = mpsc::channel(1);
    let (stop, stop_seen) = watch::channel(false);
    let (out, observations) = mpsc::channel(4096);
    let inlets = Inlets {
        observations,
        readings,
        estate: estate_seen.clone(),
        ledger,
        hurry: Arc::clone(&hurry),
        tally: Arc::default(),
    };
    let watching = tokio::spawn(watching::run(ingest, inlets, stop_seen.clone()));
    let thread = spawn(SchedulerParts {
        estate: estate_seen,
        guard: Arc::new(IsolationGuard::new(&settings).unwrap()),
        instruments: Arc::new(Instruments::new(settings).unwrap()),
        book: Arc::new(book),
        hurry,
        pace: Arc::clone(&pace),
        out,
        stop: stop_seen,
    });
    observe_steadily(&pace, seconds).await;
    stop.send(true).unwrap();
    watching.await.unwrap();
    thread.unwrap().join().unwrap();
    let well = store.read(state::list_components::<Machine>).await.unwrap();
    let well = well
        .iter()
        .filter(|of| of.status == Status::Operational)
        .count();
    println!("components that became operational: {well} of {checks}");
}

/// Waits for the steady rate, then measures it.
async fn observe_steadily(pace: &Pace, seconds: u64) {
    // The first looks come all at once, and every component becomes operational; what follows is the steady rate.
    tokio::time::sleep(Duration::from_secs(10)).await;
    let (watch, cpu, begun) = (Stopwatch::start(), cpu_seconds(), pace.started());
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    let looks = pace.started() - begun;
    let (elapsed, spent) = (watch.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    let rate = u32::try_from(looks).map(f64::from).unwrap();
    println!("looks {looks}, per second {:.0}", rate / elapsed);
    println!(
        "processor time {spent:.2} s: {:.0} % of one core, per look {:.1} us",
        spent * 100.0 / elapsed,
        spent * 1e6 / rate
    );
    println!(
        "skipped {}, begun within {LAG_BOUNDS_MS:?} ms: {:?}",
        pace.skipped(),
        pace.lag_counts()
    );
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
    let component = |number| Component {
        id: ComponentId(entropy::id()),
        key: format!("component-{number}"),
        name: format!("Component {number}"),
        description: None,
        group: None,
        tier: 2,
        owner_mail: None,
        runbook: None,
        depends_on: Vec::new(),
        show: Show::Always,
        auto_publish: AutoPublish::StatusOnly,
        publish_after: Duration::from_mins(10),
        major_k: None,
        region: None,
        workaround: None,
        revenue_per_minute: None,
        uptime_since: None,
        hysteresis: Hysteresis::default(),
        checks: vec![check(number)],
        objectives: Vec::new(),
        owner: Owner::File,
        created_at: now(),
    };
    Estate {
        components: (0..checks).map(component).collect(),
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
