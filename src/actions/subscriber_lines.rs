//! One line of a subscriber file: `channel,address,components,kinds,min_impact,locale`.

use serde::Deserialize;

use crate::actions::subscribers::{AddSubscriber, default_impact, default_locale, default_topics};
use crate::domain::incident::Impact;
use crate::domain::subscriber::{Channel, Topic};

/// The header of the file.
pub(super) const COLUMNS: [&str; 6] = [
    "channel",
    "address",
    "components",
    "kinds",
    "min_impact",
    "locale",
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Line {
    channel: String,
    address: String,
    #[serde(default)]
    components: String,
    #[serde(default)]
    kinds: String,
    #[serde(default)]
    min_impact: String,
    #[serde(default)]
    locale: String,
}

impl Line {
    pub(super) fn read(self) -> Result<AddSubscriber, String> {
        let unknown = |what: &str, text: &str| format!("`{text}` is no {what}");
        let channel =
            Channel::parse(self.channel.trim()).ok_or_else(|| unknown("channel", &self.channel))?;
        let mut topics = Vec::new();
        for kind in split(&self.kinds) {
            topics.push(Topic::parse(kind).ok_or_else(|| unknown("kind", kind))?);
        }
        if topics.is_empty() {
            topics = default_topics();
        }
        let min_impact = match self.min_impact.trim() {
            "" => default_impact(),
            text => Impact::parse(text).ok_or_else(|| unknown("impact", text))?,
        };
        let locale = match self.locale.trim() {
            "" => default_locale(),
            text => text.to_owned(),
        };
        Ok(AddSubscriber {
            channel,
            address: self.address,
            components: split(&self.components).map(str::to_owned).collect(),
            topics,
            min_impact,
            locale,
            confirmed: true,
        })
    }
}

fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split([' ', ';', '|']).filter(|word| !word.is_empty())
}
