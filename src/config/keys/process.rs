//! The keys of the process itself: server, database, mail, webhooks, probes, retention, sources; and the root.

use crate::config::keys::estate::{COMPONENT, GROUP, INBOUND, PAGE};
use crate::config::keys::{Key, Section, Shape, optional, required, usual};

pub static ROOT: Section = Section {
    name: "",
    about: "allclear.toml",
    keys: &[&[
        optional(
            "server",
            Shape::Table(&SERVER),
            "Where the server listens and what it is called from outside.",
        ),
        optional(
            "database",
            Shape::Table(&DATABASE),
            "Where everything is remembered.",
        ),
        optional(
            "mail",
            Shape::Table(&MAIL),
            "The mail relay. Absent: mail is off, and the console says so.",
        ),
        optional(
            "webhooks",
            Shape::Table(&WEBHOOKS),
            "Where webhooks may go.",
        ),
        optional(
            "probes",
            Shape::Table(&PROBES),
            "How this node looks at the world.",
        ),
        optional(
            "retention",
            Shape::Table(&RETENTION),
            "How long what is remembered.",
        ),
        optional(
            "sources",
            Shape::Table(&SOURCES),
            "Where objectives and prometheus checks read.",
        ),
        optional(
            "page",
            Shape::Tables(&PAGE),
            "A publication of some components. The first is the default page, at `/`. Without any, one page shows everything.",
        ),
        optional("group", Shape::Tables(&GROUP), "A heading on the page."),
        optional(
            "component",
            Shape::Tables(&COMPONENT),
            "What a customer recognises.",
        ),
        optional(
            "inbound",
            Shape::Tables(&INBOUND),
            "Alerts and changes from elsewhere. Not built yet: refused.",
        ),
    ]],
};

pub static SERVER: Section = Section {
    name: "server",
    about: "Where the server listens and what it is called from outside.",
    keys: &[&SERVER_KEYS],
};

static SERVER_KEYS: [Key; 7] = [
    usual(
        "listen",
        Shape::Address,
        "127.0.0.1:8080",
        "Public page and APIs.",
    ),
    optional(
        "console_listen",
        Shape::Address,
        "A separate address for the console. Absent: the console is at `/console` on `listen`.",
    )
    .like("\"127.0.0.1:8081\""),
    optional(
        "public_url",
        Shape::Url,
        "Every link in every message starts with this. Default: `http://` and `listen`.",
    )
    .like("\"https://status.example.com\""),
    optional(
        "console_url",
        Shape::Url,
        "Where operators find the console. Default: `public_url` and `/console`.",
    )
    .like("\"https://status-console.example.com\""),
    usual(
        "data_dir",
        Shape::Text,
        "data",
        "Database, snapshot and keys; created with mode 0700. Relative to the working directory.",
    ),
    usual(
        "trusted_proxies",
        Shape::List(&Shape::Network),
        "",
        "Whose `X-Forwarded-*` headers are believed. Default: nobody's.",
    )
    .like("[\"10.0.0.0/8\"]"),
    optional(
        "metrics_listen",
        Shape::Address,
        "Where `/metrics` is served. Absent: nowhere.",
    )
    .like("\"127.0.0.1:9464\""),
];

pub static DATABASE: Section = Section {
    name: "database",
    about: "Where everything is remembered.",
    keys: &[&[
        optional("url", Shape::Url, "`sqlite:PATH` or `postgres://user@host/db`. Default: `sqlite:` and `allclear.db` in `data_dir`.").like("\"sqlite:data/allclear.db\""),
    ]],
};

pub static MAIL: Section = Section {
    name: "mail",
    about: "The mail relay. Without this section mail is off, and the console says so.",
    keys: &[&[
        required("smtp_url", Shape::Url, "`smtp://host:port`, `smtps://user:password@host`, and `?tls=required` or `?tls=opportunistic` for STARTTLS.").like("\"smtp://127.0.0.1:2525\""),
        required("from", Shape::Text, "The sender, as in a From header.").like("\"Example Status <status@example.com>\""),
        optional("reply_to", Shape::Text, "Where answers go.").like("\"support@example.com\""),
        optional("max_per_second", Shape::Whole(1, 1_000_000), "A limit the relay asks for. Default: none.").like("200"),
    ]],
};

pub static WEBHOOKS: Section = Section {
    name: "webhooks",
    about: "Where webhooks may go.",
    keys: &[&[
        usual(
            "allow_networks",
            Shape::List(&Shape::Network),
            "",
            "Private destinations are refused unless listed here; `any-private` allows them all.",
        )
        .like("[\"127.0.0.0/8\"]"),
        usual(
            "allow_http",
            Shape::Flag,
            "false",
            "Whether a webhook may be plain http.",
        ),
    ]],
};

pub static PROBES: Section = Section {
    name: "probes",
    about: "How this node looks at the world.",
    keys: &[&[
        usual("allow_networks", Shape::List(&Shape::Network), "any-private", "Which private networks checks may target; link-local metadata addresses never."),
        usual("reference_targets", Shape::List(&Shape::Text), "", "URLs and `host:port` that are as good as always up. When most of them fail together, this node is isolated and says so instead of blaming others. Default: none, and the guard is off.").like("[\"https://example.net\", \"1.1.1.1:53\"]"),
        usual("location", Shape::Id, "local", "This node's name as a probe location."),
    ]],
};

pub static RETENTION: Section = Section {
    name: "retention",
    about: "How long what is remembered.",
    keys: &[&[
        usual(
            "observations",
            Shape::Duration,
            "30d",
            "Single observations, packed; minute graphs come from them.",
        ),
        usual("hours", Shape::Duration, "400d", "Hourly sums."),
        usual("days", Shape::Duration, "5y", "Daily sums."),
        usual(
            "deliveries",
            Shape::Duration,
            "90d",
            "What was sent to whom.",
        ),
    ]],
};

pub static SOURCES: Section = Section {
    name: "sources",
    about: "Where objectives and prometheus checks read.",
    keys: &[&[optional(
        "prometheus",
        Shape::Named(&PROMETHEUS),
        "Prometheus-compatible HTTP APIs, each under a name of your choice.",
    )]],
};

pub static PROMETHEUS: Section = Section {
    name: "sources.prometheus.NAME",
    about: "One Prometheus-compatible HTTP API.",
    keys: &[&[
        required("url", Shape::Url, "The base, without `/api/v1`.")
            .like("\"http://127.0.0.1:9090\""),
        optional(
            "bearer",
            Shape::Secret,
            "A token for the Authorization header.",
        )
        .like("{ env = \"PROM_TOKEN\" }"),
    ]],
};
