//! The contents of a project, read by one call for each of its environments.
//!
//! Lists, names and hosts come from these contents, which are kept for two seconds for that project alone. No
//! operation reads a list of the whole instance, which takes longer the more workspaces there are, with two
//! exceptions: a database that `databases.update` opens needs a port that no other database has, and KeyDB,
//! Dragonfly and ClickHouse are missing in the answer. `crates/tools/tests/it/call_budget.rs` bounds the calls of
//! each operation, and `scale.rs` checks that they do not grow with other workspaces.
//!
//! A creation claims its hosts, reads the contents once for names and hosts, and creates. The other
//! calls prove something: the settings that Coolify stored are read back before a deployment (it
//! may drop one and answer 200); the deployments in progress are read before another is handed
//! over; a repository's clone URL and commit are set by a PATCH, because Coolify takes them at no
//! creation; and a compose app is patched once more after its last change, because only then
//! Coolify starts exactly the file that it returns.

use std::sync::Arc;

use covibe_domain::{ProjectUuid, boxed};
use covibe_upstream::{Bounds, Error, LongText};

use crate::client::Client;
use crate::records::{Contents, EnvironmentContents};

/// The limits of an environment's answer. The compose files in it are whole up to the length that a
/// tool takes, each with the file that Coolify generates of it.
///
/// An environment belongs to one workspace, so that nobody else's size matters here.
const BOUNDS: Bounds = Bounds {
    body: 256 * 1024 * 1024,
    kept: 64 * 1024 * 1024,
    text: 512 * 1024,
    long: LongText::Length,
};

impl Client {
    /// Returns the contents of a project, at most about two seconds old. `environments` are the
    /// uuids or names of all of its environments.
    ///
    /// # Errors
    ///
    /// Not found if the project does not exist, [`Cause::Operator`](crate::Cause::Operator) if one of
    /// the environments does not.
    #[boxed]
    pub async fn contents(
        &self,
        project: &ProjectUuid,
        environments: &[String],
    ) -> Result<Arc<Contents>, Error> {
        let found = self.fetch_contents(project, environments).await?;
        if found.was_read_from(environments) {
            return Ok(found);
        }
        // An environment was added or deleted meanwhile.
        self.shared.contents.forget(project);
        self.fetch_contents(project, environments).await
    }

    async fn fetch_contents(
        &self,
        project: &ProjectUuid,
        environments: &[String],
    ) -> Result<Arc<Contents>, Error> {
        let earlier = self.shared.contents.last_value(project);
        let fetch = async {
            let mut contents = Contents::empty_for(environments);
            for environment in environments {
                contents.add(self.environment(project, environment).await?);
            }
            contents.share_files(earlier.as_deref());
            Ok(Arc::new(contents))
        };
        self.shared.contents.get(project, fetch).await
    }

    async fn environment(
        &self,
        project: &ProjectUuid,
        key: &str,
    ) -> Result<EnvironmentContents, Error> {
        let request = self.transport.get("/projects/{uuid}/{environment}");
        request.segment(project.as_str()).segment(key).streamed_asked(BOUNDS).await
    }
}
