//! Every key: in the example, the schema, the reference, and with the default it should have.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;

use super::{complete, good};
use crate::config::keys::process::ROOT;
use crate::config::keys::{Section, Shape};
use crate::config::shown::Secrets;
use crate::domain::check::{CheckKind, Expectations};
use crate::domain::component::{AutoPublish, Hysteresis, Show};
use crate::domain::objective::Window;

#[test]
fn the_examples_are_accepted_without_a_doubt() {
    let quickstart = good(include_str!("../../../examples/quickstart.toml"));

    assert_eq!(quickstart.warnings, []);
    assert_eq!(quickstart.manifest.check_count(), 3);
    assert_eq!(complete().warnings, []);
}

#[test]
fn the_complete_example_shows_every_key_and_the_schema_knows_no_other() {
    let shown = complete().effective(Secrets::Plain);
    let mut seen = BTreeSet::new();
    collect(&shown, &ROOT, &mut seen);

    let mut known = BTreeSet::new();
    every_key(&ROOT, &mut known);
    known.retain(|key| !key.starts_with("/inbound"));
    assert_eq!(
        known.difference(&seen).collect::<Vec<_>>(),
        Vec::<&String>::new()
    );
}

fn every_key(section: &'static Section, into: &mut BTreeSet<String>) {
    for key in section.all() {
        into.insert(format!("{}/{}", section.name, key.name));
        match &key.shape {
            Shape::Table(of) | Shape::Tables(of) | Shape::Named(of) => every_key(of, into),
            Shape::Kinds(_, kinds) | Shape::ManyKinds(_, kinds) => {
                for (_, of) in *kinds {
                    every_key(of, into);
                }
            }
            _ => {}
        }
    }
}

fn collect(value: &Value, section: &'static Section, into: &mut BTreeSet<String>) {
    for (name, value) in value.as_object().into_iter().flatten() {
        let key = section.key(name).unwrap_or_else(|| {
            panic!(
                "`{name}` is read but not written down in `{}`",
                section.name
            )
        });
        into.insert(format!("{}/{name}", section.name));
        let tables: Vec<&Value> = match value {
            Value::Array(items) => items.iter().collect(),
            other => vec![other],
        };
        for table in tables {
            match &key.shape {
                Shape::Table(of) | Shape::Tables(of) => collect(table, of, into),
                Shape::Named(of) => {
                    for named in table.as_object().unwrap().values() {
                        collect(named, of, into);
                    }
                }
                Shape::Kinds(tag, kinds) | Shape::ManyKinds(tag, kinds) => {
                    let kind = table[*tag].as_str().unwrap();
                    let (_, of) = kinds.iter().find(|(name, _)| *name == kind).unwrap();
                    collect(table, of, into);
                }
                _ => {}
            }
        }
    }
}

#[test]
fn defaults_are_those_of_the_domain() {
    let settings = good(
        r#"
        [[component]]
        id = "a"
        name = "A"
          [[component.check]]
          id = "a-http"
          kind = "http"
          url = "https://example.com"
          [[component.objective]]
          id = "a-slo"
          target = 99.9
          indicator = { kind = "checks" }
        "#,
    );
    let component = &settings.manifest.components[0];
    let check = &component.checks[0];

    assert_eq!(component.hysteresis, Hysteresis::default());
    assert_eq!(component.auto_publish, AutoPublish::default());
    assert_eq!(component.show, Show::default());
    assert_eq!(component.publish_after, Duration::from_mins(10));
    assert_eq!(check.interval, Duration::from_mins(1));
    assert_eq!(check.timeout, Duration::from_secs(10));
    assert_eq!(check.retry_interval, Duration::from_secs(15));
    assert_eq!(
        (check.fail_after, check.recover_after, check.critical),
        (3, 2, true)
    );
    assert_eq!(check.locations, ["local"]);
    let CheckKind::Http(http) = &check.look else {
        panic!("not http")
    };
    assert_eq!(http.expect, Expectations::default());
    assert_eq!(
        component.objectives[0].window,
        Window::Rolling(Duration::from_hours(720))
    );
}

#[test]
fn the_reference_in_docs_is_the_one_made_of_the_keys() {
    let written = include_str!("../../../docs/CONFIG.md");

    assert!(
        written == crate::config::reference::reference(),
        "write docs/CONFIG.md anew: allclear config reference > docs/CONFIG.md"
    );
}

#[test]
fn the_schema_describes_every_key() {
    let schema = crate::config::schema::schema();
    let text = schema.to_string();
    let mut known = BTreeSet::new();
    every_key(&ROOT, &mut known);

    for key in known {
        let name = key.rsplit('/').next().unwrap();
        assert!(text.contains(&format!("\"{name}\":")), "{key}");
    }
    let listen = schema.pointer("/properties/server/properties/listen/default");
    assert_eq!(listen, Some(&Value::from("127.0.0.1:8080")));
    let kinds = schema.pointer("/properties/component/items/properties/check/items/oneOf");
    assert_eq!(kinds.and_then(Value::as_array).map(Vec::len), Some(4));
}
