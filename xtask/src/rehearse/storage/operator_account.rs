//! The operator's project of object storage, as the environment names it.

use std::collections::BTreeMap;

use anyhow::Result;

use crate::rehearse::step_outcomes::Report;

/// The variables of a Google Cloud project. Without the first one there is none.
const PROJECT: [&str; 4] = [
    "COVIBE_STORAGE_PROJECT",
    "COVIBE_STORAGE_LOCATION",
    "COVIBE_STORAGE_API_URL",
    "COVIBE_STORAGE_IAM_API_URL",
];

/// The key file of the service account, which is that of the machine otherwise.
const KEY_FILE: &str = "GOOGLE_APPLICATION_CREDENTIALS";

/// The project, and the settings of a server that uses it.
pub(super) struct Account {
    /// True if there is a project.
    pub(super) has_project: bool,
    /// The settings.
    pub(super) variables: BTreeMap<String, String>,
}

impl Account {
    /// Reads the project.
    pub(super) fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        let has_project = variable(PROJECT[0]).is_some();
        let mut variables = BTreeMap::new();
        if has_project {
            let set = |name: &str| Some((name.to_owned(), variable(name)?));
            variables.extend(PROJECT.iter().filter_map(|name| set(name)));
            if let Some(file) = variable(KEY_FILE) {
                // The server runs in another folder.
                let file = std::path::absolute(file)?.display().to_string();
                variables.insert(KEY_FILE.to_owned(), file);
            }
        }
        Ok(Self { has_project, variables })
    }

    /// Prints whether there is one.
    pub(super) fn print(&self, report: &mut Report, is_simulated: bool) {
        let instead = if is_simulated { "simulated: set " } else { "set " };
        if !self.has_project {
            let names = "COVIBE_STORAGE_PROJECT, and GOOGLE_APPLICATION_CREDENTIALS";
            report.skip("a project of object storage", &format!("{instead}{names}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_account(set: &[(&str, &str)]) -> Account {
        let set: BTreeMap<_, _> = set.iter().copied().collect();
        Account::read(|name| set.get(name).map(|value| (*value).to_owned())).unwrap()
    }

    #[test]
    fn only_variables_of_a_configured_project_are_passed_on() {
        let key_file = (KEY_FILE, "google.json");
        let none = read_account(&[(PROJECT[0], ""), (PROJECT[1], "EU"), key_file]);
        assert!(!none.has_project && none.variables.is_empty());
        let project =
            read_account(&[(PROJECT[0], "acme"), ("COOLIFY_API_TOKEN", "t0ken"), key_file]);
        assert!(project.has_project);
        let names: Vec<_> = project.variables.keys().map(String::as_str).collect();
        assert_eq!(names, [PROJECT[0], KEY_FILE]);
        assert!(std::path::Path::new(&project.variables[KEY_FILE]).is_absolute());
    }
}
