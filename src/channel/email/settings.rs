//! Where the relay is and who we are to it. `smtp_url` is spelled as lettre spells it.

use std::fmt;
use std::str::FromStr;

use lettre::message::Mailbox;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::domain::check::Secret;

/// The `[mail]` table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailSettings {
    #[serde(rename = "smtp_url")]
    pub smtp: SmtpUrl,
    /// An RFC 5322 mailbox: `Example Status <status@example.com>`.
    pub from: String,
    #[serde(default)]
    pub reply_to: Option<String>,
    /// What the relay allows; absent: as fast as it takes them.
    #[serde(default)]
    pub max_per_second: Option<u32>,
}

impl MailSettings {
    /// Parses `from`; configuration calls it so that a bad mailbox is found at start.
    ///
    /// # Errors
    /// [`InvalidMailbox`] with the text as given.
    pub fn sender(&self) -> Result<Mailbox, InvalidMailbox> {
        parse_mailbox(&self.from)
    }

    /// Parses any mailbox we would write into a header.
    ///
    /// # Errors
    /// [`InvalidMailbox`] with the text as given.
    pub fn mailbox(text: &str) -> Result<Mailbox, InvalidMailbox> {
        parse_mailbox(text)
    }

    /// # Errors
    /// [`InvalidMailbox`] when `from` or `reply_to` is not one.
    pub fn check(&self) -> Result<(), InvalidMailbox> {
        self.sender()?;
        self.reply_to
            .as_deref()
            .map_or(Ok(()), |text| parse_mailbox(text).map(|_| ()))
    }

    #[cfg(test)]
    #[must_use]
    pub fn for_tests(port: u16) -> Self {
        Self {
            smtp: SmtpUrl {
                host: "127.0.0.1".to_owned(),
                port,
                tls: SmtpTls::None,
                user: None,
                password: None,
            },
            from: "Example Status <status@status.example.com>".to_owned(),
            reply_to: Some("support@example.com".to_owned()),
            max_per_second: None,
        }
    }
}

pub(super) fn parse_mailbox(text: &str) -> Result<Mailbox, InvalidMailbox> {
    let refuse = || InvalidMailbox(text.to_owned());
    let mailbox: Mailbox = text.parse().map_err(|_| refuse())?;
    if mailbox.email.to_string().is_ascii() {
        return Ok(mailbox);
    }
    Err(refuse())
}

/// The text is not a mailbox we can send from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a mailbox: write `name@example.com` or `Name <name@example.com>`")]
pub struct InvalidMailbox(pub String);

/// How the connection to the relay is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmtpTls {
    /// Plaintext: a relay on this machine.
    None,
    /// STARTTLS when offered. A handshake that fails is an error, not a reason to fall back.
    Opportunistic,
    /// STARTTLS or nothing.
    Required,
    /// TLS from the first byte (`smtps://`).
    Implicit,
}

/// `smtp://[user:password@]host[:port][?tls=none|opportunistic|required]` or `smtps://…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmtpUrl {
    pub host: String,
    pub port: u16,
    pub tls: SmtpTls,
    pub user: Option<String>,
    pub password: Option<Secret>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSmtpUrl {
    #[error("not a URL: {0}")]
    NotAUrl(String),
    #[error("scheme `{0}` is neither `smtp` nor `smtps`")]
    Scheme(String),
    #[error("the URL names no host")]
    NoHost,
    #[error("`tls={0}` is not one of none, opportunistic, required")]
    Tls(String),
    #[error("unknown parameter `{0}`: only `tls` is known")]
    Parameter(String),
    #[error("user and password must be percent-encoded UTF-8")]
    Credentials,
}

impl FromStr for SmtpUrl {
    type Err = InvalidSmtpUrl;

    fn from_str(text: &str) -> Result<Self, InvalidSmtpUrl> {
        let url =
            url::Url::parse(text).map_err(|error| InvalidSmtpUrl::NotAUrl(error.to_string()))?;
        let mut wanted = None;
        for (name, value) in url.query_pairs() {
            if name != "tls" {
                return Err(InvalidSmtpUrl::Parameter(name.into_owned()));
            }
            wanted = Some(value.into_owned());
        }
        let tls = protection(url.scheme(), wanted.as_deref())?;
        let host = url
            .host_str()
            .filter(|host| !host.is_empty())
            .ok_or(InvalidSmtpUrl::NoHost)?;
        let user = Some(url.username())
            .filter(|user| !user.is_empty())
            .map(decoded)
            .transpose()?;
        let password = url.password().map(decoded).transpose()?.map(Secret::new);
        Ok(Self {
            host: host.trim_matches(['[', ']']).to_owned(),
            port: url.port().unwrap_or(default_port(tls)),
            tls,
            user,
            password,
        })
    }
}

fn protection(scheme: &str, wanted: Option<&str>) -> Result<SmtpTls, InvalidSmtpUrl> {
    match (scheme, wanted) {
        ("smtps", None | Some("required")) => Ok(SmtpTls::Implicit),
        ("smtp", None | Some("none")) => Ok(SmtpTls::None),
        ("smtp", Some("opportunistic")) => Ok(SmtpTls::Opportunistic),
        ("smtp", Some("required")) => Ok(SmtpTls::Required),
        ("smtp" | "smtps", Some(other)) => Err(InvalidSmtpUrl::Tls(other.to_owned())),
        (other, _) => Err(InvalidSmtpUrl::Scheme(other.to_owned())),
    }
}

const fn default_port(tls: SmtpTls) -> u16 {
    match tls {
        SmtpTls::None => 25,
        SmtpTls::Opportunistic | SmtpTls::Required => 587,
        SmtpTls::Implicit => 465,
    }
}

/// Undoes percent-encoding, which a password with `@` or `:` needs.
fn decoded(text: &str) -> Result<String, InvalidSmtpUrl> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        rest = tail;
        if first != b'%' {
            bytes.push(first);
            continue;
        }
        let (code, tail) = rest
            .split_at_checked(2)
            .ok_or(InvalidSmtpUrl::Credentials)?;
        let code = std::str::from_utf8(code).map_err(|_| InvalidSmtpUrl::Credentials)?;
        bytes.push(u8::from_str_radix(code, 16).map_err(|_| InvalidSmtpUrl::Credentials)?);
        rest = tail;
    }
    String::from_utf8(bytes).map_err(|_| InvalidSmtpUrl::Credentials)
}

/// The URL without its password.
impl fmt::Display for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, query) = match self.tls {
            SmtpTls::None => ("smtp", ""),
            SmtpTls::Opportunistic => ("smtp", "?tls=opportunistic"),
            SmtpTls::Required => ("smtp", "?tls=required"),
            SmtpTls::Implicit => ("smtps", ""),
        };
        let user = self.user.as_ref().map_or("", |_| "[user]@");
        write!(f, "{scheme}://{user}{}:{}{query}", self.host, self.port)
    }
}

impl Serialize for SmtpUrl {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SmtpUrl {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<SmtpUrl, InvalidSmtpUrl> {
        text.parse()
    }

    #[test]
    fn urls_mean_what_lettre_says_they_mean() {
        let cases = [
            ("smtp://127.0.0.1:2525", SmtpTls::None, 2525),
            ("smtp://relay.example", SmtpTls::None, 25),
            ("smtp://relay.example?tls=required", SmtpTls::Required, 587),
            (
                "smtp://relay.example?tls=opportunistic",
                SmtpTls::Opportunistic,
                587,
            ),
            ("smtps://relay.example", SmtpTls::Implicit, 465),
        ];
        for (text, tls, port) in cases {
            let url = parse(text).unwrap();
            assert_eq!((url.tls, url.port), (tls, port), "{text}");
        }
    }

    #[test]
    fn credentials_are_percent_decoded_and_never_shown() {
        let url = parse("smtps://u%40x:p%3Aw@relay.example").unwrap();
        assert_eq!(url.user.as_deref(), Some("u@x"));
        assert_eq!(url.password.as_ref().map(Secret::reveal), Some("p:w"));
        assert!(!format!("{url} {url:?}").contains("p:w"));
    }

    #[test]
    fn a_misspelling_is_refused_by_name() {
        assert_eq!(
            parse("smtp://h?tls=wanted"),
            Err(InvalidSmtpUrl::Tls("wanted".to_owned()))
        );
        assert_eq!(
            parse("smtp://h?pool=3"),
            Err(InvalidSmtpUrl::Parameter("pool".to_owned()))
        );
        assert_eq!(
            parse("http://h"),
            Err(InvalidSmtpUrl::Scheme("http".to_owned()))
        );
        assert!(parse("smtp://h:x").is_err());
    }

    #[test]
    fn a_sender_is_a_mailbox() {
        let mut settings = MailSettings::for_tests(25);
        assert!(settings.check().is_ok());
        settings.from = "nobody".to_owned();
        assert!(settings.check().is_err());
    }
}
