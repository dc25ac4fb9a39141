//! Settings: `deploy/.env.example` has every setting of `docs/operating/configuration.md`, from which it is written, and
//! libraries do not read the process's environment.

use std::fmt::Write as _;

use anyhow::Result;

use super::checked_files::{File, Finding, Workspace};
use crate::shell;

/// The page with the tables.
const PAGE: &str = "docs/operating/configuration.md";

/// The file that is written.
const EXAMPLE: &str = "deploy/.env.example";

/// The longest line of a comment, in characters.
const WIDTH: usize = 110;

/// The settings that a hosted server needs.
const REQUIRED: [&str; 12] = [
    "COVIBE_HOSTED_URL",
    "WORKOS_CLIENT_ID",
    "WORKOS_API_KEY",
    "WORKOS_COOKIE_PASSWORD",
    "NEXT_PUBLIC_WORKOS_REDIRECT_URI",
    "VIBN_SECRETS_KEY",
    "COVIBE_WORKSPACE_DOMAIN",
    "COOLIFY_API_URL",
    "COOLIFY_API_TOKEN",
    "GITEA_API_URL",
    "GITEA_API_TOKEN",
    "GITEA_USERNAME",
];

const HEAD: &str = "\
# Settings of a hosted Co-Vibe. `cargo xtask tidy --write` writes this file from docs/operating/configuration.md.
#
# The pages named below are in docs/operating. deploy/compose.yaml itself sets the addresses of the database. Keep a copy of VIBN_SECRETS_KEY separate from the backups.

# Required by deploy/compose.yaml: the passwords of three PostgreSQL roles, made of letters and digits (openssl rand -hex 24)
POSTGRES_PASSWORD=
DB_OWNER_PASSWORD=
DB_SERVER_PASSWORD=

# Required
";

/// The calls that read the environment, built from parts so that this file does not match.
const READERS: [&str; 3] =
    [concat!("env::", "var("), concat!("env::", "var_os("), concat!("env::", "vars")];

/// A row of a table.
struct Setting<'a> {
    name: &'a str,
    /// The value of the default; none if it is described in words.
    default: Option<&'a str>,
    meaning: &'a str,
}

/// Checks that the example file is as the page gives it.
pub(super) fn check_example(workspace: &Workspace) -> Vec<Finding> {
    let Some(page) = workspace.file(PAGE) else { return Vec::new() };
    let written = workspace.file(EXAMPLE).map(|file| file.text.as_str());
    if written == Some(example(&page.text).as_str()) {
        return Vec::new();
    }
    vec![Finding::new(
        EXAMPLE,
        1,
        "differs from docs/operating/configuration.md: cargo xtask tidy --write",
    )]
}

/// Writes the example file.
pub(super) fn write_example(workspace: &Workspace) -> Result<()> {
    if let Some(page) = workspace.file(PAGE) {
        std::fs::write(shell::root().join(EXAMPLE), example(&page.text))?;
    }
    Ok(())
}

fn example(page: &str) -> String {
    let settings: Vec<_> = page.lines().filter_map(setting).collect();
    let is_required = |setting: &&Setting<'_>| REQUIRED.contains(&setting.name);
    let mut text = HEAD.to_owned();
    for setting in settings.iter().filter(is_required) {
        comment(&mut text, setting.meaning);
        let _infallible = writeln!(text, "{}=", setting.name);
    }
    text.push_str("\n# Optional, with their defaults\n");
    for setting in settings.iter().filter(|setting| !is_required(setting)) {
        text.push('\n');
        comment(&mut text, setting.meaning);
        let default = setting.default.unwrap_or_default();
        let _infallible = writeln!(text, "# {}={default}", setting.name);
    }
    text
}

/// Returns the setting in a row: name, default, whether it is secret, meaning.
fn setting(line: &str) -> Option<Setting<'_>> {
    let row = line.strip_prefix("| `")?.strip_suffix(" |")?;
    let (name, rest) = row.split_once("` | ")?;
    let (default, rest) = rest.split_once(" | ")?;
    let (_secret, meaning) = rest.split_once(" | ")?;
    let value = default.strip_prefix('`').and_then(|rest| rest.strip_suffix('`'));
    let default = value.filter(|value| !value.contains('`'));
    Some(Setting { name, default, meaning })
}

/// Writes a text of Markdown as a comment.
fn comment(text: &mut String, markdown: &str) {
    let mut line = "#".to_owned();
    for word in plain(markdown).split(' ') {
        if line.chars().count() + 1 + word.chars().count() > WIDTH {
            text.push_str(&line);
            text.push('\n');
            line.truncate(1);
        }
        line.push(' ');
        line.push_str(word);
    }
    text.push_str(&line);
    text.push('\n');
}

/// Returns a text without marks, and without the targets of links.
fn plain(markdown: &str) -> String {
    let mut plain = String::new();
    let mut rest = markdown;
    while let Some((before, link)) = rest.split_once('[') {
        let parts = link
            .split_once("](")
            .and_then(|(shown, tail)| tail.split_once(')').map(|(_target, after)| (shown, after)));
        let Some((shown, after)) = parts else { break };
        plain.push_str(before);
        plain.push_str(shown);
        rest = after;
    }
    plain.push_str(rest);
    plain.replace(['`', '*'], "")
}

/// Checks that libraries do not read the process's environment: binaries read and check the configuration.
pub(super) fn check_environment(workspace: &Workspace) -> Vec<Finding> {
    let lines = workspace.lines(is_library);
    let reading = lines.filter(|(_, _, line)| READERS.iter().any(|reader| line.contains(reader)));
    let message = "a library takes its configuration as arguments: read the variable in the binary";
    reading.map(|(file, number, _)| Finding::new(&file.path, number, message)).collect()
}

/// Returns whether the file is a source of a library that runs in production, not only in tests.
fn is_library(file: &File) -> bool {
    let is_source =
        file.path.starts_with("crates/") && file.path.contains("/src/") && file.is(".rs");
    // The companion looks at the session of a person: the homes of agents, the terminal, the proxy.
    let is_exempt =
        ["crates/testkit/", "crates/companion/"].iter().any(|it| file.path.starts_with(it));
    is_source && !is_exempt
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "# Configuration\n\n| variable | default | secret | meaning |\n|---|---|---|---|\n\
        | `COVIBE_BIND` | `127.0.0.1:8787` | no | the address, see [below](#bind) |\n\
        | `GITEA_API_TOKEN` | – | yes | Gitea with `*` |\n\n";

    #[test]
    fn the_example_file_lists_required_settings_before_optional_defaults() {
        let text = example(TABLE);
        let (required, optional) = text.split_once("# Optional").unwrap();
        assert!(required.ends_with("# Gitea with \nGITEA_API_TOKEN=\n\n"), "{text}");
        assert!(optional.contains("# the address, see below\n# COVIBE_BIND=127.0.0.1:8787\n"));
        assert!(!text.contains("variable"));
    }

    #[test]
    fn an_example_file_that_differs_from_the_table_is_reported() {
        let same = example(TABLE);
        let of = |text: &str| {
            check_example(&Workspace::of_files(&[(PAGE, TABLE), (EXAMPLE, text)])).len()
        };
        assert_eq!((of(&same), of("old")), (0, 1));
    }

    #[test]
    fn long_comments_are_wrapped() {
        let mut text = String::new();
        comment(&mut text, &"words of a long text ".repeat(20));
        assert!(text.lines().all(|line| line.starts_with("# ") && line.chars().count() <= WIDTH));
    }

    #[test]
    fn only_binaries_and_tests_read_the_environment() {
        for reader in READERS {
            let text = format!("//! Reads.\nlet url = std::{reader}\"URL\");\n");
            let of = |path| check_environment(&Workspace::of_files(&[(path, text.as_str())])).len();
            assert_eq!(of("crates/store/src/lib.rs"), 1, "{reader}");
            for free in [
                "crates/companion/src/home/mod.rs",
                "crates/testkit/src/lib.rs",
                "crates/sandbox/tests/it/main.rs",
                "bins/covibe-server/src/main.rs",
            ] {
                assert_eq!(of(free), 0, "{reader} in {free}");
            }
        }
    }
}
