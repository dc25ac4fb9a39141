//! The MCP server of an agent: one that has its tools, bound to its job and worktree.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use super::entry::Agent;
use crate::job::{JobFolder, JobId};

impl Agent {
    /// Returns the arguments of its MCP server in a job.
    pub(crate) fn mcp_arguments(&self, id: &JobId, folder: &JobFolder) -> Vec<String> {
        let root = folder.work().to_string_lossy().into_owned();
        let tools = self.tools.join(",");
        ["job", "--job", id.as_str(), "--root", &root, "--tools", &tools].map(str::to_owned).into()
    }

    /// Returns the configuration that names its MCP server, which is none if it has no tools. Variables are in it by name:
    /// clients fill in their values.
    pub(crate) fn mcp_config(&self, program: &Path, arguments: &[String]) -> Value {
        if self.tools.is_empty() {
            return json!({ "mcpServers": {} });
        }
        let variable = |name: &'static str| (name, format!("${{{name}:-}}"));
        let env: BTreeMap<_, _> = self.mcp_variables().map(variable).collect();
        let server = json!({ "command": program, "args": arguments, "env": env });
        json!({ "mcpServers": { "covibe": server } })
    }
}
