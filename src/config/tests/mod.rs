//! The file as users write it. Each test reads a text and looks at the settings or at the words of the refusal.

mod keys;
mod refusals;
mod values;

use std::path::Path;

use crate::config::load::Document;
use crate::config::problem::ConfigErrors;
use crate::config::settings::Settings;
use crate::config::source::{Environment, Purpose};

fn environment(pairs: &[(&str, &str)]) -> Environment {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn read(text: &str, pairs: &[(&str, &str)]) -> Result<Settings, ConfigErrors> {
    let document = Document {
        text,
        name: "allclear.toml",
        folder: Path::new(""),
    };
    document.read(Purpose::Running, &environment(pairs))
}

fn good(text: &str) -> Settings {
    read(text, &[]).unwrap_or_else(|errors| panic!("{errors}"))
}

fn refused_in(text: &str, pairs: &[(&str, &str)]) -> String {
    match read(text, pairs) {
        Ok(_) => panic!("this should be refused:\n{text}"),
        Err(errors) => errors.to_string(),
    }
}

fn refused(text: &str) -> String {
    refused_in(text, &[])
}

const EXAMPLE_ENVIRONMENT: [(&str, &str); 4] = [
    ("PROM_TOKEN", "prom-secret"),
    ("HEALTH_TOKEN", "health-secret"),
    ("HEALTH_PASSWORD", "password-secret"),
    ("EXPORT_TOKEN", "export-secret"),
];

fn complete() -> Settings {
    let text = include_str!("../../../examples/complete.toml");
    read(text, &EXAMPLE_ENVIRONMENT).unwrap_or_else(|errors| panic!("{errors}"))
}
