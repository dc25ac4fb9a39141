//! The tools as MCP lists them.

use covibe_domain::Access;
use covibe_domain::entities::KeyAccess;
use serde_json::Value;

use crate::registry::Registry;
use crate::schema;

/// One entry of `tools/list`.
#[derive(Clone, Debug)]
pub struct McpTool {
    /// The name, with underscores, because widely used clients reject dots.
    pub name: String,
    /// The name for people.
    pub title: String,
    /// The description, by which a model chooses the tool.
    pub description: String,
    /// The schema of the arguments.
    pub input: Value,
    /// The schema of the answer, which allows further members and fits every failure.
    pub output: Value,
    /// True if it only reads.
    pub read_only: bool,
    /// True if it removes something irrevocably.
    pub destructive: bool,
    /// True if a second call has no further effect.
    pub idempotent: bool,
}

/// Returns the agent tools that are open to this access, sorted by name.
pub fn mcp_tools<Cx>(registry: &Registry<Cx>, access: KeyAccess) -> Vec<McpTool> {
    let mut tools: Vec<_> = registry
        .tools_open_to(access)
        .map(|tool| McpTool {
            name: tool.spec.mcp_name(),
            title: title(tool.spec.name),
            description: tool.description.clone(),
            input: tool.input.clone(),
            output: schema::output_for_clients(tool.output.clone()),
            read_only: !tool.spec.access.changes(),
            destructive: tool.spec.access == Access::Destroy,
            idempotent: tool.spec.idempotent,
        })
        .collect();
    tools.sort_by(|a, b| a.name.cmp(&b.name));
    tools
}

/// Returns the name of an operation for people: `Apps envs: list`.
fn title(name: &str) -> String {
    let (family, action) = name.rsplit_once('.').unwrap_or(("", name));
    let text = format!("{family}: {action}").replace(['.', '_'], " ");
    let text = text.trim_start_matches(": ");
    let (first, rest) = text.split_at(text.ceil_char_boundary(1));
    first.to_ascii_uppercase() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_the_name_in_words() {
        assert_eq!(title("list_all_apps"), "List all apps");
        assert_eq!(title("deploy"), "Deploy");
        assert_eq!(title("apps.envs.list"), "Apps envs: list");
        assert_eq!(title("storage.inject_env"), "Storage: inject env");
    }
}
