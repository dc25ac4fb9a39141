//! A command for a container, and its result.

use std::fmt;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::calls::ContainerDetails;
use crate::container_states::CommandEnd;

/// The number of bytes above [`Exec::max_bytes`] that a command may print; then it is ended, so
/// that it does not use up the host for output that nobody reads.
pub const DRAIN_LIMIT: u64 = 256 << 20;

/// A command for a container. No shell reads it, unless `argv` starts one in the container.
#[derive(Clone)]
pub struct Exec {
    /// The program and its arguments; together with the variables at most 128 KiB.
    pub argv: Vec<String>,
    /// Variables in addition to the container's. Names have letters, digits and `_`.
    pub env: Vec<(String, String)>,
    /// `user`, `uid`, `user:group` or `uid:gid`; the container's user without it.
    pub user: Option<String>,
    /// An absolute path in the container; the container's directory without it.
    pub workdir: Option<String>,
    /// The time after which the command is ended with all its children.
    pub timeout: Duration,
    /// The maximum number of bytes of stdout and stderr together that are kept: the first ones.
    pub max_bytes: usize,
    /// Cancelled when the command is to be ended before its time, with all its children.
    pub cancel: CancellationToken,
}

/// The reason why a command was not started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotStarted {
    /// The container has no such program.
    NoProgram,
    /// The container has no such user or group.
    NoUser,
    /// The container has no such directory, or the user may not enter it.
    NoWorkdir,
    /// Another reason, such as that the program is not executable.
    Other,
}

/// The result of a command.
#[derive(Clone, PartialEq, Eq)]
pub struct Executed {
    /// Its exit code; 137 if it was killed, `None` if it was not seen to end.
    pub code: Option<i64>,
    /// The reason why the program was not started; `None` if it was. Otherwise there is no output,
    /// and the code is 127 (the image has no such program) or 126.
    pub not_started: Option<NotStarted>,
    /// The beginning of its standard output.
    pub stdout: Vec<u8>,
    /// The beginning of its standard error.
    pub stderr: Vec<u8>,
    /// The number of bytes of both that were left out.
    pub omitted: u64,
    /// True if it ended, but its output was not read to the end in time.
    pub cut: bool,
    /// True if it did not end by itself within `timeout`. If it and `canceled` are false for a command
    /// that was [`CommandEnd::Killed`], the command printed more than [`DRAIN_LIMIT`].
    pub timed_out: bool,
    /// True if it did not end by itself before it was canceled.
    pub canceled: bool,
    /// The way in which it ended.
    pub ended: CommandEnd,
    /// From its start to its end.
    pub duration: Duration,
    /// The state of the container afterwards, if it was seen.
    pub container: Option<ContainerDetails>,
}

impl fmt::Debug for Exec {
    /// Leaves out the arguments and the variables, which may have secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exec")
            .field("arguments", &self.argv.len())
            .field("variables", &self.env.len())
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Executed {
    /// Leaves out the output of the command and of its container, which may have secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Executed")
            .field("code", &self.code)
            .field("not_started", &self.not_started)
            .field("bytes", &(self.stdout.len(), self.stderr.len(), self.omitted))
            .field("cut", &self.cut)
            .field("timed_out", &self.timed_out)
            .field("canceled", &self.canceled)
            .field("ended", &self.ended)
            .field("duration", &self.duration)
            .field("container", &self.container.as_ref().map(|it| it.status))
            .finish()
    }
}
