//! How a simulated Google Cloud is set up.

use crate::core::Setting;

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
        }
    }
}

impl Setting for Settings {}
