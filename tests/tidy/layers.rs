//! Who may use whom: one crate means that the compiler guards no layer, so this file does.

use crate::{code_lines, sources};

/// The layers of the house, lowest first. A room uses rooms of lower layers, never of higher ones.
const LAYERS: &[&[&str]] = &[
    &["domain"],
    &["clock", "entropy", "seal", "telemetry", "egress", "markup"],
    &["store", "probe", "channel"],
    &["watch", "publish", "notify", "actions", "auth", "config"],
    &["web", "cli"],
    &["main", "app"],
];

/// Rooms of one layer that may use each other, with the reason.
const NEIGHBOURS: &[(&str, &str, &str)] = &[
    (
        "seal",
        "entropy",
        "a sealed text begins with a random nonce",
    ),
    ("egress", "clock", "a lookup has a deadline"),
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
            .unwrap_or_else(|| panic!("{path}: `{room}` has no layer in tests/tidy/layers.rs"));
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
