//! Parts that several screens share: the error summary, fields that keep what was typed, folded evidence.

use maud::{Markup, html};

use crate::domain::status::Status;
use crate::markup::marks;

/// What is wrong with one field, in words that say what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// The field's id.
    pub field: &'static str,
    pub words: String,
}

/// All that is wrong with a form, in the order of its fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wrongs(pub Vec<Wrong>);

impl Wrongs {
    pub fn add(&mut self, field: &'static str, words: impl Into<String>) {
        self.0.push(Wrong {
            field,
            words: words.into(),
        });
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn of(&self, field: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|wrong| wrong.field == field)
            .map(|wrong| wrong.words.as_str())
    }

    /// The box above a form, each line a link to its field; nothing when nothing is wrong.
    #[must_use]
    pub fn summary(&self) -> Markup {
        html! {
            @if !self.0.is_empty() {
                div.wrong role="alert" tabindex="-1" {
                    p { strong { "Nothing was sent." } " What you typed is kept." }
                    ul { @for wrong in &self.0 { li { a href={ "#" (wrong.field) } { (wrong.words) } } } }
                }
            }
        }
    }

    /// The words beside one field.
    #[must_use]
    pub fn beside(&self, field: &str) -> Markup {
        html! {
            @if let Some(words) = self.of(field) {
                p.field-wrong id={ (field) "-wrong" } { (words) }
            }
        }
    }

    /// The value of `aria-describedby`, when there is something to describe.
    #[must_use]
    pub fn described(&self, field: &str) -> Option<String> {
        self.of(field).map(|_| format!("{field}-wrong"))
    }
}

/// One line of text with its label above it.
#[must_use]
pub fn line(field: &Line<'_>, wrongs: &Wrongs) -> Markup {
    html! {
        div.field {
            label for=(field.name) { (field.label) @if let Some(hint) = field.hint { " " span.small { (hint) } } }
            input id=(field.name) name=(field.name) type=(field.kind) value=[(!field.value.is_empty()).then_some(field.value)]
                autocomplete=[field.autocomplete] required[field.is_required]
                aria-invalid=[wrongs.described(field.name).map(|_| "true")] aria-describedby=[wrongs.described(field.name)];
            (wrongs.beside(field.name))
        }
    }
}

/// A text field.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    pub name: &'static str,
    pub label: &'a str,
    pub hint: Option<&'a str>,
    pub kind: &'static str,
    pub value: &'a str,
    pub autocomplete: Option<&'static str>,
    pub is_required: bool,
}

impl<'a> Line<'a> {
    #[must_use]
    pub const fn text(name: &'static str, label: &'a str, value: &'a str) -> Self {
        Self {
            name,
            label,
            hint: None,
            kind: "text",
            value,
            autocomplete: Some("off"),
            is_required: true,
        }
    }
}

/// One radio in a row of choices.
#[must_use]
pub fn choice(name: &str, value: &str, is_chosen: bool, words: &Markup) -> Markup {
    html! {
        label.choice { input type="radio" name=(name) value=(value) checked[is_chosen]; span { (words) } }
    }
}

/// The five statuses a person can declare, worst last.
pub const DECLARABLE: [Status; 5] = [
    Status::Operational,
    Status::DegradedPerformance,
    Status::PartialOutage,
    Status::MajorOutage,
    Status::UnderMaintenance,
];

/// A picker of `statuses` for one component.
#[must_use]
pub fn status_options(statuses: &[Status], chosen: Status) -> Markup {
    html! {
        @for status in statuses {
            option value=(status.name()) selected[*status == chosen] { (marks::words(*status)) }
        }
    }
}
