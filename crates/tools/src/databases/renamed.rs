//! Renaming a database.
//!
//! Its name is how agents call it; its host name is its uuid, which stays.

use covibe_coolify::{Database, DatabasePatch};
use covibe_domain::Failure;
use covibe_policy::Owned;
use covibe_workspace::{Coolify, Workspace};

use super::kind::KIND;
use crate::rename::Rename;

/// A database that is being renamed.
pub(super) struct Renamed<'a> {
    /// The workspace's Coolify.
    pub(super) coolify: &'a Coolify,
    /// The database, as it was before.
    pub(super) database: &'a Owned<Database>,
}

impl Rename for Renamed<'_> {
    const KIND: &'static str = KIND;

    const LIST: &'static str = "databases.list";

    fn name(&self) -> &str {
        &self.database.name
    }

    async fn other_names(&self, cx: &Workspace) -> Result<Vec<String>, Failure> {
        let databases = cx.coolify().await?.refreshed().databases().await?;
        let others = databases.iter().filter(|each| each.uuid != self.database.uuid);
        Ok(others.map(|each| each.name.clone()).collect())
    }

    async fn write_name(&self, name: &str) -> Result<(), Failure> {
        let patch = DatabasePatch { name: Some(name.to_owned()), ..DatabasePatch::default() };
        self.coolify.update_database(self.database, &patch).await
    }
}
