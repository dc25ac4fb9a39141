//! The health check of an application.

use covibe_domain::shell::HealthPath;
use serde_json::{Map, Value, json};

use super::Application;

/// The seconds that Coolify waits before failed checks count, unless a check says otherwise (4.3.11).
const START_PERIOD: u16 = 5;

/// What Coolify does to find out whether a new container works before it removes the old one.
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
        /// The seconds that failed checks do not count from the start; 5 by default.
        start_period: Option<u16>,
    },
}

impl HealthCheck {
    pub(super) fn add_to(&self, body: &mut Map<String, Value>) {
        let mut set = |field: &str, value: Value| body.insert(field.to_owned(), value);
        let Self::Http { path, port, start_period } = self else {
            set("health_check_enabled", json!(false));
            return;
        };
        set("health_check_enabled", json!(true));
        set("health_check_path", json!(path.as_str()));
        set("health_check_port", json!(port.map(|port| port.to_string())));
        set("health_check_start_period", json!(start_period.unwrap_or(START_PERIOD)));
    }

    /// Returns whether an application has this health check.
    pub fn is_of(&self, app: &Application) -> bool {
        let Self::Http { path, port, start_period } = self else {
            return !app.health_check_enabled;
        };
        let start_period = start_period.unwrap_or(START_PERIOD);
        app.health_check_enabled
            && app.health_check_path.as_deref() == Some(path.as_str())
            && app.health_check_port == port.map(i64::from)
            && app.health_check_start_period == Some(i64::from(start_period))
    }
}
