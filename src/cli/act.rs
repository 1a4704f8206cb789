//! From a request to an exit code: load the configuration, ask, print what came of it.

use std::fmt::Display;
use std::io::Read;

use serde_json::Value;

use crate::actions::components::ComponentSetting;
use crate::actions::request::Request;
use crate::cli::control::{self, ControlError};
use crate::cli::output::Output;
use crate::cli::{Exit, Options};
use crate::config::Settings;
use crate::domain::incident::Impact;
use crate::domain::status::Status;

/// A command over `settings`, to its end. `work` answers what to print.
pub(super) fn with_settings<W>(options: &Options, output: Output, work: W) -> Exit
where
    W: AsyncFnOnce(&Settings) -> Result<Exit, ControlError>,
{
    let settings = match options.load(output) {
        Ok(settings) => settings,
        Err(errors) => {
            output.say(&errors);
            return Exit::Failed;
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return failed(output, &error),
    };
    match runtime.block_on(work(&settings)) {
        Ok(exit) => exit,
        Err(error) => {
            output.fail(&error);
            if let Some(hint) = error.hint() {
                output.say(&format!("hint: {hint}"));
            }
            Exit::Failed
        }
    }
}

/// Asks and prints: the answer as JSON, or `plain` of it.
pub(super) fn act(
    options: &Options,
    output: Output,
    request: Request,
    plain: fn(&Value) -> String,
) -> Exit {
    with_settings(options, output, async |settings| {
        let answer = control::ask(settings, request).await?;
        output.tell(&answer, &plain(&answer));
        Ok(Exit::Done)
    })
}

pub(super) fn failed(output: Output, why: &dyn Display) -> Exit {
    output.fail(why);
    Exit::Failed
}

/// `ID=STATUS`, as clap reads it.
pub(super) fn setting(text: &str) -> Result<ComponentSetting, String> {
    let Some((component, status)) = text.split_once('=') else {
        return Err("write ID=STATUS, as in checkout=major_outage".to_owned());
    };
    Ok(ComponentSetting {
        component: component.to_owned(),
        status: named(
            status,
            Status::parse,
            Status::ALL.map(Status::name).as_slice(),
        )?,
    })
}

/// A word of a closed set, or the words there are.
pub(super) fn named<T>(
    text: &str,
    parse: impl Fn(&str) -> Option<T>,
    names: &[&str],
) -> Result<T, String> {
    parse(text).ok_or_else(|| format!("one of {}", names.join(", ")))
}

pub(super) fn impact(text: &str) -> Result<Impact, String> {
    named(text, Impact::parse, &Impact::ALL.map(Impact::name))
}

/// `-` reads standard input: bodies with several lines.
pub(super) fn text_or_stdin(text: String) -> std::io::Result<String> {
    if text != "-" {
        return Ok(text);
    }
    let mut all = String::new();
    std::io::stdin().lock().read_to_string(&mut all)?;
    Ok(all)
}

/// One line each, of the named fields, separated by tabs.
pub(super) fn lines(list: &Value, fields: &[&str]) -> String {
    let rows = list.as_array().into_iter().flatten().map(|row| {
        let cells = fields.iter().map(|field| cell(row.get(*field)));
        cells.collect::<Vec<_>>().join("\t")
    });
    let rows: Vec<String> = rows.collect();
    if rows.is_empty() {
        return "none".to_owned();
    }
    rows.join("\n")
}

pub(super) fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "-".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}
