//! Secrets in files: the variable `NAME_FILE` has the path of a file with the value of the secret setting `NAME`.

use std::fs;
use std::io;

use crate::settings;

/// The end of the names of variables with the paths of such files.
const ENDING: &str = "_FILE";

/// The maximum size of such a file, in bytes.
const MOST: u64 = 64 * 1024;

/// Returns the name of the variable with the path of the file of a setting; `None` unless the setting is secret.
pub(crate) fn path_variable(setting: &str) -> Option<String> {
    let mut secrets = settings::all_settings().filter(|each| each.is_secret);
    secrets.any(|each| each.name == setting).then(|| format!("{setting}{ENDING}"))
}

/// Returns whether a variable with this name has the path of the file of a secret setting.
pub(crate) fn has_path(variable: &str) -> bool {
    variable.strip_suffix(ENDING).is_some_and(|setting| path_variable(setting).is_some())
}

/// Reads the secret in a file, without the white space around it.
///
/// # Errors
///
/// The mistake, without the path: it may be the secret itself.
pub(crate) fn read_secret(path: &str) -> Result<String, String> {
    let unread = |error: io::Error| format!("expected a file that can be read: {error}");
    let file = fs::metadata(path).map_err(unread)?;
    if !file.is_file() || file.len() > MOST {
        return Err("expected a file of at most 64 KiB".to_owned());
    }
    let text = fs::read_to_string(path).map_err(unread)?;
    match text.trim() {
        "" => Err("expected a file with a value".to_owned()),
        secret => Ok(secret.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use covibe_domain::Secret;

    use crate::tests::read;
    use crate::{Auth, Config, Sources};

    const SECRETS_KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

    /// Writes a file in this folder, and returns its path.
    fn write(folder: &Path, name: &str, text: &str) -> String {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    #[test]
    fn a_secret_is_read_from_the_file_that_its_variable_names() {
        let folder = tempfile::tempdir().unwrap();
        let path = write(folder.path(), "key", &format!("{SECRETS_KEY}\n"));
        let variables = [("VIBN_SECRETS_KEY_FILE", path.as_str()), ("VIBN_SECRETS_KEY", "")];
        let config = read(&variables).unwrap();
        assert_eq!(config.secrets_key.as_ref().map(Secret::expose), Some(SECRETS_KEY));
        let sources = Sources::new(variables);
        let hidden = ("VIBN_SECRETS_KEY".to_owned(), SECRETS_KEY.to_owned());
        assert!(sources.hidden().any(|each| each == hidden), "a bundle for support hides it");
        assert_eq!(sources.describe(true)["settings"]["VIBN_SECRETS_KEY"], "set");
        assert_eq!(sources.unknown(), [""; 0]);
    }

    #[test]
    fn a_secret_keeps_its_value_although_its_file_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = write(folder.path(), "key", SECRETS_KEY);
        let sources = Sources::new([("VIBN_SECRETS_KEY_FILE", path.as_str())]);
        write(folder.path(), "key", "hunter2");
        let config = Config::read(&sources).unwrap();
        assert_eq!(config.secrets_key.as_ref().map(Secret::expose), Some(SECRETS_KEY));
    }

    #[test]
    fn a_file_that_has_no_secret_is_a_mistake_that_repeats_no_value() {
        let folder = tempfile::tempdir().unwrap();
        let empty = write(folder.path(), "empty", " \n");
        let large = write(folder.path(), "large", &"hunter2".repeat(10_000));
        let wrong = write(folder.path(), "wrong", "hunter2");
        let folder = folder.path().to_str().unwrap();
        for (path, told) in [
            ("hunter2", "VIBN_SECRETS_KEY_FILE: expected a file that can be read: "),
            (empty.as_str(), "VIBN_SECRETS_KEY_FILE: expected a file with a value"),
            (large.as_str(), "VIBN_SECRETS_KEY_FILE: expected a file of at most 64 KiB"),
            (folder, "VIBN_SECRETS_KEY_FILE: expected a file of at most 64 KiB"),
            (wrong.as_str(), "(read from the file of VIBN_SECRETS_KEY_FILE)"),
        ] {
            let mistakes = read(&[("VIBN_SECRETS_KEY_FILE", path)]).unwrap_err().to_string();
            assert!(mistakes.contains(told) && !mistakes.contains("hunter2"), "{mistakes}");
        }
    }

    #[test]
    fn a_secret_that_is_set_and_also_in_a_file_is_a_mistake() {
        let folder = tempfile::tempdir().unwrap();
        let path = write(folder.path(), "token", "from-a-file");
        let both = [("WORKOS_API_KEY", "own"), ("WORKOS_API_KEY_FILE", path.as_str())];
        let mistakes = read(&both).unwrap_err().to_string();
        assert!(
            mistakes.contains("WORKOS_API_KEY_FILE: WORKOS_API_KEY is set, too; unset one of them"),
            "{mistakes}"
        );
    }

    #[test]
    fn only_secret_settings_are_read_from_files() {
        let sources =
            Sources::new([("COOLIFY_API_URL_FILE", "/x"), ("GITEA_API_TOKEN_FILE", "/x")]);
        let [warning] = sources.unknown().try_into().unwrap();
        assert!(warning.starts_with("COOLIFY_API_URL_FILE is not a setting"), "{warning}");
    }

    #[test]
    fn an_unreadable_file_of_workos_is_a_mistake_and_does_not_block_the_server() {
        let workos = [("COVIBE_AUTH_MODE", "workos"), ("WORKOS_API_KEY_FILE", "/nowhere")];
        assert!(Config::read_to_serve(&Sources::new(workos)).is_err());
        let blocked = Config::read_to_serve(&Sources::new(workos[..1].to_vec())).unwrap();
        assert!(matches!(blocked.auth, Auth::Blocked(_)));
    }
}
