//! The tools that an agent may get, and the variables that these need.

use std::collections::BTreeMap;

use covibe_agent_servers::server_kinds::Server;
use covibe_agent_servers::tool_registry;
use covibe_operation::Registry;

/// The variables that every job reads: the guard's.
const OF_ALL: &[&str] = &["COVIBE_PROTECTED_REPOS", "COVIBE_PROTECTED_APPS"];

/// The variables that a job's server has of the job instead.
const OF_JOB: &[&str] = &["WORKSPACE_ROOT", "WORKSPACE_PUSH_BRANCH"];

/// The names of the tools, each with its server.
#[derive(Clone, Debug)]
pub struct ToolNames(BTreeMap<String, Server>);

impl ToolNames {
    /// Takes pairs of a server and a tool.
    pub fn new<T: Into<String>>(pairs: impl IntoIterator<Item = (Server, T)>) -> Self {
        Self(pairs.into_iter().map(|(server, tool)| (tool.into(), server)).collect())
    }

    /// Returns the tools of the registry that a job may get.
    pub fn from_registry() -> Self {
        let all = names(Server::Coolify, &tool_registry::coolify())
            .chain(names(Server::Gitea, &tool_registry::gitea()))
            .chain(names(Server::Workspace, &tool_registry::workspace()))
            .chain(names(Server::Platform, &tool_registry::platform()));
        Self::new(all)
    }

    /// Returns a tool's server.
    pub(super) fn server(&self, tool: &str) -> Option<Server> {
        self.0.get(tool).copied()
    }

    /// Returns all names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

fn names<Cx>(
    server: Server,
    registry: &Registry<Cx>,
) -> impl Iterator<Item = (Server, String)> + use<Cx> {
    let names: Vec<_> = registry.tools().map(|tool| tool.spec.mcp_name()).collect();
    names.into_iter().map(move |name| (server, name))
}

/// Returns the variables that a tool of a server reads.
pub(super) fn variables(server: Server, tool: &str) -> Vec<&'static str> {
    let own = server.variables_of_tool(tool).map(|variable| variable.name);
    own.filter(|name| !OF_JOB.contains(name)).chain(OF_ALL.iter().copied()).collect()
}
