//! `allclear status`, `healthcheck` and `doctor`: what the page says, whether we live, what ails us.

use crate::actions::request::Request;
use crate::cli::act::{act, cell, lines, with_settings};
use crate::cli::control;
use crate::cli::output::Output;
use crate::cli::{Exit, Options};

/// What the page says of one component or of all, and why (with `--json`, the whole record).
pub(super) fn status(component: Option<String>, options: &Options, output: Output) -> Exit {
    let request = Request::ShowStatus { component };
    act(options, output, request, |found| {
        lines(found, &["component", "status", "since", "measured"])
    })
}

/// Exit 0 while a server answers with its database behind it: for container health checks.
pub(super) fn healthcheck(options: &Options, output: Output) -> Exit {
    with_settings(options, output, async |settings| {
        if control::is_serving(settings).await? {
            output.tell(&serde_json::json!({ "serving": true }), &"serving");
            return Ok(Exit::Done);
        }
        let data_dir = settings.server.data_dir.display();
        output.fail(&format!("no server answers in `{data_dir}`"));
        Ok(Exit::Failed)
    })
}

/// Whether the database answers and every accepted delivery is accounted for.
pub(super) fn doctor(options: &Options, output: Output) -> Exit {
    act(options, output, Request::Examine, |found| {
        [
            ("last event", "last_event"),
            ("deliveries accepted", "accepted"),
            ("by state", "deliveries"),
            ("subscribers", "subscribers"),
            ("seconds since last alive", "alive_s_ago"),
        ]
        .map(|(name, field)| format!("{name}: {}", cell(found.get(field))))
        .join("\n")
    })
}
