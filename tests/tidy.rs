//! Taste as a test: who may use whom, which crate lives where, and what a file must look like.
//!
//! One crate means that the compiler guards no layer; this file does. It also keeps the dependency tree
//! to the sources, licences and stacks we chose, by `cargo tree` and `cargo metadata`.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The layers of the house, lowest first. A room uses rooms of lower layers, never of higher ones.
const LAYERS: &[&[&str]] = &[
    &["domain"],
    &["clock", "entropy", "seal", "telemetry", "egress", "markup"],
    &["store", "probe", "channel"],
    &[
        "watch", "publish", "notify", "actions", "auth", "report", "import", "config",
    ],
    &["web", "cli", "agent"],
    &["main", "app"],
];

/// Rooms of one layer that may use each other, with the reason.
const NEIGHBOURS: &[(&str, &str, &str)] = &[
    (
        "seal",
        "entropy",
        "a sealed text begins with a random nonce",
    ),
    (
        "actions",
        "auth",
        "a password is set by an action and hashed by auth",
    ),
    ("actions", "config", "applying a configuration is an action"),
    (
        "watch",
        "actions",
        "what derivation publishes goes through the same actions as what people publish",
    ),
];

/// Crates that may be named only in certain places.
const HOMES: &[(&str, &[&str])] = &[
    ("diesel", &["src/store/"]),
    ("diesel_migrations", &["src/store/"]),
    ("actix_web", &["src/web/"]),
    ("maud", &["src/markup/", "src/publish/", "src/web/"]),
    ("lettre", &["src/channel/email/"]),
    (
        "reqwest",
        &[
            "src/egress/",
            "src/probe/prometheus.rs",
            "src/channel/webhook/",
        ],
    ),
    ("hyper", &["src/probe/", "src/egress/", "src/cli/"]),
    ("minijinja", &["src/notify/"]),
];

/// Words that say nothing in the name of a file.
const EMPTY_WORDS: &[&str] = &[
    "util", "utils", "helper", "helpers", "manager", "common", "misc",
];

/// The longest a source file may be without a reason in [`LONG_FILES`].
const MOST_LINES: usize = 400;

/// Longer files, each with its reason.
const LONG_FILES: &[(&str, &str)] = &[(
    "src/store/schema.rs",
    "one table after another; splitting it would hide the whole",
)];

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

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn files_under(folder: &Path, ending: &str, into: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            files_under(&path, ending, into);
        } else if path.to_string_lossy().ends_with(ending) {
            into.push(path);
        }
    }
}

/// Every Rust source below `folder`: path from the root, and text.
fn sources(folder: &str) -> Vec<(String, String)> {
    let mut paths = Vec::new();
    files_under(&root().join(folder), ".rs", &mut paths);
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let shown = path
                .strip_prefix(root())
                .unwrap()
                .to_string_lossy()
                .into_owned();
            (shown, std::fs::read_to_string(&path).unwrap())
        })
        .collect()
}

fn everything() -> Vec<(String, String)> {
    [sources("src"), sources("tests"), sources("benches")].concat()
}

/// Code without comment lines; strings are left in, which is enough for names.
fn code_lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .map(str::trim_start)
        .filter(|line| !line.starts_with("//"))
}

fn room_of(path: &str) -> &str {
    let inside = path.strip_prefix("src/").unwrap_or(path);
    inside
        .split('/')
        .next()
        .unwrap_or(inside)
        .trim_end_matches(".rs")
}

fn layer_of(room: &str) -> Option<usize> {
    LAYERS.iter().position(|rooms| rooms.contains(&room))
}

/// The rooms that one line names after `crate::`.
fn rooms_named(line: &str) -> Vec<String> {
    let word = |text: &str| {
        text.chars()
            .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
            .collect::<String>()
    };
    line.match_indices("crate::")
        .map(|(at, found)| word(&line[at + found.len()..]))
        .filter(|room| layer_of(room).is_some())
        .collect()
}

#[test]
fn rooms_use_only_rooms_below_them() {
    let mut broken = Vec::new();
    for (path, text) in sources("src") {
        let room = room_of(&path).to_owned();
        if room == "lib" {
            continue;
        }
        let own = layer_of(&room)
            .unwrap_or_else(|| panic!("{path}: `{room}` has no layer in tests/tidy.rs"));
        for line in code_lines(&text) {
            for used in rooms_named(line) {
                let other = layer_of(&used).unwrap();
                let neighbours = NEIGHBOURS
                    .iter()
                    .any(|(from, to, _)| *from == room && *to == used);
                if used != room && other >= own && !neighbours {
                    broken.push(format!(
                        "{path}: `{room}` (L{own}) uses `{used}` (L{other})"
                    ));
                }
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn a_crate_is_named_only_in_its_home() {
    let mut broken = Vec::new();
    for (path, text) in sources("src") {
        for line in code_lines(&text) {
            for (name, homes) in HOMES {
                let named =
                    line.contains(&format!("{name}::")) || line.contains(&format!("use {name};"));
                let part_of_longer = line.contains(&format!("_{name}::"));
                if named && !part_of_longer && !homes.iter().any(|home| path.starts_with(home)) {
                    broken.push(format!("{path}: `{name}` belongs to {homes:?}"));
                }
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn the_two_readers_of_the_ledger_do_not_know_each_other() {
    for (room, other) in [("publish", "notify"), ("notify", "publish")] {
        for (path, text) in sources(&format!("src/{room}")) {
            let names = code_lines(&text).any(|line| line.contains(&format!("crate::{other}")));
            assert!(!names, "{path} names `{other}`");
        }
    }
}

#[test]
fn the_domain_does_nothing() {
    let deeds = [
        "async fn",
        "tokio::",
        "std::fs",
        "std::net",
        "tracing::",
        "SystemTime",
        "aws_lc_rs",
    ];
    for (path, text) in sources("src/domain") {
        for word in deeds {
            assert!(
                !code_lines(&text).any(|line| line.contains(word)),
                "{path} says `{word}`"
            );
        }
    }
}

#[test]
fn every_file_says_what_it_is() {
    let all = everything();
    let silent: Vec<_> = all
        .iter()
        .filter(|(_, text)| !text.starts_with("//!"))
        .map(|(path, _)| path)
        .collect();
    assert!(silent.is_empty(), "without `//!`: {silent:?}");
}

#[test]
fn no_file_is_long_without_a_reason() {
    let long: Vec<_> = everything()
        .into_iter()
        .filter(|(path, _)| !LONG_FILES.iter().any(|(known, _)| known == path))
        .map(|(path, text)| (path, text.lines().count()))
        .filter(|(_, lines)| *lines > MOST_LINES)
        .collect();
    assert!(long.is_empty(), "over {MOST_LINES} lines: {long:?}");
}

#[test]
fn no_file_is_named_for_nothing() {
    for (path, _) in sources("src") {
        let mut words = path.trim_end_matches(".rs").split(['/', '_']);
        let empty = words.find(|word| EMPTY_WORDS.contains(word));
        assert!(
            empty.is_none(),
            "{path}: `{}` says nothing",
            empty.unwrap_or_default()
        );
    }
}

#[test]
fn nothing_is_left_unfinished() {
    let marks = [
        concat!("todo", "!("),
        concat!("unimple", "mented!("),
        concat!("#[ig", "nore"),
    ];
    for (path, text) in everything() {
        for mark in marks {
            assert!(!text.contains(mark), "{path} says `{mark}`");
        }
    }
}

#[test]
fn raw_html_has_one_home() {
    for (path, text) in sources("src") {
        let named = code_lines(&text).any(|line| line.contains("PreEscaped"));
        assert!(
            !named || path.starts_with("src/markup/"),
            "{path} writes raw HTML"
        );
    }
}

#[test]
fn only_the_terminal_room_prints() {
    for (path, text) in sources("src") {
        let prints = code_lines(&text).any(|line| line.contains("println!("));
        let may = path == "src/cli/output.rs" || path.contains("for_tests");
        assert!(!prints || may, "{path} prints");
    }
}

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
