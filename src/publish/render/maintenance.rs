//! One piece of planned work: its window, what it means, every update.

use maud::{Markup, html};

use crate::domain::maintenance::MaintenanceStatus;
use crate::domain::status::Status;
use crate::markup::{figures, markdown, marks};
use crate::publish::render::bands::{self, About, Door};
use crate::publish::render::event;
use crate::publish::view::{MaintenanceView, PublicView};

pub(super) fn page(view: &PublicView, planned: &MaintenanceView) -> Markup {
    let description = format!("Planned work at {}: {}.", view.site.name, planned.title);
    let about = About {
        title: &planned.title,
        description: &description,
        door: Door::Inner,
        status: shown_status(planned.status),
    };
    let slug = marks::slug(shown_status(planned.status));
    let main = html! {
        div.signal data-status=(slug) {}
        section.banner data-status=(slug) aria-labelledby="banner" {
            div.wrap.axis {
                p.impact { (marks::said(Status::UnderMaintenance, "Planned work")) }
                div {
                    h1.title id="banner" { (planned.title) }
                    (event::window(view, planned))
                }
                dl.facts {
                    div { dt { "Now" } dd { (event::maintenance_words(planned.status)) } }
                    div { dt { "Planned" } dd { (figures::duration(planned.ends_at.since(planned.starts_at))) } }
                    @if !planned.components.is_empty() {
                        div { dt { "Affects" } dd { (event::names(&planned.components)) } }
                    }
                }
            }
        }
        section.section aria-labelledby="updates" {
            div.wrap {
                h2.unseen id="updates" { "Updates, newest first" }
                @for update in &planned.updates {
                    @let anchor = format!("u-{}", update.id);
                    article.moment.axis id=(anchor) {
                        div {
                            h3 { (event::maintenance_words(update.status)) }
                            p.when {
                                a href={ "#" (anchor) } { (view.wall.moment(update.at)) }
                                @if update.notified { span.small.told { br; "sent to subscribers" } }
                            }
                        }
                        div.words { (markdown::show(&update.body)) }
                    }
                }
            }
        }
    };
    bands::page(view, &about, &main)
}

const fn shown_status(status: MaintenanceStatus) -> Status {
    match status {
        MaintenanceStatus::Scheduled
        | MaintenanceStatus::InProgress
        | MaintenanceStatus::Verifying => Status::UnderMaintenance,
        MaintenanceStatus::Completed | MaintenanceStatus::Cancelled => Status::Operational,
    }
}
