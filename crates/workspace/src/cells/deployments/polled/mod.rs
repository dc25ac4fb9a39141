//! Deployments of applications that callers poll, kept for when the rate budget is spent.
//!
//! Coolify lists the deployments of the whole team that are queued or in progress by one call. All others are unchanged
//! since an application's own list was read, so that one call every few seconds serves all polls. The remaining calls
//! refresh the oldest knowledge: whether the applications of a project still exist, which one call reports for all of
//! them, and their lists.
//!
//! With 200 calls a minute, a hundred agents in twenty workspaces that ask every five seconds see the state of a
//! deployment at most five seconds late, and an app that an operator deleted by hand at most fifteen. With more
//! agents, the latter grows up to two minutes. A deployment that an operator starts by hand and that fails within
//! four seconds may be missing for up to five minutes. An agent is refused only if nothing is kept that is at most
//! ten seconds old.

mod due_reads;
mod kept_deployments;
#[cfg(test)]
mod simulated;
mod upstream_reads;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use covibe_coolify::{Cause, Deployment, Error, Priority};
use covibe_domain::{AppUuid, ProjectUuid};
use covibe_upstream::{SingleFlight, SingleFlights};
use parking_lot::Mutex;
use tokio::time::Instant;

use self::due_reads::{DueReads, due_reads};
use self::kept_deployments::DeploymentsUnderWay;
pub(crate) use self::kept_deployments::KeptDeployments;
pub(crate) use self::upstream_reads::PollSource;

/// The time for which the list of deployments under way is reused.
const UNDER_WAY_FOR: Duration = Duration::from_secs(4);

/// The maximum number of applications; beyond it, those that nobody polls are forgotten, or else all, which costs a few
/// requests each.
const CAPACITY: usize = 1_000;

/// The time for which an application without polls is kept if there is no room for all.
const UNPOLLED_FOR: Duration = Duration::from_mins(1);

/// The record of an application.
#[derive(Debug)]
enum Entry {
    Kept(KeptDeployments),
    /// Something changed at this moment: answers that were requested before are stale.
    Changed(Instant),
}

/// A list, and the time when it was requested.
type Listed = (Instant, Arc<[Deployment]>);

/// The deployments that were read recently, in one cell.
#[derive(Debug)]
pub(crate) struct PolledDeployments {
    under_way: SingleFlight<Arc<DeploymentsUnderWay>, Error>,
    lists: SingleFlights<AppUuid, Listed, Error>,
    kept: Mutex<HashMap<AppUuid, Entry>>,
}

impl Default for PolledDeployments {
    fn default() -> Self {
        let under_way = SingleFlight::new(UNDER_WAY_FOR);
        let lists = SingleFlights::new(Duration::ZERO, CAPACITY);
        Self { under_way, lists, kept: Mutex::default() }
    }
}

impl PolledDeployments {
    /// Returns the deployments of an application of this project, as new as the rate budget allows, but at most ten
    /// seconds old; `None` if none are kept.
    pub(crate) async fn poll(
        &self,
        source: &impl PollSource,
        (app, project): (&AppUuid, &ProjectUuid),
    ) -> Result<Option<Arc<[Deployment]>>, Error> {
        let Some((kept, due)) = self.note_poll(app, project, source.spare_calls()) else {
            return Ok(None);
        };
        if due.presence && !self.confirm(source, app, &kept).await? {
            return Ok(None);
        }
        if due.list {
            let listed = self.list(source, app, Priority::Poll).await;
            if unless_limited(listed, kept.is_listed_recently())?.is_some() {
                return Ok(self.get(app, project).map(|kept| kept.deployments));
            }
        }
        self.current(source, (app, project)).await
    }

    /// Returns the record of an application of this project, with the current states of the deployments under way.
    async fn current(
        &self,
        source: &impl PollSource,
        (app, project): (&AppUuid, &ProjectUuid),
    ) -> Result<Option<Arc<[Deployment]>>, Error> {
        let updated = async {
            let under_way = self.under_way(source).await?;
            if !self.update(app, &under_way) {
                // Somebody waits for this change.
                self.list(source, app, Priority::Urgent).await?;
            }
            Ok(())
        };
        let updated = updated.await;
        let Some(kept) = self.get(app, project) else { return Ok(None) };
        unless_limited(updated, kept.is_current())?;
        Ok(Some(kept.deployments))
    }

    /// Returns the deployments that are under way, at most a few seconds old.
    async fn under_way(&self, source: &impl PollSource) -> Result<Arc<DeploymentsUnderWay>, Error> {
        let fetch = async {
            let asked_at = Instant::now();
            let deployments = source.under_way().await?;
            Ok(Arc::new(DeploymentsUnderWay { asked_at, deployments }))
        };
        self.under_way.get(Box::pin(fetch)).await
    }

    /// Asks which applications of a project still exist. Returns `false` if this one does not.
    async fn confirm(
        &self,
        source: &impl PollSource,
        app: &AppUuid,
        kept: &KeptDeployments,
    ) -> Result<bool, Error> {
        let asked_at = Instant::now();
        let present = source.applications(&kept.territory).await;
        match unless_limited(present, kept.is_confirmed_recently()) {
            Ok(Some(present)) => {
                self.note_present(&kept.project, asked_at, &present);
                Ok(present.contains(app))
            }
            Ok(None) => Ok(true),
            // The project or an environment of it was deleted by hand.
            Err(error) if error.is_not_found() || matches!(error.cause, Cause::Operator(_)) => {
                self.note_change(app);
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// Reads an application's list and keeps it, or forgets an application that does not exist.
    async fn list(
        &self,
        source: &impl PollSource,
        app: &AppUuid,
        priority: Priority,
    ) -> Result<(), Error> {
        let fetch = async {
            let asked_at = Instant::now();
            Ok((asked_at, Arc::from(source.deployments(app, priority).await?)))
        };
        match self.lists.get(app, Box::pin(fetch)).await {
            Ok((asked_at, listed)) => self.keep_list(app, asked_at, &listed),
            Err(error) if error.is_not_found() => self.note_change(app),
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

/// The records of applications.
impl PolledDeployments {
    /// Notes a poll. Returns the record of its application, and the parts that the poll may read anew.
    fn note_poll(
        &self,
        app: &AppUuid,
        project: &ProjectUuid,
        spare: u32,
    ) -> Option<(KeptDeployments, DueReads)> {
        let mut entries = self.kept.lock();
        let Some(Entry::Kept(kept)) = entries.get_mut(app) else { return None };
        if kept.project != *project {
            return None;
        }
        kept.polled_at = Instant::now();
        let kept = kept.clone();
        let all = entries.values().filter_map(|entry| match entry {
            Entry::Kept(kept) => Some(kept),
            Entry::Changed(_) => None,
        });
        let due = due_reads(&kept, all, spare);
        Some((kept, due))
    }

    /// Returns the record of an application of this project.
    fn get(&self, app: &AppUuid, project: &ProjectUuid) -> Option<KeptDeployments> {
        match self.kept.lock().get(app) {
            Some(Entry::Kept(kept)) if kept.project == *project => Some(kept.clone()),
            _ => None,
        }
    }

    /// Records the list of an application, unless the application changed meanwhile.
    pub(crate) fn keep(&self, app: &AppUuid, read: KeptDeployments) {
        let mut entries = self.kept.lock();
        match entries.get_mut(app) {
            Some(Entry::Changed(at)) if *at >= read.listed_at => return,
            Some(Entry::Kept(kept)) if kept.listed_at >= read.listed_at => return,
            Some(_) => {}
            None => make_room(&mut entries),
        }
        entries.insert(app.clone(), Entry::Kept(read));
    }

    /// Notes that an application or its deployments change.
    pub(crate) fn note_change(&self, app: &AppUuid) {
        let mut entries = self.kept.lock();
        make_room(&mut entries);
        entries.insert(app.clone(), Entry::Changed(Instant::now()));
        drop(entries);
        self.under_way.forget();
        self.lists.forget(app);
    }

    /// Records the states of the deployments under way. Returns `false` if the application's list is stale.
    fn update(&self, app: &AppUuid, now: &DeploymentsUnderWay) -> bool {
        match self.kept.lock().get_mut(app) {
            Some(Entry::Kept(kept)) => kept.update(app, now),
            _ => false,
        }
    }

    /// Keeps an application's newer list.
    fn keep_list(&self, app: &AppUuid, asked_at: Instant, listed: &Arc<[Deployment]>) {
        if let Some(Entry::Kept(kept)) = self.kept.lock().get_mut(app) {
            kept.list(asked_at, listed);
        }
    }

    /// Notes the applications of a project that exist, and forgets the others.
    fn note_present(&self, project: &ProjectUuid, asked_at: Instant, present: &HashSet<AppUuid>) {
        self.kept.lock().retain(|app, entry| match entry {
            Entry::Kept(kept) if kept.project == *project => {
                let is_newer = kept.confirmed_at > asked_at;
                kept.confirmed_at = kept.confirmed_at.max(asked_at);
                is_newer || present.contains(app)
            }
            _ => true,
        });
    }
}

/// Forgets applications if there are too many.
fn make_room(entries: &mut HashMap<AppUuid, Entry>) {
    if entries.len() < CAPACITY {
        return;
    }
    let now = Instant::now();
    let is_recent = |at: Instant| now.duration_since(at) < UNPOLLED_FOR;
    entries.retain(|_, entry| match entry {
        Entry::Kept(kept) => is_recent(kept.polled_at),
        Entry::Changed(at) => is_recent(*at),
    });
    if entries.len() >= CAPACITY {
        entries.clear();
    }
}

/// Returns `None` for a call that the rate limit does not allow in time, if the kept answer is good enough.
fn unless_limited<T>(outcome: Result<T, Error>, is_kept_enough: bool) -> Result<Option<T>, Error> {
    match outcome {
        Ok(read) => Ok(Some(read)),
        Err(error) if is_kept_enough && is_limited(&error.cause) => Ok(None),
        Err(error) => Err(error),
    }
}

const fn is_limited(cause: &Cause) -> bool {
    matches!(cause, Cause::Limited { .. } | Cause::Crowded { .. })
}
