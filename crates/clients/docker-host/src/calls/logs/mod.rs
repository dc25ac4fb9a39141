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
use covibe_domain::{Timestamp, boxed};
use tokio::time::timeout;

pub use collector::Judge;
pub use lines::{FoundLines, LogLine, Logs};

/// The maximum number of lines of a query.
pub const MAX_LOG_LINES: u32 = 10_000;

/// The lines of a log to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogQuery {
    /// The most lines, counted from the end; at most [`MAX_LOG_LINES`].
    pub tail: u32,
    /// Only lines that were printed at this time or later.
    pub since: Option<Timestamp>,
    /// The maximum number of bytes of text. Of more, the newest are kept.
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
            Self::Newest => MAX_LOG_LINES.to_string(),
            Self::Last(lines) => lines.min(MAX_LOG_LINES).to_string(),
        }
    }
}

/// Begins to read a log. Returns its lines as they come, and whether the container has a terminal.
async fn open_log(
    slot: &mut Slot,
    id: &ContainerId,
    since: Option<Timestamp>,
    tail: Tail,
) -> Result<(Open, bool)> {
    let tty = inspect(slot, id).await?.tty;
    let query = ["stdout", "stderr", "timestamps"]
        .iter()
        .fold(Query::default(), |query, name| query.with(name, "true"))
        .with("tail", &tail.text());
    let query = match since {
        Some(since) => query.with("since", &seconds(since)),
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

/// Returns a moment in seconds since the Unix epoch with three decimals, as Docker reads it.
fn seconds(at: Timestamp) -> String {
    let millis = at.as_millis().max(0);
    format!("{}.{:03}", millis / 1000, millis % 1000)
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
