//! The health check of an application.

use covibe_domain::shell::HealthPath;
use serde_json::{Map, Value, json};

use super::Application;

/// The check by which Coolify finds out whether a new container works before it removes the old
/// one.
///
/// The request is made in the container, by curl or wget: an image without both never passes. A
/// `HEALTHCHECK` of the image's Dockerfile applies where this is off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HealthCheck {
    /// Nothing.
    Off,
    /// It requests a path until it is answered.
    Http {
        /// The path.
        path: HealthPath,
        /// The container's port; the first of the application's ports by default.
        port: Option<u16>,
        /// Its times.
        timing: HealthTiming,
    },
}

/// The times of a health check, with Coolify's own defaults (4.3.11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HealthTiming {
    /// The seconds from one request to the next.
    pub interval: u16,
    /// The seconds to wait for an answer.
    pub timeout: u16,
    /// The number of requests in a row that fail before the container counts as unhealthy.
    pub retries: u16,
    /// The seconds from the start in which failed requests do not count.
    pub start_period: u16,
}

impl Default for HealthTiming {
    fn default() -> Self {
        Self { interval: 5, timeout: 5, retries: 10, start_period: 5 }
    }
}

impl HealthTiming {
    /// Returns Coolify's fields with their values.
    const fn fields(self) -> [(&'static str, u16); 4] {
        [
            ("health_check_interval", self.interval),
            ("health_check_timeout", self.timeout),
            ("health_check_retries", self.retries),
            ("health_check_start_period", self.start_period),
        ]
    }

    /// Returns the times of an application's health check, with the defaults for those that an
    /// answer does not show.
    pub fn read(app: &Application) -> Self {
        let or = |shown: Option<i64>, default| {
            shown.and_then(|seconds| u16::try_from(seconds).ok()).unwrap_or(default)
        };
        let default = Self::default();
        Self {
            interval: or(app.health_check_interval, default.interval),
            timeout: or(app.health_check_timeout, default.timeout),
            retries: or(app.health_check_retries, default.retries),
            start_period: or(app.health_check_start_period, default.start_period),
        }
    }
}

impl HealthCheck {
    pub(super) fn add_to(&self, body: &mut Map<String, Value>) {
        let mut set = |field: &str, value: Value| body.insert(field.to_owned(), value);
        let Self::Http { path, port, timing } = self else {
            set("health_check_enabled", json!(false));
            return;
        };
        set("health_check_enabled", json!(true));
        set("health_check_path", json!(path.as_str()));
        set("health_check_port", json!(port.map(|port| port.to_string())));
        for (field, value) in timing.fields() {
            set(field, json!(value));
        }
    }

    /// Returns whether an application has this health check.
    pub fn is_of(&self, app: &Application) -> bool {
        let Self::Http { path, port, timing } = self else {
            return !app.health_check_enabled;
        };
        app.health_check_enabled
            && app.health_check_path.as_deref() == Some(path.as_str())
            && app.health_check_port == port.map(i64::from)
            && *timing == HealthTiming::read(app)
    }
}
