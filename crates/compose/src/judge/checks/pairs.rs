//! Names with values, written as a mapping or as a list of `NAME=value`.

use std::collections::HashSet;

use crate::judge::table::{items, mapping};
use crate::location::Location;
use crate::refusals;
use crate::report::Report;
use crate::tree::Tree;

/// A name, and its value if the author wrote one.
pub(super) struct Pair {
    pub(super) location: Location,
    pub(super) name: String,
    pub(super) value: Option<String>,
}

/// Returns the pairs of a mapping or a list, in order. Booleans and numbers become the text that
/// the author wrote, because Coolify would write `true` as `1`.
pub(super) fn pairs(report: &mut Report, location: &Location, node: &Tree) -> Option<Vec<Pair>> {
    let pairs: Vec<Option<Pair>> = match node {
        Tree::Map(_) => {
            let entries = mapping(report, location, node)?.iter();
            entries.map(|(key, value)| of_entry(report, location.key(key), key, value)).collect()
        }
        Tree::List(_) => {
            let items = items(report, location, node)?.iter().enumerate();
            items.map(|(index, item)| of_item(report, location.item(index), item)).collect()
        }
        _ => {
            report.add(location, refusals::neither_mapping_nor_list());
            return None;
        }
    };
    let pairs: Vec<Pair> = pairs.into_iter().flatten().collect();
    let mut known = HashSet::new();
    for pair in pairs.iter().filter(|pair| !known.insert(pair.name.as_str())) {
        report.add(&pair.location, refusals::duplicate_name());
    }
    Some(pairs)
}

fn of_entry(report: &mut Report, location: Location, key: &str, value: &Tree) -> Option<Pair> {
    let value = match value {
        Tree::Null => None,
        Tree::Bool(on) => Some(on.to_string()),
        Tree::Int(number) => Some(number.to_string()),
        Tree::Text(text) => Some(text.clone()),
        Tree::List(_) | Tree::Map(_) => {
            report.add(&location, refusals::not_text());
            return None;
        }
    };
    Some(Pair { location, name: key.to_owned(), value })
}

fn of_item(report: &mut Report, location: Location, item: &Tree) -> Option<Pair> {
    let Tree::Text(text) = item else {
        report.add(&location, refusals::not_an_assignment());
        return None;
    };
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (text.as_str(), None),
    };
    Some(Pair { location, name: name.to_owned(), value })
}
