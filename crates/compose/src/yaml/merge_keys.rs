//! Merge keys: `<<: *a` and `<<: [*a, *b]`.

use std::collections::HashSet;
use std::rc::Rc;

use super::node::{Node, Value};
use crate::problem::Problem;
use crate::refusals;

pub(super) const KEY: &str = "<<";

type Entries = Vec<(String, Rc<Node>)>;

/// Returns the entries with the merged ones: own entries win, then those of earlier sources.
///
/// A source has been resolved already, because a mapping is complete before an alias can name it.
pub(super) fn resolve(entries: Entries) -> Result<Entries, Problem> {
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

/// Returns the mappings that a merge key's value names.
fn maps(source: &Node) -> Result<Vec<&Entries>, Problem> {
    let sources: Vec<&Node> = match &source.value {
        Value::List(items) => items.iter().map(AsRef::as_ref).collect(),
        _ => vec![source],
    };
    let maps = sources.into_iter().map(|node| match &node.value {
        Value::Map(entries) => Ok(entries),
        _ => Err(refusals::merge_source()),
    });
    maps.collect()
}
