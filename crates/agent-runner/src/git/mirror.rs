//! Mirrors: bare copies of repositories, which are fetched before each job.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use covibe_agent_servers::gitea::GiteaAccount;
use covibe_agent_servers::tree_removal::remove_tree;
use covibe_domain::KeyedSemaphore;
use sha2::{Digest as _, Sha256};

use super::hardened_git::{Call, GitError};
use crate::resolved_repository::Repository;

/// The folder of all mirrors.
#[derive(Debug)]
pub(crate) struct Mirrors {
    folder: PathBuf,
    /// One turn for each mirror, so that it is fetched once at a time.
    turns: KeyedSemaphore<PathBuf>,
}

impl Mirrors {
    /// The mirrors in a folder.
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder, turns: KeyedSemaphore::default() }
    }

    /// Returns the path of a repository's mirror, which follows from its number: names change.
    pub(crate) fn path(&self, gitea: &GiteaAccount, number: i64) -> PathBuf {
        let digest = Sha256::digest(gitea.client.web_base().as_str());
        let server = hex::encode(digest.get(..4).unwrap_or_default());
        self.folder.join(format!("{server}-{number}.git"))
    }

    /// Brings the mirror of a repository up to date and returns its path.
    pub(crate) async fn fetch_mirror(
        &self,
        repository: &Repository,
        gitea: &GiteaAccount,
    ) -> Result<PathBuf, GitError> {
        let (mirror, url) = (self.path(gitea, repository.id), repository.url(gitea));
        let _turn = self.turns.acquire(&mirror).await;
        if !mirror.join("HEAD").is_file() {
            create(&mirror).await?;
        }
        // Only this turn writes here, so what is locked was left by a git that was killed.
        remove_locks(&mirror).map_err(|_| GitError::NotStarted)?;
        let arguments = [
            "fetch",
            "--quiet",
            "--prune",
            "--no-tags",
            "--no-write-fetch-head",
            &url,
            "+refs/heads/*:refs/heads/*",
            "+refs/tags/*:refs/tags/*",
        ];
        Call::new(&mirror, arguments).with_server(gitea).run().await?;
        Ok(mirror)
    }
}

/// Removes the lock files of a mirror's references and configuration.
fn remove_locks(mirror: &Path) -> io::Result<()> {
    // A loop, because the names of references, and so the folders, come from whoever can push.
    let mut folders = vec![mirror.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let (entry, name) = entry.map(|entry| (entry.path(), entry.file_name()))?;
            if entry.is_dir() && name != "objects" {
                folders.push(entry);
            } else if entry.extension().is_some_and(|it| it == "lock") {
                fs::remove_file(&entry)?;
            }
        }
    }
    Ok(())
}

/// Creates an empty mirror. One that was begun and not finished is begun anew.
async fn create(mirror: &Path) -> Result<(), GitError> {
    let begun = mirror.with_extension("new");
    let prepare = || -> io::Result<()> {
        remove_tree(&begun)?;
        remove_tree(mirror)?;
        fs::create_dir_all(&begun)
    };
    prepare().map_err(|_| GitError::NotStarted)?;
    Call::new(&begun, ["init", "--quiet", "--bare", "--template=", "."]).run().await?;
    fs::rename(&begun, mirror).map_err(|_| GitError::NotStarted)
}
