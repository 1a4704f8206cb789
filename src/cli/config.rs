//! `allclear config check|print|apply|schema|reference`.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::{Value, json};

use crate::cli::act::{cell, with_settings};
use crate::cli::control;
use crate::cli::output::Output;
use crate::cli::{Exit, Options};
use crate::config::problem::{ConfigErrors, Located, Place, Problem, Severity};
use crate::config::shown::Secrets;
use crate::config::{environment, load, reference, schema};

#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Report everything that is wrong with a file, at once.
    Check {
        /// The file; without it `--config`, or ./allclear.toml.
        file: Option<PathBuf>,
    },
    /// Print the effective whole, every default included.
    Print {
        file: Option<PathBuf>,
        /// Without secrets.
        #[arg(long)]
        redacted: bool,
    },
    /// Make the running server read its file again. A bad file changes nothing.
    Apply,
    /// Print a JSON Schema of the file.
    Schema,
    /// Print the reference of every key as Markdown.
    Reference,
}

pub(super) fn run(command: ConfigCommand, options: &Options, output: Output) -> Exit {
    match command {
        ConfigCommand::Check { file } => {
            check(file.as_deref().or(options.config.as_deref()), output)
        }
        ConfigCommand::Print { file, redacted } => {
            let secrets = if redacted {
                Secrets::Redacted
            } else {
                Secrets::Plain
            };
            print(
                file.as_deref().or(options.config.as_deref()),
                secrets,
                output,
            )
        }
        ConfigCommand::Apply => apply(options, output),
        ConfigCommand::Schema => {
            output.print(&pretty(&schema::schema()));
            Exit::Done
        }
        ConfigCommand::Reference => {
            output.print_raw(&reference::reference());
            Exit::Done
        }
    }
}

fn check(file: Option<&Path>, output: Output) -> Exit {
    match load(file, &environment()) {
        Ok(settings) => {
            if output.is_json() {
                let problems = as_json(&settings.file, &settings.warnings);
                output.print_json(
                    &json!({ "ok": true, "hash": settings.hash, "problems": problems }),
                );
                return Exit::Done;
            }
            for warning in &settings.warnings {
                output.say(&Located(&settings.file, warning));
            }
            let components = settings.manifest.components.len();
            output.print(&format!(
                "{}: ok, {components} {}, {} {}, {}",
                settings.file,
                plural(components, "component"),
                settings.manifest.check_count(),
                plural(settings.manifest.check_count(), "check"),
                settings.hash
            ));
            Exit::Done
        }
        Err(errors) => refuse(&errors, output),
    }
}

/// Every problem and their number; as JSON they are the data, otherwise they are talk.
fn refuse(errors: &ConfigErrors, output: Output) -> Exit {
    if output.is_json() {
        let problems = as_json(&errors.file, &errors.problems);
        output.print_json(&json!({ "ok": false, "problems": problems }));
        return Exit::Failed;
    }
    output.say(errors);
    let wrong = errors
        .problems
        .iter()
        .filter(|problem| problem.severity == Severity::Error)
        .count();
    output.say(&format!(
        "{wrong} {} in {}",
        plural(wrong, "error"),
        errors.file
    ));
    Exit::Failed
}

fn print(file: Option<&Path>, secrets: Secrets, output: Output) -> Exit {
    let settings = match load(file, &environment()) {
        Ok(settings) => settings,
        Err(errors) => return refuse(&errors, output),
    };
    let effective = settings.effective(secrets);
    if output.is_json() {
        output.print_json(&effective);
        return Exit::Done;
    }
    match toml::to_string(&effective) {
        Ok(text) => {
            output.print_raw(&text);
            Exit::Done
        }
        Err(error) => {
            output.fail(&error);
            Exit::Failed
        }
    }
}

/// The file is judged here first, where its problems can be shown in full.
fn apply(options: &Options, output: Output) -> Exit {
    with_settings(options, output, async |settings| {
        let Some(applied) = control::reload(settings).await? else {
            let data_dir = settings.server.data_dir.display();
            output.fail(&format!("no server runs in `{data_dir}`"));
            output.say(&"hint: a server reads its file when it starts; to judge the file alone use `allclear config check`");
            return Ok(Exit::Failed);
        };
        output.tell(&applied, &applied_line(&applied));
        let waiting = applied.get("needs_restart").and_then(Value::as_array);
        let waiting: Vec<String> = waiting
            .into_iter()
            .flatten()
            .map(|table| format!("[{}]", cell(Some(table))))
            .collect();
        if !waiting.is_empty() {
            output.say(&format!(
                "changed, and used after a restart only: {}",
                waiting.join(", ")
            ));
        }
        Ok(Exit::Done)
    })
}

fn applied_line(applied: &Value) -> String {
    let count = |name: &str, word: &str| {
        let number = applied
            .get(name)
            .and_then(Value::as_u64)
            .unwrap_or_default();
        let word = plural(usize::try_from(number).unwrap_or(usize::MAX), word);
        format!("{number} {word}")
    };
    let size = format!(
        "{}, {}",
        count("components", "component"),
        count("checks", "check")
    );
    match applied.get("event") {
        Some(Value::Number(event)) => format!("applied as event {event}: {size}"),
        _ => format!("in force already: {size}"),
    }
}

fn as_json(file: &str, problems: &[Problem]) -> Value {
    problems
        .iter()
        .map(|problem| {
            let (line, column, variable) = match &problem.place {
                Place::File { line, column } => (Some(line), Some(column), None),
                Place::Variable(name) => (None, None, Some(name)),
                Place::Whole => (None, None, None),
            };
            json!({
                "severity": match problem.severity {
                    Severity::Error => "error",
                    Severity::Warning => "warning",
                },
                "file": file,
                "line": line,
                "column": column,
                "variable": variable,
                "key": problem.key,
                "message": problem.message,
                "hint": problem.hint,
            })
        })
        .collect()
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

fn plural(number: usize, word: &str) -> String {
    if number == 1 {
        return word.to_owned();
    }
    format!("{word}s")
}
