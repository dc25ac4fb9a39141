//! Names with values, written as a mapping or as a list of `NAME=value`.

use std::collections::HashSet;

use crate::judge::table::{items, mapping};
use crate::report::{Place, Report};
use crate::yaml::{Raw, Scalar, Value};

/// A name with its value, none where the author wrote none.
pub(crate) struct Pair {
    pub(crate) place: Place,
    pub(crate) name: String,
    pub(crate) value: Option<String>,
}

/// The pairs of a mapping or a list, in order. Booleans and numbers are the texts that they were
/// written as: Coolify would write `true` as `1`.
pub(crate) fn pairs(report: &mut Report, place: &Place, raw: &Raw) -> Option<Vec<Pair>> {
    let pairs: Vec<Option<Pair>> = match &raw.value {
        Value::Map(_) => {
            let entries = mapping(report, place, raw)?.iter();
            entries.map(|(key, value)| of_entry(report, place.key(key), key, value)).collect()
        }
        Value::List(_) => {
            let items = items(report, place, raw)?.iter().enumerate();
            items.map(|(index, item)| of_item(report, place.at(index), item)).collect()
        }
        Value::Scalar(_) => {
            report.reject(place, "it is neither a mapping nor a list", Some("Write NAME: value."));
            return None;
        }
    };
    let pairs: Vec<Pair> = pairs.into_iter().flatten().collect();
    let mut known = HashSet::new();
    for pair in pairs.iter().filter(|pair| !known.insert(pair.name.as_str())) {
        report.reject(&pair.place, "the name appears twice", Some("Keep one of them."));
    }
    Some(pairs)
}

fn of_entry(report: &mut Report, place: Place, key: &str, value: &Raw) -> Option<Pair> {
    let value = match &value.value {
        Value::Scalar(Scalar::Null) => None,
        Value::Scalar(Scalar::Bool(on)) => Some(on.to_string()),
        Value::Scalar(Scalar::Text(text) | Scalar::Number(text)) => Some(text.clone()),
        Value::List(_) | Value::Map(_) => {
            report.reject(&place, "it is not a text", Some("Quote it."));
            return None;
        }
    };
    Some(Pair { place, name: key.to_owned(), value })
}

fn of_item(report: &mut Report, place: Place, item: &Raw) -> Option<Pair> {
    let Value::Scalar(Scalar::Text(text)) = &item.value else {
        report.reject(&place, "it is not NAME=value", Some("Write NAME=value."));
        return None;
    };
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (text.as_str(), None),
    };
    Some(Pair { place, name: name.to_owned(), value })
}
