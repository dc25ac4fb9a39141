//! Creating repositories without running git.

use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io};

use super::bare_repository::BareRepository;
use super::branch_protection;
use super::push_queue::Pushes;
use crate::core::clock::Clock;
use crate::core::git_program::Git;

/// The configuration of every repository. References stay loose files, which are read without git,
/// and nothing is synced to disk, because nothing outlives the simulator.
const CONFIG: &str = "[core]\n\trepositoryformatversion = 0\n\tbare = true\n\thooksPath = /dev/null
\tfsync = none
[http]\n\treceivepack = true\n\tgetanyfile = false
[uploadpack]\n\tallowFilter = true\n\tallowAnySHA1InWant = true
[fastimport]\n\tunpackLimit = 1
[receive]\n\tautogc = false\n[gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n";

/// The directory of all repositories.
pub(crate) struct Repositories {
    git: Git,
    root: PathBuf,
    clock: Clock,
    /// The time for which a push stays unnoticed.
    lag: Duration,
}

impl Repositories {
    /// Uses that directory.
    ///
    /// # Errors
    /// There is no usable git, or the directory could not be written.
    pub(crate) fn new(root: &Path, clock: Clock, lag: Duration) -> io::Result<Self> {
        branch_protection::write_hook(root)?;
        Ok(Self { git: Git::find()?, root: root.to_owned(), clock, lag })
    }

    /// Creates an empty repository: the files that `git init --bare --template=` writes, without
    /// the folders that git creates when it needs them.
    pub(crate) fn create(&self, id: i64, default_branch: &str) -> io::Result<BareRepository> {
        let dir = self.root.join(format!("{id}.git"));
        for folder in [&dir, &dir.join("objects"), &dir.join("refs")] {
            fs::create_dir(folder)?;
        }
        fs::write(dir.join("config"), CONFIG)?;
        let bare = BareRepository::new(self.git, dir, Pushes::new(self.clock.clone(), self.lag));
        bare.set_head(default_branch)?;
        Ok(bare)
    }

    /// Copies a repository.
    pub(crate) fn copy(&self, of: &BareRepository, id: i64) -> io::Result<BareRepository> {
        let dir = self.root.join(format!("{id}.git"));
        copy_folder(of.dir(), &dir)?;
        Ok(BareRepository::new(self.git, dir, Pushes::new(self.clock.clone(), self.lag)))
    }
}

fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
