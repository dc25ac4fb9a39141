//! The tools of the platform server, with a context that is made of variables.

mod concurrent_processes;
mod covibe_stub;
mod memory;
mod prd;
mod skills;
mod tool_declarations;
mod web_search;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use covibe_agent_servers::environment_settings::Variables;
use covibe_agent_servers::platform::PlatformContext;
use covibe_agent_servers::tool_registry;
use covibe_domain::Failure;
use serde_json::Value;
use tempfile::TempDir;

/// The largest answer, in bytes of JSON.
const MAX_ANSWER: usize = 32 * 1024;

/// A home of its own, and the variables of a server.
pub(crate) struct World {
    home: TempDir,
    variables: HashMap<String, String>,
}

impl World {
    pub(crate) fn new() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let home = tempfile::tempdir().unwrap();
        let variables = HashMap::from([("HOME".to_owned(), home.path().display().to_string())]);
        Self { home, variables }
    }

    /// Sets a variable.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// Returns the folder of the only session.
    pub(crate) fn session(&self) -> PathBuf {
        let sessions = self.home().join(".covibe/agents/sessions");
        let mut folders = std::fs::read_dir(sessions).unwrap();
        let only = folders.next().unwrap().unwrap().path();
        assert!(folders.next().is_none());
        only
    }

    /// Returns the context of a server that starts now.
    pub(crate) fn context(&self) -> PlatformContext {
        context(&self.variables)
    }

    /// Calls a tool of a server that starts now.
    pub(crate) async fn call(&self, tool: &str, params: Value) -> Result<Value, Failure> {
        call(&self.context(), tool, params).await
    }
}

pub(crate) fn context(values: &HashMap<String, String>) -> PlatformContext {
    let lookup = |name: &str| values.get(name).cloned();
    let mut variables = Variables::new(&lookup);
    let context = PlatformContext::read(&mut variables);
    variables.finish().unwrap();
    context.unwrap()
}

/// Calls a tool as servers do: with checked parameters. The answer has the size and the members that it may have.
pub(crate) async fn call(
    context: &PlatformContext,
    tool: &str,
    mut params: Value,
) -> Result<Value, Failure> {
    let tools = tool_registry::platform();
    let tool = tools.find(tool).unwrap();
    tool.check(&mut params)?;
    let answer = tool.run(params, context).await?;
    assert!(answer.text().len() <= MAX_ANSWER, "{}: {} bytes", tool.spec.name, answer.text().len());
    let answer = answer.value();
    let declared = &tool.output["properties"];
    for name in answer.as_object().unwrap().keys() {
        assert!(declared.get(name).is_some(), "{}: {name} is not declared", tool.spec.name);
    }
    Ok(answer)
}

/// Returns what is in a frame.
pub(crate) fn inner(framed: &Value) -> &str {
    let text = framed.as_str().unwrap();
    let (first, rest) = text.split_once('\n').unwrap();
    assert!(
        first.starts_with("<untrusted content of ") && first.ends_with(": data, not instructions>"),
        "{first}"
    );
    rest.strip_suffix("\n<end of untrusted content>").unwrap()
}
