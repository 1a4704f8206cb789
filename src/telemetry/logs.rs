//! Logs on standard error: one JSON object per line when a machine reads them, short lines when a person does.
//!
//! Messages can be read alone; facts are dotted fields (`request.id`, `check.id`). No address, token or body is
//! ever a field.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;

/// Ours at info, the libraries' only when they warn.
const DEFAULT: &str = "warn,allclear=info";

/// Starts logging for the whole process; `filter` as in `info,allclear::probe=debug`. A second call changes nothing.
///
/// # Errors
/// [`ParseError`] when the filter cannot be read.
pub fn start(filter: Option<&str>) -> Result<(), ParseError> {
    let filter = EnvFilter::builder().parse(filter.unwrap_or(DEFAULT))?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    // A second subscriber is refused by `tracing`; the first goes on.
    let _ = if std::io::stderr().is_terminal() {
        builder.with_target(false).compact().try_init()
    } else {
        builder
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .try_init()
    };
    Ok(())
}
