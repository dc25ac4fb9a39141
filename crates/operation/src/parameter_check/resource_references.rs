//! Finds the parameters that name a resource.

use covibe_domain::ResourceKind;
use serde_json::Value;

use super::schema_node::Node;

/// Collects the texts in `value` that give a resource by uuid or name, at any depth.
pub(super) fn collect<'a>(
    node: &Node,
    value: &'a mut Value,
    found: &mut Vec<(ResourceKind, &'a mut Value)>,
) {
    match (node, value) {
        (Node::Text { names: Some(kind), .. }, text @ Value::String(_)) => {
            found.push((*kind, text));
        }
        (Node::Object { members, .. }, Value::Object(map)) => {
            for (name, member) in map {
                if let Some(node) = members.get(name) {
                    collect(node, member, found);
                }
            }
        }
        (Node::Array { items, .. }, Value::Array(list)) => {
            for item in list {
                collect(items, item, found);
            }
        }
        _ => {}
    }
}
