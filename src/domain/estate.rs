//! The estate: everything we watch and publish, as configured, immutable; a reload makes a new one.

use serde::{Deserialize, Serialize};

use crate::domain::check::Check;
use crate::domain::component::{Component, Group};
use crate::domain::id::{CheckId, ComponentId, GroupId};
use crate::domain::objective::Objective;
use crate::domain::page::Page;

/// What configuration can name. A key is unique within its kind and keeps its id for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Page,
    Group,
    Component,
    Check,
    Objective,
}

impl Kind {
    pub const ALL: [Self; 5] = [
        Self::Page,
        Self::Group,
        Self::Component,
        Self::Check,
        Self::Objective,
    ];

    /// The name in rows and messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Group => "group",
            Self::Component => "component",
            Self::Check => "check",
            Self::Objective => "objective",
        }
    }

    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Estate {
    /// The first is the default page.
    pub pages: Vec<Page>,
    pub groups: Vec<Group>,
    /// In the order of the file: that is their order on the page.
    pub components: Vec<Component>,
    /// `sha256:` and hex, over the effective configuration; stored with every transition.
    pub config_hash: String,
}

impl Estate {
    #[must_use]
    pub fn component(&self, id: ComponentId) -> Option<&Component> {
        self.components.iter().find(|component| component.id == id)
    }

    /// By id or by configuration key: the command line takes either.
    #[must_use]
    pub fn component_named(&self, name: &str) -> Option<&Component> {
        self.components
            .iter()
            .find(|component| component.key == name)
            .or_else(|| {
                self.components
                    .iter()
                    .find(|component| component.id.as_str() == name)
            })
    }

    #[must_use]
    pub fn group(&self, id: GroupId) -> Option<&Group> {
        self.groups.iter().find(|group| group.id == id)
    }

    /// Every check beside its component.
    pub fn checks(&self) -> impl Iterator<Item = (&Component, &Check)> {
        self.components
            .iter()
            .flat_map(|component| component.checks.iter().map(move |check| (component, check)))
    }

    #[must_use]
    pub fn check(&self, id: CheckId) -> Option<(&Component, &Check)> {
        self.checks().find(|(_, check)| check.id == id)
    }

    /// Every objective beside its component.
    pub fn objectives(&self) -> impl Iterator<Item = (&Component, &Objective)> {
        self.components.iter().flat_map(|component| {
            component
                .objectives
                .iter()
                .map(move |objective| (component, objective))
        })
    }

    /// Whether `page` shows `component`: by `*`, by its key, or by its group's key.
    #[must_use]
    pub fn shows(&self, page: &Page, component: &Component) -> bool {
        let group_key = component
            .group
            .and_then(|id| self.group(id))
            .map(|group| &group.key);
        page.components
            .iter()
            .any(|wanted| wanted == "*" || *wanted == component.key || Some(wanted) == group_key)
    }
}
