//! The names of tools in texts: MCP spells them with underscores, the other surfaces with dots.

use std::sync::LazyLock;

use serde_json::Value;

use super::CallStyle;

/// The names of tools over MCP and by the other surfaces, the longest first.
static NAMES: LazyLock<Vec<(String, &str)>> = LazyLock::new(|| {
    let registry = covibe_tools::registry();
    let names = registry.tools().map(|tool| (tool.spec.mcp_name(), tool.spec.name));
    let mut names: Vec<_> = names.collect();
    names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    names
});

/// Returns an answer as the other surfaces show it.
pub fn of_every_surface(via: CallStyle, answer: Value) -> Value {
    if !matches!(via, CallStyle::JsonRpc | CallStyle::Modern) {
        return answer;
    }
    dotted(answer)
}

/// Returns a value with the names of tools as operations have them.
pub fn dotted(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(
            NAMES.iter().fold(text, |text, (name, dotted)| text.replace(name.as_str(), dotted)),
        ),
        Value::Array(items) => items.into_iter().map(dotted).collect(),
        Value::Object(members) => {
            members.into_iter().map(|(name, value)| (name, dotted(value))).collect()
        }
        other => other,
    }
}
