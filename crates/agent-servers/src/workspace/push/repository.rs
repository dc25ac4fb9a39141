//! The repository of the workspace, for git without its configuration.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use covibe_domain::{Failure, boxed};

use super::git_config::RepositoryConfig;
use super::git_directories::GitDirectories;
use super::git_process::{Call, Git};
use super::settings::Account;
use crate::confinement::Confinement;
use crate::workspace::commands::PrivateDirectory;

/// The maximum size of the list of commits at which a shallow clone ends, in bytes.
const MAX_SHALLOW: u64 = 1024 * 1024;

/// A repository, with a directory of its own for git: that one has our settings, and no hooks.
pub(super) struct Repository {
    pub(super) place: GitDirectories,
    pub(super) config: RepositoryConfig,
    pub(super) folder: PrivateDirectory,
    root: PathBuf,
    git: Git,
    /// Name and address of who commits.
    identity: (String, String),
}

/// The branch and the commit that are checked out.
#[derive(Debug)]
pub(super) struct Head {
    /// None if it is detached.
    pub(super) branch: Option<String>,
    /// None before the first commit.
    pub(super) commit: Option<String>,
}

impl Repository {
    /// Opens the repository of the root.
    #[boxed]
    pub(super) async fn open(account: &Account) -> Result<Self, Failure> {
        let git = account.git.clone().ok_or_else(|| {
            Failure::unready("Git is not installed here.")
                .hint("Nothing was changed. Ask a person to install it.")
        })?;
        let place = match &account.pinned {
            Some(place) => place.clone(),
            None => GitDirectories::open_own(&account.root)?,
        };
        let folder = PrivateDirectory::create_in(&account.temporary)?;
        let host = account.client.web_base().host_str().unwrap_or("localhost").to_owned();
        let identity = (account.username.clone(), format!("{}@noreply.{host}", account.username));
        let config = RepositoryConfig::default();
        let root = account.root.path().to_path_buf();
        let mut repository = Self { place, config, folder, root, git, identity };
        repository.config = repository.read_config().await?;
        repository.prepare().map_err(|error| {
            tracing::warn!(%error, "the private git directory could not be created");
            Failure::unready("The repository could not be prepared.")
        })?;
        Ok(repository)
    }

    async fn read_config(&self) -> Result<RepositoryConfig, Failure> {
        let mut config = RepositoryConfig::default();
        for file in
            [self.place.common_dir.join("config"), self.place.git_dir.join("config.worktree")]
        {
            if !file.is_file() {
                continue;
            }
            let call = self.local(self.folder.path()).args([
                "config",
                "--no-includes",
                "--null",
                "--list",
                "--file",
            ]);
            let bytes = call
                .args([&file])
                .success("The repository's configuration cannot be read.")
                .await?;
            config.extend(RepositoryConfig::parse(&bytes));
        }
        Ok(config)
    }

    /// Makes git's own directory.
    fn prepare(&self) -> std::io::Result<()> {
        let own = self.own_dir();
        fs::create_dir_all(own.join("refs"))?;
        fs::create_dir_all(own.join("objects"))?;
        fs::write(own.join("HEAD"), "ref: refs/heads/none\n")?;
        let format = match self.config.object_format() {
            "sha256" => "\trepositoryformatversion = 1\n[extensions]\n\tobjectformat = sha256\n",
            _ => "\trepositoryformatversion = 0\n",
        };
        fs::write(own.join("config"), format!("[core]\n\tbare = false\n{format}"))?;
        let shallow = self.place.common_dir.join("shallow");
        if fs::symlink_metadata(&shallow).is_ok_and(|it| it.is_file() && it.len() <= MAX_SHALLOW) {
            fs::copy(shallow, own.join("shallow"))?;
        }
        Ok(())
    }

    pub(super) fn own_dir(&self) -> PathBuf {
        self.folder.path().join("git")
    }

    pub(super) fn objects(&self) -> PathBuf {
        self.place.common_dir.join("objects")
    }

    pub(super) fn index(&self) -> PathBuf {
        self.place.git_dir.join("index")
    }

    /// Prepares a command that may write to the repository and has no network of its own.
    fn local(&self, folder: &Path) -> Call {
        let confinement = Confinement::writing_below(&self.root, self.folder.path())
            .with_writable(&self.place.git_dir)
            .with_writable(&self.place.common_dir);
        let (name, address) = &self.identity;
        let mut call = self.git.call(folder, self.folder.path(), confinement);
        for role in ["AUTHOR", "COMMITTER"] {
            call = call.variable(&format!("GIT_{role}_NAME"), name);
            call = call.variable(&format!("GIT_{role}_EMAIL"), address);
        }
        call
    }

    /// Prepares a command on the repository's objects and this index, with our settings alone.
    pub(super) fn work(&self, index: &Path) -> Call {
        let mut call = self.local(&self.root);
        for setting in self.config.conversion_settings() {
            call = call.setting(&setting);
        }
        call.variable("GIT_DIR", self.own_dir())
            .variable("GIT_WORK_TREE", &self.root)
            .variable("GIT_OBJECT_DIRECTORY", self.objects())
            .variable("GIT_INDEX_FILE", index)
    }

    /// Prepares a command on the repository's references.
    pub(super) fn references(&self) -> Call {
        self.local(&self.root)
            .variable("GIT_DIR", &self.place.git_dir)
            .variable("GIT_WORK_TREE", &self.root)
    }

    /// Prepares a command that talks to Gitea: it reads the objects, and has our settings alone.
    pub(super) fn network(&self) -> Call {
        let own = self.folder.path();
        let confinement =
            Confinement::writing_below(own, own).with_readable(&self.place.common_dir);
        self.git
            .call(own, own, confinement)
            .variable("GIT_DIR", self.own_dir())
            .variable("GIT_OBJECT_DIRECTORY", self.objects())
            .variable("GIT_ALLOW_PROTOCOL", "http:https")
            .setting("protocol.http.allow=always")
            .setting("protocol.https.allow=always")
    }

    /// Returns what is checked out.
    pub(super) async fn head(&self) -> Result<Head, Failure> {
        let branch = self.answer_of(["symbolic-ref", "--quiet", "--short", "HEAD"]).await?;
        let commit = self.answer_of(["rev-parse", "--quiet", "--verify", "HEAD^{commit}"]).await?;
        Ok(Head { branch, commit })
    }

    /// Returns the first line of an answer; none if git answers with exit code 1.
    async fn answer_of<const N: usize>(
        &self,
        arguments: [&str; N],
    ) -> Result<Option<String>, Failure> {
        let answer = self.references().args(arguments).answer().await?;
        let line = String::from_utf8_lossy(&answer.bytes).lines().next().map(str::to_owned);
        match answer.code {
            Some(0) => Ok(line),
            Some(1) => Ok(None),
            _ => Err(Failure::conflict("Git cannot use the repository.")
                .hint("Nothing was changed. Check it with `git status`, through execute_command.")),
        }
    }

    /// Checks out a branch at a new commit, without a change to files, if nothing has changed meanwhile.
    pub(super) async fn advance(
        &self,
        head: &Head,
        branch: &str,
        commit: &str,
    ) -> Result<(), Failure> {
        let reference = format!("refs/heads/{branch}");
        let old = self
            .answer_of(["rev-parse", "--quiet", "--verify", &format!("{reference}^{{commit}}")])
            .await?;
        if let Some(old) = &old {
            self.refuse_other(old, commit, branch).await?;
        }
        let zeros = "0".repeat(commit.len());
        let old = old.unwrap_or(zeros);
        let moved = "The branch was changed at the same time.";
        let message = "git_commit_and_push";
        self.references()
            .args(["update-ref", "-m", message, &reference, commit, &old])
            .success(moved)
            .await?;
        if head.branch.as_deref() != Some(branch) {
            self.references()
                .args(["symbolic-ref", "-m", message, "HEAD", &reference])
                .success(moved)
                .await?;
        }
        Ok(())
    }

    /// Refuses a local branch that has commits which the new commit lacks.
    async fn refuse_other(&self, old: &str, commit: &str, branch: &str) -> Result<(), Failure> {
        let call =
            self.work(&self.index()).args([OsStr::new("merge-base"), OsStr::new("--is-ancestor")]);
        if call.args([old, commit]).answer().await?.code == Some(0) {
            return Ok(());
        }
        Err(Failure::conflict(format!("The local branch `{branch}` has other commits."))
            .hint("Nothing was committed. Check it out first, or pass another branch."))
    }
}
