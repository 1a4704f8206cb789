//! What every public page shares: its head, the top band, the foot.

use maud::{Markup, html};

use crate::domain::status::Status;
use crate::markup::frame::{self, Head};
use crate::markup::{assets, marks};
use crate::publish::view::PublicView;

/// Which of the three doors a page stands behind.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Door {
    Now,
    History,
    Subscribe,
    /// A page behind none of them.
    Inner,
}

/// A page's own words about itself.
pub(super) struct About<'a> {
    pub(super) title: &'a str,
    pub(super) description: &'a str,
    pub(super) door: Door,
    /// For the favicon.
    pub(super) status: Status,
}

pub(super) fn page(view: &PublicView, about: &About<'_>, main: &Markup) -> Markup {
    let title = format!("{} · {} status", about.title, view.site.name);
    let as_of = view.wall.clock_words(view.wall.now());
    let head = Head {
        language: &view.site.language,
        title: &title,
        description: about.description,
        style: &assets::public_style().path,
        status: about.status,
        feed: Some("/history.atom"),
        good_until: Some((view.valid_until.as_millis(), &as_of)),
    };
    frame::document(&head, &top(view, about.door), main, &foot(view))
}

fn top(view: &PublicView, door: Door) -> Markup {
    let here = |one: Door| (one == door).then_some("page");
    let subscribe = if door == Door::Subscribe {
        "button"
    } else {
        "button button-main"
    };
    html! {
        header.top {
            div.wrap {
                a.company href="/" { bdi { (view.site.name) } " " span { "status" } }
                nav aria-label="Pages" {
                    span.wide { a href="/" aria-current=[here(Door::Now)] { "Now" } }
                    span.wide { a href="/history" aria-current=[here(Door::History)] { "History" } }
                    a class=(subscribe) href="/subscribe" aria-current=[here(Door::Subscribe)] { "Subscribe" }
                }
            }
        }
    }
}

fn foot(view: &PublicView) -> Markup {
    let wall = &view.wall;
    html! {
        footer.foot {
            div.wrap.axis {
                p.maker { (marks::maker()) " Made with Allclear" }
                div {
                    ul {
                        li { a href="/history" { "History" } }
                        li { a href="/subscribe" { "Subscribe" } }
                        li { a href="/history#counted" { "How uptime is counted" } }
                        li { a href="/api/v2/summary.json" { "Data (JSON)" } }
                        li { a href="/history.atom" { "Feed" } }
                        @if let Some(support) = &view.site.support_url {
                            li { a href=(support) { "Something we have not seen? Tell us" } }
                        }
                    }
                    p {
                        "Times are in " (wall.zone_words()) "; days in the bars are UTC. This copy was made on "
                        (wall.date_words(wall.now())) " at " (wall.clock(wall.now())) " and is good until "
                        (wall.clock(view.valid_until)) "; read later than that, it is old."
                    }
                }
            }
        }
    }
}
