//! Components and their ninety days: groups closed while they are well, open while they are not.

use maud::{Markup, html};

use crate::domain::status::Status;
use crate::markup::{bars, figures, marks};
use crate::publish::view::{ComponentView, GroupView, PublicView};

/// The section of the front page.
pub(super) fn section(view: &PublicView) -> Markup {
    html! {
        section.section aria-labelledby="components" {
            div.wrap {
                (head())
                div.groups {
                    @for group in &view.groups {
                        @if group.components.iter().any(ComponentView::is_listed) {
                            @if view.is_large() { (link(group)) }
                            @else if group.id.is_none() { (loose(view, group)) }
                            @else { (disclosure(view, group)) }
                        }
                    }
                }
            }
        }
    }
}

/// The section of a group's own page: all rows, nothing folded.
pub(super) fn group_section(view: &PublicView, group: &GroupView) -> Markup {
    html! {
        section.section aria-labelledby="components" {
            div.wrap { (head()) div.groups { (loose(view, group)) } }
        }
    }
}

pub(super) fn group_name(group: &GroupView) -> &str {
    if group.id.is_none() {
        "Other components"
    } else {
        &group.name
    }
}

fn head() -> Markup {
    html! {
        div.axis {
            div {
                h2.section-head id="components" { "Components" }
                p.aside { "Uptime over 90 days" br; a href="/history#counted" { "How is it counted?" } }
            }
            (bars::legend())
        }
    }
}

fn disclosure(view: &PublicView, group: &GroupView) -> Markup {
    let is_well = listed(group).all(|component| component.status == Status::Operational);
    html! {
        details.group id={ "g-" (group.slug()) } open[!is_well] {
            summary {
                h3 { (marks::caret()) bdi { (group.name) } }
                span.said { (count(group)) }
                (bars::strip(&group.days, &format!("{}, the worst of the group. ", group.name)))
                (bars::dates(&group.days))
                (figure(group.uptime, "percent figure-sum"))
            }
            ul { @for component in listed(group) { (row(view, component)) } }
            (twin(group))
        }
    }
}

/// On a large page: the group's name leads to its own page.
fn link(group: &GroupView) -> Markup {
    html! {
        div.group.group-link id={ "g-" (group.slug()) } {
            a.group-head href=(group.path()) {
                h3 { bdi { (group_name(group)) } }
                span.said { (count(group)) }
                (bars::strip(&group.days, &format!("{}, the worst of the group. ", group_name(group))))
                (figure(group.uptime, "percent figure-sum"))
            }
        }
    }
}

/// Rows without a disclosure around them.
fn loose(view: &PublicView, group: &GroupView) -> Markup {
    html! {
        div.group.group-loose {
            (bars::dates(&group.days))
            ul { @for component in listed(group) { (row(view, component)) } }
            (twin(group))
        }
    }
}

fn listed(group: &GroupView) -> impl Iterator<Item = &ComponentView> {
    group
        .components
        .iter()
        .filter(|component| component.is_listed())
}

fn count(group: &GroupView) -> Markup {
    let all = listed(group).count();
    let well = listed(group)
        .filter(|component| component.status == Status::Operational)
        .count();
    html! {
        @if well == all { (marks::said(Status::Operational, "All operational")) }
        @else { (marks::said(group.status, &format!("{well} of {all} operational"))) }
    }
}

fn row(view: &PublicView, component: &ComponentView) -> Markup {
    let is_well = component.status == Status::Operational;
    html! {
        li.row id={ "c-" (component.id) } data-status=(marks::slug(component.status)) {
            h4 { a href=(component.path()) { bdi { (component.name) } } }
            (marks::state(component.status))
            @if !component.is_measured {
                span.since.small { "not measured" }
            } @else if let Some(since) = component.since.filter(|_| !is_well) {
                span.since.small { "since " (view.wall.moment(since)) }
            }
            (figure(component.uptime, "percent"))
            (bars::strip(&component.days, &format!("{}. ", component.name)))
        }
    }
}

fn figure(uptime: Option<u32>, class: &str) -> Markup {
    html! {
        span class=(class) {
            @match uptime {
                Some(uptime) => bdi { (figures::percent(uptime)) },
                None => span.small { "no figure yet" },
            }
        }
    }
}

/// One table for all rows of a group.
fn twin(group: &GroupView) -> Markup {
    html! {
        details.twin {
            summary { "These days as a table" span.unseen { ": " (group_name(group)) } }
            div.scroll {
                table {
                    thead {
                        tr {
                            th scope="col" { "Component" }
                            th scope="col" { "Day (UTC)" }
                            th scope="col" { "Status" }
                            th.num scope="col" { "Uptime" }
                        }
                    }
                    tbody { @for component in listed(group) { (bars::rows(&component.days, &component.name)) } }
                }
            }
            p.small { "Days that are not listed were operational throughout." }
        }
    }
}
