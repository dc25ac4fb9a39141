//! The table of all settings. `covibe-server help` lists them, and `covibe-server settings` prints the page
//! `docs/operating/configuration.md`, from which `cargo xtask tidy --write` writes `deploy/.env.example`.

mod limits;
mod server;
mod setting;
mod upstreams;

pub(crate) use setting::{Group, Setting};

/// All settings, by subject.
pub(crate) static GROUPS: [Group; 13] = [
    server::LISTENING,
    server::SIGNING_IN,
    server::DATABASE,
    server::COMPANION,
    server::LOGS,
    upstreams::COOLIFY,
    upstreams::DOCKER_HOSTS,
    upstreams::GITEA,
    upstreams::OPENSRS,
    upstreams::DNS,
    upstreams::OBJECT_STORAGE,
    limits::PERMISSIONS,
    limits::LIMITS,
];

/// The beginning of the page.
const HEAD: &str = "\
<!-- Generated: cargo run -p covibe-server -- settings > docs/operating/configuration.md -->

# Configuration

The server reads its settings from the environment, then from `.env.local`, then from `.env` in the current folder. It
validates them at startup and reports all mistakes together, without the values. It warns of a variable that is not in
these tables if its name begins like the name of a setting, and of an invalid `RUST_LOG`. An empty variable counts as
unset.

A setting that is marked as secret can also be read from a file: `VIBN_SECRETS_KEY_FILE` is the path of a file that
contains the value of `VIBN_SECRETS_KEY`, and so on for each secret, see [Secrets in files](secrets.md#secrets-in-files).

A file in the current folder can come from somebody else. So the server ignores a file that belongs neither to its user
nor to root, and warns of it. It also refuses an address in a file, such as `COOLIFY_API_URL`, if the secret for this
address, such as `COOLIFY_API_TOKEN`, is in the environment: set both in the same place.

*–* marks a setting without a default. Never print or commit the value of a setting that is marked as secret.
[deploy/.env.example](../../deploy/.env.example) contains the same settings in a file that you can fill in.
";

/// Returns the page with all settings, `docs/operating/configuration.md`.
pub fn markdown() -> String {
    let sections = GROUPS.iter().map(Group::section).collect::<String>();
    format!("{HEAD}{sections}")
}

/// Returns all settings.
pub(crate) fn all_settings() -> impl Iterator<Item = &'static Setting> {
    GROUPS.iter().flat_map(|group| group.settings)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::*;

    /// The beginnings of the names that a source may read.
    const BEGINNINGS: [&str; 10] = [
        "COOLIFY_",
        "COVIBE_",
        "DATABASE_",
        "GITEA_",
        "GOOGLE_",
        "NEXT_PUBLIC_",
        "OPENSRS_",
        "OTEL_",
        "VIBN_",
        "WORKOS_",
    ];

    /// Returns the names of variables that the sources of the configuration contain as string literals.
    fn read_names() -> BTreeSet<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let readers = fs::read_dir(folder.join("readers")).unwrap();
        let readers = readers.map(|entry| entry.unwrap().path());
        let others = ["lib.rs", "server_folders.rs", "sources.rs"];
        let sources = readers.chain(others.map(|name| folder.join(name)));
        let texts = sources.map(|source| fs::read_to_string(source).unwrap());
        texts.flat_map(|text| names(&text)).collect()
    }

    fn names(source: &str) -> Vec<String> {
        let is_name = |text: &&str| {
            let is_own = BEGINNINGS.iter().any(|beginning| text.starts_with(beginning));
            let is_upper = text.chars().all(|c| c.is_ascii_uppercase() || c == '_');
            (is_own || *text == "RUST_LOG") && is_upper && !text.ends_with('_')
        };
        source.split('"').filter(is_name).map(str::to_owned).collect()
    }

    #[test]
    fn the_table_has_exactly_the_variables_that_the_server_reads() {
        let table: BTreeSet<_> = all_settings().map(|setting| setting.name.to_owned()).collect();
        assert_eq!(all_settings().count(), table.len(), "a name stands in the table twice");
        let read = read_names();
        let missing: Vec<_> = read.difference(&table).collect();
        assert!(missing.is_empty(), "add to the table: {missing:?}");
        let unread: Vec<_> = table.difference(&read).collect();
        assert!(unread.is_empty(), "nothing reads {unread:?}");
    }

    #[test]
    fn the_configuration_page_matches_the_table_of_settings() {
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/operating/configuration.md");
        assert!(
            fs::read_to_string(path).unwrap() == markdown(),
            "run: cargo run -p covibe-server -- settings > docs/operating/configuration.md, then \
             cargo xtask tidy --write"
        );
    }

    #[test]
    fn each_setting_has_a_default_and_a_full_sentence() {
        for Setting { name, default, meaning, .. } in all_settings() {
            assert!(!default.is_empty() && !default.contains('|'), "{name}: {default}");
            assert!(meaning.ends_with('.') && !meaning.contains('|'), "{name}: {meaning}");
        }
    }

    #[test]
    fn settings_with_names_of_tokens_keys_or_passwords_are_marked_secret() {
        let endings = ["_TOKEN", "_API_KEY", "_UPDATE_KEY", "_SECRETS_KEY", "_PASSWORD"];
        for setting in all_settings() {
            let is_secret = endings.iter().any(|ending| setting.name.ends_with(ending));
            assert!(setting.is_secret || !is_secret, "{}", setting.name);
        }
    }
}
