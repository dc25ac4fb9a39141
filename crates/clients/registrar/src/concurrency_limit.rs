//! Turns, which limit how many commands of an account are under way at once.

use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

use crate::error::Error;
use crate::response_codes::CommandKind;

/// The maximum number of commands under way at once; above some number OpenSRS refuses with 310.
const AT_ONCE: usize = 4;

/// The maximum number of them that read, so that a purchase does not wait for the searches of
/// others.
const READS: usize = 3;

/// The turns of an account.
pub(crate) struct Turns {
    all: Semaphore,
    reads: Semaphore,
    patience: Duration,
}

/// A turn; it ends when this is dropped.
pub(crate) struct Turn<'a> {
    _read: Option<SemaphorePermit<'a>>,
    _any: SemaphorePermit<'a>,
}

impl Turns {
    /// Creates the turns; a command waits for one as long as `patience`.
    pub(crate) fn new(patience: Duration) -> Self {
        Self { all: Semaphore::new(AT_ONCE), reads: Semaphore::new(READS), patience }
    }

    /// Waits for a turn of a command of this kind.
    pub(crate) async fn wait_for_turn(&self, kind: CommandKind) -> Result<Turn<'_>, Error> {
        let turn = timeout(self.patience, self.acquire_turn(kind)).await;
        turn.ok().flatten().ok_or(Error::Crowded)
    }

    async fn acquire_turn(&self, kind: CommandKind) -> Option<Turn<'_>> {
        let read = if kind.reads() { Some(self.reads.acquire().await.ok()?) } else { None };
        Some(Turn { _read: read, _any: self.all.acquire().await.ok()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn at_most_four_commands_and_three_reads_run_at_once() {
        let turns = Turns::new(Duration::ZERO);
        let first = turns.wait_for_turn(CommandKind::Lookup).await.unwrap();
        let _others = [
            turns.wait_for_turn(CommandKind::Read).await.unwrap(),
            turns.wait_for_turn(CommandKind::Lookup).await.unwrap(),
        ];
        assert!(turns.wait_for_turn(CommandKind::Read).await.is_err());
        let change = turns.wait_for_turn(CommandKind::Nameservers).await.unwrap();
        assert!(turns.wait_for_turn(CommandKind::Write).await.is_err());
        drop(first);
        assert!(turns.wait_for_turn(CommandKind::Read).await.is_ok());
        let _change = turns.wait_for_turn(CommandKind::Write).await.unwrap();
        assert!(turns.wait_for_turn(CommandKind::Read).await.is_err());
        drop(change);
        assert!(turns.wait_for_turn(CommandKind::Read).await.is_ok());
    }
}
