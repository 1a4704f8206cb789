//! The frame around every page: head, skip link, sprite, top, main, foot. The console brings its own top and foot.

use maud::{DOCTYPE, Markup, html};

use crate::domain::status::Status;
use crate::markup::{assets, marks};

/// What every document says about itself.
#[derive(Clone, Debug)]
pub struct Head<'a> {
    /// BCP 47.
    pub language: &'a str,
    pub title: &'a str,
    pub description: &'a str,
    /// Path of the stylesheet.
    pub style: &'a str,
    /// Its mark is the favicon.
    pub status: Status,
    /// Path of the Atom feed, where there is one.
    pub feed: Option<&'a str>,
    /// Until when a kept copy is good, and the words for when it was made.
    pub good_until: Option<(i64, &'a str)>,
}

/// A whole document; `top` and `foot` are the bands above and below `main`.
#[must_use]
pub fn document(head: &Head<'_>, top: &Markup, main: &Markup, foot: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(head.language) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (head.title) }
                meta name="description" content=(head.description);
                meta name="theme-color" content="#fcfcfb" media="(prefers-color-scheme: light)";
                meta name="theme-color" content="#0f1215" media="(prefers-color-scheme: dark)";
                link rel="icon" href=(assets::favicon(head.status)) type="image/svg+xml";
                link rel="stylesheet" href=(head.style);
                @if let Some(feed) = head.feed {
                    link rel="alternate" type="application/atom+xml" title="Incidents" href=(feed);
                }
                @if head.good_until.is_some() {
                    script src=(assets::stale_script().path) defer {}
                }
            }
            body data-good-until=[head.good_until.map(|(until, _)| until)]
                data-as-of=[head.good_until.map(|(_, words)| words)] {
                a.skip href="#main" { "Skip to the status" }
                (marks::sprite())
                (top)
                main id="main" tabindex="-1" { (main) }
                (foot)
            }
        }
    }
}
