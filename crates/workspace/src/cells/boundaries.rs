//! Tenant boundaries, cached for a few seconds.

use std::sync::Arc;
use std::time::Duration;

use covibe_domain::{Failure, Kind, ProjectUuid, Slug};
use covibe_policy::Boundary;
use covibe_upstream::SingleFlights;

use crate::errors::unprovisioned;

/// How long a project's environments are cached. Their ids are unique per instance and stable; an
/// environment that is added by hand is noticed within this time.
const LIFETIME: Duration = Duration::from_secs(10);

/// The maximum number of cached boundaries; beyond it all are evicted, which costs a request each.
const CAPACITY: usize = 10_000;

/// The boundaries that were fetched recently.
#[derive(Debug)]
pub(crate) struct Boundaries(SingleFlights<ProjectUuid, Arc<Boundary>, Failure>);

impl Default for Boundaries {
    fn default() -> Self {
        Self(SingleFlights::new(LIFETIME, CAPACITY))
    }
}

impl Boundaries {
    /// Returns the boundary of the workspace with this project.
    pub(crate) async fn of(
        &self,
        slug: &Slug,
        project: &ProjectUuid,
        coolify: &covibe_coolify::Client,
    ) -> Result<Arc<Boundary>, Failure> {
        // Boxed because it is part of the future of every operation.
        self.0.get(project, Box::pin(fetch(slug, project, coolify))).await
    }

    /// Evicts a boundary that is about to change; the result of a fetch in progress is not cached.
    pub(crate) fn forget(&self, project: &ProjectUuid) {
        self.0.forget(project);
    }
}

async fn fetch(
    slug: &Slug,
    project: &ProjectUuid,
    coolify: &covibe_coolify::Client,
) -> Result<Arc<Boundary>, Failure> {
    let found = coolify.project(project).await.map_err(|error| lost(slug, error.into()))?;
    let environments = found.environments.into_iter().map(|environment| environment.id).collect();
    Ok(Arc::new(Boundary::Project { project: project.clone(), environments }))
}

/// Rewords the failure for a project that was deleted by hand, which is not the caller's mistake.
fn lost(slug: &Slug, failure: Failure) -> Failure {
    if failure.kind != Kind::NotFound {
        return failure;
    }
    unprovisioned(slug, "The workspace's Coolify project no longer exists.")
}
