//! `extends` of a service in the same file.
//!
//! Both services are merged before anything else happens to them, so that the result is judged.

use std::collections::{HashMap, HashSet};

use crate::file_location::Location;
use crate::problem_list::Report;
use crate::refusals;
use crate::yaml_tree::{Members, Tree};

/// The key by which a service starts from another one; removed once that is resolved.
pub(super) const EXTENDS: &str = "extends";

/// The maximum number of services in a chain.
const LONGEST_CHAIN: usize = 5;

/// Returns the services merged with those that they extend, as Docker Compose does it.
pub(super) fn resolve(
    report: &mut Report,
    location: &Location,
    services: &[(String, Tree)],
) -> Option<Members> {
    let by_name: HashMap<&str, &Tree> =
        services.iter().map(|(name, service)| (name.as_str(), service)).collect();
    let mut resolved = Members::new();
    for (name, service) in services {
        let location = location.key(name).key(EXTENDS);
        resolved.push((name.clone(), resolve_one(report, &location, service, &by_name)?));
    }
    Some(resolved)
}

fn resolve_one(
    report: &mut Report,
    location: &Location,
    service: &Tree,
    by_name: &HashMap<&str, &Tree>,
) -> Option<Tree> {
    let mut chain = vec![service];
    while let Some(base) = chain.last()?.get(EXTENDS).and_then(Tree::as_str) {
        let Some(base) = by_name.get(base) else {
            report.add(location, refusals::missing_base());
            return None;
        };
        chain.push(base);
        if chain.len() > LONGEST_CHAIN {
            report.add(location, refusals::extends_chain());
            return None;
        }
    }
    let base = chain.pop()?.clone();
    let mut merged = chain.into_iter().rev().fold(base, |base, over| merge("", base, over));
    if let Tree::Map(members) = &mut merged {
        members.retain(|(key, base)| key != EXTENDS || base.as_str().is_none());
    }
    Some(merged)
}

/// Merges `over` into `base`: mappings by member, lists by appending; other values are replaced.
fn merge(key: &str, base: Tree, over: &Tree) -> Tree {
    match (base, over) {
        (base @ Tree::Map(_), Tree::Map(_))
            if key == "logging" && base.get("driver") != over.get("driver") =>
        {
            over.clone()
        }
        (Tree::Map(members), Tree::Map(more)) => merge_members(members, more),
        (Tree::List(items), Tree::List(more)) if !is_replaced(key) => append(items, more),
        (_, over) => over.clone(),
    }
}

fn merge_members(base: Members, over: &[(String, Tree)]) -> Tree {
    let over_keys: HashMap<&str, &Tree> =
        over.iter().map(|(key, value)| (key.as_str(), value)).collect();
    let base_keys: HashSet<String> = base.iter().map(|(key, _)| key.clone()).collect();
    let merged = base.into_iter().map(|(key, value)| match over_keys.get(key.as_str()) {
        Some(over) => {
            let value = merge(&key, value, over);
            (key, value)
        }
        None => (key, value),
    });
    let added = over.iter().filter(|(key, _)| !base_keys.contains(key)).cloned();
    Tree::Map(merged.chain(added).collect())
}

/// Returns whether the list is one value as a whole.
fn is_replaced(key: &str) -> bool {
    matches!(key, "command" | "entrypoint" | "test")
}

/// Appends a list, and drops items that have the same target as a new one, or are equal to it.
fn append(items: Vec<Tree>, more: &[Tree]) -> Tree {
    let targets: HashSet<_> = more.iter().map(target_of).collect();
    let kept = items.into_iter().filter(|item| !targets.contains(&target_of(item)));
    let mut all: Vec<Tree> = kept.collect();
    all.extend(more.iter().cloned());
    Tree::List(all)
}

/// Returns the path in the container of a volume, config or secret, or the text of another item.
fn target_of(item: &Tree) -> Option<&str> {
    if let Some(text) = item.as_str() {
        let mut parts = text.split(':');
        let first = parts.next();
        return parts.next().filter(|second| second.starts_with('/')).or(first.map(|_| text));
    }
    item.get("target").or_else(|| item.get("source")).and_then(Tree::as_str)
}
