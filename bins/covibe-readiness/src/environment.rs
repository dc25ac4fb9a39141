//! The environment: the process's own variables, then `.env.local`, then `.env`, as the server reads them.
//!
//! The current folder may belong to somebody else. A file of another user is ignored.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use covibe_domain::Secret;

/// The files that are read, in order of precedence.
const FILES: [&str; 2] = [".env.local", ".env"];

/// Variables, at least one of which is set where a server is configured.
const OF_A_SERVER: [&str; 4] =
    ["DATABASE_URL", "WORKOS_API_KEY", "WORKOS_COOKIE_PASSWORD", "NEXT_PUBLIC_WORKOS_REDIRECT_URI"];

/// The secrets of a server that are judged. Each can be in a file whose path is in the variable `NAME_FILE`.
const SECRETS: [&str; 4] =
    ["DATABASE_URL", "COVIBE_POSTGRES_ADMIN_URL", "WORKOS_API_KEY", "WORKOS_COOKIE_PASSWORD"];

/// The variables that are set. An empty one counts as not set.
pub(crate) struct Environment {
    variables: BTreeMap<String, Variable>,
    /// The files of other users.
    ignored: Vec<PathBuf>,
}

/// A variable that is set.
struct Variable {
    value: Secret,
    /// The file that sets it; `None` if it is a variable of the process.
    file: Option<PathBuf>,
}

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
        let mut values: BTreeMap<_, _> = own.map(|(name, value)| (name, (value, None))).collect();
        let mut ignored = Vec::new();
        for file in FILES.map(|name| folder.join(name)) {
            if !file.is_file() {
                continue;
            }
            let shown = file.display();
            let text =
                read_trusted(&file).map_err(|error| format!("{shown} cannot be read: {error}"))?;
            let Some(text) = text else {
                ignored.push(file);
                continue;
            };
            for (at, entry) in dotenvy::from_read_iter(text.as_slice()).enumerate() {
                let (name, value) = entry.map_err(|_| {
                    format!("{shown}, entry {}: expected NAME=value, with matching quotes", at + 1)
                })?;
                values.entry(name).or_insert_with(|| (value, Some(file.clone())));
            }
        }
        let set = values.into_iter().filter_map(|(name, (value, file))| {
            let value = Some(value.trim()).filter(|value| !value.is_empty())?;
            Some((name, Variable { value: Secret::new(value), file }))
        });
        Ok(Self { variables: set.collect(), ignored })
    }

    /// Returns a variable.
    pub(crate) fn get(&self, name: &str) -> Option<&Secret> {
        self.variables.get(name).map(|variable| &variable.value)
    }

    /// Returns a warning for each file that was ignored, because it belongs to another user.
    pub(crate) fn ignored_files(&self) -> impl Iterator<Item = String> {
        let warning = |file: &PathBuf| {
            format!("warning: {} belongs to another user, so it is ignored", file.display())
        };
        self.ignored.iter().map(warning)
    }

    /// Checks that a file does not decide where a key of the process is sent.
    ///
    /// # Errors
    ///
    /// The variable with the address is set in a file, and the one with the key in the process; the text says what to do.
    pub(crate) fn check_address_source(&self, address: &str, key: &str) -> Result<(), String> {
        let file = self.variables.get(address).and_then(|variable| variable.file.as_ref());
        let is_own_key = self.variables.get(key).is_some_and(|variable| variable.file.is_none());
        let Some(file) = file.filter(|_| is_own_key) else { return Ok(()) };
        Err(format!(
            "{address} is set in {}, but {key} is set in the environment. Pass the origin as an argument: a file must \
             not decide where this key is sent.",
            file.display()
        ))
    }

    /// Returns the configuration of a server, if it is on this machine, with the secrets in files that can be read.
    pub(crate) fn configuration(mut self) -> Option<BTreeMap<String, Secret>> {
        for name in SECRETS {
            if let Some(value) = self.secret_in_file(name) {
                self.variables.entry(name.to_owned()).or_insert(Variable { value, file: None });
            }
        }
        let is_one = OF_A_SERVER.iter().any(|name| self.variables.contains_key(*name));
        let values = self.variables.into_iter().map(|(name, variable)| (name, variable.value));
        is_one.then(|| values.collect())
    }

    /// Reads the file of a secret. As for the server, its path counts only as a variable of the process.
    fn secret_in_file(&self, name: &str) -> Option<Secret> {
        let path =
            self.variables.get(&format!("{name}_FILE")).filter(|path| path.file.is_none())?;
        let path = Path::new(path.value.expose());
        let text = Some(path).filter(|path| path.is_file()).map(std::fs::read_to_string)?.ok()?;
        Some(text.trim()).filter(|secret| !secret.is_empty()).map(Secret::new)
    }
}

/// Reads a file; none if it belongs neither to this user nor to root.
fn read_trusted(file: &Path) -> std::io::Result<Option<Vec<u8>>> {
    let mut file = File::open(file)?;
    if !has_trusted_owner(&file.metadata()?) {
        return Ok(None);
    }
    let mut text = Vec::new();
    file.read_to_end(&mut text)?;
    Ok(Some(text))
}

#[cfg(unix)]
fn has_trusted_owner(file: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    file.uid() == rustix::process::geteuid().as_raw() || file.uid() == 0
}

#[cfg(not(unix))]
fn has_trusted_owner(_: &std::fs::Metadata) -> bool {
    true
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

    #[test]
    fn a_secret_in_a_file_is_part_of_the_configuration_if_the_process_names_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("password");
        std::fs::write(&file, "hunter2\n").unwrap();
        let path = file.to_str().unwrap();
        let environment = load(&[("WORKOS_COOKIE_PASSWORD_FILE", path)], &[]).unwrap();
        let configuration = environment.configuration().unwrap();
        let password = configuration.get("WORKOS_COOKIE_PASSWORD").map(Secret::expose);
        assert_eq!(password, Some("hunter2"));
        let in_file = format!("WORKOS_COOKIE_PASSWORD_FILE={path}\n");
        assert!(load(&[], &[(".env", &in_file)]).unwrap().configuration().is_none());
    }

    #[test]
    fn a_file_does_not_decide_where_a_key_of_the_process_is_sent() {
        let (address, key) = ("COVIBE_HOSTED_URL", "COVIBE_CANARY_TOKEN");
        let check = |own: &[(&str, &str)], file: &str| {
            let environment = load(own, &[(".env", file)]).unwrap();
            environment.check_address_source(address, key)
        };
        let error = check(&[(key, "hunter2")], "COVIBE_HOSTED_URL=https://a\n").unwrap_err();
        assert!(error.contains(".env") && !error.contains("hunter2"), "{error}");
        assert_eq!(check(&[], "COVIBE_HOSTED_URL=https://a\nCOVIBE_CANARY_TOKEN=k\n"), Ok(()));
        assert_eq!(check(&[(address, "https://a")], "COVIBE_CANARY_TOKEN=k\n"), Ok(()));
        assert_eq!(check(&[(key, " ")], "COVIBE_HOSTED_URL=https://a\n"), Ok(()));
    }

    /// Only root can give a file to another user.
    #[cfg(unix)]
    #[test]
    fn a_file_of_another_user_is_ignored_with_a_warning() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(".env");
        std::fs::write(&file, "A=1\n").unwrap();
        let own = || std::iter::empty::<(String, String)>();
        let environment = Environment::with_files(own(), folder.path()).unwrap();
        assert!(environment.get("A").is_some() && environment.ignored_files().next().is_none());
        if !rustix::process::geteuid().is_root() {
            println!("skipped: not root");
            return;
        }
        std::os::unix::fs::chown(&file, Some(12_345), None).unwrap();
        let environment = Environment::with_files(own(), folder.path()).unwrap();
        assert!(environment.get("A").is_none());
        assert!(environment.ignored_files().next().unwrap().contains(".env belongs to another"));
    }
}
