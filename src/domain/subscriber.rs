//! A subscriber: one address on one channel, who asked to be told, within a scope.

use serde::{Deserialize, Serialize};

use crate::domain::check::Secret;
use crate::domain::id::{ComponentId, SubscriberId};
use crate::domain::incident::Impact;
use crate::domain::timestamp::Timestamp;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    Email,
    Webhook,
}

impl Channel {
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Webhook => "webhook",
        }
    }

    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "email" => Some(Self::Email),
            "webhook" => Some(Self::Webhook),
            _ => None,
        }
    }
}

/// `Pending` has not confirmed and hears nothing but the confirmation itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubscriberState {
    Pending,
    Active,
    Unsubscribed,
    /// The address is gone (hard bounce) or the endpoint said 410; not told until confirmed again.
    Quarantined,
}

impl SubscriberState {
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Unsubscribed => "unsubscribed",
            Self::Quarantined => "quarantined",
        }
    }

    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [
            Self::Pending,
            Self::Active,
            Self::Unsubscribed,
            Self::Quarantined,
        ]
        .into_iter()
        .find(|state| state.name() == name)
    }
}

/// What someone wants to hear of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    Incident,
    Maintenance,
    /// Every published change of a component's status; webhooks only, and only when asked for.
    Component,
}

impl Topic {
    pub const ALL: [Self; 3] = [Self::Incident, Self::Maintenance, Self::Component];

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Incident => "incident",
            Self::Maintenance => "maintenance",
            Self::Component => "component",
        }
    }

    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.name() == name)
    }
}

/// Which events reach a subscriber.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// Empty means every component.
    pub components: Vec<ComponentId>,
    pub topics: Vec<Topic>,
    pub min_impact: Impact,
}

impl Default for Scope {
    fn default() -> Self {
        Self {
            components: Vec::new(),
            topics: vec![Topic::Incident, Topic::Maintenance],
            min_impact: Impact::None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscriber {
    pub id: SubscriberId,
    pub channel: Channel,
    /// A mail address as typed, or a canonical URL.
    pub address: String,
    pub state: SubscriberState,
    pub scope: Scope,
    pub locale: String,
    /// The webhook's signing secret, `whsec_…`.
    pub secret: Option<Secret>,
    pub created_at: Timestamp,
    pub confirmed_at: Option<Timestamp>,
}

/// A mail address we are willing to write to: ASCII local part without quotes, a dotted or local host name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EmailAddress(String);

/// The text is not an address we can write to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a mail address we can write to")]
pub struct InvalidAddress(pub String);

impl EmailAddress {
    /// RFC 5321 dot-atom at a host name, at most 254 characters; quoted local parts, comments and
    /// address literals are refused, because they are how header and envelope injection travel.
    ///
    /// # Errors
    /// [`InvalidAddress`] with the text as given.
    pub fn parse(text: &str) -> Result<Self, InvalidAddress> {
        let refuse = || InvalidAddress(text.to_owned());
        let trimmed = text.trim();
        let (local, host) = trimmed.rsplit_once('@').ok_or_else(refuse)?;
        if trimmed.len() > 254 || !is_local_part(local) || !is_host(host) {
            return Err(refuse());
        }
        Ok(Self(format!("{local}@{}", host.to_ascii_lowercase())))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Equal for addresses that reach the same box: everything in lower case.
    #[must_use]
    pub fn key(&self) -> String {
        self.0.to_ascii_lowercase()
    }

    /// `u***@e***.com`: what a log may hold.
    #[must_use]
    pub fn masked(&self) -> String {
        let (local, host) = self.0.rsplit_once('@').unwrap_or((&self.0, ""));
        let initial = |part: &str| part.chars().next().map(String::from).unwrap_or_default();
        let tail = host
            .rsplit_once('.')
            .map(|(_, tail)| format!(".{tail}"))
            .unwrap_or_default();
        format!("{}***@{}***{tail}", initial(local), initial(host))
    }
}

fn is_local_part(text: &str) -> bool {
    let atom = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
    text.len() <= 64
        && text
            .split('.')
            .all(|part| !part.is_empty() && part.chars().all(atom))
}

fn is_host(text: &str) -> bool {
    let label = |part: &str| {
        (1..=63).contains(&part.len())
            && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && !part.starts_with('-')
            && !part.ends_with('-')
    };
    !text.is_empty() && text.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_addresses_are_taken() {
        for text in [
            "ada@example.net",
            "a.b+c@mail.example.co.uk",
            "root@localhost",
        ] {
            assert!(EmailAddress::parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn addresses_that_could_inject_are_refused() {
        for text in [
            "",
            "ada",
            "@example.net",
            "ada@",
            "\"a b\"@example.net",
            "a\r\nRCPT@example.net",
            "a@exa mple.net",
            "a@[127.0.0.1]",
            "a..b@example.net",
            "a@-x.net",
            "a<b@example.net",
        ] {
            assert!(EmailAddress::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_masked_address_names_nobody() {
        let address = EmailAddress::parse("ursula@example.com").unwrap();
        assert_eq!(address.masked(), "u***@e***.com");
    }
}
