//! The manifest: what the file declares, by key and without ids. Ids are given by the store when a key is first
//! seen; [`Manifest::estate`] joins the two. No parsing here.

use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use serde::Serialize;

use crate::domain::check::{Check, CheckKind};
use crate::domain::component::{
    AutoPublish, Component, Dependency, Group, Hysteresis, Owner, Show,
};
use crate::domain::estate::{Estate, Kind};
use crate::domain::id::{CheckId, ComponentId, GroupId, ObjectiveId, PageId, PublicId};
use crate::domain::objective::{Indicator, Objective, Target, Window};
use crate::domain::page::{Page, Visibility};
use crate::domain::timestamp::Timestamp;

/// Who knows the id of a key, and since when it has been known.
pub type Ids<'a> = dyn Fn(Kind, &str) -> Option<(PublicId, Timestamp)> + 'a;

/// Everything the file declares, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Manifest {
    pub pages: Vec<PageSpec>,
    pub groups: Vec<GroupSpec>,
    pub components: Vec<ComponentSpec>,
    /// `sha256:` and hex, over the effective configuration with secrets replaced by their digests.
    pub hash: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PageSpec {
    pub key: String,
    pub name: String,
    pub locale: String,
    pub time_zone: String,
    pub logo: Option<String>,
    pub support_url: Option<String>,
    pub visibility: Visibility,
    pub components: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GroupSpec {
    pub key: String,
    pub name: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ComponentSpec {
    pub key: String,
    pub name: String,
    pub description: Option<String>,
    pub group: Option<String>,
    pub tier: u8,
    pub owner_mail: Option<String>,
    pub runbook: Option<String>,
    pub depends_on: Vec<Dependency>,
    pub show: Show,
    pub auto_publish: AutoPublish,
    pub publish_after: Duration,
    pub major_k: Option<u32>,
    pub region: Option<String>,
    pub workaround: Option<String>,
    pub revenue_per_minute: Option<f64>,
    pub uptime_since: Option<Timestamp>,
    pub hysteresis: Hysteresis,
    /// Written as rows of their own.
    #[serde(skip)]
    pub checks: Vec<CheckSpec>,
    #[serde(skip)]
    pub objectives: Vec<ObjectiveSpec>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CheckSpec {
    pub key: String,
    pub look: CheckKind,
    pub interval: Duration,
    pub timeout: Duration,
    pub retry_interval: Duration,
    pub fail_after: u32,
    pub recover_after: u32,
    pub slow_after: Option<Duration>,
    pub critical: bool,
    pub locations: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ObjectiveSpec {
    pub key: String,
    pub target: Target,
    pub window: Window,
    pub public: bool,
    pub indicator: Indicator,
}

impl Manifest {
    /// What the store must know before an estate can be built: kind, key and specification as JSON without
    /// secrets, in the order of the file.
    pub fn wanted(&self) -> Vec<(Kind, String, String)> {
        let mut wanted = Vec::new();
        for page in &self.pages {
            wanted.push((Kind::Page, page.key.clone(), json(page)));
        }
        for group in &self.groups {
            wanted.push((Kind::Group, group.key.clone(), json(group)));
        }
        for component in &self.components {
            wanted.push((Kind::Component, component.key.clone(), json(component)));
            for check in &component.checks {
                wanted.push((Kind::Check, check.key.clone(), json(check)));
            }
            for objective in &component.objectives {
                wanted.push((Kind::Objective, objective.key.clone(), json(objective)));
            }
        }
        wanted
    }

    /// How many checks all components have.
    pub fn check_count(&self) -> usize {
        self.components
            .iter()
            .map(|component| component.checks.len())
            .sum()
    }

    /// The estate: each declared thing with its id. What has no id yet is left out.
    pub fn estate(&self, ids: &Ids<'_>) -> Estate {
        Estate {
            pages: self
                .pages
                .iter()
                .filter_map(|page| page.identified(ids))
                .collect(),
            groups: self
                .groups
                .iter()
                .filter_map(|group| group.identified(ids))
                .collect(),
            components: self
                .components
                .iter()
                .filter_map(|component| component.identified(ids))
                .collect(),
            config_hash: self.hash.clone(),
        }
    }

    /// The estate where no store has given ids: each is made of the key. For `replay` and `check run`, where nothing
    /// is kept.
    pub fn estate_without_store(&self) -> Estate {
        self.estate(&|kind, key| {
            let digest = digest(&SHA256, format!("{}:{key}", kind.name()).as_bytes());
            let bytes = digest.as_ref().first_chunk::<12>()?;
            Some((PublicId::from_random(*bytes), Timestamp::default()))
        })
    }
}

fn json(spec: &impl Serialize) -> String {
    serde_json::to_string(spec).unwrap_or_default()
}

impl PageSpec {
    fn identified(&self, ids: &Ids<'_>) -> Option<Page> {
        let (id, created_at) = ids(Kind::Page, &self.key)?;
        Some(Page {
            id: PageId(id),
            key: self.key.clone(),
            name: self.name.clone(),
            locale: self.locale.clone(),
            time_zone: self.time_zone.clone(),
            logo: self.logo.clone(),
            support_url: self.support_url.clone(),
            visibility: self.visibility,
            components: self.components.clone(),
            owner: Owner::File,
            created_at,
        })
    }
}

impl GroupSpec {
    fn identified(&self, ids: &Ids<'_>) -> Option<Group> {
        let (id, created_at) = ids(Kind::Group, &self.key)?;
        Some(Group {
            id: GroupId(id),
            key: self.key.clone(),
            name: self.name.clone(),
            owner: Owner::File,
            created_at,
        })
    }
}

impl ComponentSpec {
    fn identified(&self, ids: &Ids<'_>) -> Option<Component> {
        let (id, created_at) = ids(Kind::Component, &self.key)?;
        let group = self.group.as_ref().and_then(|key| ids(Kind::Group, key));
        Some(Component {
            id: ComponentId(id),
            key: self.key.clone(),
            name: self.name.clone(),
            description: self.description.clone(),
            group: group.map(|(id, _)| GroupId(id)),
            tier: self.tier,
            owner_mail: self.owner_mail.clone(),
            runbook: self.runbook.clone(),
            depends_on: self.depends_on.clone(),
            show: self.show,
            auto_publish: self.auto_publish,
            publish_after: self.publish_after,
            major_k: self.major_k,
            region: self.region.clone(),
            workaround: self.workaround.clone(),
            revenue_per_minute: self.revenue_per_minute,
            uptime_since: self.uptime_since,
            hysteresis: self.hysteresis,
            checks: self
                .checks
                .iter()
                .filter_map(|check| check.identified(ids))
                .collect(),
            objectives: self
                .objectives
                .iter()
                .filter_map(|objective| objective.identified(ids))
                .collect(),
            owner: Owner::File,
            created_at,
        })
    }
}

impl CheckSpec {
    fn identified(&self, ids: &Ids<'_>) -> Option<Check> {
        let (id, _) = ids(Kind::Check, &self.key)?;
        Some(Check {
            id: CheckId(id),
            key: self.key.clone(),
            kind: self.look.clone(),
            interval: self.interval,
            timeout: self.timeout,
            retry_interval: self.retry_interval,
            fail_after: self.fail_after,
            recover_after: self.recover_after,
            slow_after: self.slow_after,
            critical: self.critical,
            locations: self.locations.clone(),
        })
    }
}

impl ObjectiveSpec {
    fn identified(&self, ids: &Ids<'_>) -> Option<Objective> {
        let (id, _) = ids(Kind::Objective, &self.key)?;
        Some(Objective {
            id: ObjectiveId(id),
            key: self.key.clone(),
            target: self.target,
            window: self.window.clone(),
            public: self.public,
            indicator: self.indicator.clone(),
        })
    }
}
