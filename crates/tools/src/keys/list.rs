//! `GET …/keys`.

use covibe_domain::Failure;
use covibe_domain::entities::ApiKey;
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::Workspace;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// List the workspace's API keys, without their tokens.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct ListKeys {}

/// The keys that are not revoked, newest first.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ApiKeys")]
pub(crate) struct Keys {
    /// The keys.
    keys: Vec<ApiKey>,
}

impl Operation<Workspace> for ListKeys {
    const SPEC: Spec = Spec::read("keys.list", Route::get("/keys")).rest_only().early();

    type Output = Keys;

    async fn run(self, cx: &Workspace) -> Result<Keys, Failure> {
        Ok(Keys { keys: cx.keys().list().await? })
    }
}
