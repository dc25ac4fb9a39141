//! `extends` of a service in the same file.
//!
//! Both services have been checked and are in their one form, so that a merge of them holds nothing
//! that was not checked.

use std::collections::HashMap;

use super::service::EXTENDS;
use crate::canonical::{Members, Plain};
use crate::report::{Place, Report};

/// How many services may stand on each other.
const LONGEST: usize = 5;

/// The services with what they extend merged in, as docker compose does it.
pub(crate) fn resolve(
    report: &mut Report,
    place: &Place,
    services: &[(String, Plain)],
) -> Option<Members> {
    let by_name: HashMap<&str, &Plain> =
        services.iter().map(|(name, service)| (name.as_str(), service)).collect();
    let mut resolved = Members::new();
    for (name, service) in services {
        let place = place.key(name).key(EXTENDS);
        resolved.push((name.clone(), one(report, &place, service, &by_name)?));
    }
    Some(resolved)
}

fn one(
    report: &mut Report,
    place: &Place,
    service: &Plain,
    by_name: &HashMap<&str, &Plain>,
) -> Option<Plain> {
    let mut chain = vec![service];
    while let Some(base) = chain.last()?.get(EXTENDS).and_then(Plain::as_str) {
        let Some(base) = by_name.get(base) else {
            let fix = Some("Name a service of this file.");
            report.reject(place, "it extends a service that is refused or not there", fix);
            return None;
        };
        chain.push(base);
        if chain.len() > LONGEST {
            let fix = Some("End the circle, or write the service out.");
            report.reject(place, "it extends itself, or a chain of more than 5", fix);
            return None;
        }
    }
    let base = chain.pop()?.clone();
    let mut merged = chain.into_iter().rev().fold(base, |base, over| merge("", base, over));
    if let Plain::Map(members) = &mut merged {
        members.retain(|(key, _)| key != EXTENDS);
    }
    Some(merged)
}

/// `over` on `base`: mappings member by member, lists one after the other, all else replaced.
fn merge(key: &str, base: Plain, over: &Plain) -> Plain {
    match (base, over) {
        (base @ Plain::Map(_), Plain::Map(_))
            if key == "logging" && base.get("driver") != over.get("driver") =>
        {
            over.clone()
        }
        (Plain::Map(mut members), Plain::Map(more)) => {
            for (key, value) in more {
                match members.iter_mut().find(|(known, _)| known == key) {
                    Some((_, slot)) => {
                        let base = std::mem::replace(slot, Plain::Null);
                        *slot = merge(key, base, value);
                    }
                    None => members.push((key.clone(), value.clone())),
                }
            }
            Plain::Map(members)
        }
        (Plain::List(items), Plain::List(more)) if !is_replaced(key) => append(items, more),
        (_, over) => over.clone(),
    }
}

/// Lists that are one value as a whole.
fn is_replaced(key: &str) -> bool {
    matches!(key, "command" | "entrypoint" | "test")
}

/// One after the other, without what has the same place in the container or is the same.
fn append(items: Vec<Plain>, more: &[Plain]) -> Plain {
    let kept = items.into_iter().filter(|item| more.iter().all(|new| target(new) != target(item)));
    let mut all: Vec<Plain> = kept.collect();
    all.extend(more.iter().cloned());
    Plain::List(all)
}

/// Where a volume, config or secret is in the container; of anything else, the text itself.
fn target(item: &Plain) -> Option<&str> {
    if let Some(text) = item.as_str() {
        let mut parts = text.split(':');
        let first = parts.next();
        return parts.next().filter(|second| second.starts_with('/')).or(first.map(|_| text));
    }
    item.get("target").or_else(|| item.get("source")).and_then(Plain::as_str)
}
