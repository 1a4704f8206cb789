//! The file's shape as JSON Schema (2020-12), made of [`keys`](crate::config::keys): editors complete and check by it.

use serde_json::{Map, Value, json};

use crate::config::keys::process::ROOT;
use crate::config::keys::{Key, Need, Section, Shape};

/// The schema of the whole file.
#[must_use]
pub fn schema() -> Value {
    let mut schema = section(&ROOT);
    if let Value::Object(entries) = &mut schema {
        entries.insert(
            "$schema".to_owned(),
            json!("https://json-schema.org/draft/2020-12/schema"),
        );
        entries.insert("title".to_owned(), json!("allclear.toml"));
    }
    schema
}

fn section(section: &Section) -> Value {
    let properties: Map<String, Value> = section
        .all()
        .map(|key| (key.name.to_owned(), property(key)))
        .collect();
    let required: Vec<&str> = section
        .all()
        .filter(|key| key.need == Need::Required)
        .map(|key| key.name)
        .collect();
    json!({
        "type": "object",
        "description": section.about,
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn property(key: &Key) -> Value {
    let mut property = shape(&key.shape);
    if let Value::Object(entries) = &mut property {
        entries.insert("description".to_owned(), json!(key.about));
        if let Need::Default(text) = key.need {
            entries.insert("default".to_owned(), default(&key.shape, text));
        }
    }
    property
}

/// The default as JSON: numbers and flags as such, lists as lists.
fn default(shape: &Shape, text: &str) -> Value {
    match shape {
        Shape::List(_) => text.split(',').filter(|word| !word.is_empty()).collect(),
        Shape::Whole(..) | Shape::Flag => serde_json::from_str(text).unwrap_or(Value::Null),
        Shape::Text
        | Shape::Secret
        | Shape::Id
        | Shape::Url
        | Shape::Duration
        | Shape::Number
        | Shape::Percentage
        | Shape::Time
        | Shape::Zone
        | Shape::Address
        | Shape::Network
        | Shape::Choice(_)
        | Shape::Json
        | Shape::Status
        | Shape::Table(_)
        | Shape::Tables(_)
        | Shape::Kinds(..)
        | Shape::ManyKinds(..)
        | Shape::Named(_)
        | Shape::NamedSecrets => json!(text),
    }
}

fn shape(shape_: &Shape) -> Value {
    match shape_ {
        Shape::Text
        | Shape::Secret
        | Shape::Url
        | Shape::Zone
        | Shape::Address
        | Shape::Network
        | Shape::Time => text(&json!({ "type": "string" })),
        Shape::Id => text(&json!({ "type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$" })),
        Shape::Duration => {
            text(&json!({ "type": "string", "pattern": "^([0-9]+(ms|s|m|h|d|w|y))+$" }))
        }
        Shape::Choice(words) => text(&json!({ "enum": words })),
        Shape::Status => json!({ "anyOf": [
            { "type": "integer", "minimum": 100, "maximum": 599 },
            { "type": "string", "pattern": "^[0-9]{3}(-[0-9]{3})?$" },
        ] }),
        Shape::Whole(least, most) => {
            json!({ "type": "integer", "minimum": least, "maximum": most })
        }
        Shape::Number => json!({ "type": "number" }),
        Shape::Percentage => {
            json!({ "type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 100 })
        }
        Shape::Flag => json!({ "type": "boolean" }),
        Shape::Json => json!({}),
        Shape::List(of) => json!({ "type": "array", "items": shape(of) }),
        Shape::Table(of) => section(of),
        Shape::Tables(of) => json!({ "type": "array", "items": section(of) }),
        Shape::Kinds(tag, kinds) => one_of(tag, kinds),
        Shape::ManyKinds(tag, kinds) => json!({ "type": "array", "items": one_of(tag, kinds) }),
        Shape::Named(of) => json!({ "type": "object", "additionalProperties": section(of) }),
        Shape::NamedSecrets => {
            json!({ "type": "object", "additionalProperties": text(&json!({ "type": "string" })) })
        }
    }
}

/// A string, or the place where it is kept.
fn text(plain: &Value) -> Value {
    let kept = |keeper: &str| {
        json!({
            "type": "object",
            "properties": { keeper: { "type": "string" } },
            "required": [keeper],
            "additionalProperties": false,
        })
    };
    json!({ "anyOf": [plain, kept("env"), kept("file")] })
}

fn one_of(tag: &str, kinds: &[(&str, &Section)]) -> Value {
    let variants: Vec<Value> = kinds
        .iter()
        .map(|(name, of)| {
            let mut variant = section(of);
            if let Some(property) = variant.pointer_mut(&format!("/properties/{tag}")) {
                *property = json!({ "const": name });
            }
            variant
        })
        .collect();
    json!({ "oneOf": variants })
}
