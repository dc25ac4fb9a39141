//! Commands in containers that run on without their client.
//!
//! Such a command runs in a task of the server that got the call, through the same connection to the docker host as any
//! other. Its record in the store lets every server answer for it: while it runs, the task renews the record, with the
//! output so far, and then it writes the end. A record that is no longer renewed belongs to a server that was killed.
//! Nobody saw the end of its command then: over SSH and the gate, a command is ended with the connection that started
//! it, but a local engine lets it run on.
//!
//! | module | contents |
//! |---|---|
//! | `errors` | failures |
//! | `output` | the output of a command so far, and as it is sealed |
//! | `result` | the end of a command, and its state for callers |
//! | `workspace::detached_command_records` | the records of commands: written, read and removed |
//! | `workspace::detached_command_task` | the task of a command |

mod errors;
mod output;
mod result;

use std::time::Duration;

use covibe_domain::Failure;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::errors::stopping_server;
pub(crate) use self::errors::{too_many, unknown_command};
pub(crate) use self::output::output_purpose;
pub use self::output::{CommandOutput, OutputSink};
pub(crate) use self::result::describe;
pub use self::result::{CommandResult, CommandState, DetachedRun, EndedCommand, ReportedCommand};

/// The maximum number of a workspace's commands that run without their clients.
pub(crate) const MAX_RUNNING: u32 = 2;

/// The maximum number of records that a workspace keeps of commands that have ended.
pub(crate) const MAX_KEPT: u32 = 20;

/// The commands that run without their clients in this process.
#[derive(Debug, Default)]
pub(crate) struct DetachedCommands {
    pub(crate) tasks: TaskTracker,
    pub(crate) stopping: CancellationToken,
    /// Notified when the end of a command was recorded.
    pub(crate) ended: Notify,
    /// Notified when the end of a command was requested, which another process may run.
    pub(crate) cancel_requested: Notify,
}

impl DetachedCommands {
    /// Ends the commands, and waits until their ends are recorded. Further ones are refused.
    pub(crate) async fn stop(&self, patience: Duration) {
        self.stopping.cancel();
        self.tasks.close();
        if tokio::time::timeout(patience, self.tasks.wait()).await.is_err() {
            let left = self.tasks.len();
            tracing::error!(left, "stopping before the end of each command was recorded");
        }
    }

    /// Checks that a command may start.
    ///
    /// # Errors
    ///
    /// Unready if the server is about to stop.
    pub(crate) fn check_open(&self) -> Result<(), Failure> {
        if self.stopping.is_cancelled() { Err(stopping_server()) } else { Ok(()) }
    }
}
