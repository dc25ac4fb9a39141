//! One bare repository on disk: its references, and git commands in it.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output};
use std::sync::Arc;

use parking_lot::Mutex;

use super::branch_move_listener::{Listener, Moved};
use super::push_queue::Pushes;
use super::safe_git_names;
use crate::core::git_program::{self, Git};
use crate::core::request_types::Reply;
use crate::gitea::errors;

/// Where branches are, below a repository's directory.
const BRANCHES: &str = "refs/heads";

/// The hash that `git update-ref` takes for a reference that must not exist yet.
pub(super) const NO_COMMIT: &str = "0000000000000000000000000000000000000000";

/// The longest output of a command on an object that is kept, in bytes.
const LONGEST_KEPT: usize = 64 * 1024;

/// The size of all kept outputs of a repository, with the arguments of their commands, in bytes.
const MOST_KEPT: usize = 16 * 1024 * 1024;

/// A handle on a bare repository, cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct BareRepository {
    git: Git,
    dir: PathBuf,
    pushes: Pushes,
    listener: Listener,
    read_objects: Arc<Mutex<ReadObjects>>,
}

/// The outputs of commands on objects.
#[derive(Debug, Default)]
struct ReadObjects {
    /// By the arguments of the commands.
    outputs: HashMap<String, Vec<u8>>,
    /// At least the size of the outputs and the arguments.
    bytes: usize,
}

impl ReadObjects {
    /// Keeps an output; drops all others if there would be too many.
    fn keep(&mut self, arguments: String, output: Vec<u8>) {
        let size = arguments.len() + output.len();
        if self.bytes + size > MOST_KEPT {
            *self = Self::default();
        }
        self.bytes += size;
        self.outputs.insert(arguments, output);
    }
}

impl BareRepository {
    pub(super) fn new(git: Git, dir: PathBuf, pushes: Pushes) -> Self {
        let (listener, read_objects) = (Listener::default(), Arc::default());
        Self { git, dir, pushes, listener, read_objects }
    }

    /// Returns a handle that reports changes of branches to this listener.
    pub(crate) fn with_listener(&self, listener: Listener) -> Self {
        Self { listener, ..self.clone() }
    }

    /// Tells the listener that a branch has moved.
    pub(super) fn notify_listener(&self, branch: &str, before: Option<&str>, after: &str) {
        let before = before.map(str::to_owned);
        self.listener.notify(&Moved { branch: branch.to_owned(), before, after: after.to_owned() });
    }

    /// Returns the pushes to it.
    pub(super) fn pushes(&self) -> &Pushes {
        &self.pushes
    }

    /// Returns its directory.
    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Returns a git command in it.
    pub(super) fn command<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Command {
        let mut command = self.git.command(arguments);
        command.env("GIT_DIR", &self.dir);
        command
    }

    /// Returns a command of one of git's own programs, which is told of no repository.
    pub(super) fn program(&self, name: &str) -> Command {
        self.git.program(name)
    }

    /// Runs git and returns its output.
    ///
    /// # Errors
    /// Returns a 500 where git fails.
    pub(super) fn read<'a>(
        &self,
        arguments: impl IntoIterator<Item = &'a str>,
    ) -> Result<Vec<u8>, Reply> {
        output_of(run(&mut self.command(arguments), b"")?)
    }

    /// Runs git and returns its output as one line; none where git fails or prints nothing.
    pub(super) fn line<'a>(
        &self,
        arguments: impl IntoIterator<Item = &'a str>,
    ) -> Result<Option<String>, Reply> {
        Ok(line_of(&run(&mut self.command(arguments), b"")?))
    }

    /// Does the same as [`Self::read`] for a command that reads nothing but an object.
    pub(super) fn read_object(&self, hash: &str, arguments: &[&str]) -> Result<Vec<u8>, Reply> {
        output_of(self.run_on_object(hash, arguments)?)
    }

    /// Does the same as [`Self::line`] for a command that reads nothing but an object.
    pub(super) fn line_of_object(
        &self,
        hash: &str,
        arguments: &[&str],
    ) -> Result<Option<String>, Reply> {
        Ok(line_of(&self.run_on_object(hash, arguments)?))
    }

    /// Runs git, but only once if it succeeds: what has a whole hash never changes.
    fn run_on_object(&self, hash: &str, arguments: &[&str]) -> Result<Output, Reply> {
        let key = arguments.join("\0");
        if let Some(stdout) = self.read_objects.lock().outputs.get(&key).cloned() {
            return Ok(Output { status: ExitStatus::default(), stdout, stderr: Vec::new() });
        }
        let output = run(&mut self.command(arguments.iter().copied()), b"")?;
        let is_lasting = hash.len() == 40 && safe_git_names::is_hash(hash);
        if is_lasting && output.status.success() && output.stdout.len() <= LONGEST_KEPT {
            self.read_objects.lock().keep(key, output.stdout.clone());
        }
        Ok(output)
    }

    /// Returns the branches and their commits, sorted by name.
    pub(crate) fn branches(&self) -> Vec<(String, String)> {
        let mut branches = Vec::new();
        collect(&self.dir.join(BRANCHES), "", &mut branches);
        branches.sort();
        branches
    }

    /// Returns the commit of a branch.
    pub(crate) fn branch(&self, name: &str) -> Option<String> {
        let path = safe_git_names::is_branch(name).then(|| self.dir.join(BRANCHES).join(name))?;
        fs::read_to_string(path).ok().map(|text| text.trim().to_owned())
    }

    /// Returns whether the branch exists.
    pub(crate) fn has_branch(&self, name: &str) -> bool {
        self.branch(name).is_some()
    }

    /// Creates a branch and returns whether there was none with that name.
    pub(crate) fn create_branch(&self, name: &str, commit: &str) -> Result<bool, Reply> {
        let reference = format!("{BRANCHES}/{name}");
        let mut command = self.command(["update-ref", &reference, commit, NO_COMMIT]);
        let is_new = run(&mut command, b"")?.status.success();
        self.pushes.notice();
        if is_new {
            self.notify_listener(name, None, commit);
        }
        Ok(is_new)
    }

    /// Deletes a branch whose tip is that commit.
    pub(crate) fn delete_branch(&self, name: &str, commit: &str) -> Result<(), Reply> {
        self.pushes.notice();
        self.read(["update-ref", "-d", &format!("{BRANCHES}/{name}"), commit]).map(drop)
    }

    /// Returns the commit of a branch, a tag, or a hash.
    pub(crate) fn commit_of(&self, name: &str) -> Result<Option<String>, Reply> {
        let name = name.strip_prefix("refs/heads/").unwrap_or(name);
        if let Some(commit) = self.branch(name) {
            return Ok(Some(commit));
        }
        if !safe_git_names::is_branch(name) {
            return Ok(None);
        }
        let prefix = if safe_git_names::is_hash(name) { "" } else { "refs/tags/" };
        let revision = format!("{prefix}{name}^{{commit}}");
        let arguments = ["rev-parse", "--verify", "--quiet", "--end-of-options", &revision];
        self.line_of_object(name, &arguments)
    }

    /// Returns the references whose names begin with `prefix`, each with its object's type and hash,
    /// sorted by name.
    pub(crate) fn references(&self, prefix: &str) -> Result<Vec<[String; 3]>, Reply> {
        if prefix.starts_with(BRANCHES) {
            let reference = |(name, commit): (String, String)| {
                [format!("{BRANCHES}/{name}"), "commit".to_owned(), commit]
            };
            let branches = self.branches().into_iter().map(reference);
            return Ok(branches.filter(|[name, _, _]| name.starts_with(prefix)).collect());
        }
        let format = "--format=%(refname) %(objecttype) %(objectname)";
        let output = self.read(["for-each-ref", format])?;
        let text = String::from_utf8_lossy(&output);
        let parse = |line: &str| {
            let mut words = line.split(' ').map(str::to_owned);
            Some([words.next()?, words.next()?, words.next()?])
        };
        Ok(text.lines().filter(|line| line.starts_with(prefix)).filter_map(parse).collect())
    }

    /// Returns the branch that HEAD names, whether it exists or not.
    pub(crate) fn default_branch(&self) -> String {
        let head = fs::read_to_string(self.dir.join("HEAD")).unwrap_or_default();
        head.trim().trim_start_matches("ref: refs/heads/").to_owned()
    }

    /// Points HEAD at another branch.
    pub(crate) fn set_head(&self, branch: &str) -> io::Result<()> {
        let new = self.dir.join(format!("HEAD.{}", fastrand::u64(..)));
        fs::write(&new, format!("ref: refs/heads/{branch}\n"))?;
        fs::rename(new, self.dir.join("HEAD"))
    }

    /// Points HEAD at an existing branch after the first push: `main`, else `master`, else any (Gitea
    /// 1.26, `routers/private/hook_post_receive.go`).
    pub(super) fn update_head(&self) -> Result<(), Reply> {
        let branches = self.branches();
        let has = |name: &str| branches.iter().any(|(branch, _)| branch == name);
        if has(&self.default_branch()) {
            return Ok(());
        }
        let usual = ["main", "master"].into_iter().find(|name| has(name));
        match usual.or(branches.first().map(|(name, _)| name.as_str())) {
            Some(branch) => self.set_head(branch).map_err(errors::internal),
            None => Ok(()),
        }
    }

    /// Deletes it.
    pub(crate) fn remove(&self) {
        // Files that a running git leaves behind are deleted with the simulator's directory.
        let _ = fs::remove_dir_all(&self.dir);
    }
}

/// Runs git and returns its status and output.
pub(super) fn run(command: &mut Command, input: &[u8]) -> Result<Output, Reply> {
    git_program::run(command, input).map_err(errors::internal)
}

/// Returns what git printed; a 500 where it failed.
fn output_of(output: Output) -> Result<Vec<u8>, Reply> {
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(errors::internal(String::from_utf8_lossy(&output.stderr)))
}

/// Returns what git printed as one line; none where it failed or printed nothing.
fn line_of(output: &Output) -> Option<String> {
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    (output.status.success() && !text.is_empty()).then_some(text)
}

fn collect(dir: &Path, prefix: &str, branches: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let Some(name) = entry.file_name().to_str().map(|name| format!("{prefix}{name}")) else {
            continue;
        };
        if entry.path().is_dir() {
            collect(&entry.path(), &format!("{name}/"), branches);
        } else if safe_git_names::is_branch(&name)
            && let Ok(text) = fs::read_to_string(entry.path())
        {
            branches.push((name, text.trim().to_owned()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kept_outputs_do_not_grow_without_a_bound() {
        let mut kept = ReadObjects::default();
        for number in 0..3 * MOST_KEPT / LONGEST_KEPT {
            let arguments = format!("cat-file\0{number}");
            kept.keep(arguments.clone(), vec![0; LONGEST_KEPT]);
            assert!(kept.outputs.contains_key(&arguments));
            let size: usize =
                kept.outputs.iter().map(|(key, output)| key.len() + output.len()).sum();
            assert!(size == kept.bytes && size <= MOST_KEPT, "{size}");
        }
    }
}
