//! Small readings that sections share: which kind of table this is, `host:port`, and sane spans.

use toml::de::{DeTable, DeValue};

use crate::config::cell::Cell;
use crate::config::keys::{Section, Shape};
use crate::config::source::did_you_mean;

/// Which section a table that says its `kind` is read by; a kind that is not built yet is refused with what is.
pub(super) fn section_of<'a>(
    cell: &Cell<'a>,
    entries: &'a DeTable<'a>,
    kinds: &'static [(&'static str, &'static Section)],
    to_come: &[&'static str],
) -> Option<&'static Section> {
    let supported: Vec<&str> = kinds.iter().map(|(name, _)| *name).collect();
    let Some(value) = entries.get("kind") else {
        cell.refuse_with(
            "`kind` is missing",
            format!("the kinds are {}", supported.join(", ")),
        );
        return None;
    };
    let at = cell.at(value, format!("{}.kind", cell.key), &Shape::Text);
    let DeValue::String(word) = value.get_ref() else {
        at.refuse("must be a string");
        return None;
    };
    if let Some((_, section)) = kinds.iter().find(|(name, _)| *name == word.as_ref()) {
        return Some(section);
    }
    if to_come.contains(&word.as_ref()) {
        at.refuse_with(
            format!("kind `{word}` is not built yet"),
            format!("the kinds so far are {}", supported.join(", ")),
        );
        return None;
    }
    at.refuse_with(
        format!("kind `{}` is unknown", word.escape_debug()),
        did_you_mean(word, supported.iter().copied())
            .unwrap_or_else(|| format!("the kinds are {}", supported.join(", "))),
    );
    None
}

/// `host:port`, where an IPv6 address stands in brackets.
pub(super) fn host_and_port(text: &str) -> Option<(String, u16)> {
    let (host, port) = text.rsplit_once(':')?;
    let port = port.parse().ok().filter(|port| *port != 0)?;
    let bare = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    let host = match bare {
        Some(address) => {
            address.parse::<std::net::Ipv6Addr>().ok()?;
            address
        }
        None => host,
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let good = bare.is_some() || (!host.is_empty() && host.len() <= 253 && host.chars().all(plain));
    good.then(|| (host.to_owned(), port))
}
