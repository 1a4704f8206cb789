//! What only the whole file can tell: names that stand for nothing, and dependencies that run in a circle.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::manifest::ComponentSpec;
use crate::config::problem::Place;
use crate::config::source::{Named, Source, did_you_mean};

/// Reports every name that is used and not declared as what it is used for.
pub(super) fn judge_references(source: &Source<'_>) {
    let declared = source.declared.borrow();
    for reference in source.references.borrow().iter() {
        let names = || {
            declared
                .keys()
                .filter(|(kind, _)| reference.kinds.contains(kind))
                .map(|(_, name)| name.as_str())
        };
        if names().any(|name| name == reference.name) {
            continue;
        }
        let words: Vec<&str> = reference.kinds.iter().map(|kind| kind.word()).collect();
        source.error(
            (reference.place.clone(), &reference.key),
            format!(
                "there is no {} `{}`",
                words.join(" or "),
                reference.name.escape_debug()
            ),
            did_you_mean(&reference.name, names()),
        );
    }
}

/// Reports each circle of `depends_on` once, at the component that comes first in it.
pub(super) fn judge_circles(source: &Source<'_>, components: &[ComponentSpec]) {
    let needs: BTreeMap<&str, Vec<&str>> = components
        .iter()
        .map(|component| {
            let keys = component
                .depends_on
                .iter()
                .map(|needed| needed.key.as_str());
            (component.key.as_str(), keys.collect())
        })
        .collect();
    let mut settled = BTreeSet::new();
    for component in components {
        if let Some(circle) = circle_from(&component.key, &needs, &mut settled) {
            let declared = source.declared.borrow();
            let place = declared.get(&(Named::Component, component.key.clone()));
            source.error(
                (
                    place.cloned().unwrap_or(Place::Whole),
                    "component.depends_on",
                ),
                format!("runs in a circle: {}", circle.join(" -> ")),
                Some("take one of these dependencies away".to_owned()),
            );
        }
    }
}

/// Walks from `start` in depth; what was walked before is not walked again. An explicit stack, because the depth is
/// the user's to choose.
fn circle_from<'a>(
    start: &'a str,
    needs: &BTreeMap<&'a str, Vec<&'a str>>,
    settled: &mut BTreeSet<&'a str>,
) -> Option<Vec<&'a str>> {
    let mut path: Vec<(&str, usize)> = vec![(start, 0)];
    while let Some((at, next)) = path.pop() {
        if settled.contains(at) {
            continue;
        }
        let Some(needed) = needs.get(at).and_then(|keys| keys.get(next)) else {
            settled.insert(at);
            continue;
        };
        path.push((at, next + 1));
        if let Some(position) = path.iter().position(|(walked, _)| walked == needed) {
            let mut circle: Vec<&str> = path.iter().skip(position).map(|(key, _)| *key).collect();
            circle.push(needed);
            settled.extend(path.iter().map(|(key, _)| *key));
            return Some(circle);
        }
        path.push((needed, 0));
    }
    None
}
