//! The workspace's databases.

use covibe_coolify::{
    Cause, Conflict, CreatedDatabase, Database, DatabasePatch, Error, NewDatabase, Volumes,
};
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
        self.client.create_database(&self.placement, flavor, new).await.map_err(taken)
    }

    /// Changes a database.
    pub async fn update_database(
        &self,
        database: &Owned<Database>,
        patch: &DatabasePatch,
    ) -> Result<(), Failure> {
        self.client.update_database(&database.uuid, patch).await.map_err(taken)
    }

    /// Stops a database and starts it as it is written down now.
    pub async fn restart_database(&self, database: &Owned<Database>) -> Result<(), Failure> {
        Ok(self.client.restart_database(&database.uuid).await?)
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

/// A public port that another database of the server has, be it another workspace's.
fn taken(error: Error) -> Failure {
    match &error.cause {
        Cause::Conflict(Conflict::Port) => {
            Failure::conflict("publicPort is taken by another database.")
                .hint("Pass another publicPort from 1024 to 65535.")
        }
        _ => error.into(),
    }
}
