//! The sources of the configuration: the environment, then `.env.local`, then `.env`.

use std::collections::HashMap;
use std::path::Path;

/// The files that are read, in order of precedence.
const FILES: [&str; 2] = [".env.local", ".env"];

/// The variables that are set in any source. An empty variable counts as not set.
pub(crate) struct Sources(HashMap<String, String>);

impl Sources {
    /// Reads the process's environment and the `.env` files of this directory.
    pub(crate) fn load(directory: &Path) -> anyhow::Result<Self> {
        let mut values: HashMap<String, String> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        for file in FILES.map(|name| directory.join(name)) {
            if !file.is_file() {
                continue;
            }
            // A parse error quotes the line, which may hold a secret.
            let unreadable = || anyhow::anyhow!("{} could not be read", file.display());
            for entry in dotenvy::from_path_iter(&file).map_err(|_| unreadable())? {
                let (name, value) = entry.map_err(|_| unreadable())?;
                values.entry(name).or_insert(value);
            }
        }
        Ok(Self(values))
    }

    /// Returns the value of a variable, trimmed.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        self.0.get(name).map(|value| value.trim()).filter(|v| !v.is_empty()).map(str::to_owned)
    }

    /// Sets or replaces a variable.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.0.insert(name.to_owned(), value.to_owned());
    }

    /// Creates sources with exactly these variables.
    #[cfg(test)]
    pub(crate) fn of(values: &[(&str, &str)]) -> Self {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Self(values.iter().map(owned).collect())
    }
}
