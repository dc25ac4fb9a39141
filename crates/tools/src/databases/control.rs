//! `databases.control`.

use covibe_domain::{DatabaseUuid, Failure};
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::{Hosted, Workspace};
use schemars::JsonSchema;
use serde::Deserialize;

use super::errors::unknown_database;
use crate::start_and_stop::{Action, Control, Controlled, Databases};

/// Stop, start or restart a database; its data stays. Returns the observed state.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct ControlDatabase {
    uuid: DatabaseUuid,
    /// `stop` ends its container, `start` runs it again, `restart` does both, and applies a changed image and
    /// limits.
    action: Action,
}

impl Operation<Workspace> for ControlDatabase {
    const SPEC: Spec = Spec::write("databases.control", Route::post("/databases/{uuid}/control"));

    type Output = Controlled;

    async fn run(self, cx: &Workspace) -> Result<Controlled, Failure> {
        let Self { uuid, action } = self;
        let missing = || unknown_database(&uuid);
        let coolify = cx.coolify().await?;
        // The turn of apps.control, which takes databases too.
        let turn = coolify.source_turn(&uuid).await;
        let found = coolify.database(&uuid).await?;
        if found.flavor.is_none() {
            return Err(missing());
        }
        let resource = Hosted::Database(found);
        if action == Action::Stop {
            coolify.cancel_waiting_deployments(&resource.deployable()).await?;
        }
        let control = Control { cx, coolify: &coolify, resource: &resource, action, service: None };
        control.run(&Databases, turn).await
    }
}
