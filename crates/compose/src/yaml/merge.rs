//! Merge keys: `<<: *a` and `<<: [*a, *b]`.

use std::collections::HashSet;
use std::rc::Rc;

use super::Refusal;
use super::node::{Raw, Value};

pub(crate) const KEY: &str = "<<";

type Entries = Vec<(String, Rc<Raw>)>;

const NOT_A_MAP: Refusal =
    ("a merge takes a mapping or a list of mappings", Some("Write <<: *name or <<: [*a, *b]."));

/// The entries with what they merge in: own ones win, then the earlier in the list.
///
/// What is merged in has been resolved before, for a mapping is complete before an alias names it.
pub(crate) fn resolve(entries: Entries) -> Result<Entries, Refusal> {
    if !entries.iter().any(|(key, _)| key == KEY) {
        return Ok(entries);
    }
    let (merges, mut own): (Entries, Entries) =
        entries.into_iter().partition(|(key, _)| key == KEY);
    let mut known: HashSet<String> = own.iter().map(|(key, _)| key.clone()).collect();
    for (_, source) in &merges {
        for map in maps(source)? {
            for (key, value) in map {
                if known.insert(key.clone()) {
                    own.push((key.clone(), Rc::clone(value)));
                }
            }
        }
    }
    Ok(own)
}

fn maps(source: &Rc<Raw>) -> Result<Vec<&Entries>, Refusal> {
    let of = |raw: &'_ Raw| matches!(raw.value, Value::Map(_));
    let sources: Vec<&Raw> = match &source.value {
        Value::List(items) => items.iter().map(AsRef::as_ref).collect(),
        _ => vec![source],
    };
    if !sources.iter().all(|raw| of(raw)) {
        return Err(NOT_A_MAP);
    }
    Ok(sources
        .into_iter()
        .filter_map(|raw| if let Value::Map(entries) = &raw.value { Some(entries) } else { None })
        .collect())
}
