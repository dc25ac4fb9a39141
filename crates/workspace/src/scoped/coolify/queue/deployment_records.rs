//! The records of deployments that were accepted.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::time::Duration;

use covibe_coolify::{Deployment, Link, Log, LogLine};
use covibe_domain::entities::DeploymentStatus;
use covibe_domain::{AppUuid, Deployable, DeploymentUuid, Failure, HostedUuid, Timestamp, boxed};
use covibe_store::{OpenDeployment, QueueState, QueuedDeployment, Store, WorkspaceRecord};

use crate::cells::{Places, QueueCondition, QueuePosition, QueueSnapshot};
use crate::scoped::Coolify;

/// For how long a list that is being read may lack what was handed over.
const JUST_NOW: Duration = Duration::from_secs(10);

/// By how much the clocks of Coolify and of the database may differ. A larger difference has a deployment run twice whose
/// hand-over was not answered; a larger tolerance takes an earlier one of a person for it, so that it does not run.
const SKEW: Duration = Duration::from_secs(5);

/// A deployment that waits for a place.
#[derive(Clone, Debug)]
pub struct WaitingDeployment {
    /// Its id.
    pub uuid: DeploymentUuid,
    /// Its commit, unless it runs an image.
    pub commit: Option<String>,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// Its position among those that wait, from 1.
    pub position: usize,
    /// The number of deployments in progress.
    pub in_progress: usize,
    /// Why nothing begins at the moment, though there may be places.
    pub held_back: Option<&'static str>,
}

impl WaitingDeployment {
    /// Returns how many deployments begin before it, or are in progress.
    pub fn count_ahead(&self) -> usize {
        self.in_progress + self.position.saturating_sub(1)
    }
}

impl Coolify {
    /// Returns the position of a waiting deployment by Coolify's latest answer; `None` if it does not wait.
    #[boxed]
    pub async fn waiting(&self, id: &DeploymentUuid) -> Result<Option<WaitingDeployment>, Failure> {
        if !id.is_queued() {
            return Ok(None);
        }
        let Some(queued) = self.queued(id).await? else { return Ok(None) };
        if queued.state != QueueState::Waiting {
            return Ok(None);
        }
        let under_way = self.cell.queue.last_under_way().unwrap_or_default();
        let open = self.open_queue().await?;
        let ahead = QueueSnapshot::new(&open, &under_way).position_of(id);
        Ok(ahead.map(|ahead| self.to_waiting(&queued, Some(ahead))))
    }

    /// Returns where a deployment stands; alone where that is not known.
    pub(super) fn to_waiting(
        &self,
        queued: &QueuedDeployment,
        ahead: Option<QueuePosition>,
    ) -> WaitingDeployment {
        let ahead = ahead.unwrap_or(QueuePosition { position: 1, in_progress: 0 });
        let lost =
            self.cell.queue.server_reach.is_lost().then_some(QueueCondition::ServerUnreachable);
        let condition = lost.unwrap_or(self.cell.queue.load.lock().condition);
        WaitingDeployment {
            uuid: queued.id.clone(),
            commit: queued.commit.clone(),
            asked_at: queued.asked_at,
            position: ahead.position,
            in_progress: ahead.in_progress,
            held_back: condition.held_back(),
        }
    }

    /// Returns the places for deployments and starts.
    pub(in crate::scoped::coolify) fn places(&self) -> Places {
        self.cell.places(self.workers, self.ceilings)
    }

    /// Returns what waits or is in progress of all tenants.
    pub(in crate::scoped) async fn open_queue(&self) -> Result<Vec<OpenDeployment>, Failure> {
        let record = &self.origins.record;
        let mut tx = self.origins.store.tenant_read(&record.tenant).await?;
        let open = tx.open_deployments(&record.cell).await?;
        tx.commit().await?;
        Ok(open)
    }

    /// Returns a deployment of the workspace by the id that this server gave it.
    pub(in crate::scoped::coolify) async fn queued(
        &self,
        id: &DeploymentUuid,
    ) -> Result<Option<QueuedDeployment>, Failure> {
        let record = &self.origins.record;
        let mut tx = self.origins.store.tenant_read(&record.tenant).await?;
        let found = tx.queued_deployment(&record.id, id).await?;
        tx.commit().await?;
        Ok(found)
    }

    /// Returns what was accepted of a resource, the newest first.
    pub(in crate::scoped::coolify) async fn queued_of(
        &self,
        resource: impl Into<HostedUuid>,
    ) -> Result<Vec<QueuedDeployment>, Failure> {
        let resource: HostedUuid = resource.into();
        let record = &self.origins.record;
        let mut tx = self.origins.store.tenant_read(&record.tenant).await?;
        let found = tx.queued_deployments(&record.id, &resource).await?;
        tx.commit().await?;
        Ok(found)
    }

    /// Cancels the deployment or start of a resource that waits: it would start what is to stay stopped.
    #[boxed]
    pub async fn cancel_waiting_deployments(&self, resource: &Deployable) -> Result<(), Failure> {
        let record = &self.origins.record;
        let mut tx = self.origins.store.tenant(&record.tenant).await?;
        tx.end_waiting_deployments(&record.id, &resource.uuid(), None).await?;
        Ok(tx.commit().await?)
    }

    /// Writes down that Coolify has a deployment under way no longer.
    pub(in crate::scoped::coolify) async fn end_handed(
        &self,
        uuid: &DeploymentUuid,
    ) -> Result<(), Failure> {
        let record = &self.origins.record;
        let mut tx = self.origins.store.tenant(&record.tenant).await?;
        tx.end_handed_deployment(&record.id, uuid).await?;
        tx.commit().await?;
        self.cell.queue.changed.notify_one();
        Ok(())
    }

    /// Cancels a deployment or start that waits. Returns whether it did.
    #[boxed]
    pub async fn cancel_waiting(&self, id: &DeploymentUuid) -> Result<bool, Failure> {
        let record = &self.origins.record;
        let mut tx = self.origins.store.tenant(&record.tenant).await?;
        let cancelled = tx.cancel_waiting_deployment(&record.id, id).await?;
        tx.commit().await?;
        Ok(cancelled)
    }
}

/// Adds the deployments of an application that Coolify does not know to those that it does, and notes which are over: their
/// places are free.
pub(in crate::scoped) async fn complete_list(
    store: &Store,
    record: &WorkspaceRecord,
    app: &AppUuid,
    listed: Vec<Deployment>,
) -> Result<Vec<Deployment>, Failure> {
    let mut tx = store.tenant_read(&record.tenant).await?;
    let queued = tx.queued_deployments(&record.id, &app.into()).await?;
    tx.commit().await?;
    let over: Vec<_> = queued.iter().filter(|each| has_ended(each, &listed)).collect();
    if !over.is_empty() {
        let mut tx = store.tenant(&record.tenant).await?;
        for each in over {
            tx.end_handed_deployment(&record.id, &each.id).await?;
        }
        tx.commit().await?;
    }
    Ok(with_queued(listed, &queued))
}

/// Returns whether a deployment was handed over, and has ended since.
fn has_ended(queued: &QueuedDeployment, listed: &[Deployment]) -> bool {
    let is_it = |each: &Deployment| queued.deployment.as_ref() == Some(&each.uuid);
    queued.ended_at.is_none() && listed.iter().any(|each| is_it(each) && !each.status.is_open())
}

/// Returns the deployments of an application, the newest first, with those that Coolify does not know.
pub(in crate::scoped) fn with_queued(
    known: Vec<Deployment>,
    queued: &[QueuedDeployment],
) -> Vec<Deployment> {
    let found: Vec<_> = queued
        .iter()
        .filter(|each| each.state == QueueState::Handing)
        .filter_map(|each| Some((each, handed_over(each, queued, &known)?.uuid.clone())))
        .collect();
    let is_found = |each: &QueuedDeployment| found.iter().any(|(other, _)| other.id == each.id);
    let is_unknown = |each: &&QueuedDeployment| match &each.deployment {
        None => !is_found(each),
        Some(uuid) => was_just_handed_over(each) && known.iter().all(|other| other.uuid != *uuid),
    };
    let unknown = queued.iter().filter(|each| each.waited).filter(is_unknown);
    let mut all: Vec<_> = unknown.map(as_deployment).collect();
    all.extend(known.into_iter().map(|each| {
        match found.iter().find(|(other, uuid)| other.waited && *uuid == each.uuid) {
            Some((other, _)) => Deployment { uuid: other.id.clone(), ..each },
            None => known_as(each, queued),
        }
    }));
    // What waits is newer than all that Coolify has.
    all.sort_by_key(|each| {
        let waits = each.uuid.is_queued() && each.is_without_worker;
        (!waits, Reverse(each.created_at))
    });
    all
}

/// Returns whether a deployment was handed over so recently that a list that was read before may lack it.
fn was_just_handed_over(queued: &QueuedDeployment) -> bool {
    queued.ended_at.is_none() && queued.handed_at.is_some_and(|at| at.age() < JUST_NOW)
}

/// Returns the deployment that a killed process handed over, or one whose hand-over was not answered: one of the same commit
/// that is not known from another hand-over, and not older than this one.
pub(super) fn handed_over<'a>(
    queued: &QueuedDeployment,
    rows: &[QueuedDeployment],
    newest: &'a [Deployment],
) -> Option<&'a Deployment> {
    let known: HashSet<_> = rows.iter().filter_map(|row| row.deployment.as_ref()).collect();
    let skew = i64::try_from(SKEW.as_millis()).unwrap_or_default();
    let since = queued.handing_since.unwrap_or(queued.asked_at).as_millis() - skew;
    newest.iter().find(|each| {
        let is_same = each.commit.is_none() || each.commit == queued.commit;
        let is_new = each.created_at.is_none_or(|at| at.as_millis() >= since);
        is_same && is_new && each.is_forced == queued.is_forced && !known.contains(&each.uuid)
    })
}

/// Returns a deployment of Coolify's: one that waited keeps the id by which its caller knows it.
pub(super) fn known_as(deployment: Deployment, queued: &[QueuedDeployment]) -> Deployment {
    let is_it = |each: &&QueuedDeployment| {
        each.waited && each.deployment.as_ref() == Some(&deployment.uuid)
    };
    match queued.iter().find(is_it) {
        Some(found) => Deployment { uuid: found.id.clone(), ..deployment },
        None => deployment,
    }
}

/// Returns a deployment that Coolify does not know, in the form of one that it does.
pub(in crate::scoped) fn as_deployment(queued: &QueuedDeployment) -> Deployment {
    let (status, said) = match queued.state {
        QueueState::Waiting | QueueState::Handing | QueueState::Handed => {
            (DeploymentStatus::Queued, None)
        }
        QueueState::Superseded => {
            let newer = queued.replaced_by.as_ref();
            let said = newer.map(|newer| format!("Deployment {newer} took its place."));
            (DeploymentStatus::Cancelled, said)
        }
        QueueState::Cancelled => (DeploymentStatus::Cancelled, queued.reason.clone()),
        QueueState::Failed => (DeploymentStatus::Failed, queued.reason.clone()),
    };
    let line = |output| LogLine { output, is_of_program: false, timestamp: queued.ended_at };
    Deployment {
        uuid: queued.id.clone(),
        status,
        is_without_worker: status == DeploymentStatus::Queued,
        commit: queued.commit.clone(),
        created_at: Some(queued.asked_at),
        finished_at: queued.ended_at,
        link: Link { project: None, application: queued.application().cloned() },
        has_process: false,
        is_forced: queued.is_forced,
        log: Some(Log { lines: said.map(line).into_iter().collect(), is_cut: false }),
    }
}

#[cfg(test)]
mod tests {
    use covibe_store::HoldTimes;
    use serde_json::json;

    use super::*;

    const MINUTE: i64 = 60_000;

    /// A deployment that was asked for at 0 and is being handed over since an hour later.
    fn handing() -> QueuedDeployment {
        QueuedDeployment {
            id: "q4vm2k9c7w1x8z5b3n6d0".parse().unwrap(),
            workspace: "ws_acme".parse().unwrap(),
            cell: covibe_domain::CellName::default(),
            resource: Deployable::Application("app4567".parse().unwrap()),
            commit: None,
            follows_branch: true,
            is_forced: false,
            state: QueueState::Handing,
            waited: true,
            asked_at: Timestamp::from_millis(0),
            hold: HoldTimes::default(),
            handing_since: Some(Timestamp::from_millis(60 * MINUTE)),
            deployment: None,
            handed_at: None,
            ended_at: None,
            replaced_by: None,
            reason: None,
            confirmed: Vec::new(),
        }
    }

    fn at_coolify(uuid: &str, created: i64) -> Deployment {
        let value = json!({ "deployment_uuid": uuid, "status": "finished" });
        let one: Deployment = serde_json::from_value(value).unwrap();
        Deployment { created_at: Some(Timestamp::from_millis(created)), ..one }
    }

    #[test]
    fn a_deployment_from_before_a_hand_over_does_not_match_it() {
        let persons = at_coolify("person1", 59 * MINUTE);
        let ours = at_coolify("ours456", 60 * MINUTE - 1);
        let (queued, rows) = (handing(), [handing()]);
        let both = [persons.clone(), ours];
        let found = handed_over(&queued, &rows, &both).map(|found| found.uuid.as_str());
        assert_eq!(found, Some("ours456"));
        assert!(handed_over(&queued, &rows, &[persons]).is_none());
    }

    #[test]
    fn a_deployment_of_another_hand_over_does_not_match_it() {
        let ours = at_coolify("ours456", 61 * MINUTE);
        let other = QueuedDeployment { deployment: Some(ours.uuid.clone()), ..handing() };
        assert!(handed_over(&handing(), &[other], std::slice::from_ref(&ours)).is_none());
        let forced = QueuedDeployment { is_forced: true, ..handing() };
        assert!(handed_over(&forced, &[], &[ours]).is_none());
    }
}
