//! The sources of the configuration: the environment, then `.env.local`, then `.env`, and files with secrets.
//!
//! The current folder may belong to somebody else, such as an unpacked archive or a shared folder. A file of another user
//! is ignored, and an address in a file is refused if its secret is in the environment.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::env_files::{FILES, read_trusted, unreadable};
use super::{secret_files, settings, variable_names};

/// Addresses, and the secrets that are sent to them.
const ADDRESSES: [(&str, &str); 7] = [
    ("COOLIFY_API_URL", "COOLIFY_API_TOKEN"),
    ("GITEA_API_URL", "GITEA_API_TOKEN"),
    ("OPENSRS_API_URL", "OPENSRS_API_KEY"),
    ("WORKOS_API_URL", "WORKOS_API_KEY"),
    ("COVIBE_CLOUD_DNS_API_URL", "GOOGLE_APPLICATION_CREDENTIALS"),
    ("COVIBE_STORAGE_API_URL", "GOOGLE_APPLICATION_CREDENTIALS"),
    ("COVIBE_STORAGE_IAM_API_URL", "GOOGLE_APPLICATION_CREDENTIALS"),
];

/// The variables that are set in any source. An empty variable counts as not set.
pub struct Sources {
    entries: HashMap<String, Entry>,
    /// The files of other users.
    ignored: Vec<PathBuf>,
}

/// A value and where it comes from.
struct Entry {
    value: String,
    /// The `.env` file; `None` if it is set in the environment or by a command.
    file: Option<PathBuf>,
    /// The secret in the file whose path is the value, or the mistake; `None` for all other variables.
    secret: Option<Result<String, String>>,
}

impl Entry {
    /// Creates the entry of a variable. The file of a secret is read only here, so that the secret has one value although
    /// somebody replaces the file.
    fn new(name: &str, value: String, file: Option<PathBuf>) -> Self {
        let secret = secret_files::has_path(name).then(|| match &file {
            None => secret_files::read_secret(value.trim()),
            // With an address in the same file, it would send any file of this user there.
            Some(_) => Err("expected in the environment, not in a file".to_owned()),
        });
        Self { value, file, secret }
    }
}

impl Sources {
    /// Takes variables as they are in a process's environment. One whose name or value is not UTF-8 counts as not set.
    pub fn new<N, V>(variables: impl IntoIterator<Item = (N, V)>) -> Self
    where
        N: Into<OsString>,
        V: Into<OsString>,
    {
        let entry = |(name, value): (N, V)| {
            let (name, value) = (name.into().into_string().ok()?, value.into().into_string().ok()?);
            let entry = Entry::new(&name, value, None);
            Some((name, entry))
        };
        Self { entries: variables.into_iter().filter_map(entry).collect(), ignored: Vec::new() }
    }

    /// Adds the variables in the `.env` files of a directory that are not set yet. Files of other users are
    /// [ignored](Self::ignored_files).
    ///
    /// # Errors
    ///
    /// A file can't be read or parsed. The message has its path and no value.
    pub fn with_files(mut self, directory: &Path) -> anyhow::Result<Self> {
        let directory = std::path::absolute(directory)?;
        for file in FILES.map(|name| directory.join(name)) {
            if !file.is_file() {
                continue;
            }
            let shown = file.display();
            let read = read_trusted(&file, rustix::process::geteuid().as_raw());
            let text =
                read.map_err(|error| anyhow::anyhow!("{shown} could not be read: {error}"))?;
            let Some(text) = text else {
                self.ignored.push(file);
                continue;
            };
            for entry in dotenvy::from_read_iter(text.as_slice()) {
                // A parse error quotes the line, which may hold a secret.
                let (name, value) = entry.map_err(|error| unreadable(&file, &text, &error))?;
                let file = Some(file.clone());
                self.entries.entry(name).or_insert_with_key(|name| Entry::new(name, value, file));
            }
        }
        Ok(self)
    }

    /// Returns a warning for each file that was ignored, because it belongs to another user.
    pub fn ignored_files(&self) -> impl Iterator<Item = String> {
        let warning = |file: &PathBuf| {
            format!("{} belongs to another user, so it is ignored", file.display())
        };
        self.ignored.iter().map(warning)
    }

    /// Returns a mistake for each address in a file whose secret is in the environment: a file must not decide where a
    /// secret of the process is sent.
    pub(crate) fn misplaced_addresses(&self) -> impl Iterator<Item = String> {
        let is_in_file =
            |name: &str| self.set_entry(name).is_some_and(|entry| entry.file.is_some());
        let is_in_process = |name: &str| {
            let names = [Some(name.to_owned()), secret_files::path_variable(name)];
            let mut entries = names.iter().flatten().filter_map(|name| self.set_entry(name));
            entries.any(|entry| entry.file.is_none())
        };
        let misplaced = ADDRESSES
            .into_iter()
            .filter(move |&(address, secret)| is_in_file(address) && is_in_process(secret));
        misplaced.map(|(address, secret)| {
            format!(
                "{address}: expected in the environment, where {secret} is set: a file must not \
                 decide where this secret is sent"
            )
        })
    }

    /// Returns a variable that is not empty.
    fn set_entry(&self, name: &str) -> Option<&Entry> {
        self.entries.get(name).filter(|entry| !entry.value.trim().is_empty())
    }

    /// Returns the value of a variable, trimmed. That of a secret setting may be in a file.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        self.value(name).map(str::to_owned).or_else(|| self.secret_in_file(name)?.1.clone().ok())
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.set_entry(name).map(|entry| entry.value.trim())
    }

    /// Returns the name of the variable with the path of a secret setting's file, and the secret or the mistake; `None`
    /// if the variable is not set.
    fn secret_in_file(&self, name: &str) -> Option<(String, &Result<String, String>)> {
        let variable = secret_files::path_variable(name)?;
        let secret = self.set_entry(&variable)?.secret.as_ref()?;
        Some((variable, secret))
    }

    /// Returns the mistakes in the files of secrets: those that cannot be read, and those of settings that are set, too.
    pub(crate) fn mistakes_in_secret_files(&self) -> Vec<String> {
        let mistake = |name: &str| {
            let (variable, secret) = self.secret_in_file(name)?;
            let mistake = match self.value(name) {
                Some(_) => format!("{name} is set, too; unset one of them"),
                None => secret.as_ref().err()?.clone(),
            };
            Some(format!("{variable}: {mistake}"))
        };
        settings::all_settings().filter_map(|setting| mistake(setting.name)).collect()
    }

    /// Returns the names of the variables that are set and begin so, sorted.
    pub(crate) fn named_after(&self, beginning: &str) -> Vec<String> {
        let is_one = |(name, entry): &(&String, &Entry)| {
            name.starts_with(beginning) && !entry.value.trim().is_empty()
        };
        let mut names: Vec<_> =
            self.entries.iter().filter(is_one).map(|(name, _)| name.clone()).collect();
        names.sort();
        names
    }

    /// Returns the settings whose values are not shown to others, with their values.
    pub fn hidden(&self) -> impl Iterator<Item = (String, String)> {
        let settings = settings::all_settings().map(|setting| setting.name.to_owned());
        let names = settings.chain(self.named_after(variable_names::DOCKER_HOST_OF));
        let hidden = names.filter(|name| !variable_names::is_shown(name));
        hidden.filter_map(|name| self.get(&name).map(|value| (name, value)))
    }

    /// Returns each setting with its value, `set` or `not set`. Values are shown only of a valid configuration.
    pub fn describe(&self, is_valid: bool) -> Value {
        let names = settings::all_settings().map(|setting| setting.name);
        let described = names.map(|name| {
            let says = match self.get(name) {
                None => "not set".to_owned(),
                Some(value) if is_valid && variable_names::is_shown(name) => value,
                Some(_) => "set".to_owned(),
            };
            (name.to_owned(), Value::String(says))
        });
        let hosts = self.named_after(variable_names::DOCKER_HOST_OF).into_iter();
        let hosts = hosts.map(|name| (name, Value::String("set".to_owned())));
        let settings = described.chain(hosts).collect::<serde_json::Map<_, _>>();
        json!({ "settings": settings, "warnings": self.unknown() })
    }

    /// Adds the file to a mistake that begins with the name of a variable that is set in a file, or of a secret setting
    /// that is read from one.
    pub(crate) fn with_file(&self, mistake: String) -> String {
        let name = mistake.split(':').next().unwrap_or_default();
        if let Some(file) = self.entries.get(name).and_then(|entry| entry.file.as_ref()) {
            return format!("{mistake} (set in {})", file.display());
        }
        match self.secret_in_file(name) {
            Some((variable, Ok(_))) => format!("{mistake} (read from the file of {variable})"),
            _ => mistake,
        }
    }

    /// Returns the warnings about names that look like settings and are none, sorted.
    pub fn unknown(&self) -> Vec<String> {
        let unknown = self.entries.keys().filter_map(|name| variable_names::unknown(name));
        let mut unknown: Vec<_> = unknown.collect();
        unknown.sort();
        unknown
    }

    /// Removes the variables that have one of these prefixes and are set in a file.
    pub fn ignore_in_files(&mut self, prefixes: &[&str]) {
        let is_ignored = |name: &str| prefixes.iter().any(|prefix| name.starts_with(prefix));
        self.entries.retain(|name, entry| entry.file.is_none() || !is_ignored(name));
    }

    /// Sets or replaces a variable.
    pub fn set(&mut self, name: &str, value: &str) {
        self.entries.insert(name.to_owned(), Entry::new(name, value.to_owned(), None));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_shown_only_if_not_secret_and_the_configuration_is_valid() {
        let sources = Sources::new([("COVIBE_BIND", "127.0.0.1:1"), ("GITEA_API_TOKEN", "secret")]);
        let told = sources.describe(true);
        assert_eq!(told["settings"]["COVIBE_BIND"], "127.0.0.1:1");
        assert_eq!(told["settings"]["GITEA_API_TOKEN"], "set");
        assert_eq!(told["settings"]["COOLIFY_API_TOKEN"], "not set");
        assert_eq!(sources.describe(false)["settings"]["COVIBE_BIND"], "set");
    }

    #[test]
    fn an_address_in_a_file_is_refused_if_its_secret_is_in_the_environment() {
        let folder = tempfile::tempdir().unwrap();
        let misplaced = |variables: &[(&str, &str)], file: &str| {
            std::fs::write(folder.path().join(".env"), file).unwrap();
            let sources = Sources::new(variables.iter().copied()).with_files(folder.path());
            sources.unwrap().misplaced_addresses().collect::<Vec<_>>()
        };
        for (address, secret) in ADDRESSES {
            let (of_address, of_secret) =
                (format!("{address}=https://a\n"), format!("{secret}=s\n"));
            let mistakes = misplaced(&[(secret, "s")], &of_address);
            assert!(mistakes.iter().any(|it| it.starts_with(address)), "{address}: {mistakes:?}");
            let both = format!("{of_address}{of_secret}");
            for (variables, file) in [
                (&[][..], &both),
                (&[(secret, " ")][..], &of_address),
                (&[(address, "https://b"), (secret, "s")][..], &both),
                (&[(address, "https://b")][..], &of_secret),
            ] {
                let mistakes = misplaced(variables, file);
                assert!(mistakes.is_empty(), "{variables:?} {file}: {mistakes:?}");
            }
        }
    }

    #[test]
    fn a_file_decides_neither_which_secret_file_is_read_nor_where_that_secret_is_sent() {
        let folder = tempfile::tempdir().unwrap();
        let secret = folder.path().join("secret");
        std::fs::write(&secret, "hunter2").unwrap();
        let variable = format!("{}_FILE", "COOLIFY_API_TOKEN");
        let path = format!("{variable}={}", secret.display());
        let address = "COOLIFY_API_URL=https://a.example";
        let read = |variables: &[(&str, &str)], file: &str| {
            std::fs::write(folder.path().join(".env"), file).unwrap();
            Sources::new(variables.iter().copied()).with_files(folder.path()).unwrap()
        };
        let sources = read(&[], &format!("{address}\n{path}\n"));
        assert_eq!(sources.get("COOLIFY_API_TOKEN"), None);
        let mistakes = sources.mistakes_in_secret_files();
        assert_eq!(
            mistakes,
            ["COOLIFY_API_TOKEN_FILE: expected in the environment, not in a file"]
        );
        let path = [(variable.as_str(), secret.to_str().unwrap())];
        assert_eq!(read(&path, address).misplaced_addresses().count(), 1);
    }

    #[test]
    fn a_misplaced_address_is_a_mistake_that_names_its_file() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(".env"), "COOLIFY_API_URL=https://a.example\n").unwrap();
        let sources = Sources::new([("COOLIFY_API_TOKEN", "hunter2")]).with_files(folder.path());
        let mistakes = crate::Config::read(&sources.unwrap()).unwrap_err().to_string();
        assert!(
            mistakes.contains("\n  COOLIFY_API_URL: expected in the environment"),
            "{mistakes}"
        );
        assert!(mistakes.contains(".env)") && !mistakes.contains("hunter2"), "{mistakes}");
    }
}
