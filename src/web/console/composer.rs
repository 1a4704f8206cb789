//! The composer: one form for an update, whether it opens an incident, publishes a proposal or resolves one.
//!
//! Tab order is the order of work: stage, words, components, promise, who, publish. What was typed is always
//! handed back.

use std::time::Duration;

use maud::{Markup, html};

use crate::actions::components::ComponentSetting;
use crate::domain::estate::Estate;
use crate::domain::id::ComponentId;
use crate::domain::incident::{Impact, IncidentStatus};
use crate::domain::status::{Level, Status};
use crate::domain::timestamp::Timestamp;
use crate::markup::{figures, markdown, marks};
use crate::store::views::console::{Reach, Standings};
use crate::web::console::acting::stage;
use crate::web::console::frame::Desk;
use crate::web::console::parts::{Line, Wrongs, choice, line, status_options};
use crate::web::extract::form::Fields;

/// Promises on offer, in minutes.
const PROMISES: [u64; 3] = [15, 30, 60];

/// What is in the form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    pub title: String,
    pub status: Option<IncidentStatus>,
    pub words: String,
    pub impact: Option<Impact>,
    /// Components chosen, with their status.
    pub components: Vec<(ComponentId, Status)>,
    /// Minutes from now; none for no promise.
    pub promise: Option<u64>,
    pub is_told: bool,
}

impl Draft {
    #[must_use]
    pub fn read(form: &Fields) -> Self {
        let chosen = form.keyed("component").filter_map(|(id, status)| {
            Some((ComponentId::parse(id).ok()?, Status::parse(status)?))
        });
        Self {
            title: form.text("title").to_owned(),
            status: IncidentStatus::parse(form.text("status")),
            words: form.text("words").to_owned(),
            impact: Impact::parse(form.text("impact")),
            components: chosen.collect(),
            promise: form.text("promise").parse().ok(),
            is_told: form.text("told") != "no",
        }
    }

    /// As an action wants them. A resolved incident leaves nothing broken behind.
    #[must_use]
    pub fn settings(&self) -> Vec<ComponentSetting> {
        let is_over = self.status == Some(IncidentStatus::Resolved);
        let settings = self.components.iter().map(|(id, status)| ComponentSetting {
            component: id.to_string(),
            status: if is_over {
                Status::Operational
            } else {
                *status
            },
        });
        settings.collect()
    }

    /// The moment promised, counted from `now`; nothing is promised about what is over.
    #[must_use]
    pub fn promised(&self, now: Timestamp) -> Option<Timestamp> {
        let is_open = self.status.is_none_or(IncidentStatus::is_open);
        self.promise
            .filter(|_| is_open)
            .map(|minutes| now + Duration::from_secs(minutes * 60))
    }
}

/// What the composer is for.
pub struct Composer<'a> {
    pub desk: &'a Desk,
    pub estate: &'a Estate,
    pub standings: &'a Standings,
    pub draft: &'a Draft,
    pub wrongs: &'a Wrongs,
    /// Where the form goes.
    pub action: &'a str,
    /// Whether it names a new thing: then it has a title and every component is on offer.
    pub is_new: bool,
    pub stages: &'a [IncidentStatus],
    /// Who would be told; none until it was counted.
    pub reach: Option<Reach>,
}

impl Composer<'_> {
    #[must_use]
    pub fn draw(&self) -> Markup {
        html! {
            (self.wrongs.summary())
            form.composer method="post" action=(self.action) {
                (self.desk.token_field())
                @if self.is_new {
                    (line(&Line { hint: Some("what customers notice, not the cause"), ..Line::text("title", "Title", &self.draft.title) }, self.wrongs))
                }
                (self.stages())
                (self.words())
                (self.components())
                (self.promises())
                (self.audience())
                (self.buttons())
            }
        }
    }

    fn stages(&self) -> Markup {
        let chosen = self.draft.status.or(self.stages.first().copied());
        html! {
            @if self.stages.len() > 1 {
                fieldset id="status" {
                    legend { "Where are we?" }
                    div.choices { @for status in self.stages {
                        (choice("status", status.name(), Some(*status) == chosen, &html! { (stage(*status)) }))
                    } }
                    (self.wrongs.beside("status"))
                }
            } @else if let Some(only) = self.stages.first() {
                input type="hidden" name="status" value=(only.name());
            }
        }
    }

    fn words(&self) -> Markup {
        html! {
            div.field {
                label for="words" { "What customers read" }
                textarea id="words" name="words" required aria-describedby="words-hint" aria-invalid=[self.wrongs.described("words").map(|_| "true")] { (self.draft.words) }
                (self.wrongs.beside("words"))
                p.small id="words-hint" { "First what is affected, then what to do, then what we do. No names, no blame. Markdown works." }
            }
        }
    }

    fn components(&self) -> Markup {
        let chosen = |id: ComponentId| {
            self.draft
                .components
                .iter()
                .find(|(one, _)| *one == id)
                .map(|(_, status)| *status)
        };
        let (listed, others): (Vec<_>, Vec<_>) = self
            .estate
            .components
            .iter()
            .partition(|component| chosen(component.id).is_some());
        let is_folded = !listed.is_empty();
        html! {
            fieldset.statuses id="components" {
                legend { "Components" }
                @if !listed.is_empty() {
                    ul.per-component { @for component in &listed { (self.picker(component.id, &component.name, chosen(component.id))) } }
                }
                @if !others.is_empty() {
                    details.more open[!is_folded] {
                        summary { (marks::caret()) @if is_folded { "Other components" } @else { "Which are affected?" } }
                        ul.per-component { @for component in &others { (self.picker(component.id, &component.name, None)) } }
                    }
                }
                (self.wrongs.beside("components"))
            }
            p.small.all-well { "Resolved: every component of this incident goes back to operational, unless a check says otherwise." }
        }
    }

    fn picker(&self, id: ComponentId, name: &str, chosen: Option<Status>) -> Markup {
        let standing = self.standings.get(&id);
        let statuses = Level::ALL.map(Level::status);
        let field = format!("component[{id}]");
        html! {
            li {
                label for=(field) {
                    bdi { (name) }
                    span.small {
                        @if let Some(standing) = standing {
                            "now " (marks::words(standing.declared.0))
                            @if let Some((measured, since)) = standing.measured && measured != standing.declared.0 {
                                "; measured " (marks::words(measured)) " for " (figures::duration(self.desk.wall.now().since(since)))
                            }
                        } @else { "not measured" }
                    }
                }
                select id=(field) name=(field) {
                    @if self.is_new || chosen.is_none() { option value="" selected[chosen.is_none()] { "Not affected" } }
                    @if let Some(chosen) = chosen { (status_options(&statuses, chosen)) }
                    @else { @for status in statuses.iter().rev() { option value=(status.name()) { (marks::words(*status)) } } }
                }
            }
        }
    }

    fn promises(&self) -> Markup {
        let now = self.desk.wall.now();
        html! {
            fieldset.promises id="promise" {
                legend { "Next update by" }
                div.choices {
                    @for minutes in PROMISES {
                        (choice("promise", &minutes.to_string(), self.draft.promise == Some(minutes), &html! {
                            (self.desk.wall.clock(now + Duration::from_secs(minutes * 60)))
                            span.small { (figures::duration(Duration::from_secs(minutes * 60))) }
                        }))
                    }
                    (choice("promise", "", self.draft.promise.is_none(), &html! { "No promise" }))
                }
                (self.wrongs.beside("promise"))
            }
        }
    }

    fn audience(&self) -> Markup {
        html! {
            fieldset id="told" {
                legend { "Who is told" }
                @if let Some(reach) = self.reach {
                    table.tell {
                        thead.unseen { tr { th scope="col" { "Channel" } th.num scope="col" { "Subscribers" } } }
                        tbody {
                            tr { td { "E-mail" } td.num { (figures::count(reach.mail)) } }
                            tr { td { "Webhooks" } td.num { (figures::count(reach.webhooks)) } }
                            tr { td { "Page, feeds, calendar" } td.num { "always" } }
                        }
                    }
                    @if reach.others > 0 {
                        p.small { (figures::count(reach.others)) " more are subscribed and chose other components or a higher impact." }
                    }
                }
                div.choices.told {
                    (choice("told", "yes", self.draft.is_told, &html! { "Tell subscribers" }))
                    (choice("told", "no", !self.draft.is_told, &html! { "Only change the page" }))
                }
            }
        }
    }

    fn buttons(&self) -> Markup {
        html! {
            p.go {
                @if let Some(reach) = self.reach {
                    button.button-main type="submit" name="step" value="publish" {
                        span.loud { "Publish to " (figures::count(reach.all())) }
                        span.still { "Publish, tell nobody" }
                    }
                    button type="submit" name="step" value="preview" { @if self.draft.words.is_empty() { "Preview" } @else { "Preview again" } }
                } @else {
                    button.button-main type="submit" name="step" value="preview" { "Preview and count" }
                    span.small { "Nothing is sent yet." }
                }
            }
        }
    }
}

/// What customers will see, as rendered.
#[must_use]
pub fn preview(desk: &Desk, draft: &Draft, title: &str, impact: Impact) -> Markup {
    let status = draft.status.unwrap_or(IncidentStatus::Investigating);
    html! {
        figure.preview {
            figcaption { span { "The page" } span { "as rendered" } }
            div.stack {
                p { (marks::said(marks::of_impact(impact), marks::impact_words(impact))) }
                h3 { @if title.is_empty() { "(no title yet)" } @else { (title) } }
                p { strong { (desk.wall.clock(desk.wall.now())) ", " (stage(status).to_lowercase()) "." } }
                div.prose { (markdown::show(&draft.words)) }
                @if let Some(promised) = draft.promised(desk.wall.now()) {
                    p.small { "Next update promised by " (desk.wall.clock(promised)) }
                }
            }
        }
    }
}
