//! Object storage as answers show it.

use covibe_domain::entities::{StorageProvider, StorageState};
use covibe_workspace::{StorageInjection, StorageView, Usage};
use schemars::JsonSchema;
use serde::Serialize;

/// The workspace's bucket, without any secret.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Storage")]
pub(crate) struct StorageDescription {
    /// The state; on `none`, call storage.provision.
    status: StorageState,
    /// The provider that hosts it.
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<StorageProvider>,
    /// The bucket.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"vibn-ws-mark-k3v9q2xa")]
    bucket: Option<String>,
    /// The location of the data.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"NORTHAMERICA-NORTHEAST1")]
    location: Option<String>,
    /// The region that requests are signed for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"auto")]
    region: Option<String>,
    /// The endpoint for S3, in path style.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(
        example = &"https://storage.googleapis.com"
    )]
    endpoint: Option<String>,
    /// The id of the key, which is not secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"GOOG1E4EXAMPLE")]
    access_key_id: Option<String>,
    /// The contents of the bucket, up to two minutes old.
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<Used>,
    /// The reason why the usage is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"Cloud Storage did not answer in time.")]
    usage_unknown: Option<String>,
    /// The apps that got the key.
    apps: Vec<InjectedApp>,
}

/// The contents of the bucket.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "StorageUsage")]
struct Used {
    /// The number of objects.
    #[schemars(example = 42)]
    objects: u64,
    /// Their total size in bytes.
    #[schemars(example = 1_048_576)]
    bytes: u64,
    /// False if there are more than 20,000 objects, so that not all were counted.
    is_complete: bool,
}

/// An app that got the key.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "StorageApp")]
pub(super) struct InjectedApp {
    /// The app.
    #[schemars(example = &"q8k4wgcsos0ow8ckgcsosw4k")]
    uuid: String,
    /// The prefix of the names of its variables.
    #[schemars(example = &"STORAGE_")]
    prefix: String,
    /// False if it has another key, or may run with the previous one until apps.deploy.
    is_current: bool,
}

impl InjectedApp {
    /// Returns an app; `current` is the id of the current key, and the `undeployed` apps may run with another one.
    pub(super) fn from_injection(
        injection: StorageInjection,
        current: Option<&str>,
        undeployed: &[String],
    ) -> Self {
        let has_current = Some(injection.access_key_id.as_str()) == current;
        let is_current = has_current && !undeployed.contains(&injection.resource);
        Self { uuid: injection.resource, prefix: injection.prefix, is_current }
    }
}

impl From<Usage> for Used {
    fn from(Usage { objects, bytes, is_complete }: Usage) -> Self {
        Self { objects, bytes, is_complete }
    }
}

/// Describes the storage of a workspace that may have none. The `undeployed` apps may run with another key than they
/// have.
pub(super) fn description(view: Option<StorageView>, undeployed: &[String]) -> StorageDescription {
    let Some(StorageView { record, apps, usage }) = view else {
        return StorageDescription {
            status: StorageState::None,
            provider: None,
            bucket: None,
            location: None,
            region: None,
            endpoint: None,
            access_key_id: None,
            usage: None,
            usage_unknown: None,
            apps: Vec::new(),
        };
    };
    let (place, current) = (record.place, record.access_key_id);
    let of = |injection| InjectedApp::from_injection(injection, current.as_deref(), undeployed);
    let apps = apps.into_iter().map(of).collect();
    let (usage, usage_unknown) = match usage {
        Some(Ok(usage)) => (Some(usage.into()), None),
        Some(Err(failure)) => (None, Some(failure.message)),
        None => (None, None),
    };
    StorageDescription {
        status: record.state,
        provider: Some(place.provider),
        bucket: Some(place.bucket),
        location: Some(place.location).filter(|location| !location.is_empty()),
        region: Some(place.region),
        endpoint: Some(place.endpoint),
        access_key_id: current,
        usage,
        usage_unknown,
        apps,
    }
}
