//! Storing a batch of a companion.

use std::time::Duration;

use covibe_domain::companion::{
    ActivityItem, ActivityKey, BatchAnswer, ItemAnswer, ItemBody, ItemStatus, MAX_ITEM_BYTES,
    Machine, SnapshotBody,
};
use covibe_domain::{Actor, Failure, Timestamp, boxed};
use covibe_policy::Principal;
use covibe_store::{ActivityKind, ActivityState, Tx};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::item_validation::{check_machine, is_sound};
use super::state_merge::{Skew, Stored, later_snapshot, merged_session};
use crate::platform::Platform;

/// The time for which the ids of items are known.
const KNOWN_IDS: Duration = Duration::from_hours(7 * 24);

/// The maximum number of worktrees, and of sessions, of a workspace.
const MAX_STATES: i64 = 5_000;

/// A batch whose items have not been read: a bad one spoils no other.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReceivedBatch {
    /// The machine that sent it.
    pub machine: Machine,
    /// When it was sent, by the clock of the machine.
    pub sent_at: Timestamp,
    /// Its items.
    pub items: Vec<Box<RawValue>>,
}

impl Platform {
    /// Returns the salt of the caller's workspace for the keys of its activity, and when the caller's key expires.
    #[boxed]
    pub async fn companion_terms(
        &self,
        by: &Principal,
    ) -> Result<(String, Option<Timestamp>), Failure> {
        let fresh = hex::encode(covibe_crypto::random::<32>());
        let mut tx = self.store.tenant(&by.tenant).await?;
        let salt = tx.activity_salt(&by.workspace, &fresh).await?;
        let keys = tx.keys(&by.workspace).await?;
        tx.commit().await?;
        let own = keys.into_iter().find(|key| Actor::Key(key.id.clone()) == by.actor);
        Ok((salt, own.and_then(|key| key.expires_at)))
    }

    /// Stores a batch in the caller's workspace, and returns what became of each item, and the overlaps with the
    /// worktrees that are stored then. No other change waits for the comparison, which begins after the commit.
    ///
    /// # Errors
    ///
    /// Invalid for a machine with texts that are not allowed. A bad item is rejected alone.
    #[boxed]
    pub async fn ingest_activity(
        &self,
        by: &Principal,
        batch: &ReceivedBatch,
    ) -> Result<BatchAnswer, Failure> {
        check_machine(&batch.machine)?;
        let skew = Skew::between(batch.sent_at, Timestamp::now());
        let _turn = self.turns.activity_batches.acquire(&by.tenant).await;
        let (items, snapshots) = self.store_items(by, batch, skew).await?;
        let compared = self.overlaps(by, &batch.machine.id, snapshots).await;
        // The items are stored. A repeated batch would have only duplicates, which are not compared.
        let overlaps = compared.unwrap_or_else(|failure| {
            tracing::warn!(workspace = %by.slug, %failure, "the activity could not be compared with that of other machines");
            Vec::new()
        });
        Ok(BatchAnswer { items, overlaps })
    }

    /// Stores the items of a batch. Returns what became of each, and the accepted snapshots with their repositories.
    async fn store_items(
        &self,
        by: &Principal,
        batch: &ReceivedBatch,
        skew: Skew,
    ) -> Result<(Vec<ItemAnswer>, Vec<(ActivityKey, SnapshotBody)>), Failure> {
        let mut tx = self.store.tenant(&by.tenant).await?;
        // Batches of one workspace follow one another, so that a state is read and written by one of them at a time.
        tx.lock_workspace(&by.workspace).await?;
        let kept = self.settings().retention.activity;
        let mut ingest = Ingest { by, machine: &batch.machine, kept, skew, snapshots: Vec::new() };
        let mut items = Vec::with_capacity(batch.items.len());
        for raw in &batch.items {
            items.push(ingest.store(&mut tx, raw.get()).await?);
        }
        tx.commit().await?;
        Ok((items, ingest.snapshots))
    }

    /// Forgets what a machine sent of a repository, and everything that it took before now.
    #[boxed]
    pub async fn forget_activity(
        &self,
        by: &Principal,
        machine: &ActivityKey,
        repo: &ActivityKey,
    ) -> Result<(), Failure> {
        let mut tx = self.store.tenant(&by.tenant).await?;
        tx.lock_workspace(&by.workspace).await?;
        let kept = self.settings().retention.activity;
        tx.forget_activity(&by.workspace, machine, repo, kept).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// The common parts of the items of a batch.
struct Ingest<'a> {
    by: &'a Principal,
    machine: &'a Machine,
    kept: Duration,
    skew: Skew,
    /// The snapshots that were accepted, with their repositories.
    snapshots: Vec<(ActivityKey, SnapshotBody)>,
}

impl Ingest<'_> {
    async fn store(&mut self, tx: &mut Tx, raw: &str) -> Result<ItemAnswer, Failure> {
        let read = serde_json::from_str::<ActivityItem>(raw).ok();
        let id = read.as_ref().map_or_else(|| bare_id(raw), |item| item.id.clone());
        let answer = |status, code: Option<&str>| ItemAnswer {
            id: id.clone(),
            status,
            code: code.map(str::to_owned),
        };
        let rejected = |code| Ok(answer(ItemStatus::Rejected, Some(code)));
        if raw.len() > MAX_ITEM_BYTES {
            return rejected("too_large");
        }
        let Some(item) = read.filter(is_sound) else { return rejected("invalid") };
        let at = self.skew.correct(item.taken_at);
        let (workspace, machine) = (&self.by.workspace, &self.machine.id);
        let forgotten = tx.activity_forgotten_at(workspace, machine, &item.repo.key).await?;
        if forgotten.is_some_and(|forgotten| at <= forgotten) {
            return rejected("forgotten");
        }
        let (kind, key) = subject(&item.body);
        let old = tx.activity_state(workspace, kind, machine, key).await?;
        if old.is_none() && tx.count_activity_states(workspace, kind).await? >= MAX_STATES {
            return rejected("limit");
        }
        if !tx.claim_activity_item(workspace, machine, &item.id, KNOWN_IDS).await? {
            return Ok(answer(ItemStatus::Duplicate, None));
        }
        self.apply(tx, item, at, old).await?;
        Ok(answer(ItemStatus::Accepted, None))
    }

    /// Writes the state that follows from an item and the state before it.
    async fn apply(
        &mut self,
        tx: &mut Tx,
        item: ActivityItem,
        at: Timestamp,
        old: Option<ActivityState>,
    ) -> Result<(), Failure> {
        let (kind, subject) = subject(&item.body);
        let (workspace, machine) = (&self.by.workspace, &self.machine.id);
        let (subject, repo) = (subject.clone(), item.repo.key.clone());
        let machine_name = self.machine.name.clone();
        let (at, details) = match item.body {
            ItemBody::Snapshot(new) => {
                self.snapshots.push((repo.clone(), new.clone()));
                let old = old.and_then(|old| Some((old.at, Stored::read(&old.details)?.state)));
                let (at, state) = match old {
                    Some(old) => later_snapshot(old, (at, new)),
                    None => (at, new),
                };
                (at, Stored { machine: machine_name, repo: item.repo, state }.text()?)
            }
            ItemBody::Session(new) => {
                let new = covibe_domain::companion::Session {
                    started_at: self.skew.correct(new.started_at),
                    last_event_at: self.skew.correct(new.last_event_at),
                    ended_at: new.ended_at.map(|at| self.skew.correct(at)),
                    ..new
                };
                let state = match old.and_then(|old| Stored::read(&old.details)) {
                    Some(Stored { state: old, .. }) => merged_session(old, new),
                    None => new,
                };
                let at = state.last_event_at;
                (at, Stored { machine: machine_name, repo: item.repo, state }.text()?)
            }
        };
        let state = ActivityState { machine: machine.clone(), subject, repo, details, at };
        tx.put_activity_state(workspace, kind, &state, self.kept).await?;
        Ok(())
    }
}

fn subject(body: &ItemBody) -> (ActivityKind, &ActivityKey) {
    match body {
        ItemBody::Snapshot(snapshot) => (ActivityKind::Worktree, &snapshot.worktree.key),
        ItemBody::Session(session) => (ActivityKind::Session, &session.key),
    }
}

/// Returns the id of an invalid item, if it has one, so that its sender recognizes it.
fn bare_id(raw: &str) -> String {
    #[derive(Deserialize)]
    struct Bare {
        id: String,
    }
    let id = serde_json::from_str::<Bare>(raw).map(|bare| bare.id).unwrap_or_default();
    covibe_domain::names::displayable(&id, 36)
}
