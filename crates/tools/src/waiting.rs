//! The calls of each workspace that wait for the end of what they began.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use covibe_domain::WorkspaceId;
use tokio_util::sync::CancellationToken;

/// The calls that wait, by workspace, the oldest first.
///
/// Each of them asks upstreams again and again, for a client that may have gone away long ago: a
/// connection on which nothing is sent tells nothing. So only the newest ones wait; the oldest is
/// let go for one more.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    calls: Mutex<HashMap<WorkspaceId, Vec<(u64, CancellationToken)>>>,
    /// Numbers are never given twice: one that was let go may end long after.
    next: AtomicU64,
}

/// One of them; it waits no more when this is dropped.
#[derive(Debug)]
pub(crate) struct Waits<'a> {
    waiting: &'a Waiting,
    workspace: WorkspaceId,
    number: u64,
}

impl Waiting {
    /// One more call of this workspace waits, until `let_go` is cancelled; at most `max` do.
    pub(crate) fn begin(
        &self,
        workspace: &WorkspaceId,
        let_go: CancellationToken,
        max: usize,
    ) -> Waits<'_> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let mut all = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = all.entry(workspace.clone()).or_default();
        waiting.push((number, let_go));
        let surplus = waiting.len().saturating_sub(max);
        waiting.drain(..surplus).for_each(|(_, oldest)| oldest.cancel());
        Waits { waiting: self, workspace: workspace.clone(), number }
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        let mut all = self.waiting.calls.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(waiting) = all.get_mut(&self.workspace) {
            waiting.retain(|(number, _)| *number != self.number);
            if waiting.is_empty() {
                all.remove(&self.workspace);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_is_let_go_for_one_more() {
        let waiting = Waiting::default();
        let (mark, justine) = ("ws_mark".parse().unwrap(), "ws_justine".parse().unwrap());
        let tokens: Vec<_> = (0..4).map(|_| CancellationToken::new()).collect();
        let begin = |of, number: usize| waiting.begin(of, tokens[number].clone(), 2);
        let first = begin(&mark, 0);
        let _second = begin(&mark, 1);
        let _other = begin(&justine, 2);
        assert!(tokens.iter().all(|token| !token.is_cancelled()));
        let _third = begin(&mark, 3);
        let gone: Vec<_> = tokens.iter().map(CancellationToken::is_cancelled).collect();
        assert_eq!(gone, [true, false, false, false]);
        drop(first);
        assert_eq!(waiting.calls.lock().unwrap()[&mark].len(), 2);
    }
}
