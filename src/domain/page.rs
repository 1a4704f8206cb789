//! A page: a publication of some components to an audience.

use serde::{Deserialize, Serialize};

use crate::domain::component::Owner;
use crate::domain::id::PageId;
use crate::domain::timestamp::Timestamp;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    #[default]
    Public,
    Private,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    pub id: PageId,
    pub key: String,
    pub name: String,
    /// BCP 47 tag of the page's language.
    pub locale: String,
    /// IANA zone in which times are shown.
    pub time_zone: String,
    pub logo: Option<String>,
    pub support_url: Option<String>,
    pub visibility: Visibility,
    /// `*`, or keys of components and groups.
    pub components: Vec<String>,
    pub owner: Owner,
    pub created_at: Timestamp,
}
