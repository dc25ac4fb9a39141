//! Turns, which limit how many commands of an account are under way at once.

use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

use crate::codes::Kind;
use crate::error::Error;

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
    pub(crate) async fn take(&self, kind: Kind) -> Result<Turn<'_>, Error> {
        let turn = timeout(self.patience, self.next(kind)).await;
        turn.ok().flatten().ok_or(Error::Crowded)
    }

    async fn next(&self, kind: Kind) -> Option<Turn<'_>> {
        let read = if kind.reads() { Some(self.reads.acquire().await.ok()?) } else { None };
        Some(Turn { _read: read, _any: self.all.acquire().await.ok()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn four_commands_of_which_three_read() {
        let turns = Turns::new(Duration::ZERO);
        let first = turns.take(Kind::Lookup).await.unwrap();
        let _others =
            [turns.take(Kind::Read).await.unwrap(), turns.take(Kind::Lookup).await.unwrap()];
        assert!(turns.take(Kind::Read).await.is_err());
        let change = turns.take(Kind::Nameservers).await.unwrap();
        assert!(turns.take(Kind::Write).await.is_err());
        drop(first);
        assert!(turns.take(Kind::Read).await.is_ok());
        let _change = turns.take(Kind::Write).await.unwrap();
        assert!(turns.take(Kind::Read).await.is_err());
        drop(change);
        assert!(turns.take(Kind::Read).await.is_ok());
    }
}
