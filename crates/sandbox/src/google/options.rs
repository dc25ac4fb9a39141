//! Options of a simulated Google Cloud.

use std::time::Duration;

use crate::core::Setting;

/// The default time until a new account or key is known everywhere: long enough that nobody can rely on it, but
/// shorter than the minute that Google takes.
const LAG: Duration = Duration::from_millis(200);

/// The id of its one project.
pub(super) const PROJECT: &str = "covibe-sandbox";

/// Options of a simulated Google Cloud.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The project's settings.
    pub settings: Settings,
}

/// The settings of the project, which [`crate::Simulator::set`] replaces while it runs.
#[derive(Clone, Debug)]
pub struct Settings {
    /// True if the service account's key is disabled.
    pub key_disabled: bool,
    /// True if Cloud DNS is disabled in the project.
    pub api_disabled: bool,
    /// True if the service account lacks its role.
    pub role_missing: bool,
    /// The quota of zones.
    pub zones: usize,
    /// The quota of record sets of a zone.
    pub rrsets_per_zone: usize,
    /// The domains for which Google gives no zone, with their final dots.
    pub reserved: Vec<String>,
    /// The settings of object storage.
    pub storage: StorageSettings,
}

/// The settings of the project for service accounts and buckets.
#[derive(Clone, Debug)]
pub struct StorageSettings {
    /// True if IAM and Cloud Storage are disabled in the project.
    pub api_disabled: bool,
    /// True if the service account lacks the roles for both.
    pub role_missing: bool,
    /// The quota of service accounts.
    pub accounts: usize,
    /// The time until a new account or key is known everywhere.
    pub lag: Duration,
    /// The constraint of the organisation that forbids HMAC keys.
    pub forbidden_keys: Option<&'static str>,
    /// The location that the organisation forbids, in capitals.
    pub forbidden_location: Option<String>,
    /// The number of names of new buckets that turn out to belong to other customers.
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
