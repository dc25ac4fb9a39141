//! `extends` of a service in the same file.
//!
//! Both services are merged before anything else happens to them, so that the result is judged.

use std::collections::HashMap;

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
        (Tree::Map(mut members), Tree::Map(more)) => {
            for (key, value) in more {
                match members.iter_mut().find(|(known, _)| known == key) {
                    Some((_, slot)) => {
                        let base = std::mem::replace(slot, Tree::Null);
                        *slot = merge(key, base, value);
                    }
                    None => members.push((key.clone(), value.clone())),
                }
            }
            Tree::Map(members)
        }
        (Tree::List(items), Tree::List(more)) if !is_replaced(key) => append(items, more),
        (_, over) => over.clone(),
    }
}

/// Returns whether the list is one value as a whole.
fn is_replaced(key: &str) -> bool {
    matches!(key, "command" | "entrypoint" | "test")
}

/// Appends a list, and drops items that have the same target as a new one, or are equal to it.
fn append(items: Vec<Tree>, more: &[Tree]) -> Tree {
    let kept =
        items.into_iter().filter(|item| more.iter().all(|new| target_of(new) != target_of(item)));
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
