//! Reading members and items of a generated file.

use crate::yaml::{Node, Scalar, Value};

pub(super) fn member<'a>(of: &'a Node, name: &str) -> Option<&'a Node> {
    let Value::Map(members) = &of.value else { return None };
    members.iter().find(|(key, _)| key == name).map(|(_, node)| &**node)
}

/// Returns the entries of a mapping; none of anything else.
pub(super) fn entries(of: Option<&Node>) -> impl Iterator<Item = (&str, &Node)> {
    let members = match of.map(|node| &node.value) {
        Some(Value::Map(members)) => members.as_slice(),
        _ => &[],
    };
    members.iter().map(|(key, node)| (key.as_str(), &**node))
}

/// Returns the items of a list; none of anything else.
pub(super) fn items(of: Option<&Node>) -> impl Iterator<Item = &Node> {
    let items = match of.map(|node| &node.value) {
        Some(Value::List(items)) => items.as_slice(),
        _ => &[],
    };
    items.iter().map(|node| &**node)
}

/// Returns the text of a string or of a number.
pub(super) fn text(of: Option<&Node>) -> Option<&str> {
    match of.map(|node| &node.value) {
        Some(Value::Scalar(Scalar::Text(text) | Scalar::Number(text))) => Some(text),
        _ => None,
    }
}

pub(super) fn is_true(of: Option<&Node>) -> bool {
    matches!(of.map(|node| &node.value), Some(Value::Scalar(Scalar::Bool(true))))
}
