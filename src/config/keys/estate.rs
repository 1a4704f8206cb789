//! The keys of pages, groups and components.

use crate::config::keys::check::CHECKS;
use crate::config::keys::objective::OBJECTIVE;
use crate::config::keys::{Key, Section, Shape, optional, required, usual};

pub static PAGE: Section = Section {
    name: "page",
    about: "A publication of some components to an audience. The first page is the default one, at `/`. Without any, one page shows everything.",
    keys: &[&[
        required(
            "id",
            Shape::Id,
            "Stable and never shown; a rename keeps history.",
        )
        .like("\"main\""),
        required("name", Shape::Text, "What the page is called.").like("\"Example\""),
        usual(
            "locale",
            Shape::Text,
            "en",
            "The language of the page. Built so far: English (`en`, `en-GB` and its like).",
        ),
        usual(
            "time_zone",
            Shape::Zone,
            "UTC",
            "An IANA zone in which times are shown.",
        )
        .like("\"Europe/Berlin\""),
        optional("logo", Shape::Text, "A picture, relative to this file.").like("\"logo.svg\""),
        optional("support_url", Shape::Url, "Where readers find help.")
            .like("\"https://example.com/help\""),
        usual(
            "visibility",
            Shape::Choice(&["public", "private"]),
            "public",
            "`private` is not built yet and refused.",
        ),
        usual(
            "components",
            Shape::List(&Shape::Text),
            "*",
            "`*`, or ids of components and groups.",
        ),
    ]],
};

pub static GROUP: Section = Section {
    name: "group",
    about: "A heading on the page.",
    keys: &[&[
        required("id", Shape::Id, "Stable and never shown.").like("\"store\""),
        required("name", Shape::Text, "What the heading says.").like("\"Store\""),
    ]],
};

pub static COMPONENT: Section = Section {
    name: "component",
    about: "What a customer recognises. Without checks and objectives it is declared, not measured, and labelled so.",
    keys: &[&COMPONENT_KEYS],
};

static COMPONENT_KEYS: [Key; 19] = [
    required(
        "id",
        Shape::Id,
        "Stable; never shown as a name; a rename keeps history.",
    )
    .like("\"checkout\""),
    required("name", Shape::Text, "What customers call it.").like("\"Checkout API\""),
    optional("description", Shape::Text, "One line below the name.").like("\"Pays for a cart\""),
    optional("group", Shape::Id, "The group it stands under.").like("\"store\""),
    usual("tier", Shape::Whole(1, 4), "3", "1 critical to 4 internal."),
    optional(
        "owner",
        Shape::Text,
        "Mail address of the team that owns it; told of proposed incidents.",
    )
    .like("\"payments@example.com\""),
    optional("runbook", Shape::Url, "Shown to responders.")
        .like("\"https://runbooks.example.com/checkout\""),
    optional(
        "depends_on",
        Shape::Tables(&DEPENDENCY),
        "Other components it needs.",
    )
    .like("[{ id = \"stripe\", kind = \"hard\" }]"),
    usual(
        "show",
        Shape::Choice(&["always", "if_degraded", "never"]),
        "always",
        "When the public page lists it.",
    ),
    usual(
        "auto_publish",
        Shape::Choice(&["off", "status_only", "full"]),
        "status_only",
        "What is published without a person: nothing, the colour alone, or colour, words and messages.",
    ),
    usual(
        "publish_after",
        Shape::Duration,
        "10m",
        "Tier 1, partial outage or worse: published after this long without a click.",
    ),
    optional(
        "major_k",
        Shape::Whole(1, 1000),
        "So many critical checks down make a major outage. Default: all of them.",
    )
    .like("2"),
    optional(
        "region",
        Shape::Text,
        "A label: shown, filtered and subscribed by.",
    )
    .like("\"eu\""),
    optional(
        "workaround",
        Shape::Text,
        "Offered to responders, shown with an incident.",
    )
    .like("\"Orders are kept and confirmed later.\""),
    optional(
        "revenue_per_minute",
        Shape::Number,
        "What a minute of outage costs, for reports.",
    )
    .like("120.0"),
    optional(
        "uptime_since",
        Shape::Time,
        "Uptime is counted from here when it is later than the day we first saw it.",
    )
    .like("\"2026-01-01\""),
    optional(
        "hysteresis",
        Shape::Table(&HYSTERESIS),
        "How long a level must last before it is published, and calm before it is taken back.",
    ),
    optional(
        "check",
        Shape::ManyKinds("kind", &CHECKS),
        "A probe of the component.",
    ),
    optional(
        "objective",
        Shape::Tables(&OBJECTIVE),
        "An SLO on the component.",
    ),
];

pub static DEPENDENCY: Section = Section {
    name: "component.depends_on",
    about: "Another component this one needs. Kept and shown; not yet used by derivation.",
    keys: &[&[
        required("id", Shape::Id, "The other component.").like("\"stripe\""),
        usual(
            "kind",
            Shape::Choice(&["hard", "soft"]),
            "hard",
            "Whether its outage reaches us, or merely worries us.",
        ),
    ]],
};

pub static HYSTERESIS: Section = Section {
    name: "component.hysteresis",
    about: "How long a level must last before it is published, and calm before it is taken back.",
    keys: &[&[
        usual(
            "raise_degraded",
            Shape::Duration,
            "2m",
            "Before degraded performance is published.",
        ),
        usual(
            "raise_partial",
            Shape::Duration,
            "1m",
            "Before a partial outage is published.",
        ),
        usual(
            "raise_major",
            Shape::Duration,
            "0s",
            "Before a major outage is published.",
        ),
        usual(
            "clear_after",
            Shape::Duration,
            "5m",
            "Of calm before a level is taken back.",
        ),
    ]],
};

/// Only so that it is refused with a reason.
pub static INBOUND: Section = Section {
    name: "inbound",
    about: "Alerts and changes from elsewhere. Not built yet: the section is refused.",
    keys: &[&[]],
};
