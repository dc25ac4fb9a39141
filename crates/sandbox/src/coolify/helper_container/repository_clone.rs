//! A clone at one commit, as git writes it to disk: with symbolic links and attributes.

use std::path::{Path, PathBuf};
use std::{fs, io};

use super::git_remote::Remote;
use crate::core::Scratch;

/// A clone in a directory of its own, which is removed with it. Nothing in it is run.
pub(super) struct Clone {
    /// The repository that it was cloned from.
    remote: Remote,
    root: PathBuf,
    git_dir: String,
    _directory: Scratch,
}

impl Clone {
    /// Checks out the tip of a branch and then a commit, which need not be that tip, as Coolify does
    /// (`git clone --depth=1 -b`, `git fetch`, `git checkout`; seen with 4.3.11). Git does not write
    /// a file again that both have, so that it stays as the tip's attributes had it.
    pub(super) fn at(remote: &Remote, branch: &str, commit: &str) -> Result<Self, String> {
        let clone = Self::empty(remote)?;
        clone.check_out(&format!("refs/heads/{branch}"))?;
        // To fetch the tip again would change nothing.
        if clone.head().as_deref() != Some(commit) {
            clone.check_out(commit)?;
        }
        Ok(clone)
    }

    /// Checks out a commit alone, as git does in a submodule.
    pub(super) fn at_commit(remote: &Remote, commit: &str) -> Result<Self, String> {
        let clone = Self::empty(remote)?;
        clone.check_out(commit)?;
        Ok(clone)
    }

    fn empty(remote: &Remote) -> Result<Self, String> {
        let directory = Scratch::create().map_err(|error| error.to_string())?;
        // A link that leads out of the clone must not lead back into it by chance.
        let root = directory.path().join("artifacts/clone");
        fs::create_dir_all(&root).map_err(|error| error.to_string())?;
        let root = root.canonicalize().map_err(|error| error.to_string())?;
        let git_dir = format!("--git-dir={}", text(&root.join(".git"))?);
        make_git_folder(&root.join(".git")).map_err(|error| error.to_string())?;
        Ok(Self { remote: remote.clone(), root, git_dir, _directory: directory })
    }

    /// Fetches a branch or a commit, and checks it out.
    fn check_out(&self, reference: &str) -> Result<(), String> {
        let is_hash = reference.len() == 40 && reference.bytes().all(|b| b.is_ascii_hexdigit());
        if !is_hash && !reference.starts_with("refs/heads/") {
            return Err(format!("fatal: couldn't find remote ref {reference}"));
        }
        let fetch = ["fetch", "--quiet", "--depth=1", "--", &self.remote.url, reference];
        self.git(&fetch)?;
        let work_tree = format!("--work-tree={}", text(&self.root)?);
        self.git(&[&work_tree, "checkout", "--quiet", "FETCH_HEAD"]).map(drop)
    }

    /// Returns the commit that is checked out: git writes its hash as it is, because no branch is checked out.
    fn head(&self) -> Option<String> {
        let head = fs::read_to_string(self.root.join(".git/HEAD")).ok()?;
        Some(head.trim().to_owned())
    }

    /// Returns the URL that it was cloned from, with any credentials.
    pub(super) fn url(&self) -> &str {
        &self.remote.url
    }

    /// Returns the directory that it is in.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Runs git in it and returns its output, or its messages without the URL's credentials.
    pub(super) fn git(&self, arguments: &[&str]) -> Result<String, String> {
        self.remote.run([self.git_dir.as_str()].into_iter().chain(arguments.iter().copied()))
    }

    /// Returns where a program that opens this path writes: it follows links. `None` if it fails.
    pub(super) fn write_target(&self, path: &Path) -> Option<PathBuf> {
        let mut path = self.root.join(path);
        for _ in 0..40 {
            let folder = path.parent()?.canonicalize().ok()?;
            path = folder.join(path.file_name()?);
            match fs::read_link(&path) {
                Ok(target) => path = folder.join(target),
                Err(_) => return Some(path),
            }
        }
        None
    }

    /// Returns whether a path that is written lies in the clone, and not in git's own directory.
    pub(super) fn contains(&self, written: &Path) -> bool {
        written.starts_with(&self.root) && !written.starts_with(self.root.join(".git"))
    }

    /// Returns the bytes of a file, found as a program that opens this path does.
    pub(super) fn read(&self, path: &Path) -> Option<Vec<u8>> {
        fs::read(self.root.join(path)).ok()
    }
}

/// Makes git's own folder as `git init --template=` does, without starting git. Nothing is synced to disk or tidied up,
/// because the clone is soon removed.
fn make_git_folder(at: &Path) -> io::Result<()> {
    const CONFIG: &str = "[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tfsync = none
[gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n";
    for folder in ["objects", "refs"] {
        fs::create_dir_all(at.join(folder))?;
    }
    fs::write(at.join("config"), CONFIG)?;
    fs::write(at.join("HEAD"), "ref: refs/heads/master\n")
}

fn text(path: &Path) -> Result<String, String> {
    path.to_str().map(str::to_owned).ok_or_else(|| "fatal: no directory".to_owned())
}
