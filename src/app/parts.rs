//! The parts, started in the order in which they need each other. Each is a task with a name that ends when told to.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use super::counters::Rooms;
use super::opening::{keep_ids, publish_settings};
use super::reload::Reloader;
use super::{SharedShelf, routine};
use crate::actions::ActionContext;
use crate::actions::apply_config::apply_config;
use crate::auth::claims::Signer;
use crate::auth::invitation;
use crate::auth::limits::Limits;
use crate::cli::Options;
use crate::cli::output::Output;
use crate::clock;
use crate::config::Settings;
use crate::domain::actor::Actor;
use crate::domain::estate::Estate;
use crate::egress::guarded_client;
use crate::notify::{self, Counts, NotifyParts};
use crate::probe::Instruments;
use crate::probe::isolation::IsolationGuard;
use crate::publish::{self, PublishParts};
use crate::seal::KeyRing;
use crate::store::Store;
use crate::telemetry::metrics::Metrics;
use crate::watch::heartbeat::HeartbeatBook;
use crate::watch::ingest::Ingest;
use crate::watch::objectives::Evaluator;
use crate::watch::pace::Pace;
use crate::watch::scheduler::{self, Hurry, SchedulerParts};
use crate::watch::tally::Tally;
use crate::watch::{self as watching, Inlets};
use crate::web::control::{self, Control};
use crate::web::server::Bound;
use crate::web::site::Site;

/// Observations between the scheduler's thread and the watch.
const IN_FLIGHT: usize = 4096;

/// Stopping takes at most this long; what has not ended by then is left to the next start.
const STOP_WITHIN: Duration = Duration::from_secs(11);

/// What the server is made of.
pub(super) struct Materials {
    pub settings: Settings,
    pub keys: KeyRing,
    pub store: Store,
    pub shelf: SharedShelf,
    pub bound: Bound,
    pub output: Output,
    pub options: Options,
    pub stop: watch::Sender<bool>,
    pub stopping: watch::Receiver<bool>,
}

/// A started server.
pub(super) struct Running {
    tasks: Vec<(&'static str, JoinHandle<()>)>,
    web: JoinHandle<std::io::Result<()>>,
    store: Store,
    stop: watch::Sender<bool>,
    lease: Option<routine::DatabaseLease>,
}

/// Starts everything.
pub(super) async fn start(from: Materials) -> anyhow::Result<Running> {
    let now = clock::now();
    let lease = routine::take_database(&from.store, &from.settings, now).await?;
    let context = ActionContext {
        store: from.store.clone(),
        estate: Arc::default(),
        keys: from.keys.clone(),
        now,
        actor: Actor::System,
    };
    let applied = apply_config(&context, &from.settings.manifest).await?;
    keep_ids(&from.settings.server.data_dir, &applied.estate);
    let (estate, estates) = watch::channel(Arc::new(applied.estate));
    let book = HeartbeatBook::open(
        from.store.clone(),
        from.keys.clone(),
        &Arc::clone(&estates.borrow()),
        now,
    )
    .await?;
    let rooms = Rooms {
        pace: Arc::default(),
        tally: Arc::default(),
        counts: Arc::default(),
        shelf: Arc::clone(&from.shelf),
        estate: estates.clone(),
        ledger: from.store.ledger_watch(),
    };
    let mut starting = Starting {
        settings: Arc::new(from.settings.clone()),
        context,
        estates,
        book: Arc::new(book),
        pace: Arc::clone(&rooms.pace),
        tally: Arc::clone(&rooms.tally),
        counts: Arc::clone(&rooms.counts),
        metrics: Arc::new(Metrics::reading(rooms)),
        stopping: from.stopping.clone(),
        tasks: Vec::new(),
    };
    starting.start_watch(now).await?;
    starting.start_publish(&from);
    starting.start_notify(&from);
    starting.start_control(&from, estate)?;
    say_first_link(&from, now).await?;
    let site = starting.site(&from);
    let web = tokio::spawn(from.bound.serve(site, from.shelf, from.stopping));
    tracing::info!("everything is started");
    let lease = lease.map(|lease| lease.renewing(from.stop.clone()));
    Ok(Running {
        tasks: starting.tasks,
        web,
        store: from.store,
        stop: from.stop,
        lease,
    })
}

/// What the parts share while they are started.
struct Starting {
    settings: Arc<Settings>,
    context: ActionContext,
    estates: watch::Receiver<Arc<Estate>>,
    book: Arc<HeartbeatBook>,
    pace: Arc<Pace>,
    tally: Arc<Tally>,
    metrics: Arc<Metrics>,
    counts: Arc<Counts>,
    stopping: watch::Receiver<bool>,
    tasks: Vec<(&'static str, JoinHandle<()>)>,
}

impl Starting {
    fn run(&mut self, name: &'static str, part: impl Future<Output = ()> + Send + 'static) {
        tracing::info!(part = name, "started");
        self.tasks.push((name, tokio::spawn(part)));
    }

    /// Scheduler, ingest, objectives, what is due, upkeep.
    async fn start_watch(
        &mut self,
        now: crate::domain::timestamp::Timestamp,
    ) -> anyhow::Result<()> {
        let store = self.context.store.clone();
        let probes = Arc::new(self.settings.probes.clone());
        let hurry = Arc::new(Hurry::default());
        let (out, observations) = mpsc::channel(IN_FLIGHT);
        let (readings_out, readings) = mpsc::channel(64);
        let ledger = store.ledger_watch();
        let estate = Arc::clone(&self.estates.borrow());
        let ingest = Ingest::resume(store.clone(), estate, now).await?;
        let parts = SchedulerParts {
            estate: self.estates.clone(),
            instruments: Arc::new(Instruments::new(Arc::clone(&probes))?),
            guard: Arc::new(IsolationGuard::new(&probes)?),
            book: Arc::clone(&self.book),
            hurry: Arc::clone(&hurry),
            pace: Arc::clone(&self.pace),
            out,
            stop: self.stopping.clone(),
        };
        // The scheduler's thread ends by the same signal; nothing waits for it but its channel.
        scheduler::spawn(parts).context("the scheduler's thread cannot be started")?;
        let inlets = Inlets {
            observations,
            readings,
            estate: self.estates.clone(),
            ledger,
            hurry,
            tally: Arc::clone(&self.tally),
        };
        self.run(
            "watch",
            watching::run(ingest, inlets, self.stopping.clone()),
        );
        let client = guarded_client(probes.policy.clone(), Duration::from_secs(30))?;
        let evaluator = Evaluator::new(store.clone(), client, probes);
        let estates = self.estates.clone();
        let stopping = self.stopping.clone();
        self.run(
            "objectives",
            routine::evaluate(evaluator, estates, readings_out, stopping),
        );
        let due = routine::do_what_is_due(
            self.context.clone(),
            self.estates.clone(),
            self.stopping.clone(),
        );
        self.run("due", due);
        let upkeep = routine::keep_up(store, self.settings.retention, self.stopping.clone());
        self.run("upkeep", upkeep);
        Ok(())
    }

    fn start_publish(&mut self, from: &Materials) {
        let parts = PublishParts {
            store: from.store.clone(),
            estate: self.estates.clone(),
            shelf: Arc::clone(&from.shelf),
            settings: publish_settings(&from.settings),
        };
        self.run("publish", publish::run(parts, self.stopping.clone()));
    }

    fn start_notify(&mut self, from: &Materials) {
        let parts = NotifyParts {
            store: from.store.clone(),
            keys: from.keys.clone(),
            estate: self.estates.clone(),
            mail: from.settings.mail.clone(),
            webhooks: from.settings.webhooks.clone(),
            public_url: bare(&from.settings.server.public_url),
            console_url: bare(&from.settings.server.console_url),
            templates: Some(from.settings.server.data_dir.join("templates")),
            counts: Arc::clone(&self.counts),
        };
        let (notify, stop) = (notify::run(parts, self.stopping.clone()), from.stop.clone());
        self.run("notify", async move {
            if let Err(error) = notify.await {
                tracing::error!(%error, "nobody can be told: stopping");
                // Nobody left to stop is as good as stopped.
                let _ = stop.send(true);
            }
        });
    }

    /// The control socket, and reloading by it or by SIGHUP.
    fn start_control(
        &mut self,
        from: &Materials,
        estate: watch::Sender<Arc<Estate>>,
    ) -> anyhow::Result<()> {
        let reloader = Arc::new(Reloader {
            options: from.options.clone(),
            output: from.output,
            context: self.context.clone(),
            book: Arc::clone(&self.book),
            running: Arc::clone(&self.settings),
            estate,
        });
        let bound = control::Bound::in_data_dir(&from.settings.server.data_dir)
            .context("the control socket cannot be made")?;
        let control = Control {
            store: from.store.clone(),
            estate: self.estates.clone(),
            keys: from.keys.clone(),
            reload: Reloader::callback(&reloader),
        };
        let stopping = self.stopping.clone();
        self.run("control", async move {
            if let Err(error) = bound.serve(control, stopping).await {
                tracing::error!(%error, "the control socket is closed");
            }
        });
        self.run(
            "reload",
            Reloader::on_hangup(reloader, self.stopping.clone())?,
        );
        Ok(())
    }

    fn site(&self, from: &Materials) -> Site {
        Site {
            settings: from.settings.server.clone(),
            store: from.store.clone(),
            keys: from.keys.clone(),
            signer: Signer::new(&from.keys),
            estate: self.estates.clone(),
            limits: Limits::default(),
            heartbeats: Arc::clone(&self.book),
            webhooks: from.settings.webhooks.clone(),
            metrics: Arc::clone(&self.metrics),
            shelf: Arc::clone(&from.shelf),
            has_mail: from.settings.mail.is_some(),
            clock: clock::now,
        }
    }
}

/// A URL without its last slash: paths are put behind it.
fn bare(url: &url::Url) -> String {
    url.as_str().trim_end_matches('/').to_owned()
}

/// The link that makes the first operator, while there is none.
async fn say_first_link(
    from: &Materials,
    now: crate::domain::timestamp::Timestamp,
) -> anyhow::Result<()> {
    if let Some(token) = invitation::begin_setup(&from.store, now).await? {
        let base = from
            .settings
            .server
            .console_url
            .as_str()
            .trim_end_matches('/');
        from.output.say(&format!(
            "nobody can sign in yet. Make the first operator, within a day:\n  {base}/setup/{token}"
        ));
    }
    Ok(())
}

impl Running {
    /// Until the stop signal, or until the web server ends by itself; then ends everything, the page last.
    pub(super) async fn until_stopped(self) -> anyhow::Result<()> {
        let served = self.web.await;
        // The web server ended because it was told to, or because it failed: either way the rest must end.
        let _ = self.stop.send(true);
        let ending = async {
            for (name, task) in self.tasks {
                if let Err(error) = task.await {
                    tracing::error!(part = name, %error, "a part ended by a fault");
                }
            }
        };
        if tokio::time::timeout(STOP_WITHIN, ending).await.is_err() {
            tracing::warn!(
                "some parts did not end in time; the next start takes up what they left"
            );
        }
        if let Some(lease) = self.lease {
            lease.release().await;
        }
        self.store.close().await;
        served
            .context("the web server's task failed")?
            .context("the web server failed")
    }
}
