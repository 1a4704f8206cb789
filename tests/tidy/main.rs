//! Taste as a test: what a file must look like, who may use whom, and which crates may come in.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod crates;
mod layers;

use std::path::{Path, PathBuf};

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
