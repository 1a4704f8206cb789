//! `allclear status` and `doctor`: what the page says, whether we live, what ails us.

use crate::actions::request::Request;
use crate::cli::act::{act, cell, lines};
use crate::cli::output::Output;
use crate::cli::{Exit, Options};

/// What the page says of one component or of all, and why (with `--json`, the whole record).
pub(super) fn status(component: Option<String>, options: &Options, output: Output) -> Exit {
    let request = Request::ShowStatus { component };
    act(options, output, request, |found| {
        lines(found, &["component", "status", "since", "measured"])
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
