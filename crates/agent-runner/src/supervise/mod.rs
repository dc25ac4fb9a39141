//! The supervisor: the process between the runner and an agent.
//!
//! It does not need the runner. It claims its attempt, starts the agent, keeps head and tail of what it prints, stops it when
//! its time is over or it gets SIGTERM, ends all that the agent has started, and writes how it ended.

mod agent;

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::path::Path;

use covibe_domain::boxed;
use rustix::process::{getpid, set_child_subreaper};

use crate::durable_files;
use crate::job::{Claim, Ending, Exit, JobFolder};

use self::agent::StopSignal;

pub(crate) use self::agent::{Plan, Stdin};

/// The word on standard output that reports the claim to the runner.
pub(crate) const CLAIMED: &str = "claimed\n";

/// Supervises an attempt at the job in a folder. The environment is that of this process, which the agent gets. Requires a
/// Tokio runtime.
///
/// # Errors
///
/// The job's folder cannot be read or written. No agent is still running.
#[boxed]
pub async fn supervise(
    folder: &Path,
    attempt: u32,
    environment: Vec<(OsString, OsString)>,
) -> io::Result<()> {
    let folder = JobFolder::at(folder);
    // Before the claim: from then on, the runner sends a signal to cancel the job.
    let mut stop = StopSignal::new(&folder)?;
    set_child_subreaper(Some(getpid()))?;
    if !Claim::by_supervisor(&folder, attempt)? {
        return Ok(());
    }
    announce();
    let exit = run(&folder, attempt, environment, &mut stop).await;
    durable_files::write_json(&folder.exit(), &exit)
}

/// Tells the runner, which may be gone.
fn announce() {
    let mut output = io::stdout();
    let _ = output.write_all(CLAIMED.as_bytes()).and_then(|()| output.flush());
}

async fn run(
    folder: &JobFolder,
    attempt: u32,
    environment: Vec<(OsString, OsString)>,
    stop: &mut StopSignal,
) -> Exit {
    if stop.is_cancelled() {
        return Exit::now(Ending::Cancelled);
    }
    let started = match durable_files::read_json::<Plan>(&folder.plan(attempt)) {
        Ok(Some(plan)) => agent::start(folder, plan, environment).await,
        Ok(None) => Err(io::ErrorKind::NotFound.into()),
        Err(error) => Err(error),
    };
    match started {
        Ok(agent) => agent.run(stop).await,
        Err(error) => Exit { reason: Some(error.to_string()), ..Exit::now(Ending::NotStarted) },
    }
}
