//! Planned work: what is ahead, announcing it, and moving it along.

use actix_web::{HttpResponse, web};
use jiff::civil::DateTime;
use maud::{Markup, html};

use crate::actions::maintenance::{
    ChangeMaintenance, MaintenanceChange, ScheduleMaintenance, change_maintenance,
    schedule_maintenance,
};
use crate::domain::id::MaintenanceId;
use crate::domain::maintenance::{Maintenance, MaintenanceStatus};
use crate::domain::permission::Permission;
use crate::domain::status::Status;
use crate::domain::timestamp::Timestamp;
use crate::markup::times::Wall;
use crate::markup::{markdown, marks};
use crate::store::maintenance as table;
use crate::web::console::acting;
use crate::web::console::frame::{Desk, Room, see};
use crate::web::console::parts::{Line, Wrongs, choice, line};
use crate::web::extract::form::Fields;
use crate::web::extract::seat::{Allowed, ReadConsole, RunMaintenance, Submitted};
use crate::web::problem::Problem;
use crate::web::site::Site;

/// Enough for two years of weekly work.
const LISTED: i64 = 100;

/// The action's names for the form's fields.
const FIELDS: [(&str, &str); 5] = [
    ("title", "title"),
    ("body", "words"),
    ("starts_at", "starts"),
    ("ends_at", "ends"),
    ("components", "components"),
];

/// `GET /console/maintenance`
pub async fn list(
    who: Allowed<ReadConsole>,
    site: web::Data<Site>,
) -> Result<HttpResponse, Problem> {
    let all = site
        .store
        .read(|conn| table::list_recent(conn, LISTED))
        .await?;
    let desk = Desk::new(&site, who.seat);
    let (ahead, over): (Vec<_>, Vec<_>) = all.into_iter().partition(|one| one.ended_at.is_none());
    let main = html! {
        section.part aria-labelledby="ahead" {
            h1 id="ahead" { "Planned work" @if desk.may(Permission::RunMaintenance) { a.button.button-main href="/console/maintenance/new" { "Plan some" } } }
            h2.unseen { "Ahead" }
            @for one in ahead.iter().rev() { (listed(&desk, one)) }
            @if ahead.is_empty() { p.calm { "Nothing is planned." } }
        }
        @if !over.is_empty() { section.part aria-labelledby="over" { h2 id="over" { "Over" } @for one in &over { (listed(&desk, one)) } } }
    };
    Ok(desk.page(Some(Room::Maintenance), "Planned work", &html! {}, &main))
}

fn listed(desk: &Desk, one: &Maintenance) -> Markup {
    html! {
        article.open-incident.planned {
            div {
                p { (marks::said(mark_of(one.status), stage(one.status))) }
                h3 { a href={ "/console/maintenance/" (one.id) } { (one.title) } }
            }
            p { (desk.wall.moment(one.starts_at)) " to " (desk.wall.moment(one.ends_at)) }
        }
    }
}

const fn mark_of(status: MaintenanceStatus) -> Status {
    match status {
        MaintenanceStatus::Completed => Status::Operational,
        MaintenanceStatus::Cancelled => Status::Unknown,
        MaintenanceStatus::Scheduled
        | MaintenanceStatus::InProgress
        | MaintenanceStatus::Verifying => Status::UnderMaintenance,
    }
}

const fn stage(status: MaintenanceStatus) -> &'static str {
    match status {
        MaintenanceStatus::Scheduled => "Scheduled",
        MaintenanceStatus::InProgress => "In progress",
        MaintenanceStatus::Verifying => "Verifying",
        MaintenanceStatus::Completed => "Completed",
        MaintenanceStatus::Cancelled => "Cancelled",
    }
}

/// `GET /console/maintenance/new`
pub async fn new(
    who: Allowed<RunMaintenance>,
    site: web::Data<Site>,
) -> Result<HttpResponse, Problem> {
    Ok(form(
        &site,
        &Desk::new(&site, who.seat),
        &Fields::default(),
        &Wrongs::default(),
    ))
}

/// `POST /console/maintenance`
pub async fn create(
    who: Submitted<RunMaintenance>,
    site: web::Data<Site>,
) -> Result<HttpResponse, Problem> {
    let desk = Desk::new(&site, who.seat.clone());
    let mut wrongs = Wrongs::default();
    let starts = time(&who.form, "starts", &desk.wall, &mut wrongs);
    let ends = time(&who.form, "ends", &desk.wall, &mut wrongs);
    let (Some(starts_at), Some(ends_at)) = (starts, ends) else {
        return Ok(form(&site, &desk, &who.form, &wrongs));
    };
    let wanted = ScheduleMaintenance {
        title: who.form.text("title").to_owned(),
        body: who.form.text("words").to_owned(),
        starts_at,
        ends_at,
        components: who.form.all("component").map(str::to_owned).collect(),
        notify: who.form.text("told") != "no",
    };
    match schedule_maintenance(&acting::context(&site, &who.seat), wanted).await {
        Ok(written) => Ok(see(&format!("/console/maintenance/{}", written.id))),
        Err(error) => Ok(form(
            &site,
            &desk,
            &who.form,
            &acting::wrongs(error, &FIELDS)?,
        )),
    }
}

/// A `datetime-local` field, read on the wall the page shows.
fn time(form: &Fields, name: &'static str, wall: &Wall, wrongs: &mut Wrongs) -> Option<Timestamp> {
    let civil: Option<DateTime> = form.text(name).parse().ok();
    let zoned = civil.and_then(|civil| civil.to_zoned(wall.zone().clone()).ok());
    if zoned.is_none() {
        wrongs.add(
            name,
            format!("Choose a day and a time for when it {name}, as in 2026-01-31 14:30."),
        );
    }
    zoned.map(|zoned| Timestamp::from_millis(zoned.timestamp().as_millisecond()))
}

fn form(site: &Site, desk: &Desk, typed: &Fields, wrongs: &Wrongs) -> HttpResponse {
    let estate = site.estate();
    let zone = desk.wall.zone_words();
    let chosen: Vec<&str> = typed.all("component").collect();
    let moment = |name: &'static str, label: &'static str| Line {
        kind: "datetime-local",
        hint: Some(&zone),
        ..Line::text(name, label, typed.text(name))
    };
    let main = html! {
        header.room-head { div { h1 { "Plan work" } p.quiet { "Components show as under maintenance for the length of the window, and checks do not raise incidents." } } }
        section.part.narrow id="main-form" {
            (wrongs.summary())
            form.composer method="post" action="/console/maintenance" {
                (desk.token_field())
                (line(&Line { hint: Some("what will be done, in a few words"), ..Line::text("title", "Title", typed.text("title")) }, wrongs))
                div.pair { (line(&moment("starts", "Starts"), wrongs)) (line(&moment("ends", "Ends"), wrongs)) }
                fieldset id="components" {
                    legend { "Components" }
                    @for component in &estate.components {
                        @let id = component.id.to_string();
                        label.tick { input type="checkbox" name="component" value=(id) checked[chosen.contains(&id.as_str())]; bdi { (component.name) } }
                    }
                    (wrongs.beside("components"))
                }
                div.field {
                    label for="words" { "What customers read" }
                    textarea id="words" name="words" required { (typed.text("words")) }
                    (wrongs.beside("words"))
                    p.small { "What will not work, what will, and what they should do before. Markdown works." }
                }
                (told())
                p.go { button.button-main type="submit" { "Announce it" } }
            }
        }
    };
    desk.page(Some(Room::Maintenance), "Plan work", &html! {}, &main)
}

fn told() -> Markup {
    html! {
        fieldset { legend { "Who is told" } div.choices.told {
            (choice("told", "yes", true, &html! { "Tell subscribers" }))
            (choice("told", "no", false, &html! { "Only change the page" }))
        } }
    }
}

/// `GET /console/maintenance/{id}`
pub async fn show(
    who: Allowed<ReadConsole>,
    id: web::Path<String>,
    site: web::Data<Site>,
) -> Result<HttpResponse, Problem> {
    page(
        &site,
        &Desk::new(&site, who.seat),
        maintenance_id(&id)?,
        &Wrongs::default(),
        "",
    )
    .await
}

/// `POST /console/maintenance/{id}`
pub async fn change(
    who: Submitted<RunMaintenance>,
    id: web::Path<String>,
    site: web::Data<Site>,
) -> Result<HttpResponse, Problem> {
    let id = maintenance_id(&id)?;
    let desk = Desk::new(&site, who.seat.clone());
    let words = who.form.text("words");
    let mut wrongs = Wrongs::default();
    let Some(step) = step(&who.form, &desk.wall, &mut wrongs) else {
        return page(&site, &desk, id, &wrongs, words).await;
    };
    let wanted = ChangeMaintenance {
        maintenance: id.to_string(),
        change: step,
        body: words.to_owned(),
        notify: who.form.text("told") != "no",
    };
    match change_maintenance(&acting::context(&site, &who.seat), wanted).await {
        Ok(_) => Ok(see(&format!("/console/maintenance/{id}"))),
        Err(error) => page(&site, &desk, id, &acting::wrongs(error, &FIELDS)?, words).await,
    }
}

fn step(form: &Fields, wall: &Wall, wrongs: &mut Wrongs) -> Option<MaintenanceChange> {
    match form.text("step") {
        "update" => Some(MaintenanceChange::Update),
        "start" => Some(MaintenanceChange::Start),
        "verify" => Some(MaintenanceChange::Verify),
        "complete" => Some(MaintenanceChange::Complete),
        "cancel" => Some(MaintenanceChange::Cancel),
        "extend" => {
            time(form, "ends", wall, wrongs).map(|ends_at| MaintenanceChange::Extend { ends_at })
        }
        _ => {
            wrongs.add("step", "Choose what happens.");
            None
        }
    }
}

fn maintenance_id(text: &str) -> Result<MaintenanceId, Problem> {
    MaintenanceId::parse(text).map_err(|_| Problem::NotFound)
}

async fn page(
    site: &Site,
    desk: &Desk,
    id: MaintenanceId,
    wrongs: &Wrongs,
    words: &str,
) -> Result<HttpResponse, Problem> {
    let one = site
        .store
        .read(move |conn| table::by_id(conn, id))
        .await?
        .ok_or(Problem::NotFound)?;
    let estate = site.estate();
    let names: Vec<&str> = one
        .components
        .iter()
        .filter_map(|id| estate.component(*id))
        .map(|component| component.name.as_str())
        .collect();
    let can_write = desk.may(Permission::RunMaintenance) && one.ended_at.is_none();
    let main = html! {
        header.room-head {
            div { p { (marks::said(mark_of(one.status), stage(one.status))) } h1 { (one.title) } }
            dl.room-facts {
                div { dt { "Starts" } dd { (desk.wall.moment(one.starts_at)) } }
                div { dt { "Ends" } dd { (desk.wall.moment(one.ends_at)) } }
                div { dt { "Components" } dd { @if names.is_empty() { "none named" } @else { (names.join(", ")) } } }
            }
        }
        div.desk.room {
            @if can_write { section.part aria-labelledby="write" { h2 id="write" { "Say more" } (wrongs.summary()) (steps(desk, &one, words)) } }
            div.beside[can_write] { section.part.log aria-labelledby="tl" {
                h2 id="tl" { "Said so far " span.hint { "newest first" } }
                @for update in one.updates.iter().rev() {
                    article.moment {
                        h3 { (stage(update.status)) " " span.small { (desk.wall.moment(update.at)) } }
                        div.prose { (markdown::show(&update.body)) }
                        @if !update.notified { p.small { "On the page only; nobody was told." } }
                    }
                }
            } }
        }
    };
    Ok(desk.page(Some(Room::Maintenance), &one.title, &html! {}, &main))
}

fn steps(desk: &Desk, one: &Maintenance, words: &str) -> Markup {
    let ends = one
        .ends_at
        .in_zone(desk.wall.zone())
        .strftime("%Y-%m-%dT%H:%M")
        .to_string();
    let offered: &[(&str, &str)] = match one.status {
        MaintenanceStatus::Scheduled => &[
            ("update", "Say more"),
            ("start", "Start now"),
            ("extend", "Move the end"),
            ("cancel", "Cancel it"),
        ],
        MaintenanceStatus::InProgress => &[
            ("update", "Say more"),
            ("verify", "Done, being checked"),
            ("extend", "Move the end"),
            ("complete", "Complete"),
            ("cancel", "Cancel it"),
        ],
        MaintenanceStatus::Verifying => &[
            ("update", "Say more"),
            ("extend", "Move the end"),
            ("complete", "Complete"),
        ],
        MaintenanceStatus::Completed | MaintenanceStatus::Cancelled => &[],
    };
    html! {
        form.composer method="post" action={ "/console/maintenance/" (one.id) } {
            (desk.token_field())
            fieldset id="step" { legend { "What happens" } div.choices {
                @for (place, (value, label)) in offered.iter().enumerate() { (choice("step", value, place == 0, &html! { (label) })) }
            } }
            div.when-extended { (line(&Line { kind: "datetime-local", hint: Some("only when the end moves"), ..Line::text("ends", "New end", &ends) }, &Wrongs::default())) }
            div.field { label for="words" { "What customers read" } textarea id="words" name="words" required { (words) } }
            (told())
            p.go { button.button-main type="submit" { "Publish" } }
        }
    }
}
