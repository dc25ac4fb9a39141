//! The resources that the workspace deleted, whose volumes may still be on a docker host.

use covibe_domain::{
    AppUuid, DatabaseUuid, Failure, HostedUuid, ServerUuid, ServiceUuid, Timestamp,
};
use covibe_policy::{Boundary, Owned};
use covibe_store::DeletedResource;

use super::Coolify;

impl Coolify {
    /// Records that a resource is about to be deleted, because afterwards nothing else shows its workspace. While the
    /// resource exists, the record has no effect.
    pub(super) async fn note_deletion(
        &self,
        uuid: &str,
        server: Option<&ServerUuid>,
    ) -> Result<(), Failure> {
        let record = &self.origins.record;
        let workspace = record.id.clone();
        let deleted = DeletedResource { workspace, uuid: uuid.to_owned(), server: server.cloned() };
        let mut tx = self.origins.store.tenant(&record.tenant).await?;
        tx.insert_deleted_resource(&deleted, Timestamp::now()).await?;
        Ok(tx.commit().await?)
    }

    /// Returns whether Coolify has no application, service or database with this uuid, in any project.
    pub(crate) async fn is_gone(&self, uuid: &HostedUuid) -> Result<bool, Failure> {
        if let Ok(app) = uuid.as_str().parse::<AppUuid>()
            && self.client.find_application(&app).await?.is_some()
        {
            return Ok(false);
        }
        if let Ok(service) = uuid.as_str().parse::<ServiceUuid>()
            && self.client.find_service(&service).await?.is_some()
        {
            return Ok(false);
        }
        match uuid.as_str().parse::<DatabaseUuid>() {
            Ok(database) => Ok(self.client.find_database(&database).await?.is_none()),
            Err(_) => Ok(true),
        }
    }

    /// Returns the record of a resource that Coolify no longer has; `None` if it never was the workspace's.
    pub(in crate::scoped) async fn deleted(
        &self,
        uuid: &str,
    ) -> Result<Option<Owned<DeletedResource>>, Failure> {
        let record = &self.origins.record;
        let mut tx = self.origins.store.tenant_read(&record.tenant).await?;
        let deleted = tx.deleted_resource(&record.id, uuid).await?;
        tx.commit().await?;
        deleted.map(|it| Boundary::Workspace(record.id.clone()).admit(it)).transpose()
    }
}
