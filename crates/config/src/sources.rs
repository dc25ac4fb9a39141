//! The sources of the configuration: the environment, then `.env.local`, then `.env`, and files with secrets.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{secret_files, settings, variable_names};

/// The files that are read, in order of precedence.
const FILES: [&str; 2] = [".env.local", ".env"];

/// The variables that are set in any source. An empty variable counts as not set.
pub struct Sources(HashMap<String, Entry>);

/// A value and where it comes from.
struct Entry {
    value: String,
    /// The `.env` file; `None` if it is set in the environment or by a command.
    file: Option<PathBuf>,
}

impl Sources {
    /// Takes variables as they are in a process's environment. One whose name or value is not UTF-8 counts as not set.
    pub fn new<N, V>(variables: impl IntoIterator<Item = (N, V)>) -> Self
    where
        N: Into<OsString>,
        V: Into<OsString>,
    {
        let entry = |(name, value): (N, V)| {
            let value = value.into().into_string().ok()?;
            Some((name.into().into_string().ok()?, Entry { value, file: None }))
        };
        Self(variables.into_iter().filter_map(entry).collect())
    }

    /// Adds the variables in the `.env` files of a directory that are not set yet.
    ///
    /// # Errors
    ///
    /// A file can't be read or parsed. The message has its path and no value.
    pub fn with_files(self, directory: &Path) -> anyhow::Result<Self> {
        let Self(mut values) = self;
        let directory = std::path::absolute(directory)?;
        for file in FILES.map(|name| directory.join(name)) {
            if !file.is_file() {
                continue;
            }
            let shown = file.display();
            let read = std::fs::read(&file);
            let text =
                read.map_err(|error| anyhow::anyhow!("{shown} could not be read: {error}"))?;
            for entry in dotenvy::from_read_iter(text.as_slice()) {
                // A parse error quotes the line, which may hold a secret.
                let (name, value) = entry.map_err(|error| unreadable(&file, &text, &error))?;
                let file = Some(file.clone());
                values.entry(name).or_insert(Entry { value, file });
            }
        }
        Ok(Self(values))
    }

    /// Returns the value of a variable, trimmed. That of a secret setting may be in a file.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        self.value(name).map(str::to_owned).or_else(|| self.secret_in_file(name)?.1.ok())
    }

    fn value(&self, name: &str) -> Option<&str> {
        let value = self.0.get(name).map(|entry| entry.value.trim());
        value.filter(|value| !value.is_empty())
    }

    /// Reads the file of a secret setting. Returns the name of the variable with its path, and the secret or the
    /// mistake; `None` if the variable is not set.
    fn secret_in_file(&self, name: &str) -> Option<(String, Result<String, String>)> {
        let variable = secret_files::path_variable(name)?;
        let read = secret_files::read_secret(self.value(&variable)?);
        Some((variable, read))
    }

    /// Returns the mistakes in the files of secrets: those that cannot be read, and those of settings that are set, too.
    pub(crate) fn mistakes_in_secret_files(&self) -> Vec<String> {
        let mistake = |name: &str| {
            let (variable, read) = self.secret_in_file(name)?;
            let mistake = match self.value(name) {
                Some(_) => format!("{name} is set, too; unset one of them"),
                None => read.err()?,
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
            self.0.iter().filter(is_one).map(|(name, _)| name.clone()).collect();
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
        if let Some(file) = self.0.get(name).and_then(|entry| entry.file.as_ref()) {
            return format!("{mistake} (set in {})", file.display());
        }
        match self.secret_in_file(name) {
            Some((variable, Ok(_))) => format!("{mistake} (read from the file of {variable})"),
            _ => mistake,
        }
    }

    /// Returns the warnings about names that look like settings and are none, sorted.
    pub fn unknown(&self) -> Vec<String> {
        let unknown = self.0.keys().filter_map(|name| variable_names::unknown(name));
        let mut unknown: Vec<_> = unknown.collect();
        unknown.sort();
        unknown
    }

    /// Removes the variables that have one of these prefixes and are set in a file.
    pub fn ignore_in_files(&mut self, prefixes: &[&str]) {
        let is_ignored = |name: &str| prefixes.iter().any(|prefix| name.starts_with(prefix));
        self.0.retain(|name, entry| entry.file.is_none() || !is_ignored(name));
    }

    /// Sets or replaces a variable.
    pub fn set(&mut self, name: &str, value: &str) {
        self.0.insert(name.to_owned(), Entry { value: value.to_owned(), file: None });
    }
}

/// Returns the error for a file that can't be parsed, with the number of the line.
fn unreadable(file: &Path, text: &[u8], error: &dotenvy::Error) -> anyhow::Error {
    let text = String::from_utf8_lossy(text);
    let at = match error {
        dotenvy::Error::LineParse(line, _) => {
            let line = line.lines().next().unwrap_or_default();
            text.lines().position(|each| each.trim() == line.trim())
        }
        _ => None,
    };
    let line = at.map(|at| format!(" line {}", at + 1)).unwrap_or_default();
    anyhow::anyhow!("{}{line}: expected NAME=value, with matching quotes", file.display())
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
}
