//! The environment: the process's own variables, then `.env.local`, then `.env`, as the server reads them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use covibe_domain::Secret;

/// The files that are read, in order of precedence.
const FILES: [&str; 2] = [".env.local", ".env"];

/// Variables, at least one of which is set where a server is configured.
const OF_A_SERVER: [&str; 4] =
    ["DATABASE_URL", "WORKOS_API_KEY", "WORKOS_COOKIE_PASSWORD", "NEXT_PUBLIC_WORKOS_REDIRECT_URI"];

/// The variables that are set. An empty one counts as not set.
pub(crate) struct Environment(BTreeMap<String, Secret>);

impl Environment {
    /// Reads the variables of the process, and the files of a folder.
    ///
    /// # Errors
    ///
    /// A file cannot be read; the text does not quote it, because it may contain secrets.
    pub(crate) fn load(folder: &Path) -> Result<Self, String> {
        let own = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        Self::with_files(own, folder)
    }

    fn with_files(
        own: impl Iterator<Item = (String, String)>,
        folder: &Path,
    ) -> Result<Self, String> {
        let mut values: BTreeMap<_, _> = own.collect();
        for file in FILES.map(|name| folder.join(name)).iter().filter(|file| file.is_file()) {
            let shown = file.display();
            let text =
                std::fs::read(file).map_err(|error| format!("{shown} cannot be read: {error}"))?;
            for (at, entry) in dotenvy::from_read_iter(text.as_slice()).enumerate() {
                let (name, value) = entry.map_err(|_| {
                    format!("{shown}, entry {}: expected NAME=value, with matching quotes", at + 1)
                })?;
                values.entry(name).or_insert(value);
            }
        }
        let trimmed = values.into_iter().map(|(name, value)| (name, value.trim().to_owned()));
        let set = trimmed.filter(|(_, value)| !value.is_empty());
        Ok(Self(set.map(|(name, value)| (name, Secret::new(value))).collect()))
    }

    /// Returns a variable.
    pub(crate) fn get(&self, name: &str) -> Option<&Secret> {
        self.0.get(name)
    }

    /// Returns the configuration of a server, if it is on this machine.
    pub(crate) fn configuration(self) -> Option<BTreeMap<String, Secret>> {
        let is_one = OF_A_SERVER.iter().any(|name| self.0.contains_key(*name));
        is_one.then_some(self.0)
    }
}

/// Returns the program of the server: beside this one, or on PATH.
pub(crate) fn server() -> Option<PathBuf> {
    const PROGRAM: &str = "covibe-server";
    let beside = std::env::current_exe().ok().map(|own| own.with_file_name(PROGRAM));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).map(|folder| folder.join(PROGRAM));
    beside.into_iter().chain(on_path).find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(own: &[(&str, &str)], files: &[(&str, &str)]) -> Result<Environment, String> {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let own = own.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Environment::with_files(own, folder.path())
    }

    #[test]
    fn the_process_environment_precedes_env_local_and_that_precedes_env() {
        let files = [(".env.local", "B=local\n"), (".env", "A=file\nB=file\nC='file'\nD=\n")];
        let environment = load(&[("A", "own")], &files).unwrap();
        let values = ["A", "B", "C", "D"].map(|name| environment.get(name).map(Secret::expose));
        assert_eq!(values, [Some("own"), Some("local"), Some("file"), None]);
        assert!(environment.configuration().is_none());
    }

    #[test]
    fn a_malformed_env_file_is_reported_by_entry_without_quoting_its_values() {
        let error = load(&[], &[(".env", "A=1\nB='hunter2\n")]).err().unwrap();
        assert!(error.contains(".env, entry 2") && !error.contains("hunter2"), "{error}");
    }

    #[test]
    fn the_configuration_of_a_server_is_recognised_by_its_variables() {
        let environment = load(&[("DATABASE_URL", "postgres://x")], &[]).unwrap();
        assert_eq!(environment.configuration().unwrap().len(), 1);
    }
}
