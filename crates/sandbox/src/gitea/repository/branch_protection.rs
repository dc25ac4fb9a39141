//! The rules of protected branches, by which git refuses pushes: a hook that git itself runs.

use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::process::Command;
use std::{fs, io};

use super::bare_repository::BareRepository;

/// A branch that a rule protects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Protection {
    pub(crate) branch: String,
    /// True if commits can be pushed to it. Even then it can be neither deleted nor force-pushed.
    pub(crate) may_be_pushed: bool,
}

/// The variable that passes the rules to the hook.
const RULES: &str = "COVIBE_PROTECTED";

/// The folder of the hook, beside the repositories.
const FOLDER: &str = "hooks";

/// The hook, with the texts of Gitea 1.26 (`routers/private/hook_pre_receive.go`, read).
const HOOK: &str = r#"#!/bin/sh
refuse() {
    echo "Gitea: $1" >&2
    exit 1
}
while read -r old new reference; do
    branch=${reference#refs/heads/}
    for rule in $COVIBE_PROTECTED; do
        [ "refs/heads/${rule#*:}" = "$reference" ] || continue
        case "$new" in *[!0]*) ;; *) refuse "branch $branch is protected from deletion" ;; esac
        case "$old" in *[!0]*)
            git merge-base --is-ancestor "$old" "$new" ||
                refuse "branch $branch is protected from force push" ;;
        esac
        [ "${rule%%:*}" = push ] || refuse "Not allowed to push to protected branch $branch"
    done
done
"#;

/// Writes the hook below the directory of all repositories.
pub(super) fn write_hook(root: &Path) -> io::Result<()> {
    use io::Write as _;
    let folder = root.join(FOLDER);
    fs::create_dir_all(&folder)?;
    let mut options = fs::OpenOptions::new();
    let file = options.write(true).create(true).truncate(true).mode(0o755);
    file.open(folder.join("pre-receive"))?.write_all(HOOK.as_bytes())
}

impl BareRepository {
    /// Makes a git command enforce the rules.
    pub(super) fn enforce(&self, rules: &[Protection], command: &mut Command) {
        let Some(root) = self.dir().parent().filter(|_| !rules.is_empty()) else { return };
        let word = |rule: &Protection| {
            format!("{}:{}", if rule.may_be_pushed { "push" } else { "no" }, rule.branch)
        };
        command.env(RULES, rules.iter().map(word).collect::<Vec<_>>().join(" "));
        command.env("GIT_CONFIG_COUNT", "1").env("GIT_CONFIG_KEY_0", "core.hooksPath");
        command.env("GIT_CONFIG_VALUE_0", root.join(FOLDER));
    }
}
