//! How a simulated Google Cloud is set up.

use std::time::Duration;

use crate::core::Setting;

/// How long it takes by default until a new account or key is known everywhere: long enough that nobody can
/// rely on it, and not the minute that Google takes.
const LAG: Duration = Duration::from_millis(200);

/// The id of its one project.
pub(super) const PROJECT: &str = "covibe-sandbox";

/// How a simulated Google Cloud is set up.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The project's settings.
    pub settings: Settings,
}

/// The settings of the project, which [`crate::Simulator::set`] replaces while it runs.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whether the service account's key is disabled.
    pub key_disabled: bool,
    /// Whether Cloud DNS is disabled in the project.
    pub api_disabled: bool,
    /// Whether the service account lacks its role.
    pub role_missing: bool,
    /// The quota of zones.
    pub zones: usize,
    /// The quota of record sets of a zone.
    pub rrsets_per_zone: usize,
    /// The domains that Google gives no zone for, with their final dots.
    pub reserved: Vec<String>,
    /// What is set for object storage.
    pub storage: StorageSettings,
}

/// The settings of the project that are about service accounts and buckets.
#[derive(Clone, Debug)]
pub struct StorageSettings {
    /// Whether IAM and Cloud Storage are disabled in the project.
    pub api_disabled: bool,
    /// Whether the service account lacks the roles for both.
    pub role_missing: bool,
    /// The quota of service accounts.
    pub accounts: usize,
    /// How long it takes until a new account or key is known everywhere.
    pub lag: Duration,
    /// The constraint of the organisation that forbids HMAC keys.
    pub forbidden_keys: Option<&'static str>,
    /// The location that the organisation forbids, in capitals.
    pub forbidden_location: Option<String>,
    /// How many of the names that buckets are to get turn out to be other customers'.
    pub taken_names: usize,
}

impl Default for StorageSettings {
    fn default() -> Self {
        Self {
            api_disabled: false,
            role_missing: false,
            accounts: 100,
            lag: LAG,
            forbidden_keys: None,
            forbidden_location: None,
            taken_names: 0,
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            key_disabled: false,
            api_disabled: false,
            role_missing: false,
            zones: 10_000,
            rrsets_per_zone: 10_000,
            reserved: Vec::new(),
            storage: StorageSettings::default(),
        }
    }
}

impl Setting for Settings {}
