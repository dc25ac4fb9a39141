//! The loop that sends the activity of this machine: it reads what hooks noted, watches the repositories that agents work
//! in, and passes snapshots and sessions to their servers.
//!
//! It runs in one thread, starts one git at a time, and survives its end at any point: what it has not finished, it does
//! again, and nothing counts twice.

mod commands;
mod heartbeats;
mod inbox_reader;
mod loop_state;
mod queue_sender;
mod repository_cache;
mod service_log;
mod status_file;
mod sync_round;
mod worktree_changes;

use std::future::Future;
use std::path::PathBuf;
use std::pin::pin;
use std::time::Duration;

use crate::command_error::Problem;
use crate::git::{Git, locate};
use crate::home::{CompanionHome, HomeLock};
use crate::uplink::{HttpUplink, Uplink};

pub use commands::{print_snapshot, status_data, sync_now, use_server};
pub use status_file::{LOCK, RepositoryReport, STATUS, ServerReport, ServiceReport, StatusData};
pub use sync_round::{TickReport, Watcher};

/// The time between two rounds.
const ROUND: Duration = Duration::from_secs(1);

/// The options of `covibe-local watch`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Only the repository that contains this path is watched.
    pub only_repo: Option<PathBuf>,
    /// One round is made: what is noted is read and sent.
    pub once: bool,
}

/// Runs the loop until `shutdown` is ready, or for one round.
///
/// # Errors
///
/// A problem if another process runs it, if there is no git, or if the repository of the options does not exist; and
/// after one round, if something could not be sent.
pub async fn run_loop(
    home: &CompanionHome,
    options: &Options,
    shutdown: impl Future<Output = ()>,
) -> Result<TickReport, Problem> {
    run_loop_with(home, HttpUplink::new(home), options, shutdown).await
}

/// Runs the loop with another way to the servers.
///
/// # Errors
///
/// Those of [`run_loop`].
pub async fn run_loop_with<U: Uplink>(
    home: &CompanionHome,
    uplink: U,
    options: &Options,
    shutdown: impl Future<Output = ()>,
) -> Result<TickReport, Problem> {
    let _lock = take_lock(home)?;
    let git = Git::find().ok_or_else(|| {
        Problem::failure("git is not installed.").hint("Install git, and run the command again.")
    })?;
    let mut watcher = Watcher::new(home, uplink, git)?;
    if let Some(path) = &options.only_repo {
        let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.clone());
        let place = locate(&path).ok_or_else(|| {
            Problem::usage(format!("{} is not in a git repository.", path.display()))
                .hint("Run `covibe-local watch --repo PATH`.")
        })?;
        watcher.watch_only(&place);
    }
    if options.once {
        return watcher.run_once().await;
    }
    let mut shutdown = pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            () = async { watcher.tick().await; tokio::time::sleep(ROUND).await } => {}
        }
    }
    // Interrupted work is done again at the next start.
    Ok(watcher.finish())
}

fn take_lock(home: &CompanionHome) -> Result<HomeLock, Problem> {
    let lock = HomeLock::take(home, LOCK, Duration::ZERO).map_err(|error| {
        Problem::failure(format!("{} is not usable: {error}.", home.root().display()))
    })?;
    lock.ok_or_else(|| {
        Problem::failure(
            "The companion's service, or another `covibe-local watch`, is already running.",
        )
        .hint("Run `covibe-local service status`.")
    })
}
