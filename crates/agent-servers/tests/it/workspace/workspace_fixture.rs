//! A workspace in a temporary folder, with a home that has secrets.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use covibe_agent_servers::environment_settings::Variables;
use covibe_agent_servers::tool_registry;
use covibe_agent_servers::workspace::WorkspaceContext;
use covibe_domain::Failure;
use serde_json::Value;
use tempfile::TempDir;

/// A text outside of the workspace that no answer may have.
pub(crate) const SECRET: &str = "the-secret-of-the-home";

pub(crate) struct Desk {
    folder: TempDir,
    variables: Vec<(String, String)>,
}

impl Desk {
    pub(crate) fn new() -> Self {
        let desk = Self { folder: tempfile::tempdir().unwrap(), variables: Vec::new() };
        for folder in ["home/.ssh", "home/.cargo/bin", "root", "temporary", "outside"] {
            fs::create_dir_all(desk.path(folder)).unwrap();
        }
        for file in ["home/.ssh/id", "home/.netrc", "home/.cargo/credentials.toml", "outside/key"] {
            fs::write(desk.path(file), SECRET).unwrap();
        }
        fs::write(desk.path("home/.cargo/bin/tool"), "a tool").unwrap();
        let path = std::env::var("PATH").unwrap();
        let (root, home) = (desk.text("root"), desk.text("home"));
        let temporary = desk.text("temporary");
        desk.with("WORKSPACE_ROOT", &root)
            .with("HOME", &home)
            .with("TMPDIR", &temporary)
            .with("PATH", &path)
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.retain(|(known, _)| known != name);
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(name)
    }

    pub(crate) fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    /// Writes a file of the workspace.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path("root").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    pub(crate) fn context(&self) -> WorkspaceContext {
        self.read().unwrap()
    }

    /// Reads the variables; the problems if there are any.
    pub(crate) fn read(&self) -> Result<WorkspaceContext, Vec<String>> {
        let lookup = |name: &str| {
            let found = self.variables.iter().find(|(known, _)| known == name);
            found.map(|(_, value)| value.clone())
        };
        let mut variables = Variables::new(&lookup);
        let context = WorkspaceContext::read(&mut variables);
        variables.finish().map(|_| context.unwrap())
    }
}

/// Calls a tool as a client does, and looks at the bound of its answer.
pub(crate) async fn call(
    cx: &WorkspaceContext,
    tool: &str,
    mut params: Value,
) -> Result<Value, Failure> {
    let registry = tool_registry::workspace();
    let tool = registry.find(tool).unwrap();
    tool.check(&mut params)?;
    let answer = tool.run(params, cx).await?;
    assert!(answer.text().len() <= 32 * 1024, "an answer has {} bytes", answer.text().len());
    Ok(answer.value())
}

/// Runs git in a folder.
pub(crate) fn try_git(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new("git");
    command.current_dir(folder).args(arguments).env_clear();
    command.env("PATH", std::env::var("PATH").unwrap()).env("HOME", "/nowhere").env("LC_ALL", "C");
    for (name, value) in [
        ("GIT_CONFIG_NOSYSTEM", "1"),
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_TERMINAL_PROMPT", "0"),
        ("GIT_AUTHOR_NAME", "Ada"),
        ("GIT_AUTHOR_EMAIL", "ada@example.com"),
        ("GIT_COMMITTER_NAME", "Ada"),
        ("GIT_COMMITTER_EMAIL", "ada@example.com"),
    ] {
        command.env(name, value);
    }
    command.output().unwrap()
}

/// Runs git in a folder, and returns its output.
pub(crate) fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = try_git(folder, arguments);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {error}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
