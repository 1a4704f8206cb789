//! What an http check asks, and what a good answer is.

use serde_json::Value;
use url::Url;

use crate::config::cell::{Cell, Raw};
use crate::config::keys::check::{AUTH, BASIC, EXPECT, HEADER, JSON};
use crate::config::setting::Setting;
use crate::config::shown::Shown;
use crate::config::table::Table;
use crate::domain::check::{
    Expectations, HeaderExpectation, HttpAuth, HttpCheck, JsonExpectation, Secret,
};

pub(super) fn http(table: &mut Table<'_>) -> Option<HttpCheck> {
    let url = url(table);
    let method = method(table);
    let body = table.get("body");
    let redirects = table
        .get::<u32>("redirects")
        .and_then(|most| u8::try_from(most).ok());
    let auth = table.within("auth", &AUTH, auth);
    let headers = headers(table);
    let expect = table.always("expect", &EXPECT, expect);
    Some(HttpCheck {
        url: url?,
        method: method?,
        body,
        redirects: redirects?,
        auth,
        headers,
        expect: expect?,
    })
}

fn url(table: &mut Table<'_>) -> Option<Url> {
    let (url, cell) = table.get_with_cell::<Url>("url")?;
    if !url.username().is_empty() || url.password().is_some() {
        cell.refuse_with(
            "must not carry user and password",
            "write `auth = { basic = { user = \"u\", password = { env = \"P\" } } }`",
        );
        return None;
    }
    Some(url)
}

/// RFC 9110's token: what a method or a header's name may be made of.
fn is_token(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    !text.is_empty() && text.chars().all(plain)
}

fn method(table: &mut Table<'_>) -> Option<String> {
    let (method, cell) = table.get_with_cell::<String>("method")?;
    if !is_token(&method) || method != method.to_uppercase() || method == "CONNECT" {
        cell.refuse_with(
            format!("`{}` is not a method", method.escape_debug()),
            "write \"GET\", \"HEAD\", \"POST\" and the like",
        );
        return None;
    }
    Some(method)
}

fn auth(table: &mut Table<'_>) -> Option<HttpAuth> {
    let both = table.has("basic") && table.has("bearer");
    let basic = table.within("basic", &BASIC, |table| {
        let user = table.get("user");
        let password = table.get("password");
        Some(HttpAuth::Basic {
            user: user?,
            password: password?,
        })
    });
    let bearer = table.get::<Secret>("bearer").map(HttpAuth::Bearer);
    if both {
        table.refuse("gives `basic` and `bearer`: one of them is meant", None);
        return None;
    }
    if !table.has("basic") && !table.has("bearer") {
        table.refuse("needs `basic` or `bearer`", None);
    }
    basic.or(bearer)
}

fn headers(table: &mut Table<'_>) -> Vec<(String, Secret)> {
    if !table.has("headers") {
        table.cell("headers");
        return Vec::new();
    }
    let mut shown = std::collections::BTreeMap::new();
    let mut headers = Vec::new();
    for (name, cell) in table.entries_of("headers") {
        if !is_token(&name) {
            cell.refuse("is not the name of a header");
        }
        if let Some(value) = Secret::read(&cell) {
            shown.insert(name.clone(), value.show());
            headers.push((name, value));
        }
    }
    table.show("headers", Shown::Table(shown));
    headers
}

fn expect(table: &mut Table<'_>) -> Option<Expectations> {
    let status = table.get_with_cell::<Vec<StatusRange>>("status");
    let body_contains = table.get("body_contains");
    let json = table.within("json", &JSON, json);
    let header = table.within("header", &HEADER, header);
    let certificate_days = table.get("certificate_days");
    let (status, cell) = status?;
    if status.is_empty() {
        cell.refuse("must name a status, or be left out");
    }
    Some(Expectations {
        status: status.into_iter().map(|range| (range.0, range.1)).collect(),
        body_contains,
        json,
        header,
        certificate_days,
    })
}

/// `200`, `"200"` or `"200-299"`.
struct StatusRange(u16, u16);

impl Setting for StatusRange {
    fn read(cell: &Cell<'_>) -> Option<Self> {
        let text = match &cell.raw {
            Raw::File(toml::de::DeValue::Integer(_), _) => cell.whole()?.to_string(),
            Raw::File(..) | Raw::Text(..) => cell.text()?,
        };
        let (from, to) = text.split_once('-').unwrap_or((&text, &text));
        let code = |text: &str| {
            text.trim()
                .parse()
                .ok()
                .filter(|code| (100..=599).contains(code))
        };
        let range = code(from).zip(code(to)).filter(|(from, to)| from <= to);
        if range.is_none() {
            cell.refuse_with(
                format!(
                    "`{}` is not a status or a range of them",
                    text.escape_debug()
                ),
                "write 200 or \"200-299\"",
            );
        }
        range.map(|(from, to)| Self(from, to))
    }

    fn show(&self) -> Shown {
        if self.0 == self.1 {
            return Shown::text(self.0.to_string());
        }
        Shown::text(format!("{}-{}", self.0, self.1))
    }
}

fn json(table: &mut Table<'_>) -> Option<JsonExpectation> {
    let path = table.get_with_cell::<String>("path");
    let equals = table.get::<Value>("equals");
    let (path, cell) = path?;
    if let Err(error) = serde_json_path::JsonPath::parse(&path) {
        cell.refuse(format!("is not a JSON path (RFC 9535): {error}"));
        return None;
    }
    Some(JsonExpectation {
        path,
        equals: equals?,
    })
}

fn header(table: &mut Table<'_>) -> Option<HeaderExpectation> {
    let name = table.get_with_cell::<String>("name");
    let matches = table.get_with_cell::<String>("matches");
    let (name, at) = name?;
    if !is_token(&name) {
        at.refuse(format!(
            "`{}` is not the name of a header",
            name.escape_debug()
        ));
        return None;
    }
    let (matches, at) = matches?;
    if let Err(error) = regex::Regex::new(&matches) {
        let reason = error.to_string();
        let last = reason.lines().last().unwrap_or_default();
        at.refuse(format!(
            "is not a regular expression: {}",
            last.trim_start_matches("error: ")
        ));
        return None;
    }
    Some(HeaderExpectation { name, matches })
}
