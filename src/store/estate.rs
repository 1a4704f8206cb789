//! The register of everything configuration has ever named: a key keeps its id, also while it is away.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;

use crate::domain::component::Owner;
use crate::domain::estate::Kind;
use crate::domain::id::PublicId;
use crate::domain::timestamp::Timestamp;
use crate::entropy;
use crate::store::column;
use crate::store::dialect::Conn;
use crate::store::error::StoreError;
use crate::store::schema::estate_item;
use crate::store::tx::Tx;

/// A named thing, present or archived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    pub kind: Kind,
    pub key: String,
    pub id: PublicId,
    pub owner: Owner,
    /// JSON without secrets: what was last declared.
    pub spec: String,
    /// Its place in the file among everything declared.
    pub position: i32,
    pub first_seen: Timestamp,
    /// Set while the file does not mention it; its history stays.
    pub archived_at: Option<Timestamp>,
}

/// Makes the register say what the file says: kind, key and specification, in the order of the file. New keys get
/// ids, returning keys their old ones; what the file declared before and does not now is archived.
///
/// # Errors
/// [`StoreError::Refused`] when the file names a key that was made in the console.
pub fn claim(
    tx: &mut Tx<'_>,
    wanted: &[(Kind, String, String)],
    now: Timestamp,
) -> Result<(), StoreError> {
    let known: HashMap<(Kind, String), Item> = list(tx)?
        .into_iter()
        .map(|item| ((item.kind, item.key.clone()), item))
        .collect();
    let mut present = HashSet::new();
    for (position, (kind, key, spec)) in wanted.iter().enumerate() {
        let place = (*kind, key.clone());
        let declared = Item {
            kind: *kind,
            key: key.clone(),
            id: known.get(&place).map_or_else(entropy::id, |item| item.id),
            owner: Owner::File,
            spec: spec.clone(),
            position: i32::try_from(position).unwrap_or(i32::MAX),
            first_seen: known.get(&place).map_or(now, |item| item.first_seen),
            archived_at: None,
        };
        declare(tx, known.get(&place), &declared)?;
        present.insert(place);
    }
    for (place, item) in known {
        if item.owner == Owner::File && item.archived_at.is_none() && !present.contains(&place) {
            set_archived(tx, &item, now)?;
        }
    }
    Ok(())
}

/// Everything ever named, archived things too, in the order of the file.
pub fn list(conn: &mut Conn) -> Result<Vec<Item>, StoreError> {
    estate_item::table
        .order((estate_item::position, estate_item::kind, estate_item::key))
        .select(Row::as_select())
        .load(conn)?
        .into_iter()
        .map(Row::into_item)
        .collect()
}

fn declare(tx: &mut Tx<'_>, known: Option<&Item>, declared: &Item) -> Result<(), StoreError> {
    let conn: &mut Conn = tx;
    let Some(known) = known else {
        diesel::insert_into(estate_item::table)
            .values(Row::of(declared))
            .execute(conn)?;
        return Ok(());
    };
    if known.owner == Owner::Console {
        return Err(StoreError::Refused(format!(
            "{} `{}` was made in the console: the file cannot declare it; choose another key",
            known.kind.name(),
            known.key
        )));
    }
    if known != declared {
        diesel::update(of(declared))
            .set((
                estate_item::spec.eq(&declared.spec),
                estate_item::position.eq(declared.position),
                estate_item::archived_at.eq(None::<i64>),
            ))
            .execute(conn)?;
    }
    Ok(())
}

fn set_archived(tx: &mut Tx<'_>, item: &Item, now: Timestamp) -> Result<(), StoreError> {
    let conn: &mut Conn = tx;
    diesel::update(of(item))
        .set(estate_item::archived_at.eq(now.as_millis()))
        .execute(conn)?;
    Ok(())
}

#[diesel::dsl::auto_type]
fn of(item: &Item) -> _ {
    let kind: &'static str = item.kind.name();
    let key: String = item.key.clone();
    estate_item::table.find((kind, key))
}

const fn owner_name(owner: Owner) -> &'static str {
    match owner {
        Owner::File => "file",
        Owner::Console => "console",
    }
}

fn owner_of(name: &str) -> Option<Owner> {
    [Owner::File, Owner::Console]
        .into_iter()
        .find(|owner| owner_name(*owner) == name)
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = estate_item)]
struct Row {
    kind: String,
    key: String,
    id: String,
    owner: String,
    spec: String,
    position: i32,
    first_seen: i64,
    archived_at: Option<i64>,
}

impl Row {
    fn of(item: &Item) -> Self {
        Self {
            kind: item.kind.name().to_owned(),
            key: item.key.clone(),
            id: item.id.to_string(),
            owner: owner_name(item.owner).to_owned(),
            spec: item.spec.clone(),
            position: item.position,
            first_seen: item.first_seen.as_millis(),
            archived_at: column::optional_millis(item.archived_at),
        }
    }

    fn into_item(self) -> Result<Item, StoreError> {
        Ok(Item {
            kind: column::word(&self.kind, Kind::parse)?,
            id: column::id(&self.id, |id| id)?,
            owner: column::word(&self.owner, owner_of)?,
            key: self.key,
            spec: self.spec,
            position: self.position,
            first_seen: Timestamp::from_millis(self.first_seen),
            archived_at: column::optional_time(self.archived_at),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;
    use crate::store::for_tests::each_database;

    async fn declare_keys(store: &Store, keys: &[&str], second: i64) -> Result<(), StoreError> {
        let wanted: Vec<_> = keys
            .iter()
            .map(|key| (Kind::Component, (*key).to_owned(), "{}".to_owned()))
            .collect();
        store
            .write(move |tx| claim(tx, &wanted, Timestamp::from_seconds(second)))
            .await
    }

    async fn item(store: &Store, key: &str) -> Item {
        let items = store.read(list).await.unwrap();
        items.into_iter().find(|item| item.key == key).unwrap()
    }

    #[tokio::test]
    async fn a_key_that_returns_has_its_old_id_back() {
        each_database(async |store| {
            declare_keys(&store, &["api", "web"], 1).await.unwrap();
            let before = item(&store, "api").await;

            declare_keys(&store, &["web"], 2).await.unwrap();
            let away = item(&store, "api").await;
            declare_keys(&store, &["web", "api"], 3).await.unwrap();
            let back = item(&store, "api").await;

            assert_eq!(away.archived_at, Some(Timestamp::from_seconds(2)));
            assert_eq!((back.id, back.first_seen), (before.id, before.first_seen));
            assert_eq!((back.archived_at, back.position), (None, 1));
        })
        .await;
    }

    #[tokio::test]
    async fn a_file_cannot_take_what_the_console_made() {
        each_database(async |store| {
            store
                .write(|tx| {
                    let conn: &mut Conn = tx;
                    let made = Item {
                        kind: Kind::Component,
                        key: "api".to_owned(),
                        id: entropy::id(),
                        owner: Owner::Console,
                        spec: "{}".to_owned(),
                        position: 0,
                        first_seen: Timestamp::from_seconds(1),
                        archived_at: None,
                    };
                    diesel::insert_into(estate_item::table)
                        .values(Row::of(&made))
                        .execute(conn)?;
                    Ok(())
                })
                .await
                .unwrap();

            let refused = declare_keys(&store, &["web", "api"], 2).await.unwrap_err();

            assert!(refused.to_string().contains("component `api`"), "{refused}");
            assert_eq!(
                store.read(list).await.unwrap().len(),
                1,
                "nothing of it was kept"
            );
        })
        .await;
    }
}
