//! `allclear replay CONFIG TRACE`: recorded evidence in virtual time, transitions as JSON lines.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::time::Duration;

use serde_json::json;

use crate::cli::Exit;
use crate::cli::output::Output;
use crate::config::{Purpose, environment, load_for};
use crate::domain::replay::{self, Options};
use crate::domain::span::parse_span;
use crate::domain::timestamp::Timestamp;
use crate::domain::trace::{TraceLine, parse_line};
use crate::domain::transition::Transition;

/// Lines longer than this are not evidence.
const LONGEST_LINE: usize = 64 * 1024;

#[derive(Debug, clap::Args)]
pub struct Replay {
    /// The configuration whose rules decide; secrets and other locations need not be there.
    #[arg(value_name = "CONFIG")]
    file: PathBuf,
    /// Recorded evidence as JSON lines, ordered by `at`; `-` is stdin.
    trace: PathBuf,
    /// How far time advances in one step.
    #[arg(long, default_value = "10s", value_parser = span)]
    tick: Duration,
    /// Go on to this time (RFC 3339) instead of ending at the last line.
    #[arg(long, value_parser = Timestamp::parse)]
    until: Option<Timestamp>,
}

fn span(text: &str) -> Result<Duration, String> {
    parse_span(text).map_err(|error| error.to_string())
}

pub(super) fn run(replay: &Replay, output: Output) -> Exit {
    match transitions(replay) {
        Ok(transitions) => {
            for transition in &transitions {
                output.print_json(&line(transition));
            }
            Exit::Done
        }
        Err(error) => {
            output.fail(&error);
            Exit::Failed
        }
    }
}

fn transitions(replay: &Replay) -> anyhow::Result<Vec<Transition>> {
    let settings = load_for(Purpose::Replaying, Some(&replay.file), &environment())?;
    let estate = settings.manifest.estate_without_store();
    let lines = lines(&replay.trace)?;
    let options = Options {
        tick: replay.tick,
        until: replay.until,
        config_hash: settings.hash,
    };
    Ok(replay::replay(&estate.components, &lines, &options)?)
}

fn lines(path: &PathBuf) -> anyhow::Result<Vec<TraceLine>> {
    let reader: Box<dyn BufRead> = if path.as_os_str() == "-" {
        Box::new(std::io::stdin().lock())
    } else {
        let file = std::fs::File::open(path)
            .map_err(|error| anyhow::anyhow!("{} cannot be read: {error}", path.display()))?;
        Box::new(BufReader::new(file))
    };
    let mut lines = Vec::new();
    for (number, text) in reader.lines().enumerate() {
        let at = |reason: String| anyhow::anyhow!("{}:{}: {reason}", path.display(), number + 1);
        let text = text.map_err(|error| at(error.to_string()))?;
        if text.len() > LONGEST_LINE {
            return Err(at("longer than 64 KiB".to_owned()));
        }
        if text.trim().is_empty() {
            return Err(at("is empty".to_owned()));
        }
        lines.push(parse_line(&text).map_err(|error| at(error.to_string()))?);
    }
    Ok(lines)
}

fn line(transition: &Transition) -> serde_json::Value {
    json!({
        "at": transition.at.to_string(),
        "component": transition.component,
        "from": transition.from,
        "to": transition.to,
        "level": transition.level,
        "rule": transition.rule,
        "began_at": transition.began_at.to_string(),
        "evidence": transition.evidence,
        "not_used": transition.not_used,
        "config_hash": transition.config_hash,
    })
}
