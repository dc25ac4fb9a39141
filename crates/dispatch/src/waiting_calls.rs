//! The limit on calls of a workspace that wait for an outcome.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

use covibe_domain::WorkspaceId;
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

/// The waiting calls by workspace, the oldest first.
///
/// Each of them polls upstreams for a client that may have disconnected long ago, which an idle
/// connection does not reveal. So only the newest ones wait: one more ends the oldest wait.
#[derive(Debug, Default)]
pub(crate) struct WaitingCalls {
    calls: Mutex<HashMap<WorkspaceId, Vec<(u64, CancellationToken)>>>,
    /// Numbers are never reused: a call whose wait was ended may finish long after.
    next: AtomicU64,
}

/// The registration of one waiting call, which ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Wait<'a> {
    waiting: &'a WaitingCalls,
    workspace: WorkspaceId,
    number: u64,
}

impl WaitingCalls {
    /// Registers a waiting call, which ends its wait when `end` is cancelled. At most `max` calls of
    /// the workspace wait.
    pub(crate) fn begin(
        &self,
        workspace: &WorkspaceId,
        end: CancellationToken,
        max: usize,
    ) -> Wait<'_> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let mut all = self.calls.lock();
        let waiting = all.entry(workspace.clone()).or_default();
        waiting.push((number, end));
        let surplus = waiting.len().saturating_sub(max);
        waiting.drain(..surplus).for_each(|(_, oldest)| oldest.cancel());
        Wait { waiting: self, workspace: workspace.clone(), number }
    }
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        let mut all = self.waiting.calls.lock();
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
    fn a_waiting_call_beyond_the_maximum_cancels_the_oldest() {
        let waiting = WaitingCalls::default();
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
        assert_eq!(waiting.calls.lock()[&mark].len(), 2);
    }
}
