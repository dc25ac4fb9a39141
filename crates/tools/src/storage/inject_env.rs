//! `storage.inject_env`.

use covibe_domain::{AppUuid, Failure};
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::{StorageWork, Workspace};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::variables::{Injected, LONGEST, PREFIX, PREFIX_RULE, USUAL, inject};

/// Give an app the workspace's bucket as variables for any S3 SDK: STORAGE_ENDPOINT, _REGION, _BUCKET,
/// _ACCESS_KEY_ID, _SECRET_ACCESS_KEY, _FORCE_PATH_STYLE. Call apps.deploy next.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InjectStorage {
    uuid: AppUuid,
    /// The prefix of the variables' names, such as `S3_`. Default: `STORAGE_`.
    #[serde(default)]
    #[schemars(length(min = 1, max = LONGEST), regex(pattern = PREFIX))]
    #[schemars(extend("x-rule" = PREFIX_RULE))]
    #[schemars(example = &"S3_")]
    prefix: Option<String>,
}

/// The variables that were set.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "InjectedStorage")]
pub(crate) struct InjectedStorage {
    /// The names of the variables.
    #[schemars(example = vec!["STORAGE_ENDPOINT", "STORAGE_BUCKET"])]
    written: Vec<String>,
    /// True if the change takes effect only after apps.deploy.
    needs_deploy: bool,
}

impl Operation<Workspace> for InjectStorage {
    const SPEC: Spec =
        Spec::write("storage.inject_env", Route::post("/storage/inject-env")).idempotent();

    type Output = InjectedStorage;

    async fn run(self, cx: &Workspace) -> Result<InjectedStorage, Failure> {
        let prefix = self.prefix.as_deref().unwrap_or(USUAL);
        // Before anything is recorded: the app has to be the workspace's.
        cx.coolify().await?.app(&self.uuid).await?;
        let work = cx.storage().work().await?;
        let injected = begin_and_inject(cx, &work, &self.uuid, prefix).await;
        work.release().await;
        let Injected { names, has_changed } = injected?;
        Ok(InjectedStorage { written: names, needs_deploy: has_changed })
    }
}

async fn begin_and_inject(
    cx: &Workspace,
    work: &StorageWork<'_>,
    uuid: &AppUuid,
    prefix: &str,
) -> Result<Injected, Failure> {
    work.key()?;
    work.begin_injection(uuid.as_str(), prefix).await?;
    inject(cx, work, uuid, prefix).await
}
