//! The dependency tree: from the registry, under licences we can ship, one of each kind; by `cargo`, offline.

use std::collections::BTreeMap;
use std::process::Command;

use crate::root;

/// Crates that must not enter the tree, with the reason.
const BANNED: &[(&str, &str)] = &[
    ("chrono", "one time library: jiff"),
    ("ring", "one TLS provider: aws-lc-rs"),
    ("native-tls", "one TLS stack: rustls"),
    (
        "openssl",
        "one TLS stack: rustls; libpq's bundled openssl-sys is the exception",
    ),
    ("rsa", "RUSTSEC-2023-0071, no fixed release"),
    (
        "actix-files",
        "assets are embedded; its Range parser panicked",
    ),
];

/// Licences we can ship beside MIT OR Apache-2.0.
const LICENCES: &[&str] = &[
    "MIT",
    "MIT-0",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-1-Clause",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "ISC",
    "Zlib",
    "Unicode-3.0",
    "0BSD",
    "CC0-1.0",
    "MPL-2.0",
    "CDLA-Permissive-2.0",
    "Unlicense",
    "OpenSSL",
    "PostgreSQL",
];

/// What `cargo` says, offline.
fn cargo(arguments: &[&str]) -> Vec<u8> {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .args(["--offline", "--locked"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

#[test]
fn banned_crates_stay_out_of_the_tree() {
    let tree = cargo(&[
        "tree",
        "-e",
        "normal,build",
        "--prefix",
        "none",
        "-f",
        "{p}",
    ]);
    let tree = String::from_utf8_lossy(&tree);
    let built: Vec<_> = tree
        .lines()
        .filter_map(|line| line.split(' ').next())
        .collect();
    for (name, reason) in BANNED {
        assert!(!built.contains(name), "`{name}` is in the tree: {reason}");
    }
}

#[test]
fn every_crate_comes_from_the_registry_under_a_licence_we_can_ship() {
    let metadata = cargo(&[
        "metadata",
        "--format-version",
        "1",
        "--filter-platform",
        "x86_64-unknown-linux-gnu",
    ]);
    let metadata: serde_json::Value = serde_json::from_slice(&metadata).unwrap();
    let mut wrong = BTreeMap::new();
    for package in metadata["packages"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap_or_default().to_owned();
        if name == "allclear" {
            continue;
        }
        let source = package["source"].as_str().unwrap_or_default();
        if !source.starts_with("registry+") {
            wrong.insert(name.clone(), format!("comes from `{source}`"));
        }
        let licence = package["license"]
            .as_str()
            .unwrap_or_default()
            .replace('/', " OR ");
        if !is_shippable(&licence) {
            wrong.insert(name, format!("is under `{licence}`"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Every part joined by AND must offer a licence of the list.
fn is_shippable(licence: &str) -> bool {
    licence.split(" AND ").all(|part| {
        part.split(" OR ")
            .any(|one| LICENCES.contains(&one.trim_matches(['(', ')', ' '])))
    })
}
