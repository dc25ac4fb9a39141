//! `databases.delete`.

use covibe_domain::{DatabaseUuid, Failure};
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::{Hosted, Workspace};
use schemars::JsonSchema;
use serde::Deserialize;

use super::database_entity::KIND;
use crate::deletion::{Deletion, DeletionRequest, MAX_CONFIRM, WithVolumes, delete, volumes};

/// The tool that returns a database.
const GET: &str = "databases.get";

/// Delete a database. Its volume (the data) is kept by default.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct DeleteDatabase {
    uuid: DatabaseUuid,
    /// The database's exact name: without it, nothing is deleted.
    #[serde(default)]
    #[schemars(length(max = MAX_CONFIRM))]
    #[schemars(example = &"shop")]
    confirm: Option<String>,
    /// `delete` removes the volumes, too. Default: they are kept.
    #[serde(default)]
    volumes: Option<WithVolumes>,
}

impl Operation<Workspace> for DeleteDatabase {
    const SPEC: Spec = Spec::destroy("databases.delete", Route::delete("/databases/{uuid}"));

    type Output = Deletion;

    async fn run(self, cx: &Workspace) -> Result<Deletion, Failure> {
        let coolify = cx.coolify().await?;
        let request = DeletionRequest {
            uuid: self.uuid.as_str(),
            confirm: self.confirm.as_deref(),
            volumes: volumes(self.volumes),
            kind: KIND,
            get: GET,
        };
        let found = coolify.database(&self.uuid).await.map(Hosted::Database);
        delete(cx, &coolify, request, found, async |_| Ok(None)).await
    }
}
