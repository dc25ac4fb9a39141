//! Taking an agent's commits out of its repository, and pushing them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use covibe_agent_servers::agent::runner_api_types::{JobCommit, MAX_COMMITS};
use covibe_agent_servers::gitea::GiteaAccount;
use covibe_agent_servers::protected_resources::Unprotected;
use covibe_agent_servers::tree_removal::remove_tree;

use super::hardened_git::{Call, GitError};
use super::worktree::borrow_objects;
use crate::job::JobId;
use crate::resolved_repository::Repository;

/// The branch that the commits are taken into.
const TAKEN: &str = "refs/heads/taken";

/// The longest subject that is kept, in bytes.
const MAX_SUBJECT: usize = 200;

/// The commits of an agent, in a repository of the runner.
#[derive(Debug)]
pub(crate) struct Collected {
    repository: PathBuf,
    /// The newest of them.
    pub(crate) commits: Vec<JobCommit>,
    /// The number of all.
    pub(crate) count: usize,
}

/// Takes the commits of an agent since `base` into a new repository at `to`; `None` if its worktree is not a
/// repository now, or has links out of it. No process of the agent may run.
pub(crate) async fn collect(
    worktree: &Path,
    mirror: &Path,
    base: &str,
    to: &Path,
) -> Result<Option<Collected>, GitError> {
    let source = worktree.join(".git");
    if !is_own(&source, mirror) {
        return Ok(None);
    }
    let prepare = || -> io::Result<()> {
        remove_tree(to)?;
        fs::create_dir_all(to)
    };
    prepare().map_err(|_| GitError::NotStarted)?;
    Call::new(to, ["init", "--quiet", "--bare", "--template=", "."]).run().await?;
    borrow_objects(to, mirror).map_err(|_| GitError::NotStarted)?;
    let (from, what) = (source.to_string_lossy(), format!("+HEAD:{TAKEN}"));
    let arguments = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", &from, &what];
    match Call::new(to, arguments).with_folders().run().await {
        Ok(_) => listed(to, base).await.map(Some),
        // Without a commit, or with a broken one, there is nothing to take.
        Err(GitError::Failed(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Returns whether a repository is one as it was made: a folder that borrows from the mirror alone. Through a link, it could
/// lend objects of another repository to whoever fetches from it.
fn is_own(repository: &Path, mirror: &Path) -> bool {
    let borrowed =
        fs::read_to_string(repository.join("objects/info/alternates")).unwrap_or_default();
    let is_folder = fs::symlink_metadata(repository).is_ok_and(|it| it.is_dir());
    is_folder
        && !repository.join("commondir").exists()
        && borrowed == format!("{}\n", mirror.join("objects").display())
        && has_no_links(repository).unwrap_or(false)
}

fn has_no_links(repository: &Path) -> io::Result<bool> {
    // A loop, because an agent can make folders inside of each other for which a stack is too small.
    let mut folders = vec![repository.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_dir() {
                folders.push(entry.path());
            } else if !kind.is_file() {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

async fn listed(repository: &Path, base: &str) -> Result<Collected, GitError> {
    let (range, most) = (format!("{base}..{TAKEN}"), format!("--max-count={MAX_COMMITS}"));
    let count = Call::new(repository, ["rev-list", "--count", &range, "--"]).run().await?;
    let arguments = ["log", &most, "--no-show-signature", "--format=%H %s", &range, "--"];
    let log = Call::new(repository, arguments).run().await?;
    let commits = log.lines().filter_map(commit).collect();
    let count = count.trim().parse().unwrap_or_default();
    Ok(Collected { repository: repository.to_owned(), commits, count })
}

fn commit(line: &str) -> Option<JobCommit> {
    let (sha, subject) = line.split_once(' ')?;
    let subject = &subject[..subject.floor_char_boundary(MAX_SUBJECT)];
    let subject = subject.chars().filter(|c| !c.is_control()).collect();
    Some(JobCommit { sha: sha.to_owned(), subject })
}

/// Pushes the commits of a job to the branch of that job, and nothing else. A branch that has other commits stays as it is,
/// and no redirect is followed, so that a repository that was renamed meanwhile gets nothing.
pub(crate) async fn push(
    collected: &Collected,
    repository: &Unprotected<Repository>,
    gitea: &GiteaAccount,
    job: &JobId,
) -> Result<(), GitError> {
    tracing::info!(%job, repository = repository.full_name, "pushing the commits of a job");
    let (url, what) = (repository.url(gitea), format!("{TAKEN}:refs/heads/{}", job.branch()));
    let arguments = ["push", "--quiet", "--no-verify", "--no-follow-tags", &url, &what];
    Call::new(&collected.repository, arguments).with_server(gitea).run().await.map(drop)
}
