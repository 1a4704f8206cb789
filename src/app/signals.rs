//! What the operating system tells us: stop now, or leave at once when told twice.

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// The first SIGTERM or SIGINT stops in order, the second at once.
pub(super) fn stop_on_signal(stop: watch::Sender<bool>) -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        let mut is_first = true;
        loop {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            if !is_first {
                tracing::warn!("told to stop twice: leaving at once");
                std::process::exit(1);
            }
            is_first = false;
            tracing::info!("stopping");
            // Nobody may be listening any more; then there is nothing left to stop.
            let _ = stop.send(true);
        }
    });
    Ok(())
}
