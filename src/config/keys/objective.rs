//! The keys of objectives and their indicators.

use crate::config::keys::{Section, Shape, optional, required, usual};

pub static OBJECTIVE: Section = Section {
    name: "component.objective",
    about: "An SLO on the component. Give `window` or `calendar`.",
    keys: &[&[
        required(
            "id",
            Shape::Id,
            "Stable and never shown; unique among all objectives.",
        )
        .like("\"checkout-availability\""),
        required(
            "target",
            Shape::Percentage,
            "The share of good promised, in percent, read exactly.",
        )
        .like("99.9"),
        optional(
            "window",
            Shape::Duration,
            "A rolling window. Default: `30d`.",
        )
        .like("\"30d\""),
        optional(
            "calendar",
            Shape::Choice(&["month"]),
            "A calendar window instead, with `time_zone`.",
        )
        .like("\"month\""),
        usual("time_zone", Shape::Zone, "UTC", "The zone of `calendar`.").like("\"Europe/Berlin\""),
        usual(
            "public",
            Shape::Flag,
            "false",
            "Whether it may colour the page.",
        ),
        required(
            "indicator",
            Shape::Kinds("kind", &INDICATORS),
            "What is measured.",
        ),
    ]],
};

pub static INDICATORS: [(&str, &Section); 3] = [
    ("prometheus", &PROMETHEUS),
    ("latency", &LATENCY),
    ("checks", &CHECKS),
];

pub static PROMETHEUS: Section = Section {
    name: "component.objective.indicator (prometheus)",
    about: "Bad and total events, asked separately; `{{window}}` is replaced by each window.",
    keys: &[&[
        required("kind", Shape::Choice(&["prometheus"]), "`prometheus`").like("\"prometheus\""),
        required(
            "source",
            Shape::Id,
            "The name of a `[sources.prometheus.NAME]`.",
        )
        .like("\"main\""),
        required("bad", Shape::Text, "PromQL with `{{window}}`.")
            .like("'sum(rate(http_requests_total{code=~\"5..\"}[{{window}}]))'"),
        required("total", Shape::Text, "PromQL with `{{window}}`.")
            .like("'sum(rate(http_requests_total[{{window}}]))'"),
    ]],
};

pub static LATENCY: Section = Section {
    name: "component.objective.indicator (latency)",
    about: "Good (fast enough) and total events. Degraded performance at most in public.",
    keys: &[&[
        required("kind", Shape::Choice(&["latency"]), "`latency`").like("\"latency\""),
        required(
            "source",
            Shape::Id,
            "The name of a `[sources.prometheus.NAME]`.",
        )
        .like("\"main\""),
        required("good", Shape::Text, "PromQL with `{{window}}`.")
            .like("'sum(rate(http_seconds_bucket{le=\"0.5\"}[{{window}}]))'"),
        required("total", Shape::Text, "PromQL with `{{window}}`.")
            .like("'sum(rate(http_seconds_count[{{window}}]))'"),
    ]],
};

pub static CHECKS: Section = Section {
    name: "component.objective.indicator (checks)",
    about: "Time-weighted from the component's own checks.",
    keys: &[&[required("kind", Shape::Choice(&["checks"]), "`checks`").like("\"checks\"")]],
};
