//! The stored states of worktrees and sessions, and the merge of two states.

use covibe_domain::companion::{
    Counters, RepositoryRef, Session, SnapshotBody, TokenCounts, ToolCounts,
};
use covibe_domain::{Failure, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// A state with the machine and the repository that the console shows beside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Stored<T> {
    /// The name of the machine.
    pub(super) machine: String,
    /// The repository.
    pub(super) repo: RepositoryRef,
    /// The state.
    pub(super) state: T,
}

impl<T: Serialize + DeserializeOwned> Stored<T> {
    /// Parses a stored state; `None` if an older release wrote it in another form.
    pub(super) fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// Returns the text to store.
    ///
    /// # Errors
    ///
    /// Never for states that were read from JSON.
    pub(super) fn text(&self) -> Result<String, Failure> {
        serde_json::to_string(self).map_err(|_| {
            Failure::invalid("The state of a worktree or session can't be written as JSON.")
                .hint("Update covibe-local. If that does not help, tell the operator.")
        })
    }
}

/// Returns the later of two states of a worktree.
pub(super) fn later_snapshot(
    (at, old): (Timestamp, SnapshotBody),
    (new_at, new): (Timestamp, SnapshotBody),
) -> (Timestamp, SnapshotBody) {
    // Two of the same moment and number have the order of their texts, so that either arrival ends alike.
    let rank = |at: Timestamp, snapshot: &SnapshotBody| {
        (at, snapshot.seq, serde_json::to_string(snapshot).unwrap_or_default())
    };
    if rank(new_at, &new) > rank(at, &old) { (new_at, new) } else { (at, old) }
}

/// Merges two states of a session: the details of the one with the later event, and the larger value of each counter.
pub(super) fn merged_session(old: Session, new: Session) -> Session {
    let rank = |session: &Session| {
        let details = Session { counters: Counters::default(), ..session.clone() };
        let text = serde_json::to_string(&details).unwrap_or_default();
        (session.last_event_at, session.ended_at, text)
    };
    let started_at = old.started_at.min(new.started_at);
    let counters = larger_counters(&old.counters, &new.counters);
    let later = if rank(&new) > rank(&old) { new } else { old };
    Session { started_at, counters, ..later }
}

fn larger_counters(first: &Counters, second: &Counters) -> Counters {
    let (a, b) = (&first.tools, &second.tools);
    let tools = ToolCounts {
        edit: a.edit.max(b.edit),
        shell: a.shell.max(b.shell),
        mcp: a.mcp.max(b.mcp),
        other: a.other.max(b.other),
    };
    let tokens = match (first.tokens, second.tokens) {
        (Some(a), Some(b)) => Some(TokenCounts {
            input: a.input.max(b.input),
            output: a.output.max(b.output),
            cache_read: a.cache_read.max(b.cache_read),
            cache_write: a.cache_write.max(b.cache_write),
        }),
        (a, b) => a.or(b),
    };
    Counters { turns: first.turns.max(second.turns), tools, tokens }
}

/// The time that a batch may be in transit, in milliseconds. A difference of the clocks up to this is ignored: with a
/// correction, an item that was taken just before its repository was forgotten would appear to be younger than that.
const TRANSIT: i64 = 5_000;

/// The difference between the server's clock and a machine's.
#[derive(Clone, Copy, Debug)]
pub(super) struct Skew {
    received: Timestamp,
    millis: i64,
}

impl Skew {
    /// Returns the difference for a batch with these times: `sent` by the machine's clock, `received` by the server's.
    pub(super) fn between(sent: Timestamp, received: Timestamp) -> Self {
        let millis = received.as_millis().saturating_sub(sent.as_millis());
        Self { received, millis: if (0..=TRANSIT).contains(&millis) { 0 } else { millis } }
    }

    /// Converts a time of the machine to the server's clock, at most to the time of receipt.
    pub(super) fn correct(self, at: Timestamp) -> Timestamp {
        Timestamp::from_millis(at.as_millis().saturating_add(self.millis)).min(self.received)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn times_of_a_wrong_clock_are_corrected_and_never_in_the_future() {
        let skew = Skew::between(at(1_000), at(61_000));
        assert_eq!(skew.correct(at(500)), at(60_500));
        assert_eq!(skew.correct(at(5_000)), at(61_000));
        let slow = Skew::between(at(1_000), at(3_000));
        assert_eq!(slow.correct(at(500)), at(500), "time under way is no difference");
        let ahead = Skew::between(at(i64::MAX), at(1_000));
        assert_eq!(ahead.correct(at(i64::MAX)), at(1_000));
        assert!(ahead.correct(at(i64::MIN)) <= at(1_000));
    }
}
