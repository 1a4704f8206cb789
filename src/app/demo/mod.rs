//! `allclear demo`: the real server over a small simulated estate with ninety days behind it, and no mail.
//!
//! Only the estate is simulated: a small target answers the checks, and the past is written by the same actions that
//! people use.

mod past;
mod target;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;

use crate::actions::apply_config::apply_config;
use crate::actions::context::ActionContext;
use crate::cli::output::Output;
use crate::cli::{Exit, Options};
use crate::clock;
use crate::domain::actor::Actor;
use crate::domain::timestamp::{DAY_MS, Timestamp};
use crate::seal::KeyRing;
use crate::store::lease::DataDirLock;
use crate::store::{Store, StoreOptions};

/// The estate, with `TARGET` where the simulated target's address belongs.
const ESTATE: &str = include_str!("estate.toml");

/// How far the simulated past reaches: more than the page shows.
const PAST: Duration = Duration::from_millis(100 * DAY_MS as u64);

/// The server with a small simulated estate and no mail, for a first look.
#[derive(Clone, Debug, clap::Args)]
pub struct DemoArguments {
    /// Where the page and the console answer.
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDRESS")]
    pub listen: SocketAddr,
    /// Where the demo keeps its files; a new directory below the system's temporary one when absent.
    #[arg(long, value_name = "DIRECTORY")]
    pub data_dir: Option<PathBuf>,
}

/// Prepares the estate and serves it until told to stop.
///
/// # Errors
/// Whatever keeps the server from starting.
pub async fn demo(arguments: &DemoArguments, output: Output) -> anyhow::Result<Exit> {
    let folder = arguments.data_dir.clone().unwrap_or_else(|| {
        std::env::temp_dir().join(format!("allclear-demo-{}", std::process::id()))
    });
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("cannot make {}", folder.display()))?;
    let target = target::start().await?;
    let file = write_configuration(&folder, arguments.listen, target)?;
    let options = Options {
        config: Some(file.clone()),
        json: false,
    };
    prepare(&options, output, clock::now()).await?;
    output.say(&format!("the demo's configuration is {}", file.display()));
    super::serve(&options, output).await
}

fn write_configuration(
    folder: &Path,
    listen: SocketAddr,
    target: SocketAddr,
) -> anyhow::Result<PathBuf> {
    let estate = ESTATE.replace("TARGET", &target.to_string());
    let text = format!(
        "[server]\nlisten = \"{listen}\"\npublic_url = \"http://{listen}\"\ndata_dir = {}\n\n{estate}",
        toml::Value::String(folder.join("data").display().to_string())
    );
    let file = folder.join("allclear.toml");
    std::fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
    Ok(file)
}

/// Writes the past into a database that has none; a second start keeps what is there.
async fn prepare(options: &Options, output: Output, now: Timestamp) -> anyhow::Result<()> {
    let settings = options
        .load(output)
        .map_err(|errors| anyhow::anyhow!("{errors}"))?;
    let data_dir = settings.server.data_dir.clone();
    let _lock = DataDirLock::take(&data_dir)?;
    let store = Store::open(&StoreOptions {
        url: settings.database_url.clone(),
        data_dir: data_dir.clone(),
        readers: 1,
    })?;
    let context = ActionContext {
        store: store.clone(),
        estate: std::sync::Arc::default(),
        keys: KeyRing::open(&data_dir)?,
        now: now - PAST,
        actor: Actor::System,
    };
    let applied = apply_config(&context, &settings.manifest).await?;
    if applied.event.is_some() {
        let estate = std::sync::Arc::new(applied.estate);
        past::write(
            &ActionContext {
                estate,
                actor: Actor::CommandLine,
                ..context
            },
            now,
        )
        .await?;
    }
    store.close().await;
    Ok(())
}
