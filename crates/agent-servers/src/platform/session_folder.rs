//! The folder of a session key.

use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::environment_settings::Variables;

/// The session key of a server that is given none.
const DEFAULT_KEY: &str = "default";

/// The maximum length of a session key, in bytes.
const MAX_KEY: usize = 200;

/// The maximum length of the readable part of a folder's name.
const READABLE: usize = 32;

/// The folder that has the files of one session key, and of no other.
#[derive(Clone, Debug)]
pub(super) struct SessionFolder(PathBuf);

impl SessionFolder {
    /// Reads `COVIBE_AGENT_HOME` and `SESSION_KEY`. Nothing is created yet.
    pub(super) fn read(variables: &mut Variables<'_>) -> Option<Self> {
        let home = home(variables);
        let key = variables.optional("SESSION_KEY").unwrap_or_else(|| DEFAULT_KEY.to_owned());
        if key.len() > MAX_KEY || key.contains(char::is_control) {
            variables.problem(format!(
                "SESSION_KEY must be one line of at most {MAX_KEY} bytes. Each key has its own notes and PRD."
            ));
            return None;
        }
        Some(Self(home?.join("sessions").join(folder_name(&key))))
    }

    pub(super) fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

/// Returns the folder of all sessions.
fn home(variables: &mut Variables<'_>) -> Option<PathBuf> {
    let own = variables.optional("COVIBE_AGENT_HOME").map(PathBuf::from);
    let default = || Some(Path::new(&variables.optional("HOME")?).join(".covibe/agents"));
    let home = own.or_else(default).filter(|path| path.is_absolute());
    if home.is_none() {
        variables.problem(
            "COVIBE_AGENT_HOME must be the absolute path of the folder for notes and PRDs. The default is \
             .covibe/agents in HOME.",
        );
    }
    home
}

/// Returns the name of a key's folder: a readable part and 128 bits of the key's digest, in lower case. So no two keys
/// share a folder, even where file names are compared without regard to case, and none leads out of the parent.
fn folder_name(key: &str) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let readable: String = key.chars().map(safe).take(READABLE).collect();
    let digest = hex::encode(&Sha256::digest(key)[..16]);
    format!("{}-{digest}", readable.trim_matches('-')).trim_start_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<PathBuf, Vec<String>> {
        let lookup = |name: &str| {
            let found = variables.iter().find(|(each, _)| *each == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let mut variables = Variables::new(&lookup);
        let folder = SessionFolder::read(&mut variables);
        variables.finish().map(|_| folder.unwrap().0)
    }

    #[test]
    fn different_session_keys_get_different_folder_names() {
        let long = "x".repeat(MAX_KEY);
        let keys = [
            "a",
            "A",
            "a ",
            " a",
            "a/b",
            "a\\b",
            "a-b",
            "..",
            ".",
            "con",
            "\u{e4}",
            "a\u{308}",
            "default",
            "Default",
            &long,
            &long[1..],
        ];
        let names: HashSet<_> = keys.iter().map(|key| folder_name(key).to_lowercase()).collect();
        assert_eq!(names.len(), keys.len(), "{names:?}");
        for name in names {
            assert!(name.len() <= 65 && !name.starts_with(['-', '.']), "{name}");
            assert!(name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'), "{name}");
        }
        assert!(folder_name("Shop: PRD").starts_with("shop--prd-"));
    }

    #[test]
    fn a_missing_session_key_uses_the_folder_of_default() {
        let path = read(&[("HOME", "/home/ada")]).unwrap();
        assert!(path.starts_with("/home/ada/.covibe/agents/sessions"), "{path:?}");
        assert_eq!(path, read(&[("HOME", "/home/ada"), ("SESSION_KEY", "default")]).unwrap());
        let own = read(&[("HOME", "/home/ada"), ("COVIBE_AGENT_HOME", "/srv/agents")]).unwrap();
        assert!(own.starts_with("/srv/agents/sessions"), "{own:?}");
    }

    #[test]
    fn an_invalid_home_or_session_key_is_a_problem() {
        let long = "x".repeat(MAX_KEY + 1);
        for (variables, name) in [
            (&[][..], "COVIBE_AGENT_HOME"),
            (&[("COVIBE_AGENT_HOME", "agents")], "COVIBE_AGENT_HOME"),
            (&[("HOME", "/home/ada"), ("SESSION_KEY", "a\nb")], "SESSION_KEY"),
            (&[("HOME", "/home/ada"), ("SESSION_KEY", &long)], "SESSION_KEY"),
        ] {
            let problems = read(variables).unwrap_err();
            assert!(problems[0].starts_with(name), "{problems:?}");
        }
    }
}
