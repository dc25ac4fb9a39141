//! The logs of containers.

mod collector;
mod lines;
mod search;

use super::container::inspect;
use crate::error::{Error, Result};
use crate::host::DockerHost;
use crate::link::Slot;
use crate::owner::ContainerId;
use crate::wire::{Call, Frames, Open, Query, container_error};
use collector::Collected;
use covibe_domain::boxed;
use tokio::time::timeout;

pub use lines::{FoundLines, LogLine, Logs};

/// The maximum number of lines of a query.
const TAIL: u32 = 10_000;

/// The lines of a log to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogQuery {
    /// The maximum number of lines, counted from the end; at most 10000.
    pub tail: u32,
    /// Only lines that were printed at this time or later, in seconds since the Unix epoch.
    pub since: Option<i64>,
    /// The maximum number of bytes of text. The newest are kept.
    pub max_bytes: usize,
}

/// The lines that the engine sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tail {
    /// All.
    All,
    /// The newest ones, as many as a query may have.
    Newest,
    /// This many of the newest.
    Last(u32),
}

impl DockerHost {
    /// Returns the last lines that a container printed, running or not.
    #[boxed]
    pub async fn logs(&self, id: &ContainerId, query: LogQuery) -> Result<Logs> {
        let mut slot = self.slot().await?;
        let (mut open, tty) = open_log(&mut slot, id, query.since, Tail::Last(query.tail)).await?;
        let mut collected = Collected::new(query.max_bytes);
        let reading = read(&mut open, tty, &mut collected, usize::MAX);
        let within = self.link().call_timeout();
        timeout(within, reading).await.map_err(|_| Error::TimedOut)??;
        slot.keep(open);
        Ok(collected.finish())
    }
}

impl Tail {
    /// Returns it in Docker's words, which takes anything but a number for "all".
    fn text(self) -> String {
        match self {
            Self::All => "all".to_owned(),
            Self::Newest => TAIL.to_string(),
            Self::Last(lines) => lines.min(TAIL).to_string(),
        }
    }
}

/// Begins to read a log. Returns its lines as they come, and whether the container has a terminal.
async fn open_log(
    slot: &mut Slot,
    id: &ContainerId,
    since: Option<i64>,
    tail: Tail,
) -> Result<(Open, bool)> {
    let tty = inspect(slot, id).await?.tty;
    let query = ["stdout", "stderr", "timestamps"]
        .iter()
        .fold(Query::default(), |query, name| query.with(name, "true"))
        .with("tail", &tail.text());
    let query = match since {
        Some(since) => query.with("since", &since.max(0).to_string()),
        None => query,
    };
    let call = Call::get(format!("/containers/{id}/logs"), &query);
    let open = slot.open(&call).await?;
    if open.status >= 300 {
        let (answer, _) = open.read_whole(call.limit).await?;
        return Err(container_error(answer.error()));
    }
    Ok((open, tty))
}

/// Reads a log to its end, which must come within so many bytes.
async fn read(
    open: &mut Open,
    tty: bool,
    collected: &mut Collected<'_>,
    most: usize,
) -> Result<()> {
    let (mut frames, mut bytes) = (Frames::default(), 0_usize);
    while let Some(part) = open.next().await? {
        bytes = bytes.saturating_add(part.len());
        if bytes > most {
            return Err(Error::TooLarge);
        }
        if tty {
            collected.terminal(&part);
        } else {
            frames.read(&part, |part| collected.part(part))?;
        }
    }
    if frames.is_whole() { Ok(()) } else { Err(Error::Lost) }
}
