//! Searching a log.

use std::time::Duration;

use covibe_domain::boxed;
use tokio::time::timeout;

use super::collector::{Collected, Judge};
use super::lines::FoundLines;
use super::{LogQuery, Tail, open_log, read};
use crate::error::{Error, Result};
use crate::host::DockerHost;
use crate::owner::ContainerId;

/// The maximum number of bytes of a log that are searched. Docker sends a log from its beginning
/// on.
const SEARCHED: usize = 64 << 20;

impl DockerHost {
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
