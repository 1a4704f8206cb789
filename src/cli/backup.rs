//! `allclear backup FILE` and `allclear migrate`.

use std::path::Path;

use serde_json::json;

use crate::cli::act::with_settings;
use crate::cli::control::{self, ControlError};
use crate::cli::output::Output;
use crate::cli::{Exit, Options};
use crate::store::back_up;
use crate::store::lease::DataDirLock;
use crate::store::ledger;

/// A copy of the database, also while the server runs.
pub(super) fn backup(file: &Path, options: &Options, output: Output) -> Exit {
    with_settings(options, output, async |settings| {
        let (source, to) = (control::options(settings), file.to_owned());
        let copying = tokio::task::spawn_blocking(move || back_up(&source, &to));
        copying.await.map_err(unopened)?.map_err(unopened)?;
        output.tell(&json!({ "file": file }), &file.display());
        let keys = settings.server.data_dir.join("keys").join("master");
        output.say(&format!(
            "keep `{}` as well, elsewhere: sealed secrets open with it alone",
            keys.display()
        ));
        Ok(Exit::Done)
    })
}

/// Brings the database to this program's version; the server does so by itself when it starts.
pub(super) fn migrate(options: &Options, output: Output) -> Exit {
    with_settings(options, output, async |settings| {
        let _lock = DataDirLock::take(&settings.server.data_dir).map_err(unopened)?;
        let store = control::open(settings)?;
        let last = store.read(ledger::last_seq).await;
        store.close().await;
        let last = last.map_err(unopened)?;
        output.tell(
            &json!({ "last_event": last }),
            &format!("up to date, last event {last}"),
        );
        Ok(Exit::Done)
    })
}

fn unopened(why: impl std::fmt::Display) -> ControlError {
    ControlError::Unopened(why.to_string())
}
