//! Reading the configuration again, by SIGHUP or by command, without dropping a check or a request. A bad file
//! changes nothing.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use super::opening::keep_ids;
use crate::actions::apply_config::apply_config;
use crate::actions::{ActionContext, ActionError};
use crate::cli::Options;
use crate::cli::output::Output;
use crate::clock;
use crate::config::Settings;
use crate::domain::estate::Estate;
use crate::watch::heartbeat::HeartbeatBook;
use crate::web::control::Reload;

pub(super) struct Reloader {
    pub options: Options,
    pub output: Output,
    pub context: ActionContext,
    pub book: Arc<HeartbeatBook>,
    /// What runs: settings of the process need a restart, and we say so.
    pub running: Arc<Settings>,
    pub estate: watch::Sender<Arc<Estate>>,
}

impl Reloader {
    /// What the control socket calls.
    pub(super) fn callback(reloader: &Arc<Self>) -> Reload {
        let reloader = Arc::clone(reloader);
        Arc::new(move || {
            let reloader = Arc::clone(&reloader);
            Box::pin(async move { reloader.reload().await })
        })
    }

    /// Reloads at each SIGHUP until stopped.
    pub(super) fn on_hangup(
        reloader: Arc<Self>,
        mut stopping: watch::Receiver<bool>,
    ) -> std::io::Result<impl Future<Output = ()> + Send> {
        let mut hangup = signal(SignalKind::hangup())?;
        Ok(async move {
            loop {
                tokio::select! {
                    _ = stopping.wait_for(|is_stopping| *is_stopping) => return,
                    _ = hangup.recv() => {}
                }
                match reloader.reload().await {
                    Ok(done) => tracing::info!(%done, "the configuration is read again"),
                    Err(error) => {
                        tracing::error!(%error, "the configuration is refused; what runs goes on");
                    }
                }
            }
        })
    }

    /// Loads, applies, and hands the new estate to everyone.
    async fn reload(&self) -> Result<Value, ActionError> {
        let settings = self
            .options
            .load(self.output)
            .map_err(|errors| ActionError::invalid("config", errors.to_string()))?;
        let now = clock::now();
        let context = ActionContext {
            now,
            ..self.context.clone()
        };
        let applied = apply_config(&context, &settings.manifest).await?;
        let estate = Arc::new(applied.estate);
        self.book
            .adopt(&estate, now)
            .await
            .map_err(|error| ActionError::Unavailable(error.to_string()))?;
        keep_ids(&self.running.server.data_dir, &estate);
        self.estate.send_replace(Arc::clone(&estate));
        Ok(json!({
            "applied": applied.event.is_some(),
            "event": applied.event,
            "components": estate.components.len(),
            "checks": estate.checks().count(),
            "needs_restart": self.needs_restart(&settings),
        }))
    }

    /// Tables of the process that changed in the file but not in what runs.
    fn needs_restart(&self, new: &Settings) -> Vec<&'static str> {
        let running = &self.running;
        let changed = [
            ("server", running.server != new.server),
            ("database", running.database_url != new.database_url),
            ("mail", running.mail != new.mail),
            ("webhooks", running.webhooks != new.webhooks),
            ("probes", running.probes != new.probes),
            ("retention", running.retention != new.retention),
        ];
        changed
            .into_iter()
            .filter(|(_, is_changed)| *is_changed)
            .map(|(name, _)| name)
            .collect()
    }
}
