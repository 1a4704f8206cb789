//! What is understood: values, secrets, the environment, the hash.

use std::path::Path;

use super::{EXAMPLE_ENVIRONMENT, complete, good, read, refused};
use crate::config::load::Document;
use crate::config::shown::Secrets;
use crate::config::source::{Environment, Purpose};
use crate::domain::check::Secret;
use crate::domain::timestamp::Timestamp;

#[test]
fn no_file_at_all_is_a_configuration() {
    let settings = good("");

    assert_eq!(settings.server.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(
        settings.server.public_url.as_str(),
        "http://127.0.0.1:8080/"
    );
    assert_eq!(
        settings.server.console_url.as_str(),
        "http://127.0.0.1:8080/console"
    );
    assert_eq!(settings.database_url, "sqlite:data/allclear.db");
    assert!(settings.mail.is_none());
    assert!(settings.probes.policy.any_private);
    assert_eq!(settings.manifest.pages.len(), 1);
    assert!(settings.hash.starts_with("sha256:") && settings.hash.len() == 71);
}

#[test]
fn secrets_are_never_printed_redacted_and_still_change_the_hash() {
    let shown = complete().effective(Secrets::Redacted).to_string();
    for (_, secret) in EXAMPLE_ENVIRONMENT {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
    let specs = format!("{:?} {:?}", complete().manifest.wanted(), complete());
    for (_, secret) in EXAMPLE_ENVIRONMENT {
        assert!(!specs.contains(secret), "{secret} in the specifications");
    }

    let mut other = EXAMPLE_ENVIRONMENT;
    other[0].1 = "another";
    let text = include_str!("../../../examples/complete.toml");
    assert_ne!(read(text, &other).unwrap().hash, complete().hash);
    assert_eq!(complete().hash, complete().hash);
}

#[test]
fn the_hash_is_of_the_meaning_not_of_the_text() {
    let one = good("[retention]\nhours = \"400d\"\n");
    let other = good("# the default, spelled otherwise\nretention = { hours = \"9600h\" }\n");

    assert_eq!(one.hash, other.hash);
    assert_ne!(one.hash, good("[retention]\nhours = \"401d\"\n").hash);
}

#[test]
fn the_environment_overrides_scalars() {
    let pairs = [
        ("ALLCLEAR_SERVER__LISTEN", "0.0.0.0:9000"),
        ("ALLCLEAR_MAIL__SMTP_URL", "smtp://relay.example"),
        ("ALLCLEAR_MAIL__FROM", "status@example.com"),
        ("ALLCLEAR_WEBHOOKS__ALLOW_HTTP", "true"),
        (
            "ALLCLEAR_SOURCES__PROMETHEUS__MAIN__URL",
            "http://127.0.0.1:9999",
        ),
        ("ALLCLEAR_LOG", "debug"),
    ];
    let text =
        "[server]\nlisten = \"127.0.0.1:1\"\n[sources.prometheus.main]\nurl = \"http://a\"\n";
    let settings = read(text, &pairs).unwrap_or_else(|errors| panic!("{errors}"));

    assert_eq!(settings.server.listen.port(), 9000);
    assert_eq!(
        settings.server.public_url.as_str(),
        "http://localhost:9000/"
    );
    assert_eq!(settings.mail.unwrap().smtp.host, "relay.example");
    assert!(settings.webhooks.allow_http);
    assert_eq!(settings.probes.sources["main"].url.port(), Some(9999));
}

#[test]
fn a_replay_needs_neither_secrets_nor_other_locations() {
    let text = r#"
[[component]]
id = "a"
name = "A"
  [[component.check]]
  id = "a-http"
  kind = "http"
  url = "https://example.com"
  auth = { bearer = { env = "NOT_SET" } }
  locations = ["fra", "iad", "sin"]
"#;
    let document = Document {
        text,
        name: "allclear.toml",
        folder: Path::new(""),
    };

    let settings = document
        .read(Purpose::Replaying, &Environment::new())
        .unwrap_or_else(|errors| panic!("{errors}"));

    assert_eq!(settings.manifest.components[0].checks[0].locations.len(), 3);
    assert!(read(text, &[]).is_err());
}

#[test]
fn a_secret_in_a_file_is_read_relative_to_the_configuration_without_its_line_break() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("token"), "from-a-file\n").unwrap();
    let document = Document {
        text: "[sources.prometheus.main]\nurl = \"http://a\"\nbearer = { file = \"token\" }\n",
        name: "allclear.toml",
        folder: folder.path(),
    };

    let settings = document
        .read(Purpose::Running, &Environment::new())
        .unwrap();

    let bearer = settings.probes.sources["main"].bearer.as_ref();
    assert_eq!(bearer.map(Secret::reveal), Some("from-a-file"));
}

#[test]
fn targets_are_read_exactly_and_those_nobody_can_defend_are_refused() {
    let objective = |target: &str| {
        format!(
            "[[component]]\nid = \"a\"\nname = \"A\"\n[[component.objective]]\nid = \"o\"\ntarget = {target}\nindicator = {{ kind = \"checks\" }}\n"
        )
    };
    for (target, parts) in [
        ("99.9", 999_000_000),
        ("99.99", 999_900_000),
        ("99", 990_000_000),
    ] {
        let settings = good(&objective(target));
        let read = settings.manifest.components[0].objectives[0].target;
        assert_eq!(read.parts_per_billion(), parts);
    }
    for target in ["100", "0", "99.99999999", "-1", "1e1", "nan"] {
        assert!(
            refused(&objective(target)).contains("is not a target"),
            "{target}"
        );
    }
    assert!(refused(&objective("90")).contains("can never fire"));
    assert!(!good(&objective("99.999")).warnings.is_empty());
}

#[test]
fn times_are_dates_moments_or_local_times_with_their_zone() {
    for (text, millis) in [
        ("\"2026-01-01\"", 1_767_225_600_000),
        ("2026-01-01", 1_767_225_600_000),
        ("2026-01-01T01:00:00+01:00", 1_767_225_600_000),
        ("\"2026-01-01T01:00[Europe/Berlin]\"", 1_767_225_600_000),
    ] {
        let settings = good(&format!(
            "[[component]]\nid = \"a\"\nname = \"A\"\nuptime_since = {text}\n"
        ));
        let since = settings.manifest.components[0].uptime_since;
        assert_eq!(since, Some(Timestamp::from_millis(millis)), "{text}");
    }
    assert!(
        refused("[[component]]\nid = \"a\"\nname = \"A\"\nuptime_since = \"2026-01-01T01:00\"\n")
            .contains("is not a time")
    );
}

#[test]
fn an_estate_has_what_the_manifest_declares_under_the_ids_it_is_given() {
    let settings = complete();

    let estate = settings.manifest.estate_without_store();

    assert_eq!(estate.components.len(), 3);
    assert_eq!(estate.checks().count(), settings.manifest.check_count());
    assert_eq!(estate.components[0].group, Some(estate.groups[0].id));
    assert_eq!(estate.config_hash, settings.hash);
    let wanted = settings.manifest.wanted();
    assert_eq!(wanted.len(), 1 + 1 + 3 + 6 + 3);
    assert!(settings.manifest.estate(&|_, _| None).components.is_empty());
}
