//! Runs git: without the settings of the user and of the system, bounded and confined.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use covibe_domain::git_messages::exceeds_memory_limit;
use covibe_domain::{Failure, Kind};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};

use crate::confinement::Confinement;
use crate::hardened_git::{SETTINGS, VARIABLES};
use crate::workspace::commands::Tree;

/// The maximum duration of a command without network.
pub(super) const LOCAL: Duration = Duration::from_mins(1);

/// The maximum duration of a command with network.
pub(super) const NETWORK: Duration = Duration::from_mins(2);

/// The maximum size of an answer, in bytes.
const MAX_OUTPUT: u64 = 64 * 1024 * 1024;

/// The maximum size of the messages that are looked at, in bytes.
const MAX_MESSAGES: u64 = 64 * 1024;

/// The program git.
#[derive(Clone, Debug)]
pub(super) struct Git {
    program: PathBuf,
    path: String,
}

/// One command of git.
pub(super) struct Call {
    command: Command,
    confinement: Confinement,
    input: Vec<u8>,
    time: Duration,
}

/// An answer of git.
#[derive(Debug)]
pub(super) struct GitOutput {
    /// The exit code; none if a signal has ended it.
    pub(super) code: Option<i32>,
    pub(super) bytes: Vec<u8>,
    /// Its messages, which go no further than this module.
    pub(super) messages: String,
}

impl Git {
    pub(super) fn new(program: PathBuf, path: &str) -> Self {
        Self { program, path: path.to_owned() }
    }

    /// Prepares a command in a folder, whose home is a directory without anything in it.
    pub(super) fn call(&self, folder: &Path, home: &Path, confinement: Confinement) -> Call {
        let mut command = Command::new(&self.program);
        command.env_clear().envs(VARIABLES).env("PATH", &self.path);
        command.env("HOME", home).env("TMPDIR", home).env("GIT_ALLOW_PROTOCOL", "none");
        command.args(["--literal-pathspecs", "--no-pager"]);
        command.current_dir(folder);
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        Call { command, confinement, input: Vec::new(), time: LOCAL }
    }
}

impl Call {
    pub(super) fn setting(mut self, setting: &str) -> Self {
        self.command.args(["-c", setting]);
        self
    }

    pub(super) fn variable(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(super) fn args<A: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.command.args(arguments);
        self
    }

    pub(super) fn input(mut self, input: impl Into<Vec<u8>>) -> Self {
        self.input = input.into();
        self
    }

    pub(super) fn within(mut self, time: Duration) -> Self {
        self.time = time;
        self
    }

    /// Runs it, whatever its exit code is.
    pub(super) async fn answer(mut self) -> Result<GitOutput, Failure> {
        self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = self.confinement.spawn(self.command).await;
        let mut child = child.map_err(|error| {
            tracing::warn!(%error, "git could not be started");
            Failure::unready("Git could not be started.")
        })?;
        let tree = Tree::new(&child);
        let answer = tokio::time::timeout(self.time, talk(&mut child, &self.input)).await;
        // Whatever git has started ends with it.
        drop(tree);
        answer.map_err(|_| Failure::new(Kind::Timeout, "Git took too long."))
    }

    /// Runs it; an exit code other than 0 is a failure with this message.
    pub(super) async fn success(self, message: &str) -> Result<Vec<u8>, Failure> {
        let answer = self.answer().await?;
        if answer.code == Some(0) {
            return Ok(answer.bytes);
        }
        tracing::debug!(code = answer.code, messages = answer.messages, "a git command failed");
        if exceeds_memory_limit(answer.messages.as_bytes()) {
            return Err(large_object());
        }
        Err(Failure::conflict(message.to_owned()).hint(
            "Nothing was pushed. Check the repository with `git status`, through execute_command.",
        ))
    }

    /// Runs it, and returns the first line of its answer.
    pub(super) async fn line(self, message: &str) -> Result<String, Failure> {
        let bytes = self.success(message).await?;
        Ok(String::from_utf8_lossy(&bytes).lines().next().unwrap_or_default().to_owned())
    }
}

/// 422: git does not read an object of the repository.
fn large_object() -> Failure {
    Failure::rejected("The repository has an object for which git needs more than 1 GiB of memory.")
        .hint("Nothing was pushed. Leave out commits with very long messages, or begin a new repository.")
}

async fn talk(child: &mut Child, input: &[u8]) -> GitOutput {
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let write = async {
        if let Some(mut stdin) = stdin {
            // Git may end without having read all of it.
            let _ = stdin.write_all(input).await;
        }
    };
    let (mut bytes, mut messages) = (Vec::new(), Vec::new());
    tokio::join!(
        write,
        read(stdout, MAX_OUTPUT, &mut bytes),
        read(stderr, MAX_MESSAGES, &mut messages)
    );
    let code = child.wait().await.ok().and_then(|status| status.code());
    GitOutput { code, bytes, messages: String::from_utf8_lossy(&messages).into_owned() }
}

/// Reads a stream as far as it is looked at; a longer one is closed.
async fn read(stream: Option<impl AsyncRead + Unpin>, max: u64, bytes: &mut Vec<u8>) {
    if let Some(stream) = stream {
        let _ = stream.take(max).read_to_end(bytes).await;
    }
}
