//! Wiring: configuration becomes running parts; they start and stop in order, every step logged by name.
//!
//! The page is up first and goes last. It is served from the kept snapshot before the database is opened, and while it
//! cannot be reached; everything else waits for the store.

mod counters;
mod opening;
mod parts;
mod reload;
mod routine;
mod signals;

pub mod demo;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::sync::watch;

use crate::cli::control;
use crate::cli::output::Output;
use crate::cli::{Exit, Options};
use crate::config::Settings;
use crate::publish::shelf::Shelf;
use crate::store::lease::{DataDirLock, LockError};
use crate::telemetry::logs;
use crate::web::server::Bound;
use crate::{clock, config, egress, seal};

/// A command without a server is done by then.
const COMMAND_ENDS_WITHIN: Duration = Duration::from_secs(30);
const TRY_AGAIN: Duration = Duration::from_millis(20);

/// What `main` may start here; everything else is a command of the terminal.
pub enum Program {
    Serve,
    Demo(demo::DemoArguments),
}

/// Runs a program to its end, on a runtime of its own.
#[must_use]
pub fn run(options: &Options, program: Program) -> Exit {
    let output = Output::new(options.json);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let done = runtime
        .context("no runtime can be started")
        .and_then(|runtime| {
            runtime.block_on(async {
                match program {
                    Program::Serve => serve(options, output).await,
                    Program::Demo(arguments) => demo::demo(&arguments, output).await,
                }
            })
        });
    done.unwrap_or_else(|error| {
        output.say(&format!("error: {error:#}"));
        Exit::Failed
    })
}

/// `allclear serve`: runs until told to stop.
///
/// # Errors
/// Whatever keeps the server from starting, in words for the operator.
pub async fn serve(options: &Options, output: Output) -> anyhow::Result<Exit> {
    let environment = config::environment();
    logs::start(environment.get("ALLCLEAR_LOG").map(String::as_str))
        .context("ALLCLEAR_LOG is not a log filter")?;
    egress::install_crypto();
    let settings = match options.load(output) {
        Ok(settings) => settings,
        Err(errors) => {
            output.say(&errors);
            return Ok(Exit::Failed);
        }
    };
    let data_dir = settings.server.data_dir.clone();
    let _lock = take_directory(&settings).await?;
    let keys = seal::KeyRing::open(&data_dir)?;
    let (stop, stopping) = watch::channel(false);
    signals::stop_on_signal(stop.clone())?;

    let bound = Bound::on(&settings.server)?;
    tracing::info!(address = %bound.public_address()?, "the page is served");
    let shelf = opening::kept_shelf(&settings, clock::now());
    let opened = opening::open_store(&settings, &bound, &shelf, stopping.clone()).await?;
    let Some(store) = opened else {
        return Ok(Exit::Done);
    };
    let running = parts::start(parts::Materials {
        settings,
        keys,
        store,
        shelf: Arc::clone(&shelf),
        bound,
        output,
        options: options.clone(),
        stop,
        stopping,
    })
    .await?;
    running.until_stopped().await?;
    tracing::info!("stopped");
    Ok(Exit::Done)
}

/// Commands without a server hold the directory for a moment: we wait for those. A server that answers is told of at once.
async fn take_directory(settings: &Settings) -> Result<DataDirLock, LockError> {
    let waiting = clock::Stopwatch::start();
    loop {
        match DataDirLock::take(&settings.server.data_dir) {
            Err(LockError::InUse { .. })
                if waiting.elapsed() < COMMAND_ENDS_WITHIN
                    && !control::is_running(settings).await =>
            {
                tokio::time::sleep(TRY_AGAIN).await;
            }
            taken => return taken,
        }
    }
}

/// What readers get before anything else runs.
type SharedShelf = Arc<Shelf>;
