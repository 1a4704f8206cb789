//! The types a value can have: how each is read from a cell, refused in words, and shown again.

use std::net::SocketAddr;
use std::time::Duration;

use ipnet::IpNet;
use serde_json::{Value, json};
use toml::de::DeValue;
use url::Url;

use crate::config::cell::{Cell, Raw};
use crate::config::keys::Shape;
use crate::config::shown::Shown;
use crate::domain::check::Secret;
use crate::domain::objective::Target;
use crate::domain::span::{parse_span, span_text};
use crate::domain::timestamp::Timestamp;

pub(super) trait Setting: Sized {
    /// None when it was refused; the refusal is already reported.
    fn read(cell: &Cell<'_>) -> Option<Self>;
    fn show(&self) -> Shown;
}

/// Keys are short: they stand in URLs, logs and commands.
const LONGEST_ID: usize = 64;

/// A stable key.
pub(super) fn id(cell: &Cell<'_>) -> Option<String> {
    let text = cell.text()?;
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if text.is_empty() || text.len() > LONGEST_ID || !text.chars().all(good) {
        cell.refuse(format!(
            "`{}` is not an id: 1 to {LONGEST_ID} letters, digits, `-`, `_` or `.`",
            text.escape_debug()
        ));
        return None;
    }
    Some(text)
}

impl Setting for String {
    fn read(cell: &Cell<'_>) -> Option<Self> {
        if matches!(cell.shape, Shape::Id) {
            return id(cell);
        }
        let text = cell.text()?;
        if text.trim().is_empty() {
            cell.refuse("must not be empty");
            return None;
        }
        if text.contains('\0') {
            cell.refuse("must not contain NUL");
            return None;
        }
        Some(text)
    }

    fn show(&self) -> Shown {
        Shown::text(self)
    }
}

impl Setting for Secret {
    fn read(cell: &Cell<'_>) -> Option<Self> {
        let text = cell.text()?;
        if text.is_empty() {
            cell.refuse("must not be empty");
            return None;
        }
        if text.chars().any(char::is_control) {
            cell.refuse("must not contain control characters");
            return None;
        }
        Some(Self::new(text))
    }

    fn show(&self) -> Shown {
        Shown::secret(self.reveal().to_owned())
    }
}

impl Setting for bool {
    fn read(cell: &Cell<'_>) -> Option<Self> {
        cell.flag()
    }

    fn show(&self) -> Shown {
        Shown::Plain(json!(self))
    }
}

impl Setting for u32 {
    fn read(cell: &Cell<'_>) -> Option<Self> {
        let number = cell.whole()?;
        let (least, most) = match cell.shape {
            Shape::Whole(least, most) => (*least, *most),
            _ => (0, u64::from(Self::MAX)),
        };
        if number < least || number > most {
            cell.refuse(format!("must be between {least} and {most}, not {number}"));
            return None;
        }
        Self::try_from(number).ok()
    }

    fn show(&self) -> Shown {
        Shown::Plain(json!(self))
    }
}

impl Setting for f64 {
    fn read(cell: &Cell<'_>) -> Option<Self> {
        let number = cell.digits()?.parse::<Self>().ok();
        let number = number.filter(|number| number.is_finite());
        if number.is_none() {
            cell.refuse("must be a number");
        }
        number
    }

    fn show(&self) -> Shown {
        Shown::Plain(json!(self))
    }
}

impl Setting for Duration {
    fn read(cell: &Cell<'_>) -> Option<Self> {
        const HINT: &str = "write a number and a unit, as in \"30s\", \"5m\", \"1h\" or \"30d\"";
        if matches!(
            &cell.raw,
            Raw::File(DeValue::Integer(_) | DeValue::Float(_), _)
        ) {
            cell.refuse_with("is a duration without a unit", HINT);
            return None;
        }
        let text = cell.text()?;
        let duration = parse_span(&text).ok();
        if duration.is_none() {
            cell.refuse_with(format!("`{}` is not a duration", text.escape_debug()), HINT);
        }
        duration
    }

    fn show(&self) -> Shown {
        Shown::text(span_text(*self))
    }
}

impl Setting for SocketAddr {
    fn read(cell: &Cell<'_>) -> Option<Self> {
        let text = cell.text()?;
        let address = text.parse().ok();
        if address.is_none() {
            cell.refuse_with(
                format!("`{}` is not an address and port", text.escape_debug()),
                "write an IP address and a port, as in \"127.0.0.1:8080\" or \"[::]:8080\"",
            );
        }
        address
    }

    fn show(&self) -> Shown {
        Shown::text(self.to_string())
    }
}

impl Setting for Url {
    fn read(cell: &Cell<'_>) -> Option<Self> {
        let text = cell.text()?;
        match Self::parse(&text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => Some(url),
            Ok(_) => {
                cell.refuse("must begin with http:// or https://");
                None
            }
            Err(error) => {
                cell.refuse(format!("`{}` is not a URL: {error}", text.escape_debug()));
                None
            }
        }
    }

    fn show(&self) -> Shown {
        Shown::text(self.as_str())
    }
}

impl Setting for IpNet {
    fn read(cell: &Cell<'_>) -> Option<Self> {
        let text = cell.text()?;
        if let Ok(address) = text.parse::<std::net::IpAddr>() {
            return Some(Self::from(address));
        }
        let network = text.parse().ok();
        if network.is_none() {
            cell.refuse_with(
                format!("`{}` is not a network", text.escape_debug()),
                "write CIDR, as in \"10.0.0.0/8\" or \"fd00::/8\"",
            );
        }
        network
    }

    fn show(&self) -> Shown {
        Shown::text(self.to_string())
    }
}

/// A zone of the bundled time zone database, by its IANA name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Zone(pub(super) String);

impl Setting for Zone {
    fn read(cell: &Cell<'_>) -> Option<Self> {
        let name = cell.text()?;
        let database = jiff::tz::TimeZoneDatabase::bundled();
        if let Ok(zone) = database.get(&name) {
            return Some(Self(zone.iana_name().unwrap_or("UTC").to_owned()));
        }
        let known: Vec<String> = database.available().map(|zone| zone.to_string()).collect();
        cell.refuse_with(
            format!("`{}` is not a time zone", name.escape_debug()),
            crate::config::source::did_you_mean(&name, &known)
                .unwrap_or_else(|| "write an IANA name, as in \"Europe/Berlin\"".to_owned()),
        );
        None
    }

    fn show(&self) -> Shown {
        Shown::text(&self.0)
    }
}

impl Setting for Timestamp {
    fn read(cell: &Cell<'_>) -> Option<Self> {
        let text = cell.text_or_time()?;
        let time = moment(&text);
        if time.is_none() {
            cell.refuse_with(
                format!("`{}` is not a time", text.escape_debug()),
                "write \"2026-01-31\" (UTC), \"2026-01-31T14:30:00Z\" or \"2026-01-31T14:30[Europe/Berlin]\"",
            );
        }
        time
    }

    fn show(&self) -> Shown {
        Shown::text(self.to_string())
    }
}

fn moment(text: &str) -> Option<Timestamp> {
    if let Ok(time) = Timestamp::parse(text) {
        return Some(time);
    }
    if let Ok(zoned) = text.parse::<jiff::Zoned>() {
        return Some(Timestamp::from_millis(zoned.timestamp().as_millisecond()));
    }
    if text.len() > "2026-01-31".len() {
        return None;
    }
    let midnight = text
        .parse::<jiff::civil::Date>()
        .ok()?
        .to_zoned(jiff::tz::TimeZone::UTC);
    Some(Timestamp::from_millis(
        midnight.ok()?.timestamp().as_millisecond(),
    ))
}

impl Setting for Target {
    fn read(cell: &Cell<'_>) -> Option<Self> {
        let digits = cell.digits()?;
        let target = percent_parts(&digits).and_then(Self::from_parts_per_billion);
        if target.is_none() {
            cell.refuse_with(
                format!("`{digits}` is not a target"),
                "write a percentage above 0 and below 100 with at most seven decimals, as in 99.9",
            );
        }
        target
    }

    fn show(&self) -> Shown {
        let parts = self.parts_per_billion();
        let text = format!("{}.{:07}", parts / 10_000_000, parts % 10_000_000);
        Shown::Plain(
            serde_json::from_str(text.trim_end_matches('0').trim_end_matches('.'))
                .unwrap_or(Value::Null),
        )
    }
}

/// A decimal percentage in parts per billion, exactly.
fn percent_parts(digits: &str) -> Option<u64> {
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let fraction = fraction.trim_end_matches('0');
    if whole.is_empty()
        || whole.len() > 3
        || fraction.len() > 7
        || !plain(whole)
        || !plain(fraction)
    {
        return None;
    }
    format!("{whole}{fraction:0<7}").parse().ok()
}

/// Any value, as JSON.
impl Setting for Value {
    fn read(cell: &Cell<'_>) -> Option<Self> {
        let value = match &cell.raw {
            Raw::Text(text, _) => Some(Self::String(text.clone().into_owned())),
            Raw::File(value, _) => to_json(value),
        };
        if value.is_none() {
            cell.refuse("cannot be written as JSON");
        }
        value
    }

    fn show(&self) -> Shown {
        Shown::Plain(self.clone())
    }
}

fn to_json(value: &DeValue<'_>) -> Option<Value> {
    match value {
        DeValue::String(text) => Some(json!(text)),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .ok()
            .map(|number| json!(number)),
        DeValue::Float(number) => number
            .as_str()
            .parse()
            .ok()
            .and_then(serde_json::Number::from_f64)
            .map(Value::Number),
        DeValue::Boolean(flag) => Some(json!(flag)),
        DeValue::Datetime(time) => Some(json!(time.to_string())),
        DeValue::Array(items) => items.iter().map(|item| to_json(item.get_ref())).collect(),
        DeValue::Table(entries) => entries
            .iter()
            .map(|(key, value)| Some((key.get_ref().to_string(), to_json(value.get_ref())?)))
            .collect::<Option<serde_json::Map<_, _>>>()
            .map(Value::Object),
    }
}

/// A list: refused when one of its values is.
impl<T: Setting> Setting for Vec<T> {
    fn read(cell: &Cell<'_>) -> Option<Self> {
        let items = cell.items()?;
        let wanted = items.len();
        let read: Self = items.iter().filter_map(T::read).collect();
        (read.len() == wanted).then_some(read)
    }

    fn show(&self) -> Shown {
        Shown::List(self.iter().map(T::show).collect())
    }
}
