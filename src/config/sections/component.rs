//! `[[component]]` with its dependencies and hysteresis.

use std::time::Duration;

use url::Url;

use crate::config::keys::check::{CHECKS, KINDS_TO_COME};
use crate::config::keys::estate::{DEPENDENCY, HYSTERESIS};
use crate::config::keys::objective::OBJECTIVE;
use crate::config::manifest::ComponentSpec;
use crate::config::sections::check::check;
use crate::config::sections::kinds::section_of;
use crate::config::sections::objective::objective;
use crate::config::source::Named;
use crate::config::table::Table;
use crate::domain::component::{AutoPublish, Dependency, DependencyKind, Hysteresis, Show};
use crate::domain::timestamp::Timestamp;

const SHOW: [(&str, Show); 3] = [
    ("always", Show::Always),
    ("if_degraded", Show::IfDegraded),
    ("never", Show::Never),
];
const AUTO_PUBLISH: [(&str, AutoPublish); 3] = [
    ("off", AutoPublish::Off),
    ("status_only", AutoPublish::StatusOnly),
    ("full", AutoPublish::Full),
];
const DEPENDENCIES: [(&str, DependencyKind); 2] = [
    ("hard", DependencyKind::Hard),
    ("soft", DependencyKind::Soft),
];

/// Reads a component; `location` is where this node's checks run from.
pub(in crate::config) fn component(table: &mut Table<'_>, location: &str) -> Option<ComponentSpec> {
    let key = table.id(Named::Component);
    let name = table.get("name");
    let description = table.get("description");
    let group = table.reference("group", &[Named::Group]);
    let tier = table
        .get::<u32>("tier")
        .and_then(|tier| u8::try_from(tier).ok());
    let owner_mail = owner(table);
    let runbook = table.get::<Url>("runbook");
    let depends_on = table.each("depends_on", |_, _| Some(&DEPENDENCY), dependency);
    let show = table.choice("show", &SHOW);
    let auto_publish = table.choice("auto_publish", &AUTO_PUBLISH);
    let publish_after = table.get::<Duration>("publish_after");
    let major_k = table.get_with_cell::<u32>("major_k");
    let region = table.get("region");
    let workaround = table.get("workaround");
    let revenue_per_minute = revenue(table);
    let uptime_since = table.get::<Timestamp>("uptime_since");
    let hysteresis = table.always("hysteresis", &HYSTERESIS, hysteresis);
    let checks = table.each(
        "check",
        |cell, entries| section_of(cell, entries, &CHECKS, &KINDS_TO_COME),
        |table| check(table, location),
    );
    let objectives = table.each("objective", |_, _| Some(&OBJECTIVE), objective);

    if let Some((k, cell)) = &major_k {
        let critical = checks.iter().filter(|check| check.critical).count();
        if usize::try_from(*k).is_ok_and(|k| k > critical) {
            cell.warn(format!("is {k}, but only {critical} checks are critical"));
        }
    }
    Some(ComponentSpec {
        key: key?,
        name: name?,
        description,
        group,
        tier: tier?,
        owner_mail,
        runbook: runbook.map(Into::into),
        depends_on,
        show: show?,
        auto_publish: auto_publish?,
        publish_after: publish_after?,
        major_k: major_k.map(|(k, _)| k),
        region,
        workaround,
        revenue_per_minute,
        uptime_since,
        hysteresis: hysteresis?,
        checks,
        objectives,
    })
}

/// A mail address: looked at lightly here, parsed where it is written to.
fn owner(table: &mut Table<'_>) -> Option<String> {
    let (owner, cell) = table.get_with_cell::<String>("owner")?;
    let parts = owner.split_once('@');
    let good = parts.is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty());
    if !good || owner.chars().any(|c| c.is_whitespace() || c.is_control()) {
        cell.refuse(format!("`{}` is not a mail address", owner.escape_debug()));
        return None;
    }
    Some(owner)
}

fn revenue(table: &mut Table<'_>) -> Option<f64> {
    let (revenue, cell) = table.get_with_cell::<f64>("revenue_per_minute")?;
    if revenue < 0.0 {
        cell.refuse("must not be negative");
        return None;
    }
    Some(revenue)
}

fn dependency(table: &mut Table<'_>) -> Option<Dependency> {
    let key = table.reference("id", &[Named::Component]);
    let kind = table.choice("kind", &DEPENDENCIES);
    Some(Dependency {
        key: key?,
        kind: kind?,
    })
}

fn hysteresis(table: &mut Table<'_>) -> Option<Hysteresis> {
    let raise_degraded = table.get("raise_degraded");
    let raise_partial = table.get("raise_partial");
    let raise_major = table.get("raise_major");
    let clear_after = table.get("clear_after");
    Some(Hysteresis {
        raise_degraded: raise_degraded?,
        raise_partial: raise_partial?,
        raise_major: raise_major?,
        clear_after: clear_after?,
    })
}
