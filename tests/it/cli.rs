//! The command line on a data directory of its own, without a server: what it prints and how it ends.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

const CONFIG: &str = r#"
[server]
public_url = "https://status.example.com"

[[component]]
id = "checkout"
name = "Checkout API"
"#;

/// A folder with a configuration in it; the data directory comes with the first command.
fn installation() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("allclear.toml"), CONFIG).unwrap();
    folder
}

fn allclear(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_allclear"))
        .current_dir(folder)
        .args(arguments)
        .output()
        .unwrap()
}

fn json(output: &Output) -> Value {
    let talk = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{talk}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn an_incident_is_opened_updated_and_resolved_without_a_server() {
    let folder = installation();
    let run = |arguments: &[&str]| allclear(folder.path(), arguments);

    let opened = json(&run(&[
        "incident",
        "open",
        "--title",
        "Checkout is out",
        "--body",
        "We are looking.",
        "--component",
        "checkout=major_outage",
        "--json",
    ]));
    let id = opened["id"].as_str().unwrap();
    let updated = json(&run(&[
        "incident",
        "update",
        id,
        "--status",
        "identified",
        "--body",
        "Found.",
        "--json",
    ]));
    let resolved = json(&run(&[
        "incident", "resolve", id, "--body", "Over.", "--json",
    ]));
    let listed = json(&run(&["incident", "list", "--json"]));

    let first = opened["event"].as_i64().unwrap();
    assert_eq!(opened["update_id"].as_str().unwrap().len(), 12);
    assert_eq!(updated["event"], first + 1);
    assert_eq!(resolved["event"], first + 2);
    assert_eq!(listed[0]["status"], "resolved");
    assert_eq!(listed[0]["impact"], "critical");
}

#[test]
fn a_misspelt_component_is_refused_with_a_suggestion() {
    let folder = installation();

    let refused = allclear(
        folder.path(),
        &[
            "incident",
            "open",
            "--title",
            "T",
            "--body",
            "B",
            "--component",
            "chekout=major_outage",
        ],
    );

    assert_eq!(refused.status.code(), Some(1));
    assert_eq!(
        String::from_utf8_lossy(&refused.stderr),
        "error: component `chekout` does not exist\nhint: did you mean `checkout`?\n"
    );
}

#[test]
fn a_word_that_is_no_status_is_misuse() {
    let folder = installation();

    let refused = allclear(
        folder.path(),
        &[
            "incident",
            "open",
            "--title",
            "T",
            "--body",
            "B",
            "--component",
            "checkout=sad",
        ],
    );

    assert_eq!(refused.status.code(), Some(2));
}

#[test]
fn an_operator_gets_a_link_and_a_token_is_shown_once() {
    let folder = installation();
    let run = |arguments: &[&str]| allclear(folder.path(), arguments);

    let added = json(&run(&[
        "operator",
        "add",
        "ada@example.net",
        "--role",
        "owner",
        "--json",
    ]));
    let made = json(&run(&[
        "token", "create", "deploys", "--scope", "read", "--json",
    ]));
    let listed = run(&["token", "list", "--json"]);

    let link = added["link"].as_str().unwrap();
    assert!(link.starts_with("https://status.example.com/console/set-password/"));
    let token = made["token"].as_str().unwrap();
    assert!(token.starts_with("acl_"));
    assert!(!String::from_utf8_lossy(&listed.stdout).contains(token));
}

#[test]
fn a_backup_is_a_file_and_no_server_is_not_healthy() {
    let folder = installation();

    assert!(allclear(folder.path(), &["migrate"]).status.success());
    let backed_up = allclear(folder.path(), &["backup", "copy.db", "--json"]);
    let health = allclear(folder.path(), &["healthcheck"]);

    assert_eq!(json(&backed_up)["file"], "copy.db");
    assert!(folder.path().join("copy.db").exists());
    assert_eq!(health.status.code(), Some(1));
}
