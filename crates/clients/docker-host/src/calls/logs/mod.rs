//! What a container's processes printed.

mod collected;
mod lines;

use super::container::inspect;
use crate::error::{Error, Result};
use crate::host::DockerHost;
use crate::owner::ContainerId;
use crate::wire::{Call, Frames, Open, Query, of_container};
use collected::Collected;
use covibe_domain::boxed;

pub use lines::{LogLine, Logs};

/// The most lines of a query.
const TAIL: u32 = 10_000;

/// Which lines of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogQuery {
    /// The most lines, counted from the end; at most 10000.
    pub tail: u32,
    /// Only lines that were printed at this time or later, in seconds since the Unix epoch.
    pub since: Option<i64>,
    /// The most bytes of text. Of more, the newest are kept.
    pub max_bytes: usize,
}

impl DockerHost {
    /// Returns the last lines that a container printed, running or not.
    #[boxed]
    pub async fn logs(&self, id: &ContainerId, query: LogQuery) -> Result<Logs> {
        let mut slot = self.slot().await?;
        let tty = inspect(&mut slot, id).await?.tty;
        let call = Call::get(format!("/containers/{id}/logs"), &query.query());
        let mut open = slot.open(&call).await?;
        if open.status >= 300 {
            let (answer, _) = open.whole(call.limit).await?;
            return Err(of_container(answer.error()));
        }
        let within = self.link().call_timeout();
        let read = tokio::time::timeout(within, read(&mut open, tty, query.max_bytes)).await;
        let logs = read.map_err(|_| Error::TimedOut)??;
        slot.keep(open);
        Ok(logs)
    }
}

impl LogQuery {
    /// Docker takes a `tail` that is no number for "all".
    fn query(&self) -> Query {
        let tail = self.tail.min(TAIL).to_string();
        let query = ["stdout", "stderr", "timestamps"]
            .iter()
            .fold(Query::default(), |query, name| query.with(name, "true"))
            .with("tail", &tail);
        match self.since {
            Some(since) => query.with("since", &since.max(0).to_string()),
            None => query,
        }
    }
}

async fn read(open: &mut Open, tty: bool, max_bytes: usize) -> Result<Logs> {
    let (mut frames, mut collected) = (Frames::default(), Collected::new(max_bytes));
    while let Some(bytes) = open.next().await? {
        if tty {
            collected.terminal(&bytes);
        } else {
            frames.read(&bytes, |part| collected.part(part))?;
        }
    }
    if frames.is_whole() { Ok(collected.finish()) } else { Err(Error::Lost) }
}
