//! Where webhooks may go, and what an endpoint's URL must look like.

use url::Url;

use crate::egress::Policy;

/// The `[webhooks]` table. Private destinations are refused unless listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WebhookSettings {
    pub policy: Policy,
    /// Whether `http://` endpoints are taken too.
    pub allow_http: bool,
}

/// Longest URL we keep.
const LONGEST: usize = 2000;

/// The text names no rule that would tell a stranger what our network looks like.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidEndpoint {
    #[error("a webhook address is an https URL of at most 2000 characters")]
    NotAUrl,
    #[error("only https addresses are taken")]
    Plain,
    #[error("a user name or password does not belong in a webhook address")]
    UserInfo,
    #[error("the destination is not allowed")]
    Denied,
}

impl WebhookSettings {
    /// The canonical form of an endpoint's address: what is stored, compared and dialled.
    ///
    /// # Errors
    /// [`InvalidEndpoint`]; names are judged again when they are resolved.
    pub fn endpoint(&self, text: &str) -> Result<Url, InvalidEndpoint> {
        let mut url = Url::parse(text.trim()).map_err(|_| InvalidEndpoint::NotAUrl)?;
        if url.as_str().len() > LONGEST || url.host_str().is_none_or(str::is_empty) {
            return Err(InvalidEndpoint::NotAUrl);
        }
        match url.scheme() {
            "https" => {}
            "http" if self.allow_http => {}
            "http" => return Err(InvalidEndpoint::Plain),
            _ => return Err(InvalidEndpoint::NotAUrl),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(InvalidEndpoint::UserInfo);
        }
        self.policy
            .judge_literal(&url)
            .map_err(|_| InvalidEndpoint::Denied)?;
        url.set_fragment(None);
        Ok(url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_https_is_taken_by_default() {
        let settings = WebhookSettings::default();
        for (text, wrong) in [
            ("http://hooks.example.com/a", InvalidEndpoint::Plain),
            ("https://u:p@hooks.example.com/", InvalidEndpoint::UserInfo),
            ("https://127.0.0.1/", InvalidEndpoint::Denied),
            ("https://0x7f.1/", InvalidEndpoint::Denied),
            ("https://[::1]/", InvalidEndpoint::Denied),
            ("ftp://hooks.example.com/", InvalidEndpoint::NotAUrl),
            ("hooks.example.com", InvalidEndpoint::NotAUrl),
        ] {
            assert_eq!(settings.endpoint(text), Err(wrong), "{text}");
        }
    }

    #[test]
    fn spellings_of_one_address_are_one_address() {
        let settings = WebhookSettings::default();
        let one = settings
            .endpoint(" https://Hooks.Example.com:443/a#x")
            .unwrap();
        assert_eq!(one.as_str(), "https://hooks.example.com/a");
    }
}
