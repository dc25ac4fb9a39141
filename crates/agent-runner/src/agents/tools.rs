//! The tools that an agent may get, and the variables that these need.

use std::collections::BTreeMap;

use covibe_agent_servers::registry;
use covibe_operation::Registry;

/// The variables that every server reads.
const OF_ALL: &[&str] = &["COVIBE_PROTECTED_REPOS", "COVIBE_PROTECTED_APPS"];

const GITEA: [&str; 3] = ["GITEA_API_URL", "GITEA_API_TOKEN", "GITEA_USERNAME"];

/// The names of the tools, each with its server.
#[derive(Clone, Debug)]
pub struct ToolNames(BTreeMap<String, &'static str>);

impl ToolNames {
    /// Takes pairs of a server and a tool.
    pub fn new<T: Into<String>>(pairs: impl IntoIterator<Item = (&'static str, T)>) -> Self {
        Self(pairs.into_iter().map(|(server, tool)| (tool.into(), server)).collect())
    }

    /// Returns the tools of the registry that a job may get.
    pub fn of_registry() -> Self {
        let all = names("coolify", &registry::coolify())
            .chain(names("gitea", &registry::gitea()))
            .chain(names("workspace", &registry::workspace()))
            .chain(names("platform", &registry::platform()));
        Self::new(all)
    }

    /// Returns a tool's server.
    pub(super) fn server(&self, tool: &str) -> Option<&'static str> {
        self.0.get(tool).copied()
    }

    /// Returns all names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

fn names<Cx>(
    server: &'static str,
    registry: &Registry<Cx>,
) -> impl Iterator<Item = (&'static str, String)> + use<Cx> {
    let names: Vec<_> = registry.tools().map(|tool| tool.spec.mcp_name()).collect();
    names.into_iter().map(move |name| (server, name))
}

/// Returns the variables that the tools of a server read.
pub(super) fn variables(server: &str) -> Vec<&'static str> {
    let own: &[&str] = match server {
        "coolify" => &["COOLIFY_API_URL", "COOLIFY_API_TOKEN"],
        "gitea" => &GITEA,
        "workspace" => &["WORKSPACE_ENV", "WORKSPACE_STRICT", GITEA[0], GITEA[1], GITEA[2]],
        "platform" => &[
            "SESSION_KEY",
            "COVIBE_AGENT_HOME",
            "COVIBE_BASE_URL",
            "VIBN_API_KEY",
            "SKILLS_REPO",
            "WEB_SEARCH_PROVIDER",
            "WEB_SEARCH_API_KEY",
            "WEB_SEARCH_URL",
            GITEA[0],
            GITEA[1],
            GITEA[2],
        ],
        _ => &[],
    };
    own.iter().chain(OF_ALL).copied().collect()
}
