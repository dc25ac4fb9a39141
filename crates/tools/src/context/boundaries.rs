//! Tenant boundaries, remembered for a moment.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use covibe_domain::{Failure, Kind, ProjectUuid};
use covibe_policy::Boundary;

/// How long a project's environments are believed. Their ids are instance-wide and stable; one
/// that is added by hand is seen within this time.
const LIFETIME: Duration = Duration::from_secs(10);

/// How many are kept; past that all are forgotten, which costs a request each.
const CAPACITY: usize = 10_000;

/// The boundaries that were fetched lately.
#[derive(Debug, Default)]
pub(super) struct Boundaries(Mutex<HashMap<ProjectUuid, (Instant, Arc<Boundary>)>>);

impl Boundaries {
    /// The boundary of the workspace with this project.
    pub(super) async fn of(
        &self,
        project: &ProjectUuid,
        coolify: &covibe_coolify::Client,
    ) -> Result<Arc<Boundary>, Failure> {
        if let Some(known) = self.fresh(project) {
            return Ok(known);
        }
        let found = coolify.project(project).await.map_err(|error| lost(error.into()))?;
        let environments = found.environments;
        let environments = environments.into_iter().map(|environment| environment.id).collect();
        let boundary = Arc::new(Boundary::Project { project: project.clone(), environments });
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= CAPACITY {
            known.clear();
        }
        known.insert(project.clone(), (Instant::now(), Arc::clone(&boundary)));
        Ok(boundary)
    }

    fn fresh(&self, project: &ProjectUuid) -> Option<Arc<Boundary>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, boundary) = known.get(project)?;
        (at.elapsed() < LIFETIME).then(|| Arc::clone(boundary))
    }
}

/// A project that was deleted by hand is no mistake of the caller's.
fn lost(failure: Failure) -> Failure {
    if failure.kind != Kind::NotFound {
        return failure;
    }
    Failure::unready("The workspace's Coolify project is gone.")
        .hint("Tell the operator: the workspace must be provisioned again.")
}
