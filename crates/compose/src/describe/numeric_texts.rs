//! Values that Docker Compose reads otherwise than they are kept here.

use crate::file_location::Location;
use crate::rewrite_changes::Change;
use crate::yaml::{Node, Reading, Scalar, Value, reading};

/// The members of a service whose values are texts for the program.
const TEXTS: [&str; 4] = ["environment", "command", "entrypoint", "healthcheck"];

/// The maximum number of values that are reported.
const MOST: usize = 20;

/// Returns the numbers and dates that are used as texts: they stay as they were written.
pub(crate) fn readings(root: &Node) -> Vec<Change> {
    let mut told = Vec::new();
    let services = Location::file().key("services");
    for (name, service) in
        members(root).filter(|(key, _)| *key == "services").flat_map(|(_, all)| members(all))
    {
        for (key, value) in members(service).filter(|(key, _)| TEXTS.contains(key)) {
            walk(value, &services.key(name).key(key), &mut told);
        }
    }
    told
}

fn walk(node: &Node, at: &Location, told: &mut Vec<Change>) {
    match &node.value {
        _ if told.len() >= MOST => {}
        Value::Scalar(Scalar::Number(text)) => told.extend(change(text, at)),
        Value::Scalar(_) => {}
        Value::List(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(at_item, item)| walk(item, &at.item(at_item), told));
        }
        Value::Map(_) => members(node).for_each(|(key, value)| walk(value, &at.key(key), told)),
    }
}

fn change(text: &str, at: &Location) -> Option<Change> {
    let instead = match reading(text)? {
        Reading::Number(number) => format!("reads {number}"),
        Reading::Date => "refuses a date".to_owned(),
    };
    Some(Change {
        path: at.to_string(),
        change: format!("kept as the text {text}, where docker compose {instead}"),
        why: "put it in quotes if that is what you mean",
    })
}

fn members(node: &Node) -> impl Iterator<Item = (&str, &Node)> {
    let members = if let Value::Map(members) = &node.value { members.as_slice() } else { &[] };
    members.iter().map(|(key, value)| (key.as_str(), &**value))
}
