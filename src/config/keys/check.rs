//! The keys of checks: those of every kind, and those of one.

use crate::config::keys::{Key, Section, Shape, optional, required, usual};

/// The kinds that are built.
pub static CHECKS: [(&str, &Section); 4] = [
    ("http", &HTTP),
    ("tcp", &TCP),
    ("heartbeat", &HEARTBEAT),
    ("prometheus", &PROMETHEUS),
];

/// The kinds of the contract that are refused until they are built.
pub const KINDS_TO_COME: [&str; 7] = [
    "icmp",
    "dns",
    "tls",
    "grpc",
    "upstream",
    "websocket",
    "smtp",
];

static COMMON: [Key; 4] = [
    required(
        "id",
        Shape::Id,
        "Stable and never shown; unique among all checks.",
    )
    .like("\"checkout-http\""),
    required(
        "kind",
        Shape::Choice(&["http", "tcp", "heartbeat", "prometheus"]),
        "What kind of look it is.",
    )
    .like("\"http\""),
    usual(
        "critical",
        Shape::Flag,
        "true",
        "Whether its failure alone can make an outage.",
    ),
    optional(
        "locations",
        Shape::List(&Shape::Id),
        "Probe locations it runs from. Until agents are built: this node's alone.",
    )
    .like("[\"local\"]"),
];

/// Keys of the kinds that look for themselves.
static LOOKING: [Key; 6] = [
    usual("interval", Shape::Duration, "60s", "How often it looks."),
    usual(
        "timeout",
        Shape::Duration,
        "10s",
        "Total deadline of one look, from name lookup to the last byte.",
    ),
    usual(
        "retry_interval",
        Shape::Duration,
        "15s",
        "Used instead of `interval` while a failure is not yet confirmed; never longer than `interval`.",
    ),
    usual(
        "fail_after",
        Shape::Whole(1, 100),
        "3",
        "Failures in a row that make it down.",
    ),
    usual(
        "recover_after",
        Shape::Whole(1, 100),
        "2",
        "Passes in a row that make it up again.",
    ),
    optional(
        "slow_after",
        Shape::Duration,
        "Slower than this is slow, not failed.",
    )
    .like("\"800ms\""),
];

pub static HTTP: Section = Section {
    name: "component.check (http)",
    about: "Asks a URL and judges the answer.",
    keys: &[
        &COMMON,
        &LOOKING,
        &[
            required(
                "url",
                Shape::Url,
                "What is asked, http or https, without user and password.",
            )
            .like("\"https://shop.example.com/health\""),
            usual("method", Shape::Text, "GET", "The request's method."),
            optional("body", Shape::Text, "The request's body.").like("\"{}\""),
            usual(
                "redirects",
                Shape::Whole(0, 20),
                "5",
                "Redirects followed, each hop guarded; 0 follows none.",
            ),
            optional(
                "auth",
                Shape::Table(&AUTH),
                "Credentials: `{ basic = { user, password } }` or `{ bearer = … }`.",
            )
            .like("{ bearer = { env = \"HEALTH_TOKEN\" } }"),
            optional("headers", Shape::NamedSecrets, "Further request headers.")
                .like("{ Accept = \"application/json\" }"),
            optional(
                "expect",
                Shape::Table(&EXPECT),
                "What a good answer looks like; all that is given must hold.",
            ),
        ],
    ],
};

pub static AUTH: Section = Section {
    name: "component.check.auth",
    about: "One of the two.",
    keys: &[&[
        optional("basic", Shape::Table(&BASIC), "User and password.")
            .like("{ user = \"u\", password = { env = \"P\" } }"),
        optional("bearer", Shape::Secret, "A bearer token.").like("{ env = \"HEALTH_TOKEN\" }"),
    ]],
};

pub static BASIC: Section = Section {
    name: "component.check.auth.basic",
    about: "User and password.",
    keys: &[&[
        required("user", Shape::Text, "The user.").like("\"u\""),
        required("password", Shape::Secret, "The password.").like("{ env = \"P\" }"),
    ]],
};

pub static EXPECT: Section = Section {
    name: "component.check.expect",
    about: "What a good answer looks like; all that is given must hold.",
    keys: &[&[
        usual(
            "status",
            Shape::List(&Shape::Status),
            "200-299",
            "Status codes, single or as inclusive ranges; numbers do as well.",
        ),
        optional("body_contains", Shape::Text, "A text in the body.").like("\"ok\""),
        optional("json", Shape::Table(&JSON), "A value in a JSON body.")
            .like("{ path = \"$.status\", equals = \"up\" }"),
        optional("header", Shape::Table(&HEADER), "A response header.")
            .like("{ name = \"content-type\", matches = \"^application/json\" }"),
        optional(
            "certificate_days",
            Shape::Whole(0, 3650),
            "Fewer days left on the certificate is slow.",
        )
        .like("14"),
    ]],
};

pub static JSON: Section = Section {
    name: "component.check.expect.json",
    about: "A value in a JSON body.",
    keys: &[&[
        required("path", Shape::Text, "An RFC 9535 path.").like("\"$.status\""),
        required("equals", Shape::Json, "What it must be.").like("\"up\""),
    ]],
};

pub static HEADER: Section = Section {
    name: "component.check.expect.header",
    about: "A response header.",
    keys: &[&[
        required("name", Shape::Text, "Its name.").like("\"content-type\""),
        required(
            "matches",
            Shape::Text,
            "A regular expression its value must match.",
        )
        .like("\"^application/json\""),
    ]],
};

pub static TCP: Section = Section {
    name: "component.check (tcp)",
    about: "Opens a connection and closes it.",
    keys: &[
        &COMMON,
        &LOOKING,
        &[required(
            "address",
            Shape::Text,
            "`host:port`; an IPv6 address in brackets.",
        )
        .like("\"db.internal:5432\"")],
    ],
};

pub static HEARTBEAT: Section = Section {
    name: "component.check (heartbeat)",
    about: "Waits to be called: POST or GET `/heartbeat/<token>`, `…/start` or `…/fail`. Give `every` or `cron`.",
    keys: &[
        &COMMON,
        &[
            optional(
                "token",
                Shape::Secret,
                "Absent: made by the server, shown in the console and by `check show`.",
            )
            .like("{ env = \"EXPORT_TOKEN\" }"),
            optional("every", Shape::Duration, "How often it is called.").like("\"1d\""),
            optional(
                "cron",
                Shape::Text,
                "Or five cron fields, with `time_zone`.",
            )
            .like("\"0 3 * * *\""),
            usual("time_zone", Shape::Zone, "UTC", "The zone of `cron`.").like("\"Europe/Berlin\""),
            usual("grace", Shape::Duration, "5m", "How late it may be."),
        ],
    ],
};

pub static PROMETHEUS: Section = Section {
    name: "component.check (prometheus)",
    about: "Asks a source for one number. An empty answer is inconclusive.",
    keys: &[
        &COMMON,
        &LOOKING,
        &[
            required(
                "source",
                Shape::Id,
                "The name of a `[sources.prometheus.NAME]`.",
            )
            .like("\"main\""),
            required("query", Shape::Text, "PromQL that gives one number.")
                .like("\"max(queue_oldest_seconds)\""),
            required("fail", Shape::Text, "When it is failed: a comparison.").like("\"> 600\""),
            optional("slow", Shape::Text, "When it is slow.").like("\"> 60\""),
        ],
    ],
};
