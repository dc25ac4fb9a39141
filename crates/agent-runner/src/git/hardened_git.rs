//! Starts git so that neither a repository's configuration nor this machine's makes it run or reach anything else.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use covibe_agent_servers::confinement::end_process_tree;
use covibe_agent_servers::gitea::GiteaAccount;
use covibe_agent_servers::hardened_git::{SETTINGS, VARIABLES};
use covibe_domain::git_messages::exceeds_memory_limit;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{Child, Command};

/// The maximum size of an answer that is read, in bytes.
const MAX_OUTPUT: u64 = 1 << 20;

/// The maximum size of the messages that are read, in bytes.
const MAX_MESSAGES: u64 = 16 << 10;

/// The settings of its own calls, besides those that keep a repository from anything.
const OWN_SETTINGS: [&str; 2] = ["fetch.recurseSubmodules=false", "init.defaultBranch=main"];

/// The variable by which a runner finds the git of one that was killed.
pub(crate) const MARK: (&str, &str) = ("COVIBE_RUNNER_GIT", "1");

/// The variables of its own calls.
const OWN_VARIABLES: [(&str, &str); 3] =
    [MARK, ("HOME", "/nonexistent"), ("PATH", "/usr/local/bin:/usr/bin:/bin")];

/// The helper that answers with the credentials in git's own environment. They are in no argument, file or URL.
const HELPER: &str = "credential.helper=!f() { test \"$1\" = get && printf 'username=%s\\npassword=%s\\n' \
                      \"$COVIBE_GIT_USERNAME\" \"$COVIBE_GIT_PASSWORD\"; }; f";

/// The reason why git did not do what it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum GitError {
    /// The program cannot be started.
    #[error("git cannot be started")]
    NotStarted,
    /// It took longer than its time.
    #[error("git took too long")]
    TimedOut,
    /// It ended because of something that needs more memory at once than it may have.
    #[error(
        "git needs more than 1 GiB of memory for one of the repository's objects, or for the list of objects"
    )]
    OverLimit,
    /// It ended with this exit code.
    #[error("git ended with exit code {0}")]
    Failed(i32),
}

/// A call of git.
pub(super) struct Call<'a> {
    folder: &'a Path,
    arguments: Vec<&'a str>,
    protocols: &'static str,
    server: Option<&'a GiteaAccount>,
    timeout: Duration,
}

impl<'a> Call<'a> {
    /// Prepares a call in a folder, which reaches no other repository.
    pub(super) fn new(folder: &'a Path, arguments: impl IntoIterator<Item = &'a str>) -> Self {
        let arguments = arguments.into_iter().collect();
        let timeout = Duration::from_mins(5);
        Self { folder, arguments, protocols: "none", server: None, timeout }
    }

    /// Lets it reach Gitea with the runner's credentials.
    pub(super) fn with_server(self, gitea: &'a GiteaAccount) -> Self {
        let timeout = Duration::from_mins(15);
        Self { protocols: "http:https", server: Some(gitea), timeout, ..self }
    }

    /// Lets it fetch from a folder of this machine.
    pub(super) fn with_folders(self) -> Self {
        Self { protocols: "file", ..self }
    }

    /// Runs it, and returns the beginning of its standard output.
    pub(super) async fn run(self) -> Result<String, GitError> {
        let mut child = self.command().spawn().map_err(|_| GitError::NotStarted)?;
        let mut group = Group(child.id());
        let answer = tokio::time::timeout(self.timeout, read(&mut child)).await;
        let answer = answer.map_err(|_| GitError::TimedOut)?;
        // It has ended, and its pid may be another process's soon.
        group.0 = None;
        match answer {
            (output, _, Some(0)) => Ok(output),
            (_, messages, _) if exceeds_memory_limit(messages.as_bytes()) => {
                Err(GitError::OverLimit)
            }
            (_, _, code) => Err(GitError::Failed(code.unwrap_or(-1))),
        }
    }

    fn command(&self) -> Command {
        let mut command = Command::new("git");
        command.env_clear().envs(VARIABLES).envs(OWN_VARIABLES);
        command.env("GIT_ALLOW_PROTOCOL", self.protocols);
        command.args(["--no-optional-locks", "--literal-pathspecs", "--no-pager"]);
        for setting in SETTINGS.iter().chain(&OWN_SETTINGS) {
            command.args(["-c", setting]);
        }
        if let Some(GiteaAccount { username, token, .. }) = self.server {
            command.args(["-c", HELPER]);
            command.env("COVIBE_GIT_USERNAME", username);
            command.env("COVIBE_GIT_PASSWORD", token.expose());
        }
        command
            .args(&self.arguments)
            .current_dir(self.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        command
    }
}

/// Returns the beginning of its output and of its messages, and its exit code.
async fn read(child: &mut Child) -> (String, String, Option<i32>) {
    let (output, messages) = (child.stdout.take(), child.stderr.take());
    let (output, messages) =
        tokio::join!(read_beginning(output, MAX_OUTPUT), read_beginning(messages, MAX_MESSAGES));
    let status = child.wait().await.ok();
    (output, messages, status.and_then(|status| status.code()))
}

/// Reads a stream to its end, and returns its beginning.
async fn read_beginning(pipe: Option<impl AsyncRead + Unpin>, most: u64) -> String {
    let mut bytes = Vec::new();
    if let Some(mut pipe) = pipe {
        let _ = (&mut pipe).take(most).read_to_end(&mut bytes).await;
        // The rest is read, too, so that git does not wait for its reader.
        let _ = tokio::io::copy(&mut pipe, &mut tokio::io::sink()).await;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A git that runs. It is killed with all that it has started when it takes too long, or when the caller is cancelled.
struct Group(Option<u32>);

impl Drop for Group {
    fn drop(&mut self) {
        self.0.into_iter().for_each(end_process_tree);
    }
}
