//! The workspace's databases.

use covibe_coolify::{CreatedDatabase, Database, DatabasePatch, NewDatabase, Volumes};
use covibe_domain::entities::Flavor;
use covibe_domain::{DatabaseUuid, Failure};
use covibe_policy::Owned;

use super::Coolify;

impl Coolify {
    /// The workspace's databases.
    pub async fn databases(&self) -> Result<Vec<Owned<Database>>, Failure> {
        Ok(self.boundary.keep(self.client.databases().await?))
    }

    /// A database of the workspace.
    pub async fn database(&self, uuid: &DatabaseUuid) -> Result<Owned<Database>, Failure> {
        self.admit(self.client.database(uuid).await, uuid.as_str(), "databases.list")
    }

    /// Makes a database.
    pub async fn create_database(
        &self,
        flavor: Flavor,
        new: &NewDatabase,
    ) -> Result<CreatedDatabase, Failure> {
        Ok(self.client.create_database(&self.place, flavor, new).await?)
    }

    /// Changes a database.
    pub async fn update_database(
        &self,
        database: &Owned<Database>,
        patch: &DatabasePatch,
    ) -> Result<(), Failure> {
        Ok(self.client.update_database(&database.uuid, patch).await?)
    }

    /// Queues the removal of a database.
    pub async fn delete_database(
        &self,
        database: &Owned<Database>,
        volumes: Volumes,
    ) -> Result<(), Failure> {
        Ok(self.client.delete_database(&database.uuid, volumes).await?)
    }

    /// Whether a database that was the workspace's is still there.
    pub async fn has_database(&self, database: &Owned<Database>) -> Result<bool, Failure> {
        Ok(self.client.find_database(&database.uuid).await?.is_some())
    }
}
