//! `storage.provision`.

use covibe_domain::{AppUuid, Failure, Kind};
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::{StorageInjection, StorageWork, Workspace};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::storage_description::{StorageDescription, description};
use super::undeployed_apps::undeployed_apps;
use super::variables::inject;

/// Create the workspace's S3 bucket and its key, or whichever is missing. Safe to repeat. Call storage.inject_env next.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProvisionStorage {
    /// Create a new key, even for apps that already have one.
    #[serde(default)]
    #[schemars(extend("x-explicit" = true))]
    rotate: Option<bool>,
}

/// The bucket, and the apps that do not run with the current key yet.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ProvisionedStorage")]
pub(crate) struct ProvisionedStorage {
    /// The bucket.
    storage: StorageDescription,
    /// Apps to deploy: they were not seen to run with the current key.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(example = vec!["q8k4wgcsos0ow8ckgcsosw4k"])]
    needs_deploy: Vec<String>,
    /// Apps that still have the previous key, which stays valid. Call again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(example = vec!["q8k4wgcsos0ow8ckgcsosw4k"])]
    failed: Vec<String>,
    /// The next step.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"Call apps.deploy for each app in `needsDeploy`.")]
    hint: Option<&'static str>,
}

/// The hint while apps may run with the previous key.
const PREVIOUS: &str = "The previous key stays valid, because the server has not seen the apps in \
                        `needsDeploy` run with the new one. Call apps.deploy for each of them. Once they \
                        run, call storage.provision without `rotate`: it removes the previous key.";

/// The hint for a call that asks for another key while apps may run with the previous one, and gets none.
const UNDER_WAY: &str = "No new key was created: the previous rotation has not finished, because \
                         the server has not seen the apps in `needsDeploy` run with the current \
                         key. Call \
                         apps.deploy for each of them, then storage.provision without `rotate`, \
                         which removes the previous key; then rotate again if the current key has \
                         leaked.";

/// The hint for a call that asks for another key, and gets none because it continues a rotation.
const CONTINUED: &str = "No new key was created: this call continued the previous rotation. Rotate \
                         again if the current key has leaked.";

/// The apps that were to get a new key.
#[derive(Default)]
struct Renewed {
    /// True if a key was created.
    is_new: bool,
    needs_deploy: Vec<String>,
    failed: Vec<String>,
}

impl Operation<Workspace> for ProvisionStorage {
    // With rotate, it is not idempotent: once a rotation has ended, the next call begins another one.
    const SPEC: Spec = Spec::write("storage.provision", Route::post("/storage/provision"));

    type Output = ProvisionedStorage;

    async fn run(self, cx: &Workspace) -> Result<ProvisionedStorage, Failure> {
        cx.check_ready()?;
        let mut work = cx.storage().begin().await?;
        let rotates = self.rotate.unwrap_or_default();
        let renewed = renew_keys(cx, &mut work, rotates).await;
        work.release().await;
        let Renewed { is_new, needs_deploy, failed } = renewed?;
        let storage = description(cx.storage().view().await?, &needs_deploy);
        let hint = match (rotates && !is_new, needs_deploy.is_empty()) {
            (true, false) => Some(UNDER_WAY),
            (true, true) => Some(CONTINUED),
            (false, false) => Some(PREVIOUS),
            (false, true) => None,
        };
        Ok(ProvisionedStorage { storage, needs_deploy, failed, hint })
    }
}

/// Creates the parts that are missing, and gives the current key to the apps that have another one. Their containers
/// run with the other one until they are deployed, so it ends only when no such container may be left.
async fn renew_keys(
    cx: &Workspace,
    work: &mut StorageWork<'_>,
    rotates: bool,
) -> Result<Renewed, Failure> {
    let mut renewed = Renewed { is_new: work.make(rotates).await?, ..Renewed::default() };
    let mut changed = Vec::new();
    for app in work.outdated_injections().await? {
        match renew(cx, work, &app).await {
            Ok(true) => changed.push(app.resource),
            Ok(false) => {}
            Err(failure) => {
                let resource = &app.resource;
                tracing::warn!(%failure, resource, "an app did not get the current key of object storage");
                renewed.failed.push(app.resource);
            }
        }
    }
    // The answer of the call that changed the others may have been lost.
    let is_rotating = work.record().previous_key_id.is_some();
    let mut injections = work.current_injections().await?;
    injections.retain(|one| is_rotating || changed.contains(&one.resource));
    renewed.needs_deploy = undeployed_apps(cx, &injections).await;
    if renewed.needs_deploy.is_empty() {
        work.end_rotation().await?;
    }
    for names in [&mut renewed.needs_deploy, &mut renewed.failed] {
        names.sort_unstable();
        names.dedup();
    }
    Ok(renewed)
}

/// Gives an app the current key. Returns whether it got it; one that is gone is forgotten.
async fn renew(
    cx: &Workspace,
    work: &StorageWork<'_>,
    app: &StorageInjection,
) -> Result<bool, Failure> {
    let Ok(uuid) = AppUuid::try_from(app.resource.clone()) else {
        work.forget_app(&app.resource).await?;
        return Ok(false);
    };
    match inject(cx, work, &uuid, &app.prefix).await {
        Ok(_) => Ok(true),
        Err(failure) if failure.kind == Kind::NotFound => {
            work.forget_app(&app.resource).await?;
            Ok(false)
        }
        Err(failure) => Err(failure),
    }
}
