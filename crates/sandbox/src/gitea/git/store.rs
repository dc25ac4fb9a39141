//! Where the repositories lie, and how a new one is made without running git.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::Bare;
use crate::git::Git;

/// What every repository is set up with. References stay loose files, which are read without git,
/// and nothing is forced onto the disk, because nothing outlives the simulator.
const CONFIG: &str = "[core]\n\trepositoryformatversion = 0\n\tbare = true\n\thooksPath = /dev/null
\tfsync = none
[http]\n\treceivepack = true\n\tgetanyfile = false
[uploadpack]\n\tallowFilter = true\n\tallowAnySHA1InWant = true
[fastimport]\n\tunpackLimit = 1
[receive]\n\tautogc = false\n[gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n";

/// The folder of all repositories.
pub(in crate::gitea) struct Repositories {
    git: Git,
    root: PathBuf,
}

impl Repositories {
    /// None yet, in that folder; fails where there is no git that does.
    pub(in crate::gitea) fn new(root: &Path) -> io::Result<Self> {
        Ok(Self { git: Git::find()?, root: root.to_owned() })
    }

    /// Makes an empty repository: what `git init --bare --template=` leaves, without the folders
    /// that git makes when it needs them.
    pub(in crate::gitea) fn create(&self, id: i64, default_branch: &str) -> io::Result<Bare> {
        let dir = self.root.join(format!("{id}.git"));
        for folder in [&dir, &dir.join("objects"), &dir.join("refs")] {
            fs::create_dir(folder)?;
        }
        fs::write(dir.join("config"), CONFIG)?;
        let bare = Bare::new(self.git, dir);
        bare.set_head(default_branch)?;
        Ok(bare)
    }
}
