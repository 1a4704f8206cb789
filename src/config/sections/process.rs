//! `[mail]`, `[webhooks]`, `[probes]`, `[retention]` and `[sources]`.

use std::collections::BTreeMap;
use std::time::Duration;

use url::Url;

use crate::channel::email::{MailSettings, SmtpUrl};
use crate::channel::webhook::WebhookSettings;
use crate::config::cell::Cell;
use crate::config::keys::process::PROMETHEUS;
use crate::config::setting::Setting;
use crate::config::shown::Shown;
use crate::config::source::Named;
use crate::config::table::Table;
use crate::egress::Policy;
use crate::probe::{ProbeSettings, PrometheusSource};
use crate::store::retention::Retention;

pub(in crate::config) fn mail(table: &mut Table<'_>) -> Option<MailSettings> {
    let smtp = smtp_url(table);
    let from = mailbox(table, "from");
    let reply_to = mailbox(table, "reply_to");
    let max_per_second = table.get("max_per_second");
    Some(MailSettings {
        smtp: smtp?,
        from: from?,
        reply_to,
        max_per_second,
    })
}

fn smtp_url(table: &mut Table<'_>) -> Option<SmtpUrl> {
    let cell = table.cell("smtp_url")?;
    let text = cell.text()?;
    match text.parse::<SmtpUrl>() {
        Ok(url) => {
            let hidden = url.password.is_some() || cell.is_kept_elsewhere();
            table.show(
                "smtp_url",
                if hidden {
                    Shown::secret(text)
                } else {
                    Shown::text(text)
                },
            );
            Some(url)
        }
        Err(error) => {
            cell.refuse_with(
                error.to_string(),
                "write \"smtp://host:port\", \"smtps://user:password@host\", or add `?tls=required`",
            );
            None
        }
    }
}

fn mailbox(table: &mut Table<'_>, name: &'static str) -> Option<String> {
    let (text, cell) = table.get_with_cell::<String>(name)?;
    match MailSettings::mailbox(&text) {
        Ok(_) => Some(text),
        Err(error) => {
            cell.refuse(error.to_string());
            None
        }
    }
}

/// A word of `allow_networks`: CIDR, one address, or `any-private`.
struct Network(String);

impl Setting for Network {
    fn read(cell: &Cell<'_>) -> Option<Self> {
        let text = cell.text()?;
        if let Err(error) = Policy::from_networks(&[&text]) {
            cell.refuse(error.to_string());
            return None;
        }
        Some(Self(text))
    }

    fn show(&self) -> Shown {
        Shown::text(&self.0)
    }
}

fn policy(table: &mut Table<'_>) -> Option<Policy> {
    let networks = table.get::<Vec<Network>>("allow_networks")?;
    let names: Vec<String> = networks.into_iter().map(|network| network.0).collect();
    Policy::from_networks(&names).ok()
}

pub(in crate::config) fn webhooks(table: &mut Table<'_>) -> Option<WebhookSettings> {
    let policy = policy(table);
    let allow_http = table.get("allow_http");
    Some(WebhookSettings {
        policy: policy?,
        allow_http: allow_http?,
    })
}

/// What is always up, as far as anything is: a URL, or `host:port`.
struct ReferenceTarget(String);

impl Setting for ReferenceTarget {
    fn read(cell: &Cell<'_>) -> Option<Self> {
        let text = cell.text()?;
        let is_url = text.starts_with("http://") || text.starts_with("https://");
        let good = if is_url {
            Url::parse(&text).is_ok()
        } else {
            super::kinds::host_and_port(&text).is_some()
        };
        if !good {
            cell.refuse_with(
                format!("`{}` is no target", text.escape_debug()),
                "write a URL or host and port, as in \"https://example.net\" or \"1.1.1.1:53\"",
            );
            return None;
        }
        Some(Self(text))
    }

    fn show(&self) -> Shown {
        Shown::text(&self.0)
    }
}

pub(in crate::config) fn probes(table: &mut Table<'_>) -> Option<ProbeSettings> {
    let policy = policy(table);
    let targets = table.get::<Vec<ReferenceTarget>>("reference_targets");
    let location = table.get("location");
    Some(ProbeSettings {
        policy: policy?,
        reference_targets: targets?.into_iter().map(|target| target.0).collect(),
        location: location?,
        sources: BTreeMap::new(),
    })
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "every section is read by a function of this shape"
)]
pub(in crate::config) fn sources(
    table: &mut Table<'_>,
) -> Option<BTreeMap<String, PrometheusSource>> {
    let sources = table.named("prometheus", &PROMETHEUS, |name, table| {
        table
            .source
            .declared
            .borrow_mut()
            .insert((Named::Prometheus, name.to_owned()), table.place());
        let url = table.get("url");
        let bearer = table.get("bearer");
        Some((name.to_owned(), PrometheusSource { url: url?, bearer }))
    });
    Some(sources.into_iter().collect())
}

pub(in crate::config) fn retention(table: &mut Table<'_>) -> Option<Retention> {
    let mut kept = |name| {
        let (span, cell) = table.get_with_cell::<Duration>(name)?;
        if span < Duration::from_hours(1) {
            cell.refuse("must be at least an hour");
        }
        Some(span)
    };
    let observations = kept("observations");
    let hours = kept("hours");
    let days = kept("days");
    let deliveries = kept("deliveries");
    Some(Retention {
        observations: observations?,
        hours: hours?,
        days: days?,
        deliveries: deliveries?,
    })
}
