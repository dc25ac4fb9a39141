//! Turns, which limit how many commands of an account are under way at once, and which parties take one after the other:
//! no number of commands of one keeps the registrar from the others.

use std::sync::Arc;
use std::time::Duration;

use covibe_domain::{SharedPermit, SharedPermits};
use tokio::time::timeout;

use crate::error::Error;
use crate::response_codes::CommandKind;

/// Those who share the turns with others, such as a tenant.
pub(crate) type Party = Arc<str>;

/// The maximum number of commands under way at once; above some number OpenSRS refuses with 310. A party has at most two
/// changes under way.
const AT_ONCE: usize = 4;

/// The maximum number of them that read, so that a purchase does not wait for the searches of
/// others. A party has at most one under way.
const READS: usize = 3;

/// The turns of an account.
pub(crate) struct Turns {
    all: SharedPermits<Party>,
    reads: SharedPermits<Party>,
    patience: Duration,
}

/// A turn; it ends when this is dropped.
pub(crate) struct Turn {
    _read: Option<SharedPermit<Party>>,
    _any: SharedPermit<Party>,
}

impl Turns {
    /// Creates the turns; a command waits for one as long as `patience`.
    pub(crate) fn new(patience: Duration) -> Self {
        Self { all: SharedPermits::new(AT_ONCE), reads: SharedPermits::new(READS), patience }
    }

    /// Waits for a turn of a command of this kind. A command without a party may have any turn.
    pub(crate) async fn wait_for_turn(
        &self,
        kind: CommandKind,
        party: Option<&Party>,
    ) -> Result<Turn, Error> {
        let turn = timeout(self.patience, self.acquire_turn(kind, party)).await;
        turn.map_err(|_| Error::Crowded)
    }

    async fn acquire_turn(&self, kind: CommandKind, party: Option<&Party>) -> Turn {
        if !kind.reads() {
            return Turn { _read: None, _any: self.all.acquire(party).await };
        }
        let read = self.reads.acquire(party).await;
        // The parties have shared the reads. Here a read counts for none, so that no purchase waits for searches of its
        // own party either.
        Turn { _read: Some(read), _any: self.all.acquire(None).await }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::pin::Pin;
    use std::task::{Context, Poll, Waker};

    use tokio::task::unconstrained;

    use super::*;

    /// A command that waits for its turn.
    struct Waiting<F> {
        party: usize,
        command: Pin<Box<F>>,
    }

    /// Returns the turns that commands have now, each with the number of its party, and removes these commands.
    fn given_turns<F: Future<Output = Result<Turn, Error>>>(
        waiting: &mut Vec<Waiting<F>>,
    ) -> Vec<(usize, Turn)> {
        let mut given = Vec::new();
        waiting.retain_mut(|Waiting { party, command }| {
            let polled = command.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            let Poll::Ready(turn) = polled else { return true };
            given.push((*party, turn.unwrap()));
            false
        });
        given
    }

    #[tokio::test]
    async fn parties_take_turns_however_many_commands_of_one_wait() {
        let turns = Turns::new(Duration::from_hours(1));
        let parties: Vec<_> =
            (0..20).map(|number: usize| Party::from(number.to_string())).collect();
        let mut waiting = Vec::new();
        for (party, name) in parties.iter().enumerate() {
            let commands = if party == 0 { 100 } else { 3 };
            for _ in 0..commands {
                let command = turns.wait_for_turn(CommandKind::Lookup, Some(name));
                // Otherwise tokio lets some of so many wait although it is their turn.
                let command = Box::pin(unconstrained(command));
                waiting.push(Waiting { party, command });
            }
        }
        let mut under_way = VecDeque::from(given_turns(&mut waiting));
        assert!(under_way.iter().map(|(party, _)| *party).eq(0..3), "one read of each");
        for _ in 0..2 {
            let mut served = Vec::new();
            for _ in &parties {
                drop(under_way.pop_front());
                let given = given_turns(&mut waiting);
                served.extend(given.iter().map(|(party, _)| *party));
                under_way.extend(given);
            }
            served.sort_unstable();
            assert!(served.iter().copied().eq(0..parties.len()), "each once: {served:?}");
        }
    }

    #[tokio::test]
    async fn a_change_waits_neither_for_searches_nor_for_the_changes_of_another_party() {
        let turns = Turns::new(Duration::ZERO);
        let [one, other, third] = ["one", "other", "third"].map(Party::from);
        let searches = [
            turns.wait_for_turn(CommandKind::Lookup, Some(&one)).await.unwrap(),
            turns.wait_for_turn(CommandKind::Read, Some(&other)).await.unwrap(),
            turns.wait_for_turn(CommandKind::Read, Some(&third)).await.unwrap(),
        ];
        assert!(turns.wait_for_turn(CommandKind::Write, Some(&one)).await.is_ok());
        drop(searches);
        let _changes = [
            turns.wait_for_turn(CommandKind::Write, Some(&one)).await.unwrap(),
            turns.wait_for_turn(CommandKind::Nameservers, Some(&one)).await.unwrap(),
        ];
        assert!(turns.wait_for_turn(CommandKind::Write, Some(&one)).await.is_err());
        assert!(turns.wait_for_turn(CommandKind::Lookup, Some(&one)).await.is_ok());
        assert!(turns.wait_for_turn(CommandKind::Write, Some(&other)).await.is_ok());
    }

    #[tokio::test]
    async fn at_most_four_commands_and_three_reads_run_at_once() {
        let turns = Turns::new(Duration::ZERO);
        let first = turns.wait_for_turn(CommandKind::Lookup, None).await.unwrap();
        let _others = [
            turns.wait_for_turn(CommandKind::Read, None).await.unwrap(),
            turns.wait_for_turn(CommandKind::Lookup, None).await.unwrap(),
        ];
        assert!(turns.wait_for_turn(CommandKind::Read, None).await.is_err());
        let change = turns.wait_for_turn(CommandKind::Nameservers, None).await.unwrap();
        assert!(turns.wait_for_turn(CommandKind::Write, None).await.is_err());
        drop(first);
        assert!(turns.wait_for_turn(CommandKind::Read, None).await.is_ok());
        let _change = turns.wait_for_turn(CommandKind::Write, None).await.unwrap();
        assert!(turns.wait_for_turn(CommandKind::Read, None).await.is_err());
        drop(change);
        assert!(turns.wait_for_turn(CommandKind::Read, None).await.is_ok());
    }
}
