//! Sends the queue: first what is to be forgotten, then batches.

use std::time::{Duration, Instant};

use covibe_domain::Timestamp;
use covibe_domain::companion::{ActivityItem, Batch, MAX_BATCH_BYTES, MAX_BATCH_ITEMS};

use super::sync_round::Watcher;
use crate::git::{Location, locate};
use crate::origin::Origin;
use crate::queue::{Content, Entry, ItemName, Priority, Queue};
use crate::uplink::{
    BatchResult, Call, CallError, ItemFate, Judgement, Uplink, judge_batch, judge_forget,
};

/// The number of batches for a server in a round.
const BATCHES: usize = 20;

/// The size of a batch without its items, in bytes.
const OVERHEAD: usize = 2048;

/// The time after which an item is sent again that the server did not store this time.
const DEFERRED: Duration = Duration::from_mins(1);

impl<U: Uplink> Watcher<U> {
    /// Sends what is queued to the servers that may be called now.
    pub(super) async fn flush(&mut self) {
        self.servers.refresh(&self.home);
        for server in self.servers.all.clone() {
            if self.backoff.is_open(&self.home, &server) {
                self.flush_server(&server).await;
            }
        }
    }

    async fn flush_server(&mut self, server: &Origin) {
        let home = self.home.clone();
        let queue = Queue::new(&home);
        self.deferred.retain(|_, until| *until > Instant::now());
        let pending = queue.pending(server);
        let forget = pending.iter().filter(|name| name.priority() == Priority::Forget);
        for name in forget.cloned().collect::<Vec<_>>() {
            if !self.forget(server, &queue, &name).await {
                return;
            }
        }
        // Without the rules, nobody knows what is private.
        if self.rules.reason_is_unknown() {
            return;
        }
        for _ in 0..BATCHES {
            let batch = self.next_batch(server, &queue);
            if batch.is_empty() || !self.send(server, &queue, batch).await {
                return;
            }
        }
    }

    /// Asks a server to forget a repository. Returns whether it may be asked more.
    async fn forget(&mut self, server: &Origin, queue: &Queue<'_>, name: &ItemName) -> bool {
        let Some(Entry { content: Content::Forget(repo), .. }) = queue.read(name) else {
            return true;
        };
        let machine = self.machine.id.clone();
        let answer =
            self.uplink.call(server, Call::Forget { repo: &repo, machine: &machine }).await;
        match judge_forget(answer) {
            Judgement::Done(()) => {
                queue.remove(name);
                self.report.forgotten += 1;
                self.backoff.note_success(&self.home, server);
                true
            }
            // It stays queued: a request to forget is not given up.
            Judgement::Forbidden | Judgement::Invalid | Judgement::TooLarge => {
                let later = Judgement::<()>::Later(None, "it refused to forget".to_owned());
                self.note_failure(server, later);
                false
            }
            other => {
                self.note_failure(server, other);
                false
            }
        }
    }

    /// Returns the next items, the most urgent and newest first, as many as fit.
    fn next_batch(&mut self, server: &Origin, queue: &Queue<'_>) -> Vec<(ItemName, ActivityItem)> {
        let limit = self.batch_limits.get(server).copied().unwrap_or(MAX_BATCH_ITEMS);
        let (mut batch, mut size) = (Vec::new(), OVERHEAD);
        for name in queue.pending(server) {
            if batch.len() >= limit {
                break;
            }
            if name.priority() == Priority::Forget || self.deferred.contains_key(&name.id()) {
                continue;
            }
            let Some(entry) = queue.read(&name) else { continue };
            let item_size = entry.wire_size() + 1;
            if size + item_size > MAX_BATCH_BYTES {
                break;
            }
            if self.is_private(&entry) {
                self.drop_repository(&entry.common_dir);
                queue.purge(&entry.common_dir);
                continue;
            }
            if let Content::Item(item) = entry.content {
                size += item_size;
                batch.push((name, item));
            }
        }
        batch
    }

    /// Returns whether a repository has become private since its item was queued.
    fn is_private(&self, entry: &Entry) -> bool {
        let stored = || Location {
            worktree: entry.worktree.clone(),
            git_dir: entry.common_dir.clone(),
            common_dir: entry.common_dir.clone(),
        };
        let place = locate(&entry.worktree).filter(|place| place.common_dir == entry.common_dir);
        self.rules.reason(&place.unwrap_or_else(stored)).is_some()
    }

    /// Sends a batch. Returns whether another one may follow.
    async fn send(
        &mut self,
        server: &Origin,
        queue: &Queue<'_>,
        batch: Vec<(ItemName, ActivityItem)>,
    ) -> bool {
        let (names, items): (Vec<ItemName>, Vec<ActivityItem>) = batch.into_iter().unzip();
        let ids: Vec<String> = items.iter().map(|item| item.id.clone()).collect();
        let body = Batch { machine: self.machine.clone(), sent_at: Timestamp::now(), items };
        let answer = self.uplink.call(server, Call::Batch(&body)).await;
        match judge_batch(&ids, answer) {
            Judgement::Done(result) => self.settle(server, queue, &names, result),
            Judgement::TooLarge | Judgement::Invalid => self.halve(server, queue, &names),
            Judgement::Forbidden => {
                for name in &names {
                    queue.remove(name);
                }
                self.report.rejected += names.len();
                self.log.fail(server.as_str(), "it does not accept this activity");
                let later =
                    Judgement::<()>::Later(None, "it does not accept this activity".to_owned());
                self.note_failure(server, later);
                false
            }
            other => {
                self.note_failure(server, other);
                false
            }
        }
    }

    /// Does with each item what the server said of it.
    fn settle(
        &mut self,
        server: &Origin,
        queue: &Queue<'_>,
        names: &[ItemName],
        result: BatchResult,
    ) -> bool {
        let mut is_any_settled = false;
        for (name, outcome) in names.iter().zip(&result.outcomes) {
            match outcome {
                ItemFate::Stored => {
                    queue.remove(name);
                    self.report.sent += 1;
                }
                ItemFate::Rejected(code) => {
                    queue.quarantine(name);
                    self.report.rejected += 1;
                    self.log.fail(&format!("{server} rejected an item"), code);
                }
                ItemFate::Retry => {
                    self.deferred.insert(name.id(), Instant::now() + DEFERRED);
                }
            }
            is_any_settled |= *outcome != ItemFate::Retry;
        }
        self.overlaps.insert(server.clone(), result.overlaps);
        // A batch after one that passed may be larger.
        if let Some(limit) = self.batch_limits.get_mut(server) {
            *limit = limit.saturating_mul(2).min(MAX_BATCH_ITEMS);
        }
        if is_any_settled {
            self.backoff.note_success(&self.home, server);
        } else {
            let later = Judgement::<()>::Later(None, "it stored nothing this time".to_owned());
            self.note_failure(server, later);
        }
        is_any_settled
    }

    /// Sends fewer items at once; a single one that is refused goes to quarantine. Returns whether another batch may
    /// follow.
    fn halve(&mut self, server: &Origin, queue: &Queue<'_>, names: &[ItemName]) -> bool {
        if let [name] = names {
            queue.quarantine(name);
            self.report.rejected += 1;
            self.log.fail(&format!("{server} rejected an item"), "it is not understood");
        } else {
            self.batch_limits.insert(server.clone(), (names.len() / 2).max(1));
        }
        true
    }

    /// Notes why a server is not called for a while.
    pub(super) fn note_failure<T>(&mut self, server: &Origin, judgement: Judgement<T>) {
        match judgement {
            Judgement::Unauthorized => {
                self.backoff.note_unauthorized(&self.home, server);
                self.log.fail(server.as_str(), "the key was refused: run `covibe-local login`");
            }
            Judgement::Later(wait, reason) => {
                self.backoff.note_failure(&self.home, server, wait, &reason);
            }
            _ => self.backoff.note_failure(&self.home, server, None, "it refused the call"),
        }
    }
}

/// Returns the error of a call for a person.
pub(super) fn describe(error: &CallError) -> String {
    error.to_string()
}
