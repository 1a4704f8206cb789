//! How many mails a second one node sends, and what processor time each costs.
//!
//! `cargo bench --bench fan_out -- RECIPIENTS` (10000). The whole way is the product's: recipients come in as CSV, an
//! incident is opened, and the notifier makes rows, claims, writes, sends and settles on SQLite. The relay is postfix's
//! `smtp-sink`, a process of its own, so that only our side is counted.
#![expect(
    clippy::print_stdout,
    reason = "a load program prints what it measured"
)]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a load program may break off"
)]
#![expect(clippy::indexing_slicing, reason = "a load program may break off")]

use std::fmt::Write as _;
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use allclear::actions::ActionContext;
use allclear::actions::incidents::{OpenIncident, open_incident};
use allclear::actions::subscribers::{ImportSubscribers, import_subscribers};
use allclear::channel::email::MailSettings;
use allclear::channel::webhook::WebhookSettings;
use allclear::clock::{Stopwatch, now};
use allclear::domain::actor::Actor;
use allclear::domain::estate::Estate;
use allclear::domain::incident::{Impact, IncidentStatus};
use allclear::egress;
use allclear::notify::{self, Counts, NotifyParts};
use allclear::seal::KeyRing;
use allclear::store::{Store, StoreOptions};
use tokio::sync::watch;

/// Ticks of the processor clock a second, as Linux reports them to programs on every architecture.
const TICKS: f64 = 100.0;
/// Where Debian and most others put it.
const SINK: &str = "/usr/sbin/smtp-sink";
/// Whoever runs the bench as root still gives the sink no rights.
const UNPRIVILEGED: &str = "nobody";

fn main() {
    let recipients = std::env::args().find_map(|argument| argument.parse().ok());
    let (mut sink, port) = start_sink();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(measure(recipients.unwrap_or(10_000), port));
    sink.kill().unwrap();
    sink.wait().unwrap();
}

/// The sink, listening.
fn start_sink() -> (Child, u16) {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let mut command = Command::new(SINK);
    if is_root() {
        command.args(["-u", UNPRIVILEGED]);
    }
    let sink = command
        .args([&format!("127.0.0.1:{port}"), "1024"])
        .current_dir("/")
        .stdout(Stdio::null())
        .spawn()
        .unwrap_or_else(|error| panic!("postfix's smtp-sink does not start: {error}"));
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        std::thread::sleep(Duration::from_millis(10));
    }
    (sink, port)
}

fn is_root() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    status.lines().any(|line| line.starts_with("Uid:\t0\t"))
}

async fn measure(recipients: u64, port: u16) {
    egress::install_crypto();
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&StoreOptions {
        url: format!("sqlite:{}", folder.path().join("bench.db").display()),
        data_dir: folder.path().to_owned(),
        readers: 2,
    });
    let ctx = ActionContext {
        store: store.unwrap(),
        estate: Arc::new(Estate::default()),
        keys: KeyRing::from_bytes(&[7; 32]),
        now: now(),
        actor: Actor::CommandLine,
    };
    import_subscribers(&ctx, lines(recipients)).await.unwrap();
    let (_estate, estate) = watch::channel(Arc::clone(&ctx.estate));
    let (stop, stopped) = watch::channel(false);
    let counts: Arc<Counts> = Arc::default();
    let parts = notify_parts(&ctx, estate, (port, &counts));
    let running = tokio::spawn(notify::run(parts, stopped));
    tokio::time::sleep(Duration::from_secs(1)).await;

    let ctx = ActionContext { now: now(), ..ctx };
    let (cpu, resident) = (cpu_seconds(), resident_bytes());
    let watch = Stopwatch::start();
    open_incident(&ctx, incident()).await.unwrap();
    let committed = watch.elapsed();
    let (first, most_resident) = until_sent(&counts, recipients, &watch).await;
    let (elapsed, spent) = (watch.elapsed().as_secs_f64(), cpu_seconds() - cpu);

    #[expect(clippy::cast_precision_loss, reason = "a count of mails")]
    let mails = recipients as f64;
    println!(
        "mails {recipients} in {elapsed:.2} s, per second {:.0}",
        mails / elapsed
    );
    println!(
        "processor time {spent:.2} s, per mail {:.0} us",
        spent * 1e6 / mails
    );
    println!(
        "event committed after {:.1} ms, first mail settled after {:.1} ms",
        committed.as_secs_f64() * 1e3,
        first.as_secs_f64() * 1e3
    );
    println!(
        "memory {} KiB before, at most {} KiB more",
        resident / 1024,
        most_resident.saturating_sub(resident) / 1024
    );
    println!("{counts:?}");
    stop.send(true).unwrap();
    running.await.unwrap().unwrap();
}

fn notify_parts(
    ctx: &ActionContext,
    estate: watch::Receiver<Arc<Estate>>,
    (port, counts): (u16, &Arc<Counts>),
) -> NotifyParts {
    NotifyParts {
        store: ctx.store.clone(),
        keys: ctx.keys.clone(),
        estate,
        mail: Some(MailSettings {
            smtp: format!("smtp://127.0.0.1:{port}").parse().unwrap(),
            from: "Example Status <status@status.example.com>".to_owned(),
            reply_to: None,
            max_per_second: None,
        }),
        webhooks: WebhookSettings::default(),
        public_url: "https://status.example.com".to_owned(),
        console_url: "https://status.example.com/console".to_owned(),
        templates: None,
        counts: Arc::clone(counts),
    }
}

/// When the first mail was settled, and the most memory seen until the last one was.
async fn until_sent(counts: &Counts, recipients: u64, watch: &Stopwatch) -> (Duration, u64) {
    let (mut first, mut most) = (None, 0);
    loop {
        let sent = counts.sent.load(Ordering::Relaxed);
        if sent > 0 && first.is_none() {
            first = Some(watch.elapsed());
        }
        most = most.max(resident_bytes());
        if sent >= recipients {
            return (first.unwrap_or_default(), most);
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

fn lines(recipients: u64) -> ImportSubscribers {
    let mut csv = "channel,address,components,kinds,min_impact,locale\n".to_owned();
    for number in 0..recipients {
        writeln!(csv, "email,reader{number}@example.net,,,,").unwrap();
    }
    ImportSubscribers { csv }
}

fn incident() -> OpenIncident {
    OpenIncident {
        title: "Checkout is slow".to_owned(),
        status: IncidentStatus::Investigating,
        impact: Some(Impact::Major),
        body: "Requests take longer than usual. We are looking into it.\n\n".repeat(20),
        components: Vec::new(),
        next_update_due: None,
        notify: true,
    }
}

/// User and system time of this process so far.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
    let ticks: f64 = fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap();
    ticks / TICKS
}

fn resident_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().nth(1));
    kibibytes.unwrap().parse::<u64>().unwrap() * 1024
}
