//! What browsers load beside a page: stylesheets, favicons and one small script, embedded in the binary,
//! named by their content so that they may be kept for ever.

use std::fmt::Write;
use std::sync::LazyLock;

use aws_lc_rs::digest::{SHA256, digest};

use crate::domain::status::Status;
use crate::markup::marks;

/// Everything the public page needs, in the order the layers were written in.
static PUBLIC_STYLE: LazyLock<Asset> =
    LazyLock::new(|| Asset::style("public", &[TOKENS, BASE, PAGE]));

static STALE_SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    Asset::named(
        "stale",
        "js",
        squeeze(include_str!("../../static/js/stale.js")),
    )
});

static FAVICONS: LazyLock<Vec<(Status, Asset)>> = LazyLock::new(|| {
    Status::ALL
        .into_iter()
        .map(|status| {
            let name = format!("favicon-{}", marks::slug(status));
            (
                status,
                Asset::named(&name, "svg", favicon_text(status).trim().to_owned()),
            )
        })
        .collect()
});

/// The first layers, which the console's stylesheet builds on.
pub const TOKENS: &str = include_str!("../../static/css/tokens.css");
pub const BASE: &str = include_str!("../../static/css/base.css");
pub const PAGE: &str = include_str!("../../static/css/page.css");

/// A file of ours under an address that changes with its content.
#[derive(Clone, Debug)]
pub struct Asset {
    /// As in `/static/public.1f0c2a9b44de.css`.
    pub path: String,
    pub content_type: &'static str,
    pub text: String,
}

impl Asset {
    /// One stylesheet of several layers.
    #[must_use]
    pub fn style(name: &str, layers: &[&str]) -> Self {
        Self::named(name, "css", squeeze(&layers.concat()))
    }

    #[must_use]
    pub fn named(name: &str, kind: &str, text: String) -> Self {
        let content_type = match kind {
            "css" => "text/css; charset=utf-8",
            "js" => "text/javascript; charset=utf-8",
            _ => "image/svg+xml",
        };
        let path = format!("/static/{name}.{}.{kind}", short_hash(text.as_bytes()));
        Self {
            path,
            content_type,
            text,
        }
    }
}

#[must_use]
pub fn public_style() -> &'static Asset {
    &PUBLIC_STYLE
}

/// Marks a kept copy as old once its time is over; the page is whole without it.
#[must_use]
pub fn stale_script() -> &'static Asset {
    &STALE_SCRIPT
}

/// The mark of the worst status, so that a row of tabs can be read.
#[must_use]
pub fn favicon(status: Status) -> &'static str {
    FAVICONS
        .iter()
        .find(|(of, _)| *of == status)
        .map_or("", |(_, asset)| asset.path.as_str())
}

/// Every public asset.
pub fn all() -> impl Iterator<Item = &'static Asset> {
    [public_style(), stale_script()]
        .into_iter()
        .chain(FAVICONS.iter().map(|(_, asset)| asset))
}

const fn favicon_text(status: Status) -> &'static str {
    match status {
        Status::Operational => include_str!("../../static/img/favicon-operational.svg"),
        Status::DegradedPerformance => include_str!("../../static/img/favicon-degraded.svg"),
        Status::PartialOutage => include_str!("../../static/img/favicon-partial.svg"),
        Status::MajorOutage => include_str!("../../static/img/favicon-major.svg"),
        Status::UnderMaintenance => include_str!("../../static/img/favicon-maintenance.svg"),
        Status::Unknown => include_str!("../../static/img/favicon-unknown.svg"),
    }
}

/// Twelve hexadecimal digits of SHA-256: a name, not a proof.
fn short_hash(bytes: &[u8]) -> String {
    digest(&SHA256, bytes)
        .as_ref()
        .iter()
        .take(6)
        .fold(String::new(), |mut name, byte| {
            let _ = write!(name, "{byte:02x}");
            name
        })
}

/// Takes out comments, indentation and line ends. Our own files hold no comment mark inside a string.
fn squeeze(text: &str) -> String {
    let mut bare = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("/*") {
        bare.push_str(before);
        rest = after.split_once("*/").map_or("", |(_, after)| after);
    }
    bare.push_str(rest);
    let lines: Vec<&str> = bare
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn squeezing_leaves_only_what_counts() {
        assert_eq!(
            squeeze("/* why */\na {\n  color: red; /* x */\n}\n\n"),
            "a {\ncolor: red;\n}"
        );
    }

    #[test]
    fn an_asset_is_named_by_its_content() {
        let (one, two) = (
            Asset::named("a", "css", "x".to_owned()),
            Asset::named("a", "css", "y".to_owned()),
        );
        assert_ne!(one.path, two.path);
        assert_eq!(one.path, Asset::named("a", "css", "x".to_owned()).path);
    }

    #[test]
    fn every_status_has_a_favicon_and_the_script_is_small() {
        for status in Status::ALL {
            assert!(favicon(status).contains(marks::slug(status)));
        }
        assert!(
            stale_script().text.len() <= 1024,
            "{}",
            stale_script().text.len()
        );
    }

    #[test]
    fn no_stylesheet_shouts() {
        assert!(!public_style().text.contains("!important"));
    }
}
