//! The logs of containers: their last lines, and searching them.

mod collector;

use std::time::Duration;

use covibe_domain::{Timestamp, boxed};
use tokio::time::timeout;

use super::container::inspect;
use crate::container_owner::ContainerId;
use crate::engine_http::{Call, Frames, Open, Query, container_error};
use crate::error::{Error, Result};
use crate::host::DockerHost;
use crate::link::Slot;

pub use collector::{FoundLines, Judge, LogLine, Logs};

use collector::Collected;

/// The maximum number of lines of a query.
pub const MAX_LOG_LINES: u32 = 10_000;

/// The maximum number of bytes of a log that are searched. Docker sends a log from its beginning
/// on.
const SEARCHED: usize = 64 << 20;

/// The lines of a log to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogQuery {
    /// The maximum number of lines, counted from the end; at most [`MAX_LOG_LINES`].
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

    /// Returns the lines of a log that are wanted: of all lines since the query's moment, or of the newest 10,000 if
    /// those are more than 64 MiB or take too long. Only the newest `tail` of them are returned. `begin` is called for
    /// each attempt, and returns the judge of its lines in their order.
    #[boxed]
    pub async fn search<'a>(
        &'a self,
        id: &'a ContainerId,
        query: LogQuery,
        begin: &'a (dyn Fn() -> Judge<'a> + Sync),
    ) -> Result<FoundLines> {
        // Both attempts must end before the caller's own deadline.
        let within = self.link().call_timeout() / 4;
        match self.search_once(id, query, (begin(), Tail::All), within).await {
            // A gate of an earlier version refuses a call for all lines.
            Err(Error::TooLarge | Error::TimedOut | Error::Refused) => {
                let newest = (begin(), Tail::Newest);
                self.search_once(id, query, newest, 2 * within).await
            }
            found => found,
        }
    }

    async fn search_once(
        &self,
        id: &ContainerId,
        query: LogQuery,
        (wanted, tail): (Judge<'_>, Tail),
        within: Duration,
    ) -> Result<FoundLines> {
        let mut slot = self.slot().await?;
        let (mut open, tty) = open_log(&mut slot, id, query.since, tail).await?;
        let most = usize::try_from(query.tail).unwrap_or(usize::MAX);
        let mut collected = Collected::new(query.max_bytes).search_for(wanted, most);
        let reading = read(&mut open, tty, &mut collected, SEARCHED);
        timeout(within, reading).await.map_err(|_| Error::TimedOut)??;
        slot.keep(open);
        Ok(collected.into_found(tail == Tail::All))
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
