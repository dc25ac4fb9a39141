//! Tenant boundaries, cached for a few seconds.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use covibe_domain::{Failure, Kind, ProjectUuid, Slug};
use covibe_policy::Boundary;

use crate::errors::unprovisioned;

/// How long a project's environments are believed. Their ids are instance-wide and stable; one
/// that is added by hand is seen within this time.
const LIFETIME: Duration = Duration::from_secs(10);

/// How many are kept; past that all are forgotten, which costs a request each.
const CAPACITY: usize = 10_000;

/// What a look brought. Whoever holds the lock looks, and the others wait for it: each look costs
/// a call of the budget.
type Slot = Arc<tokio::sync::Mutex<Option<Looked>>>;

#[derive(Debug)]
struct Looked {
    ended: Instant,
    outcome: Result<Arc<Boundary>, Failure>,
}

/// The boundaries that were fetched lately.
#[derive(Debug, Default)]
pub(crate) struct Boundaries(Mutex<HashMap<ProjectUuid, Slot>>);

impl Boundaries {
    /// The boundary of the workspace with this project.
    pub(crate) async fn of(
        &self,
        slug: &Slug,
        project: &ProjectUuid,
        coolify: &covibe_coolify::Client,
    ) -> Result<Arc<Boundary>, Failure> {
        let arrived = Instant::now();
        let slot = self.slot(project);
        let mut slot = slot.lock().await;
        if let Some(looked) = slot.as_ref().filter(|looked| looked.serves(arrived)) {
            return looked.outcome.clone();
        }
        let outcome = look(slug, project, coolify).await;
        *slot = Some(Looked { ended: Instant::now(), outcome: outcome.clone() });
        outcome
    }

    /// Forgets a boundary that is about to change; what a look brings that is under way is for
    /// those who wait for it, and is not remembered.
    pub(crate) fn forget(&self, project: &ProjectUuid) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(project);
    }

    fn slot(&self, project: &ProjectUuid) -> Slot {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = known.get(project) {
            return Arc::clone(slot);
        }
        if known.len() >= CAPACITY {
            known.clear();
        }
        Arc::clone(known.entry(project.clone()).or_default())
    }
}

impl Looked {
    /// A failure serves those who were waiting for it, nobody later; where the budget was spent,
    /// each has a turn of its own.
    fn serves(&self, arrived: Instant) -> bool {
        match &self.outcome {
            Ok(_) => self.ended.elapsed() < LIFETIME,
            Err(failure) => failure.kind != Kind::Limited && arrived < self.ended,
        }
    }
}

async fn look(
    slug: &Slug,
    project: &ProjectUuid,
    coolify: &covibe_coolify::Client,
) -> Result<Arc<Boundary>, Failure> {
    let found = coolify.project(project).await.map_err(|error| lost(slug, error.into()))?;
    let environments = found.environments.into_iter().map(|environment| environment.id).collect();
    Ok(Arc::new(Boundary::Project { project: project.clone(), environments }))
}

/// A project that was deleted by hand is no mistake of the caller's.
fn lost(slug: &Slug, failure: Failure) -> Failure {
    if failure.kind != Kind::NotFound {
        return failure;
    }
    unprovisioned(slug, "The workspace's Coolify project no longer exists.")
}
