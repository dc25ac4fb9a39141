//! Starts git so that a repository's configuration cannot make it run, write or fetch anything.

use std::env;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::AsyncReadExt as _;
use tokio::process::{Child, Command};

use super::MAX_OUTPUT;

/// The maximum duration of a command.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The settings that win over those of a repository.
const SETTINGS: [&str; 10] = [
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.untrackedCache=keep",
    "core.pager=cat",
    "core.sshCommand=false",
    "protocol.allow=never",
    "protocol.ext.allow=never",
    "log.showSignature=false",
    "gc.auto=0",
    "maintenance.auto=false",
];

/// The variables that a command gets besides those of this process. No protocol is allowed, whatever a repository's
/// configuration says of single ones, so that a partial clone cannot fetch what it lacks. Git fails for an object that
/// takes more than a gigabyte of memory, such as a very long commit message; it reads larger files in parts.
const VARIABLES: [(&str, &str); 7] = [
    ("GIT_ALLOC_LIMIT", "1g"),
    ("GIT_OPTIONAL_LOCKS", "0"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_ALLOW_PROTOCOL", "none"),
    ("GIT_NO_LAZY_FETCH", "1"),
    ("GIT_ASKPASS", "/bin/false"),
    ("LC_ALL", "C"),
];

/// The program git.
#[derive(Clone, Debug)]
pub struct Git {
    program: PathBuf,
    timeout: Duration,
}

/// The reason why git gave no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GitError {
    /// The program cannot be started.
    NotStarted,
    /// It took longer than its time limit.
    TimedOut,
    /// It refused, such as in a repository of another user. This is its exit code.
    Refused(i32),
    /// The repository's configuration cannot be made harmless, or the answer is not understood.
    Unusable,
}

impl fmt::Display for GitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotStarted => f.write_str("git cannot be started"),
            Self::TimedOut => f.write_str("git took too long"),
            Self::Refused(code) => write!(f, "git failed with exit code {code}"),
            Self::Unusable => f.write_str("git's configuration of this repository is not usable"),
        }
    }
}

/// The answer of git.
pub(super) struct Output {
    pub(super) bytes: Vec<u8>,
    /// True if the output was longer than [`MAX_OUTPUT`].
    pub(super) is_truncated: bool,
}

impl Git {
    /// Returns the program, as the absolute folders of `PATH` and the usual ones have it.
    pub fn find() -> Option<Self> {
        let path = env::var_os("PATH").unwrap_or_default();
        let usual = ["/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"].map(PathBuf::from);
        // A relative folder would be one of the repository.
        let folders = env::split_paths(&path).filter(|folder| folder.is_absolute()).chain(usual);
        folders.map(|folder| folder.join("git")).find(|program| program.is_file()).map(Self::at)
    }

    /// Returns the program at a path.
    pub fn at(program: impl Into<PathBuf>) -> Self {
        Self { program: program.into(), timeout: TIMEOUT }
    }

    /// Returns the same program with another maximum duration of each command.
    #[must_use]
    pub fn with_timeout(&self, timeout: Duration) -> Self {
        Self { timeout, ..self.clone() }
    }

    /// Runs a command in a worktree, with more settings than the usual ones.
    pub(super) async fn run(
        &self,
        worktree: &Path,
        settings: &[String],
        arguments: &[&str],
    ) -> Result<Output, GitError> {
        let mut command = self.command(worktree, settings);
        command.args(arguments);
        let mut child = command.spawn().map_err(|_| GitError::NotStarted)?;
        let group = Group::new(&child);
        let answer = tokio::time::timeout(self.timeout, read(&mut child)).await;
        // Whatever git has started ends with it.
        drop(group);
        let (output, status) = answer.map_err(|_| GitError::TimedOut)?;
        match status.and_then(|status| status.code()) {
            _ if output.is_truncated => Ok(output),
            Some(0) => Ok(output),
            code => Err(GitError::Refused(code.unwrap_or(-1))),
        }
    }

    fn command(&self, worktree: &Path, settings: &[String]) -> Command {
        let mut command = Command::new(&self.program);
        let inherited = env::vars_os().map(|(name, _)| name);
        for name in inherited.filter(|name| name.as_encoded_bytes().starts_with(b"GIT_")) {
            command.env_remove(name);
        }
        command.env_remove("SSH_ASKPASS").envs(VARIABLES);
        if let Some(parent) = worktree.parent() {
            command.env("GIT_CEILING_DIRECTORIES", parent);
        }
        // `core.worktree` could name any folder of this machine.
        let mut here = OsString::from("--work-tree=");
        here.push(worktree);
        command.args(["--no-optional-locks", "--literal-pathspecs", "--no-pager"]).arg(here);
        for setting in SETTINGS.iter().copied().chain(settings.iter().map(String::as_str)) {
            command.args(["-c", setting]);
        }
        command
            .current_dir(worktree)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .kill_on_drop(true);
        command
    }
}

/// Reads the answer, and waits for the end unless it is truncated.
async fn read(child: &mut Child) -> (Output, Option<ExitStatus>) {
    let mut bytes = Vec::new();
    if let Some(pipe) = child.stdout.take() {
        let mut pipe = pipe.take(MAX_OUTPUT as u64 + 1);
        let _ = pipe.read_to_end(&mut bytes).await;
    }
    let is_truncated = bytes.len() > MAX_OUTPUT;
    bytes.truncate(MAX_OUTPUT);
    let status = if is_truncated { None } else { child.wait().await.ok() };
    (Output { bytes, is_truncated }, status)
}

/// The processes that git has started. They are killed with this value, also when the caller is cancelled.
struct Group(Option<Pid>);

impl Group {
    fn new(child: &Child) -> Self {
        Self(child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // The number is not taken by others while a process of the group lives; without one, this does nothing.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}
