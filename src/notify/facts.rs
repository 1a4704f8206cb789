//! What templates may say, from the frozen event alone: a retry a day later says the same words.

use minijinja::{Value, context};

use crate::channel::email::letter::TOKEN_PLACEHOLDER;
use crate::domain::event::{Event, Notice};
use crate::domain::incident::IncidentStatus;
use crate::domain::maintenance::MaintenanceStatus;
use crate::domain::page::Page;
use crate::domain::status::Status;
use crate::domain::timestamp::Timestamp;
use crate::markup::markdown;

/// The page a message speaks for, and where its links begin.
pub(super) struct Voice {
    pub(super) name: String,
    pub(super) locale: String,
    pub(super) time_zone: jiff::tz::TimeZone,
    /// Without a slash at the end.
    pub(super) public_url: String,
    pub(super) console_url: String,
}

impl Voice {
    pub(super) fn of(page: Option<&Page>, public_url: &str, console_url: &str) -> Self {
        let zone = page.map_or("UTC", |page| page.time_zone.as_str());
        Self {
            name: page.map_or_else(|| "Status".to_owned(), |page| page.name.clone()),
            locale: page.map_or_else(|| "en".to_owned(), |page| page.locale.clone()),
            time_zone: jiff::tz::TimeZone::get(zone).unwrap_or(jiff::tz::TimeZone::UTC),
            public_url: public_url.trim_end_matches('/').to_owned(),
            console_url: console_url.trim_end_matches('/').to_owned(),
        }
    }

    /// What every message has.
    pub(super) fn shared(&self) -> Value {
        context! {
            locale => self.locale,
            page => context! { name => self.name, url => self.public_url },
            console_url => self.console_url,
            unsubscribe_url => self.unsubscribe_url(TOKEN_PLACEHOLDER),
        }
    }

    pub(super) fn unsubscribe_url(&self, token: &str) -> String {
        format!("{}/unsubscribe/{token}", self.public_url)
    }

    /// "14:30 UTC on 20 November 2026 (15:30 in Berlin)".
    pub(super) fn moment(&self, at: Timestamp) -> String {
        let utc = at.in_zone(&jiff::tz::TimeZone::UTC);
        let said = utc.strftime("%H:%M UTC on %-d %B %Y").to_string();
        let here = at.in_zone(&self.time_zone);
        if here.offset().is_zero() {
            return said;
        }
        let place = self.time_zone.iana_name().unwrap_or_default();
        let place = place.rsplit('/').next().unwrap_or(place).replace('_', " ");
        format!("{said} ({} in {place})", here.strftime("%H:%M"))
    }

    /// What a message about an incident or a maintenance says.
    pub(super) fn of_notice(&self, event: &Event, notice: &Notice) -> Value {
        let look = look(worst(notice));
        let earlier: Vec<Value> = notice
            .earlier
            .iter()
            .map(|one| {
                context! {
                    at => self.moment(one.at),
                    status => status_words(&one.status),
                    body_text => markdown::plain(&one.body),
                }
            })
            .collect();
        let headline = headline(notice);
        context! {
            kind => event.kind.name(),
            headline,
            preheader => headline,
            title => notice.title,
            body_text => markdown::plain(&notice.body),
            body_html => Value::from_safe_string(markdown::show(&notice.body).into_string()),
            at => self.moment(notice.at),
            began_at => self.moment(notice.began_at),
            resolved_at => notice.resolved_at.map(|at| self.moment(at)),
            next_update_due => notice.next_update_due.map(|at| self.moment(at)),
            window => notice.window.map(|(starts, ends)| context! {
                starts => self.moment(starts),
                ends => self.moment(ends),
            }),
            sequence => notice.sequence,
            changes => changes(notice),
            affected => affected(notice),
            earlier,
            look,
            url => format!("{}{}", self.public_url, notice.path),
            ..self.shared()
        }
    }
}

fn changes(notice: &Notice) -> Vec<Value> {
    notice
        .changes
        .iter()
        .map(|change| {
            context! {
                name => change.name,
                from => words(change.from),
                to => words(change.to),
                ..look(change.to)
            }
        })
        .collect()
}

fn affected(notice: &Notice) -> Vec<Value> {
    notice
        .affected
        .iter()
        .map(|one| context! { name => one.name, status => words(one.status), ..look(one.status) })
        .collect()
}

fn worst(notice: &Notice) -> Status {
    if notice.window.is_some() {
        return Status::UnderMaintenance;
    }
    Status::worst(notice.affected.iter().map(|one| one.status))
}

/// "Partial outage, identified"; "Maintenance, scheduled".
fn headline(notice: &Notice) -> String {
    let status = status_words(&notice.status).to_lowercase();
    if notice.window.is_some() {
        return format!("Maintenance, {status}");
    }
    format!("{}, {status}", words(worst(notice)))
}

fn status_words(name: &str) -> &'static str {
    match (IncidentStatus::parse(name), MaintenanceStatus::parse(name)) {
        (Some(IncidentStatus::Investigating), _) => "Investigating",
        (Some(IncidentStatus::Identified), _) => "Cause identified",
        (Some(IncidentStatus::Monitoring), _) => "Monitoring",
        (Some(IncidentStatus::Resolved), _) => "Resolved",
        (Some(IncidentStatus::Postmortem), _) => "Looking back",
        (None, Some(MaintenanceStatus::Scheduled)) => "Scheduled",
        (None, Some(MaintenanceStatus::InProgress)) => "In progress",
        (None, Some(MaintenanceStatus::Verifying)) => "Verifying",
        (None, Some(MaintenanceStatus::Completed)) => "Completed",
        (None, Some(MaintenanceStatus::Cancelled)) => "Cancelled",
        (None, None) => "Updated",
    }
}

const fn words(status: Status) -> &'static str {
    match status {
        Status::Operational => "Operational",
        Status::DegradedPerformance => "Degraded performance",
        Status::PartialOutage => "Partial outage",
        Status::MajorOutage => "Major outage",
        Status::UnderMaintenance => "Under maintenance",
        Status::Unknown => "No data",
    }
}

/// Shape and colour of a status, as on the page; always beside its word.
fn look(status: Status) -> Value {
    let (glyph, line, text, mark, tint) = match status {
        Status::Operational => ("\u{2713}", "solid", "#0b6b45", "#14835a", "#e9f4ee"),
        Status::DegradedPerformance => ("\u{25b2}", "solid", "#7d5000", "#b17300", "#fbf2dc"),
        Status::PartialOutage => ("\u{25c6}", "dashed", "#9c3a00", "#cf5510", "#fdede1"),
        Status::MajorOutage => ("\u{25a0}", "double", "#a91029", "#c31d37", "#fdeaec"),
        Status::UnderMaintenance => ("\u{25c7}", "double", "#1d54a4", "#2e6ac2", "#e9f0fb"),
        Status::Unknown => ("?", "dotted", "#535963", "#747a84", "#eeeff0"),
    };
    context! { glyph, line, text, mark, tint }
}
