//! `databases.get`.

use covibe_domain::entities::Database;
use covibe_domain::{DatabaseUuid, Failure};
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::Workspace;
use schemars::JsonSchema;
use serde::Deserialize;

use super::errors::unknown_database;
use super::view;

/// Get one database with internalUrl, the connection URL (with password) for the workspace's apps.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct GetDatabase {
    uuid: DatabaseUuid,
}

impl Operation<Workspace> for GetDatabase {
    const SPEC: Spec = Spec::read("databases.get", Route::get("/databases/{uuid}")).discloses();

    type Output = Database;

    async fn run(self, cx: &Workspace) -> Result<Database, Failure> {
        let found = cx.coolify().await?.database(&self.uuid).await?;
        view::with_urls(&found).ok_or_else(|| unknown_database(&self.uuid))
    }
}
