//! `storage.provision`.

use covibe_domain::{AppUuid, Failure, Kind};
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::{StorageInjection, StorageWork, Workspace};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::storage_description::{StorageDescription, description};
use super::variables::inject;

/// Create the workspace's S3 bucket with its own key, or the missing parts. Safe to repeat. Call storage.inject_env
/// next.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProvisionStorage {
    /// Create a new key, even for apps that already have one.
    #[serde(default)]
    #[schemars(extend("x-explicit" = true))]
    rotate: Option<bool>,
}

/// The bucket, and the apps that got a new key.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ProvisionedStorage")]
pub(crate) struct ProvisionedStorage {
    /// The bucket.
    storage: StorageDescription,
    /// Apps that got a new key.
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
const PREVIOUS: &str = "Call apps.deploy for each app in `needsDeploy`. Until then, they use the \
                        previous key. The next storage.provision call without rotate removes that \
                        key.";

/// The hint for a call that asks for another key before a rotation has ended, and gets none.
const UNDER_WAY: &str = "No new key was created: the previous rotation had not finished. Call \
                         apps.deploy for each app in `needsDeploy`, then storage.provision without \
                         rotate, which removes the previous key; then rotate again if the current \
                         key has leaked.";

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
        let storage = description(cx.storage().view().await?);
        let hint = match needs_deploy.is_empty() {
            _ if rotates && !is_new => Some(UNDER_WAY),
            false => Some(PREVIOUS),
            true => None,
        };
        Ok(ProvisionedStorage { storage, needs_deploy, failed, hint })
    }
}

/// Creates the parts that are missing, and gives the current key to the apps that have another one. Their containers
/// run with the other one until they are deployed, so it ends only with a later call that finds no such app.
async fn renew_keys(
    cx: &Workspace,
    work: &mut StorageWork<'_>,
    rotates: bool,
) -> Result<Renewed, Failure> {
    let mut renewed = Renewed { is_new: work.make(rotates).await?, ..Renewed::default() };
    for app in work.outdated_injections().await? {
        match renew(cx, work, &app).await {
            Ok(true) => renewed.needs_deploy.push(app.resource),
            Ok(false) => {}
            Err(failure) => {
                let resource = &app.resource;
                tracing::warn!(%failure, resource, "an app did not get the current key of object storage");
                renewed.failed.push(app.resource);
            }
        }
    }
    if (renewed.needs_deploy.is_empty() && !rotates) || !work.is_used().await? {
        work.end_rotation().await?;
    }
    for names in [&mut renewed.needs_deploy, &mut renewed.failed] {
        names.sort_unstable();
        names.dedup();
    }
    Ok(renewed)
}

/// Gives an app the current key. Returns whether it has to be deployed; one that is gone is forgotten.
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
