//! The file as users write it: what is understood, and the words in which the rest is refused.

use std::path::Path;

use super::load::read;
use super::settings::Settings;
use super::source::Environment;

fn environment(pairs: &[(&str, &str)]) -> Environment {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn good(text: &str) -> Settings {
    read(text, "allclear.toml", Path::new("."), &Environment::new())
        .unwrap_or_else(|errors| panic!("{errors}"))
}

fn refused_in(text: &str, pairs: &[(&str, &str)]) -> String {
    match read(text, "allclear.toml", Path::new("."), &environment(pairs)) {
        Ok(_) => panic!("this should be refused:\n{text}"),
        Err(errors) => errors.to_string(),
    }
}

fn refused(text: &str) -> String {
    refused_in(text, &[])
}

#[test]
fn no_file_at_all_is_a_configuration() {
    let settings = good("");

    assert_eq!(settings.server.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(
        settings.server.public_url.as_str(),
        "http://127.0.0.1:8080/"
    );
    assert_eq!(
        settings.server.console_url.as_str(),
        "http://127.0.0.1:8080/console"
    );
    assert_eq!(settings.database_url, "sqlite:data/allclear.db");
    assert!(settings.mail.is_none());
    assert!(settings.probes.policy.any_private);
    assert_eq!(settings.manifest.pages.len(), 1);
    assert!(settings.hash.starts_with("sha256:") && settings.hash.len() == 71);
}

#[test]
fn every_problem_is_told_at_once_with_its_place() {
    let text = r#"[server]
listn = "127.0.0.1:8080"
data_dir = 5

[[component]]
id = "api"
nmae = "API"

  [[component.check]]
  id = "api-http"
  kind = "htpp"
"#;

    assert_eq!(
        refused(text),
        "\
allclear.toml:2:1: server.listn: unknown key
  hint: did you mean `listen`?
allclear.toml:3:12: server.data_dir: must be a string, not a whole number
allclear.toml:5:1: component.name: is missing
  hint: for example `name = \"Checkout API\"`
allclear.toml:7:1: component.nmae: unknown key
  hint: did you mean `name`?
allclear.toml:11:10: component.check.kind: kind `htpp` is unknown
  hint: did you mean `http`?"
    );
}
