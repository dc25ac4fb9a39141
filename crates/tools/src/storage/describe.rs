//! `storage.describe`.

use covibe_domain::Failure;
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::{StorageView, Workspace};
use schemars::JsonSchema;
use serde::Deserialize;

use super::storage_description::{StorageDescription, description};
use super::undeployed_apps::undeployed_apps;

/// Show the workspace's S3 bucket: address, key id, size, and the apps that use it. Omits the secret:
/// storage.inject_env gives it to an app.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct DescribeStorage {}

impl Operation<Workspace> for DescribeStorage {
    const SPEC: Spec = Spec::read("storage.describe", Route::get("/storage"));

    type Output = StorageDescription;

    async fn run(self, cx: &Workspace) -> Result<StorageDescription, Failure> {
        let view = cx.storage().view().await?;
        // Without a previous key, no app can run with it.
        let is_rotating = |view: &&StorageView| view.record.previous_key_id.is_some();
        let undeployed = match view.as_ref().filter(is_rotating) {
            Some(view) => undeployed_apps(cx, &view.apps).await,
            None => Vec::new(),
        };
        Ok(description(view, &undeployed))
    }
}
