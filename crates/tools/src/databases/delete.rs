//! `databases.delete`.

use covibe_domain::{DatabaseUuid, Failure};
use covibe_operation::{Operation, Route, Spec};
use covibe_policy::confirm;
use covibe_workspace::Workspace;
use schemars::JsonSchema;
use serde::Deserialize;

use super::kind::KIND;
use crate::deletion::{self, Deletion, MAX_CONFIRM, WithVolumes};

/// The tool that returns a database.
const GET: &str = "databases.get";

/// Delete a database. Its volume (the data) is kept unless volumes
/// is delete.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct DeleteDatabase {
    uuid: DatabaseUuid,
    /// Its exact name.
    #[serde(default)]
    #[schemars(length(max = MAX_CONFIRM))]
    #[schemars(example = &"shop")]
    confirm: Option<String>,
    #[serde(default)]
    #[schemars(title = "The folders that outlast deployments.")]
    volumes: Option<WithVolumes>,
}

impl Operation<Workspace> for DeleteDatabase {
    const SPEC: Spec = Spec::destroy("databases.delete", Route::delete("/databases/{uuid}"));

    type Output = Deletion;

    async fn run(self, cx: &Workspace) -> Result<Deletion, Failure> {
        let coolify = cx.coolify().await?;
        let database = coolify.database(&self.uuid).await?;
        confirm(self.confirm.as_deref(), &database.name, GET)?;
        coolify.check_host_of_databases().await?;
        let volumes = deletion::volumes(self.volumes);
        coolify.delete_database(&database, volumes).await?;
        cx.journal()
            .forget(KIND, &database.name, database.uuid.as_str())
            .await
            .map_err(Failure::in_doubt)?;
        let gone = deletion::follow(cx, || coolify.has_database(&database)).await;
        Ok(Deletion::new(&self.uuid, gone, volumes, Some(true), GET))
    }
}
