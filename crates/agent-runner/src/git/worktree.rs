//! The worktree of a job.

use std::fs;
use std::io;
use std::path::Path;

use super::hardened_git::{Call, GitError};

/// A worktree that is to be created.
pub(crate) struct Worktree<'a> {
    /// Where.
    pub(crate) folder: &'a Path,
    /// The mirror that has its objects.
    pub(crate) mirror: &'a Path,
    /// The repository's address, without credentials.
    pub(crate) origin: &'a str,
    /// The branch, tag or commit that it begins at.
    pub(crate) reference: &'a str,
    /// The branch that it is on.
    pub(crate) branch: &'a str,
    /// The name that its commits are made in.
    pub(crate) author: &'a str,
}

/// Creates a worktree in an empty folder, and returns the commit that it begins at; `None` if no branch, tag or
/// commit has that name.
pub(crate) async fn create(worktree: &Worktree<'_>) -> Result<Option<String>, GitError> {
    let Worktree { folder, mirror, origin, reference, branch, author } = worktree;
    let Some(commit) = resolve_reference(mirror, reference).await? else { return Ok(None) };
    let git = |arguments: Vec<&str>| {
        let arguments: Vec<String> = arguments.into_iter().map(str::to_owned).collect();
        async move { Call::new(folder, arguments.iter().map(String::as_str)).run().await }
    };
    git(vec!["init", "--quiet", "--template=", "."]).await?;
    borrow_objects(&folder.join(".git"), mirror).map_err(|_| GitError::NotStarted)?;
    let email = format!("{author}@agents.invalid");
    for (name, value) in [
        ("remote.origin.url", *origin),
        ("remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*"),
        ("user.name", author),
        ("user.email", &email),
        // The mirror keeps the objects; collecting garbage would copy them.
        ("gc.auto", "0"),
    ] {
        git(vec!["config", name, value]).await?;
    }
    git(vec!["checkout", "--quiet", "-b", branch, &commit]).await?;
    Ok(Some(commit))
}

/// Lets a repository read the objects of another one.
pub(super) fn borrow_objects(repository: &Path, lender: &Path) -> io::Result<()> {
    let info = repository.join("objects/info");
    fs::create_dir_all(&info)?;
    fs::write(info.join("alternates"), format!("{}\n", lender.join("objects").display()))
}

/// Returns the commit that a branch, a tag or a hash names.
async fn resolve_reference(mirror: &Path, reference: &str) -> Result<Option<String>, GitError> {
    let is_hash =
        (7..=64).contains(&reference.len()) && reference.bytes().all(|b| b.is_ascii_hexdigit());
    let hash = is_hash.then(|| reference.to_owned());
    let names = [format!("refs/heads/{reference}"), format!("refs/tags/{reference}")];
    for name in names.into_iter().chain(hash) {
        let commit = format!("{name}^{{commit}}");
        let arguments = ["rev-parse", "--quiet", "--verify", "--end-of-options", &commit];
        match Call::new(mirror, arguments).run().await {
            Ok(output) => return Ok(output.lines().last().map(str::to_owned)),
            Err(GitError::Failed(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}
