//! docs/CONFIG.md, made of [`keys`](crate::config::keys): every section, key, default and meaning.

use std::fmt::Write;

use crate::config::keys::process::ROOT;
use crate::config::keys::{Key, Need, Section, Shape};

/// What stands before the sections.
const OPENING: &str = include_str!("reference.md");

/// The whole reference as Markdown.
#[must_use]
pub fn reference() -> String {
    let mut text = OPENING.to_owned();
    for key in ROOT.all() {
        below(key, &mut text);
    }
    text
}

/// The sections a key leads to, in the order of the file.
fn below(key: &Key, into: &mut String) {
    match &key.shape {
        Shape::Table(of) | Shape::Named(of) => section(of, &header(of, "[", "]"), into),
        Shape::Tables(of) if of.name.contains("depends_on") => {
            section(of, "`depends_on = [{ … }]`", into);
        }
        Shape::Tables(of) => section(of, &header(of, "[[", "]]"), into),
        Shape::Kinds(tag, kinds) => each_kind(tag, kinds, ("[", "]"), into),
        Shape::ManyKinds(tag, kinds) => each_kind(tag, kinds, ("[[", "]]"), into),
        Shape::Text
        | Shape::Secret
        | Shape::Id
        | Shape::Url
        | Shape::Duration
        | Shape::Whole(..)
        | Shape::Number
        | Shape::Percentage
        | Shape::Flag
        | Shape::Time
        | Shape::Zone
        | Shape::Address
        | Shape::Network
        | Shape::Choice(_)
        | Shape::Json
        | Shape::Status
        | Shape::List(_)
        | Shape::NamedSecrets => {}
    }
}

fn header(of: &Section, open: &str, close: &str) -> String {
    format!("`{open}{}{close}`", of.name)
}

fn each_kind(
    tag: &str,
    kinds: &[(&str, &Section)],
    (open, close): (&str, &str),
    into: &mut String,
) {
    for (name, of) in kinds {
        let place = of.name.split(' ').next().unwrap_or_default();
        section(
            of,
            &format!("`{open}{place}{close}` with `{tag} = \"{name}\"`"),
            into,
        );
    }
}

fn section(of: &Section, title: &str, into: &mut String) {
    let _ = write!(into, "\n## {title}\n\n{}\n", of.about);
    if of.all().next().is_some() {
        into.push_str("\n| key | value | default | meaning |\n|---|---|---|---|\n");
    }
    for key in of.all() {
        let default = match key.need {
            Need::Required => "required".to_owned(),
            Need::Optional => "none".to_owned(),
            Need::Default(text) => format!("`{}`", written(&key.shape, text)),
        };
        let example = if key.example.is_empty() {
            String::new()
        } else {
            format!(" Example: `{}`", key.example.replace('|', "\\|"))
        };
        let _ = writeln!(
            into,
            "| `{}` | {} | {default} | {}{example} |",
            key.name,
            word(&key.shape),
            key.about,
        );
    }
    for key in of.all() {
        below(key, into);
    }
}

/// A default as it would be written in the file.
fn written(shape: &Shape, text: &str) -> String {
    match shape {
        Shape::List(_) => {
            let words: Vec<String> = text
                .split(',')
                .filter(|word| !word.is_empty())
                .map(|word| format!("\"{word}\""))
                .collect();
            format!("[{}]", words.join(", "))
        }
        Shape::Whole(..) | Shape::Flag | Shape::Number | Shape::Percentage => text.to_owned(),
        Shape::Text
        | Shape::Secret
        | Shape::Id
        | Shape::Url
        | Shape::Duration
        | Shape::Time
        | Shape::Zone
        | Shape::Address
        | Shape::Network
        | Shape::Choice(_)
        | Shape::Json
        | Shape::Status
        | Shape::Table(_)
        | Shape::Tables(_)
        | Shape::Kinds(..)
        | Shape::ManyKinds(..)
        | Shape::Named(_)
        | Shape::NamedSecrets => format!("\"{text}\""),
    }
}

fn word(shape: &Shape) -> String {
    match shape {
        Shape::Text => "text".to_owned(),
        Shape::Secret => "secret".to_owned(),
        Shape::Id => "id".to_owned(),
        Shape::Url => "URL".to_owned(),
        Shape::Duration => "duration".to_owned(),
        Shape::Whole(least, most) => format!("{least} to {most}"),
        Shape::Number => "number".to_owned(),
        Shape::Percentage => "percentage".to_owned(),
        Shape::Flag => "`true` or `false`".to_owned(),
        Shape::Time => "time".to_owned(),
        Shape::Zone => "IANA zone".to_owned(),
        Shape::Address => "address and port".to_owned(),
        Shape::Network => "network".to_owned(),
        Shape::Choice(words) => {
            let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
            words.join(", ")
        }
        Shape::Json => "any value".to_owned(),
        Shape::Status => "status or range".to_owned(),
        Shape::List(of) => format!("list of {}", word(of)),
        Shape::Table(_) | Shape::Kinds(..) => "table, below".to_owned(),
        Shape::Tables(_) | Shape::ManyKinds(..) => "tables, below".to_owned(),
        Shape::Named(_) => "tables by name, below".to_owned(),
        Shape::NamedSecrets => "table of secrets".to_owned(),
    }
}
