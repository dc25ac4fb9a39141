//! The environment of a command: a few variables and those that the operator names, never a token of these servers.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use covibe_domain::Failure;
use tokio::process::Command;

use crate::environment_settings::Variables;
use crate::tree_removal::remove_tree;

/// The variables that every command gets.
const USUAL: [&str; 4] = ["PATH", "HOME", "LANG", "TERM"];

/// The variables with tokens of these servers.
const TOKENS: [&str; 5] = [
    "AGENT_RUNNER_TOKEN",
    "COOLIFY_API_TOKEN",
    "GITEA_API_TOKEN",
    "VIBN_API_KEY",
    "WEB_SEARCH_API_KEY",
];

/// The variable that names further ones.
const NAMES: &str = "WORKSPACE_ENV";

/// The search path where none is set.
const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The folder for temporary files where none is set.
const DEFAULT_TEMPORARY: &str = "/tmp";

/// The variables of commands.
#[derive(Clone)]
pub(in crate::workspace) struct Environment {
    variables: Vec<(String, String)>,
    temporary: PathBuf,
}

/// Shows no value.
impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.variables.iter().map(|(name, _)| name)).finish()
    }
}

impl Environment {
    /// Reads the variables, and `WORKSPACE_ENV` with the names of further ones.
    pub(in crate::workspace) fn read(variables: &mut Variables<'_>) -> Self {
        let mut set: Vec<(String, String)> = USUAL
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), variables.optional(name)?)))
            .collect();
        if variables.optional("PATH").is_none() {
            set.push(("PATH".to_owned(), DEFAULT_PATH.to_owned()));
        }
        let names = variables.optional(NAMES).unwrap_or_default();
        for name in names.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            if let Some(value) = further(variables, name) {
                set.retain(|(known, _)| known != name);
                set.push((name.to_owned(), value));
            }
        }
        let temporary =
            variables.optional("TMPDIR").unwrap_or_else(|| DEFAULT_TEMPORARY.to_owned());
        Self { variables: set, temporary: temporary.into() }
    }

    /// Returns a variable.
    pub(in crate::workspace) fn value(&self, name: &str) -> Option<&str> {
        self.variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Returns the folder in which private temporary directories are made.
    pub(in crate::workspace) fn temporary(&self) -> &Path {
        &self.temporary
    }

    /// Gives these variables to a command, and no others.
    pub(in crate::workspace) fn set_on(&self, command: &mut Command, temporary: &Path) {
        command.env_clear();
        if self.value("GIT_CONFIG_GLOBAL").is_none() {
            // Git gives up where it is kept from reading the one in the home directory.
            command.env("GIT_CONFIG_GLOBAL", "/dev/null");
        }
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.env("TMPDIR", temporary);
    }
}

/// A directory that this user alone can read. It is removed with the value, whatever a command has left in it.
#[derive(Debug)]
pub(in crate::workspace) struct PrivateDirectory(PathBuf);

impl PrivateDirectory {
    /// Makes a directory in another one.
    pub(in crate::workspace) fn create_in(parent: &Path) -> Result<Self, Failure> {
        let private = Permissions::from_mode(0o700);
        let mut directory = tempfile::Builder::new();
        let created = directory.prefix("covibe-").permissions(private).tempdir_in(parent);
        created.map(|created| Self(created.keep())).map_err(|error| {
            tracing::warn!(%error, "a temporary directory could not be created");
            Failure::unready("No temporary directory could be created.").hint("Nothing was run.")
        })
    }

    /// Returns its path.
    pub(in crate::workspace) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for PrivateDirectory {
    fn drop(&mut self) {
        if let Err(error) = remove_tree(&self.0) {
            tracing::warn!(%error, "a temporary directory could not be removed");
        }
    }
}

/// Returns the value of a further variable; a token is a problem, by its name or by its value.
fn further(variables: &mut Variables<'_>, name: &str) -> Option<String> {
    let is_name = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if !is_name {
        variables
            .problem(format!("{NAMES} must be a list of variable names, separated by commas."));
        return None;
    }
    let value = variables.optional(name);
    let tokens = TOKENS.iter().filter_map(|token| variables.optional(token));
    let is_token = |value: &String| tokens.into_iter().any(|token| token == *value);
    if TOKENS.contains(&name) || value.as_ref().is_some_and(is_token) {
        variables.problem(format!(
            "{NAMES} names {name}, which is a token: commands do not get tokens."
        ));
        return None;
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree_removal::make_deep_tree;

    fn read(names: &'static str) -> Result<Environment, Vec<String>> {
        let lookup = |name: &str| {
            let value = match name {
                "WORKSPACE_ENV" => names,
                "GITEA_API_TOKEN" | "ALIAS" => "s3cret",
                "NODE_ENV" => "test",
                "HOME" => "/home/ada",
                _ => return None,
            };
            Some(value.to_owned())
        };
        let mut variables = Variables::new(&lookup);
        let environment = Environment::read(&mut variables);
        variables.finish().map(|_| environment)
    }

    #[test]
    fn commands_get_default_variables_and_those_named_in_workspace_env() {
        let environment = read("NODE_ENV, UNSET").unwrap();
        assert_eq!(environment.value("NODE_ENV"), Some("test"));
        assert_eq!(environment.value("HOME"), Some("/home/ada"));
        assert_eq!(environment.value("PATH"), Some(DEFAULT_PATH));
        assert_eq!(environment.value("GITEA_API_TOKEN"), None);
        assert!(!format!("{environment:?}").contains("/home/ada"));
    }

    #[test]
    fn a_private_directory_is_removed_with_20_000_folders_inside_of_each_other() {
        let parent = tempfile::tempdir().unwrap();
        let directory = PrivateDirectory::create_in(parent.path()).unwrap();
        make_deep_tree(directory.path(), 20_000);
        drop(directory);
        assert_eq!(std::fs::read_dir(parent.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_secret_variable_in_workspace_env_is_refused_by_name_or_value() {
        for names in ["GITEA_API_TOKEN", "NODE_ENV,ALIAS", "A B"] {
            let problems = read(names).unwrap_err();
            assert!(problems[0].starts_with("WORKSPACE_ENV"), "{problems:?}");
            assert!(!problems[0].contains("s3cret"));
        }
    }
}
