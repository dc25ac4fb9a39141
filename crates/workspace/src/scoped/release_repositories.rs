//! Release repositories: the source that Coolify clones for an app that runs several containers of its own code.
//!
//! Coolify reads the compose file anew at each deployment, at the tip of the branch, whatever commit the app is set to, and
//! follows links (seen with 4.3.11). So such an app has a release repository of the administrator's own, whose name nobody
//! else can take. Its one branch has a single commit on top of the one that was judged, which has nothing but the compose
//! file as it was rewritten: whatever file the app names by the time that Coolify reads it, there is no other. Coolify takes
//! everything else from the judged commit, which keeps its hash.
//!
//! The workspace's bot may read the repository, because its clone token stands in the clone URL: a token for all release
//! repositories would open those of other tenants.

use std::io;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use covibe_coolify::{Application, Mark};
use covibe_domain::Failure;
use covibe_domain::git_messages::exceeds_memory_limit;
use covibe_gitea::{Cause, Client, Error};
use covibe_store::WorkspaceRecord;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Command;
use tokio::time::timeout;

use super::git_program::{
    GitRemote, MAX_OBJECT_MIB, UnreadRepository, check_success, git, private_directory,
    wait_for_fetch,
};
use crate::cells::Cell;
use crate::commit_source::ReleasedFile;
use crate::settings::ReleaseTimes;

/// The description of release repositories.
const DESCRIPTION: &str = "The commits that Co-Vibe checked, for Coolify to clone. Nobody else \
                           writes here.";

/// The time limit for removing a release repository: the app is deleted without that, too.
const REMOVAL: Duration = Duration::from_secs(10);

/// The option that keeps git from giving up while the other side works on a large history without sending anything: the
/// time limit of releases ends what hangs.
const PATIENT: [&str; 2] = ["-c", "http.lowSpeedLimit=0"];

/// The command that fetches a commit or branch.
const FETCH: [&str; 5] = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "origin"];

/// The maximum number of bytes of git's messages in the operator's log.
const MESSAGES: u64 = 2_000;

/// The maximum length of the output of a git command that is read, in bytes: the names of a few references or objects.
const MAX_OUTPUT: u64 = 1 << 20;

/// The author of the commits.
const AUTHOR: &str = "Co-Vibe";
const EMAIL: &str = "co-vibe@noreply.invalid";

/// The release of a commit.
#[derive(Clone, Copy)]
pub(super) struct Release<'a> {
    pub(super) cell: &'a Cell,
    pub(super) record: &'a WorkspaceRecord,
    /// The release repository.
    pub(super) name: &'a str,
    /// The branch of the app.
    pub(super) branch: &'a str,
    /// The repository of the workspace, `organisation/name`.
    pub(super) source: &'a str,
    /// The commit that was judged.
    pub(super) commit: &'a str,
    pub(super) file: &'a ReleasedFile,
    /// The size limit of the repository, in bytes.
    pub(super) limit: u64,
    pub(super) times: ReleaseTimes,
}

impl Release<'_> {
    /// Moves the branch of the release repository to the commit, and makes the repository if it is missing. Returns false
    /// if other repositories are being copied for too long.
    ///
    /// # Errors
    ///
    /// Rejected if the repository or an object of it is too large. Unready if git or Gitea failed: nothing is deployed then.
    pub(super) async fn publish(self) -> Result<bool, Failure> {
        let clones = &self.cell.repositories.commit_verdicts.clones;
        let turn = timeout(self.times.turn, clones.acquire(Some(&self.record.tenant)));
        let Ok(_permit) = turn.await else { return Ok(false) };
        let gitea = self.cell.gitea()?;
        let bot = &self.record.gitea_bot_username;
        ensure(gitea, self.name, bot).await?;
        match timeout(self.times.copy, self.copy(gitea, bot)).await {
            Ok(Ok(())) => Ok(true),
            Ok(Err(UnreadRepository::Exceeded(_))) => Err(too_large(self.source, self.limit)),
            Ok(Err(UnreadRepository::LargeObject)) => Err(large_object(self.source)),
            Ok(Err(UnreadRepository::Unfiltered)) => Err(failed_release()),
            Ok(Err(UnreadRepository::Failed(error))) => {
                tracing::warn!(%error, repository = self.name, "a release could not be pushed");
                Err(failed_release())
            }
            Err(_) => Err(slow_release(self.source)),
        }
    }

    /// Copies the commit with its history, and puts the rewritten file on top.
    async fn copy(self, gitea: &Client, bot: &str) -> Result<(), UnreadRepository> {
        let directory = private_directory()?;
        let (path, authorization) = (directory.path(), gitea.git_authorization());
        let url = |path: &str| {
            gitea
                .web_base()
                .join(path)
                .map(String::from)
                .map_err(|error| io::Error::other(error.to_string()))
        };
        let owned = format!("{}/{}.git", gitea.username(), self.name);
        let (from, to) = (url(&format!("{}.git", self.source))?, url(&owned)?);
        let (from, to) =
            (GitRemote { url: &from, authorization }, GitRemote { url: &to, authorization });
        self.fetch(from, path).await?;
        self.push((gitea, bot), (from, to), path).await
    }

    /// Fetches the commit with its history into a new repository.
    async fn fetch(self, from: GitRemote<'_>, path: &Path) -> Result<(), UnreadRepository> {
        run(git(from, path).args(["init", "--quiet", "--bare", "--template="])).await?;
        let mut fetch = git(from, path);
        fetch.args(PATIENT).args(FETCH).arg(self.commit).stderr(Stdio::piped());
        wait_for_fetch(fetch.spawn()?, path, self.limit).await
    }

    /// Pushes what the release repository lacks, and moves its branch.
    async fn push(
        self,
        (gitea, bot): (&Client, &str),
        (from, to): (GitRemote<'_>, GitRemote<'_>),
        path: &Path,
    ) -> Result<(), UnreadRepository> {
        let heads = git_output(git(to, path).args(["ls-remote", "--heads", "origin"]), "").await?;
        let own = format!("refs/heads/{}", self.branch);
        let mut present = "";
        let heads: Vec<_> = heads.lines().filter_map(|line| line.split_once('\t')).collect();
        if heads.iter().any(|(_, name)| *name != own) {
            // Gitea deletes no default branch, and git none that another one's name begins with.
            self.make_anew(gitea, bot).await?;
        } else if let Some((head, _)) = heads.first() {
            present = head;
            // What the release repository has is not sent again.
            run(git(from, path).args(["update-ref", "refs/heads/judged", self.commit])).await?;
            let released = format!("+{own}:refs/heads/released");
            run(git(to, path).args(PATIENT).args(FETCH).arg(released)).await?;
        }
        let commit = self.commit_file(from, path).await?;
        // Only from where it was: a push that was given up may still arrive, after a later one.
        let lease = format!("--force-with-lease={own}:{present}");
        let moved = format!("{commit}:{own}");
        run(git(to, path).args(PATIENT).args(["push", "--quiet", &lease, "origin", &moved])).await
    }

    /// Makes the repository anew, without a branch.
    async fn make_anew(self, gitea: &Client, bot: &str) -> Result<(), UnreadRepository> {
        let failed = |failure: Failure| UnreadRepository::Failed(io::Error::other(failure.message));
        let deleted = gitea.delete_kept_repo(gitea.username(), self.name).await;
        deleted.map_err(|error| failed(error.into()))?;
        ensure(gitea, self.name, bot).await.map_err(failed)
    }

    /// Makes the commit with the rewritten file alone on top of the judged one, and returns its hash.
    async fn commit_file(self, at: GitRemote<'_>, path: &Path) -> Result<String, UnreadRepository> {
        let blob = git_output(
            git(at, path).args(["hash-object", "-w", "--stdin"]),
            self.file.text.expose(),
        )
        .await?;
        let entry = format!("100644,{blob},{}", self.file.path);
        run(git(at, path).args(["update-index", "--add", "--cacheinfo", &entry])).await?;
        let tree = git_output(git(at, path).arg("write-tree"), "").await?;
        let message = format!("Release {}\n", self.commit);
        let mut commit = git(at, path);
        commit.args(["commit-tree", &tree, "-p", self.commit]);
        for who in ["AUTHOR", "COMMITTER"] {
            commit.env(format!("GIT_{who}_NAME"), AUTHOR).env(format!("GIT_{who}_EMAIL"), EMAIL);
        }
        git_output(&mut commit, &message).await
    }
}

/// Returns the name of the release repository of this owner that an application is cloned from; `None` if it is cloned
/// from another repository.
pub(crate) fn release_of(owner: &str, app: &Application) -> Option<String> {
    let path = app.git_url()?.repo_path()?;
    let (present, name) = path.split_once('/')?;
    let is_release = present.eq_ignore_ascii_case(owner) && Mark::parse(name).is_some();
    is_release.then(|| name.to_owned())
}

/// Makes the repository unless it is there, and lets the bot alone read it.
async fn ensure(gitea: &Client, name: &str, bot: &str) -> Result<(), Failure> {
    let owner = gitea.username();
    if gitea.repo(owner, name).await?.is_none() {
        match gitea.create_kept_repo(name, DESCRIPTION).await {
            // Another call made it at the same time.
            Err(Error { cause: Cause::Conflict(_), .. }) => {}
            Err(error) if error.cause == Cause::Unauthorized => return Err(missing_scope()),
            made => made?,
        }
    }
    // Each time: a process may have been killed in between, and the bot made anew.
    gitea.keep_code_alone(owner, name).await?;
    Ok(gitea.let_read(owner, name, bot).await?)
}

/// Removes a release repository. One that can't be removed in time is of no harm, and is logged for the operator.
pub(super) async fn remove(cell: &Cell, name: &str) {
    let Ok(gitea) = cell.gitea() else { return };
    let deleted = timeout(REMOVAL, gitea.delete_kept_repo(gitea.username(), name)).await;
    let error = match deleted {
        Ok(Ok(())) => return,
        Ok(Err(error)) => error.to_string(),
        Err(_) => "Gitea did not answer in time".to_owned(),
    };
    tracing::warn!(%error, repository = name, "a release repository could not be removed: delete it");
}

async fn run(command: &mut Command) -> Result<(), UnreadRepository> {
    git_output(command, "").await.map(drop)
}

/// Runs git with this input, and returns its output without the last line break.
async fn git_output(command: &mut Command, input: &str) -> Result<String, UnreadRepository> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.spawn()?;
    let stdin = process.stdin.take();
    let input = async {
        match stdin {
            Some(mut stdin) => stdin.write_all(input.as_bytes()).await,
            None => Ok(()),
        }
    };
    let output = read_bounded(process.stdout.take(), MAX_OUTPUT);
    let messages = read_bounded(process.stderr.take(), MESSAGES);
    let (written, output, messages, ended) = tokio::join!(input, output, messages, process.wait());
    let (output, messages, ended) = (output?, messages?, ended?);
    if !ended.success() {
        tracing::warn!(git = %messages.trim(), "a git command failed");
        if exceeds_memory_limit(messages.as_bytes()) {
            return Err(UnreadRepository::LargeObject);
        }
    }
    check_success(ended.success())?;
    written?;
    Ok(output.trim().to_owned())
}

/// Reads what git prints to its end, and returns at most `most` bytes of it: Gitea decides how much it is.
async fn read_bounded(pipe: Option<impl AsyncRead + Unpin>, most: u64) -> io::Result<String> {
    let Some(mut pipe) = pipe else { return Ok(String::new()) };
    let mut kept = Vec::new();
    (&mut pipe).take(most).read_to_end(&mut kept).await?;
    // A full pipe would stop git.
    tokio::io::copy(&mut pipe, &mut tokio::io::sink()).await?;
    Ok(String::from_utf8_lossy(&kept).into_owned())
}

/// 409: the app is cloned from the repository itself, whose compose file may change after it was judged.
pub(super) fn not_released() -> Failure {
    Failure::conflict("The app's clone URL points to its repository, not to its checked copy.")
        .hint("Call apps.rewire_git with its uuid, then apps.deploy.")
}

/// 503: the release was not made.
fn failed_release() -> Failure {
    Failure::unready("The commit could not be prepared for Coolify, so nothing is deployed.").hint(
        "Try again in a minute; if that fails too, tell the operator, whose log has the reason.",
    )
}

/// 503: the release took too long.
fn slow_release(source: &str) -> Failure {
    Failure::unready(format!("{source} could not be copied with its history in time."))
        .permanent()
        .hint("Try again. If it fails again, the history is too large: start a new repository without large files.")
}

/// The hint for a repository that is too large.
const BEGIN_ANEW: &str = "Start a new repository without large files, or build the service's image \
                          elsewhere and name it.";

/// 422: the repository is too large.
fn too_large(source: &str, limit: u64) -> Failure {
    let limit = limit.div_ceil(1 << 20);
    Failure::rejected(format!(
        "{source}, with its history, is too large to be deployed from a compose file: it has more than {limit} MiB."
    ))
    .hint(BEGIN_ANEW)
}

/// 422: git does not read the repository within its limit.
fn large_object(source: &str) -> Failure {
    Failure::rejected(format!(
        "Git needs more than {MAX_OBJECT_MIB} MiB of memory at once for the history of {source}: it has a very long commit \
         message, a large file that is stored as a difference from another version, or more than two million objects."
    ))
    .hint(BEGIN_ANEW)
}

/// 503: the administrator's token may not create repositories.
fn missing_scope() -> Failure {
    tracing::error!(
        "GITEA_API_TOKEN lacks the scope write:repository, which releases of compose files need"
    );
    Failure::unready("Compose files of repositories can't be deployed on this server now.")
        .permanent()
        .hint("Tell the operator: the token for Gitea lacks the scope `write:repository`. Or pass the file as `composeRaw`.")
}
