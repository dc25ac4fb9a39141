//! Tenant boundaries, cached for a few seconds.

use std::sync::Arc;
use std::time::Duration;

use covibe_coolify::Environment;
use covibe_domain::{Failure, Kind, ProjectUuid, Slug};
use covibe_policy::Boundary;
use covibe_upstream::SingleFlights;

use crate::workspace_failures::unprovisioned_workspace;

/// The time for which a project's environments are cached. Their ids are unique per instance and
/// stable; an environment that is added by hand is noticed within this time, and a removed one at
/// once.
const LIFETIME: Duration = Duration::from_secs(10);

/// The maximum number of cached boundaries; beyond it all are evicted, which costs a request each.
const CAPACITY: usize = 10_000;

/// A workspace's project: its boundary and its environments.
#[derive(Debug)]
pub(crate) struct Territory {
    pub(crate) boundary: Boundary,
    environments: Vec<Environment>,
}

impl Territory {
    pub(super) fn new(boundary: Boundary, environments: Vec<Environment>) -> Self {
        Self { boundary, environments }
    }

    /// Returns the key of each environment: its uuid, or its name if it has none.
    pub(crate) fn keys(&self) -> Vec<String> {
        let key = |one: &Environment| one.uuid.clone().unwrap_or_else(|| one.name.clone());
        self.environments.iter().map(key).collect()
    }

    /// Returns the uuid of the environment with this name, or of the only one, because an operator
    /// may have renamed it.
    pub(crate) fn environment(&self, name: &str) -> Option<&str> {
        let named = self.environments.iter().find(|one| one.name == name);
        let only = || match self.environments.as_slice() {
            [only] => Some(only),
            _ => None,
        };
        named.or_else(only)?.uuid.as_deref()
    }
}

/// The boundaries that were fetched recently.
#[derive(Debug)]
pub(crate) struct Boundaries(SingleFlights<ProjectUuid, Arc<Territory>, Failure>);

impl Default for Boundaries {
    fn default() -> Self {
        Self(SingleFlights::new(LIFETIME, CAPACITY))
    }
}

impl Boundaries {
    /// Returns the territory of the workspace with this project.
    pub(crate) async fn for_project(
        &self,
        slug: &Slug,
        project: &ProjectUuid,
        coolify: &covibe_coolify::Client,
    ) -> Result<Arc<Territory>, Failure> {
        // Boxed because it is part of the future of every operation.
        let found = self.0.get(project, Box::pin(fetch(slug, project, coolify))).await?;
        if found.environments.is_empty() {
            // Somebody is mending it.
            self.forget(project);
        }
        Ok(found)
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
) -> Result<Arc<Territory>, Failure> {
    let found = coolify.project(project).await.map_err(|error| lost_project(slug, error.into()))?;
    let ids = found.environments.iter().map(|environment| environment.id).collect();
    let boundary = Boundary::Project { project: project.clone(), environments: ids };
    Ok(Arc::new(Territory::new(boundary, found.environments)))
}

/// Rewords the failure for a project that was deleted by hand, which is not a mistake of the
/// caller.
fn lost_project(slug: &Slug, failure: Failure) -> Failure {
    if failure.kind != Kind::NotFound {
        return failure;
    }
    tracing::warn!(
        workspace = %slug,
        "a workspace's Coolify project no longer exists: restore the project, or run `covibe-server provision`"
    );
    unprovisioned_workspace(slug, "The workspace's Coolify project no longer exists.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn territory(names: &[&str]) -> Territory {
        let environment = |(id, name): (i64, &&str)| Environment {
            id,
            uuid: Some(format!("uuid-of-{name}")),
            name: (*name).to_owned(),
        };
        let environments = (1..).zip(names).map(environment).collect();
        let project = "a".repeat(24).parse().unwrap();
        let boundary = Boundary::Project { project, environments: [].into() };
        Territory::new(boundary, environments)
    }

    #[test]
    fn a_renamed_environment_is_found_if_it_is_the_only_one() {
        let of = |names: &[&str]| territory(names).environment("production").map(str::to_owned);
        assert_eq!(of(&["stage", "production"]).as_deref(), Some("uuid-of-production"));
        assert_eq!(of(&["live"]).as_deref(), Some("uuid-of-live"));
        assert_eq!(of(&["live", "stage"]), None);
        assert_eq!(of(&[]), None);
    }
}
