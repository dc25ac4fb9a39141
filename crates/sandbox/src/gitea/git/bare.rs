//! One repository on disk: its references, and git commands in it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::clean;
use super::errors::broken;
use crate::git::{self, Git};
use crate::wire::Reply;

/// Where branches are, below a repository's folder.
const BRANCHES: &str = "refs/heads";

/// A bare repository; a handle on it, cheap to clone.
#[derive(Clone, Debug)]
pub(in crate::gitea) struct Bare {
    git: Git,
    dir: PathBuf,
}

impl Bare {
    pub(super) fn new(git: Git, dir: PathBuf) -> Self {
        Self { git, dir }
    }

    /// Its folder.
    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    /// A git command in it.
    pub(super) fn command<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Command {
        let mut command = self.git.command(arguments);
        command.env("GIT_DIR", &self.dir);
        command
    }

    /// What git prints; a failure of git is one of the simulator.
    pub(super) fn read<'a>(
        &self,
        arguments: impl IntoIterator<Item = &'a str>,
    ) -> Result<Vec<u8>, Reply> {
        let output = ended(&mut self.command(arguments), b"")?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        Err(broken(String::from_utf8_lossy(&output.stderr)))
    }

    /// What git prints as one line; none where git says no.
    pub(super) fn line<'a>(
        &self,
        arguments: impl IntoIterator<Item = &'a str>,
    ) -> Result<Option<String>, Reply> {
        let output = ended(&mut self.command(arguments), b"")?;
        let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        Ok((output.status.success() && !text.is_empty()).then_some(text))
    }

    /// Its branches and their commits, by name.
    pub(super) fn branches(&self) -> Vec<(String, String)> {
        let mut branches = Vec::new();
        collect(&self.dir.join(BRANCHES), "", &mut branches);
        branches.sort();
        branches
    }

    /// The commit of a branch.
    pub(super) fn branch(&self, name: &str) -> Option<String> {
        let path = clean::is_branch(name).then(|| self.dir.join(BRANCHES).join(name))?;
        fs::read_to_string(path).ok().map(|text| text.trim().to_owned())
    }

    /// Whether there is such a branch.
    pub(in crate::gitea) fn has_branch(&self, name: &str) -> bool {
        self.branch(name).is_some()
    }

    /// The commit of a branch, a tag, or a hash.
    pub(super) fn commit_of(&self, name: &str) -> Result<Option<String>, Reply> {
        let name = name.strip_prefix("refs/heads/").unwrap_or(name);
        if let Some(commit) = self.branch(name) {
            return Ok(Some(commit));
        }
        if !clean::is_branch(name) {
            return Ok(None);
        }
        let place = if clean::is_hash(name) { "" } else { "refs/tags/" };
        let asked = format!("{place}{name}^{{commit}}");
        self.line(["rev-parse", "--verify", "--quiet", "--end-of-options", &asked])
    }

    /// Whether it has no branch.
    pub(in crate::gitea) fn is_empty(&self) -> bool {
        self.branches().is_empty()
    }

    /// The branch that HEAD names, whether it exists or not.
    pub(in crate::gitea) fn default_branch(&self) -> String {
        let head = fs::read_to_string(self.dir.join("HEAD")).unwrap_or_default();
        head.trim().trim_start_matches("ref: refs/heads/").to_owned()
    }

    /// Makes HEAD name another branch.
    pub(in crate::gitea) fn set_head(&self, branch: &str) -> io::Result<()> {
        let new = self.dir.join(format!("HEAD.{}", fastrand::u64(..)));
        fs::write(&new, format!("ref: refs/heads/{branch}\n"))?;
        fs::rename(new, self.dir.join("HEAD"))
    }

    /// After a push to an empty repository: HEAD follows what was pushed, first `main`, then
    /// `master`, then any branch (Gitea 1.26, `routers/private/hook_post_receive.go`).
    pub(super) fn follow(&self) -> Result<(), Reply> {
        let branches = self.branches();
        let has = |name: &str| branches.iter().any(|(branch, _)| branch == name);
        if has(&self.default_branch()) {
            return Ok(());
        }
        let usual = ["main", "master"].into_iter().find(|name| has(name));
        match usual.or(branches.first().map(|(name, _)| name.as_str())) {
            Some(branch) => self.set_head(branch).map_err(broken),
            None => Ok(()),
        }
    }

    /// Takes it off the disk.
    pub(in crate::gitea) fn remove(&self) {
        // What a git that still runs in it leaves goes with the simulator's directory.
        let _ = fs::remove_dir_all(&self.dir);
    }
}

/// Runs git and returns how it ended.
pub(super) fn ended(command: &mut Command, input: &[u8]) -> Result<Output, Reply> {
    git::run(command, input).map_err(broken)
}

fn collect(dir: &Path, prefix: &str, branches: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let Some(name) = entry.file_name().to_str().map(|name| format!("{prefix}{name}")) else {
            continue;
        };
        if entry.path().is_dir() {
            collect(&entry.path(), &format!("{name}/"), branches);
        } else if clean::is_branch(&name)
            && let Ok(text) = fs::read_to_string(entry.path())
        {
            branches.push((name, text.trim().to_owned()));
        }
    }
}
