//! `databases.get`.

use covibe_domain::entities::{AppKind, Database};
use covibe_domain::{DatabaseUuid, Deployable, Failure};
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::{Hosted, Workspace};
use schemars::JsonSchema;
use serde::Deserialize;

use super::database_entity;
use super::errors::unknown_database;
use super::public_port::Exposure;
use crate::queued_deployments::waiting_start;
use crate::resource_state::sight;

/// Get one database with internalUrl, the connection URL (with password) for apps.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct GetDatabase {
    uuid: DatabaseUuid,
}

impl Operation<Workspace> for GetDatabase {
    const SPEC: Spec = Spec::read("databases.get", Route::get("/databases/{uuid}")).discloses();

    type Output = Database;

    async fn run(self, cx: &Workspace) -> Result<Database, Failure> {
        let coolify = cx.coolify().await?;
        let found = coolify.database(&self.uuid).await?;
        let shown =
            database_entity::with_urls(&found).ok_or_else(|| unknown_database(&self.uuid))?;
        let is_hand_made = coolify.is_hand_made(&*found).await?;
        let look = async {
            if found.is_public {
                Some(Exposure::look_now(cx, &coolify, &found).await)
            } else {
                None
            }
        };
        let resource = Hosted::Database(found.clone());
        let (exposure, seen) = tokio::join!(look, sight(&coolify, &resource));
        let shown = database_entity::as_seen(shown, &seen);
        let shown = match exposure {
            Some(exposure) => database_entity::with_exposure(shown, exposure),
            None => shown,
        };
        let deployment = waiting_start(&coolify, &Deployable::Database(self.uuid.clone())).await?;
        let kind = is_hand_made.then(|| AppKind::Other.to_string());
        Ok(Database { kind, deployment, ..shown })
    }
}
