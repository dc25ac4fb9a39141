//! `storage.describe`.

use covibe_domain::Failure;
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::Workspace;
use schemars::JsonSchema;
use serde::Deserialize;

use super::storage_description::{StorageDescription, description};

/// Show the workspace's S3 bucket: address, key id, size, and the apps that use it. Never the secret:
/// storage.inject_env gives that to an app.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct DescribeStorage {}

impl Operation<Workspace> for DescribeStorage {
    const SPEC: Spec = Spec::read("storage.describe", Route::get("/storage"));

    type Output = StorageDescription;

    async fn run(self, cx: &Workspace) -> Result<StorageDescription, Failure> {
        cx.storage().view().await.map(description)
    }
}
