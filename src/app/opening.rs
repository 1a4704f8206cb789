//! Before the store is open: the page from the kept snapshot, and a door that is knocked at until it opens.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::SharedShelf;
use crate::config::Settings;
use crate::domain::estate::{Estate, Kind};
use crate::domain::id::PublicId;
use crate::domain::timestamp::Timestamp;
use crate::publish::{self, PublishSettings};
use crate::store::{Store, StoreError, StoreOptions};
use crate::web::server::Bound;

/// Reader connections to the store; the console and the publisher are their only users.
const READERS: usize = 4;

/// Between two knocks at a database that does not answer.
const KNOCK_AGAIN: Duration = Duration::from_secs(2);

/// Ids as they were last given, so that the page can name its components while the database is away.
#[derive(Serialize, Deserialize)]
struct KnownIds(Vec<(String, String, PublicId, Timestamp)>);

pub(super) fn publish_settings(settings: &Settings) -> PublishSettings {
    PublishSettings {
        public_url: settings
            .server
            .public_url
            .as_str()
            .trim_end_matches('/')
            .to_owned(),
        data_dir: settings.server.data_dir.clone(),
    }
}

/// The page as it was, while that is still good; otherwise everything unknown.
pub(super) fn kept_shelf(settings: &Settings, now: Timestamp) -> SharedShelf {
    let known = read_ids(&settings.server.data_dir);
    let estate = settings.manifest.estate(&|kind, key| {
        known
            .get(&(kind.name().to_owned(), key.to_owned()))
            .copied()
    });
    publish::first_shelf(&estate, &publish_settings(settings), now)
}

fn ids_file(data_dir: &Path) -> PathBuf {
    data_dir.join("ids.json")
}

fn read_ids(data_dir: &Path) -> HashMap<(String, String), (PublicId, Timestamp)> {
    let text = std::fs::read_to_string(ids_file(data_dir)).unwrap_or_default();
    let known: Option<KnownIds> = serde_json::from_str(&text).ok();
    let known = known.map(|ids| ids.0).unwrap_or_default();
    known
        .into_iter()
        .map(|(kind, key, id, first_seen)| ((kind, key), (id, first_seen)))
        .collect()
}

/// Remembers the ids beside the snapshot. A failure costs names at a start without a database, and nothing else.
pub(super) fn keep_ids(data_dir: &Path, estate: &Estate) {
    let mut known = Vec::new();
    for page in &estate.pages {
        known.push((Kind::Page, page.key.clone(), page.id.0, page.created_at));
    }
    for group in &estate.groups {
        known.push((Kind::Group, group.key.clone(), group.id.0, group.created_at));
    }
    for component in &estate.components {
        known.push((
            Kind::Component,
            component.key.clone(),
            component.id.0,
            component.created_at,
        ));
    }
    let known = known
        .into_iter()
        .map(|(kind, key, id, at)| (kind.name().to_owned(), key, id, at));
    let written = serde_json::to_string(&KnownIds(known.collect()))
        .map_err(std::io::Error::other)
        .and_then(|text| std::fs::write(ids_file(data_dir), text));
    if let Err(error) = written {
        tracing::warn!(%error, "ids are not kept beside the snapshot");
    }
}

/// Opens the store. While the database does not answer the page alone is served; none when we are told to stop first.
pub(super) async fn open_store(
    settings: &Settings,
    bound: &Bound,
    shelf: &SharedShelf,
    stopping: watch::Receiver<bool>,
) -> anyhow::Result<Option<Store>> {
    let options = StoreOptions {
        url: settings.database_url.clone(),
        data_dir: settings.server.data_dir.clone(),
        readers: READERS,
    };
    let first = try_open(options.clone()).await;
    let Err(StoreError::Unavailable(why)) = first else {
        return Ok(Some(first.context("the database cannot be opened")?));
    };
    tracing::error!(
        why,
        "the database does not answer; the page alone is served until it does"
    );
    let (enough, page_stop) = watch::channel(false);
    let page = bound.serve_page_only(Arc::clone(shelf), page_stop)?;
    let page = tokio::spawn(page);
    let opened = knock(options, stopping).await;
    // The page's task may have ended by itself; its result is told below.
    let _ = enough.send(true);
    page.await?.context("the page could not be served")?;
    opened
}

async fn knock(
    options: StoreOptions,
    mut stopping: watch::Receiver<bool>,
) -> anyhow::Result<Option<Store>> {
    loop {
        tokio::select! {
            _ = stopping.wait_for(|is_stopping| *is_stopping) => return Ok(None),
            () = tokio::time::sleep(KNOCK_AGAIN) => {}
        }
        match try_open(options.clone()).await {
            Ok(store) => {
                tracing::info!("the database answers");
                return Ok(Some(store));
            }
            Err(StoreError::Unavailable(_)) => {}
            Err(error) => return Err(error).context("the database cannot be opened"),
        }
    }
}

/// Opening connects and migrates: work for a thread that may wait.
async fn try_open(options: StoreOptions) -> Result<Store, StoreError> {
    tokio::task::spawn_blocking(move || Store::open(&options))
        .await
        .unwrap_or_else(|error| Err(StoreError::Unavailable(error.to_string())))
}
