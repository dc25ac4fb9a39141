//! The health check of an app.

use std::borrow::Cow;

use covibe_coolify::{Application, HealthCheck, HealthTiming};
use covibe_domain::Failure;
use covibe_domain::shell::HealthPath;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use crate::resource_names::{self, whole};

/// A request by which Coolify finds out whether a new container works.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::apps) struct HealthCheckParams {
    /// The path to request, such as `/health`.
    #[schemars(length(max = 200))]
    #[schemars(extend("x-pattern" = whole(HealthPath::PATTERN)), example = &"/health")]
    path: String,
    /// The port to request, such as 3000. Default: the first of ports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 65_535))]
    #[schemars(example = 3000)]
    port: Option<u16>,
    /// Seconds from one request to the next. Default: 5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 300), example = 10)]
    interval: Option<u16>,
    /// Seconds to wait for an answer. Default: 5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 300), example = 3)]
    timeout: Option<u16>,
    /// Failed requests in a row that make the container unhealthy. Default: 10.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 30), example = 6)]
    retries: Option<u16>,
    /// Seconds after a start in which failed requests do not count. Default: 5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 600), example = 30)]
    start_period: Option<u16>,
}

impl HealthCheckParams {
    fn timing(&self) -> HealthTiming {
        let default = HealthTiming::default();
        HealthTiming {
            interval: self.interval.unwrap_or(default.interval),
            timeout: self.timeout.unwrap_or(default.timeout),
            retries: self.retries.unwrap_or(default.retries),
            start_period: self.start_period.unwrap_or(default.start_period),
        }
    }
}

/// A health check, or `false` for none. Its schema is that of the health check.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(untagged)]
pub(in crate::apps) enum HealthCheckInput {
    /// `false`: no health check.
    Switch(bool),
    /// The health check.
    Check(HealthCheckParams),
}

impl JsonSchema for HealthCheckInput {
    fn schema_name() -> Cow<'static, str> {
        "HealthCheckInput".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = HealthCheckParams::json_schema(generator);
        schema.remove("description");
        schema
    }
}

// Its schema has no bounds.
/// The health check of an application, as a caller passes it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "HealthCheck")]
pub(in crate::apps) struct ShownCheck {
    /// The path to request.
    #[schemars(example = &"/health")]
    path: String,
    /// The port of the container.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = 3000)]
    port: Option<i64>,
    /// The seconds from one request to the next.
    #[schemars(example = 5)]
    interval: u16,
    /// The seconds to wait for an answer.
    #[schemars(example = 5)]
    timeout: u16,
    /// The number of failed requests in a row that make the container unhealthy.
    #[schemars(example = 10)]
    retries: u16,
    /// The seconds after a start in which failed requests do not count.
    #[schemars(example = 30)]
    start_period: u16,
}

impl ShownCheck {
    /// Returns the health check of an application; `None` if it has none.
    pub(in crate::apps) fn from_application(app: &Application) -> Option<Self> {
        let HealthTiming { interval, timeout, retries, start_period } = HealthTiming::read(app);
        app.health_check_enabled.then(|| Self {
            path: app.health_check_path.clone().unwrap_or_else(|| "/".to_owned()),
            port: app.health_check_port,
            interval,
            timeout,
            retries,
            start_period,
        })
    }
}

impl HealthCheckInput {
    /// Returns whether it asks for a health check.
    pub(in crate::apps) fn is_on(&self) -> bool {
        matches!(self, Self::Check(_))
    }

    /// Returns the health check to request from Coolify. `param` is the parameter's name in
    /// failures.
    pub(in crate::apps) fn to_request(&self, param: &str) -> Result<HealthCheck, Failure> {
        let Self::Check(check) = self else { return Ok(HealthCheck::Off) };
        let path = resource_names::shell_text(&format!("{param}.path"), &check.path)?;
        Ok(HealthCheck::Http { path, port: check.port, timing: check.timing() })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn parse_request(input: &Value) -> Result<HealthCheck, Failure> {
        let input: HealthCheckInput = serde_json::from_value(input.clone()).unwrap();
        input.to_request("healthCheck")
    }

    #[test]
    fn rejects_a_path_with_a_meaning_to_a_shell() {
        let refused = parse_request(&json!({ "path": "/up;id" })).unwrap_err();
        assert_eq!(refused.message, "`healthCheck.path` is not allowed.");
        assert_eq!(parse_request(&json!(false)), Ok(HealthCheck::Off));
    }

    #[test]
    fn a_health_check_equals_only_the_same_settings_in_coolify() {
        let app = json!({ "uuid": "zg4cwgc44ogc08804000gggo", "health_check_enabled": true,
                          "health_check_path": "/up", "health_check_port": "3000",
                          "health_check_start_period": 5 });
        let app: Application = serde_json::from_value(app).unwrap();
        assert!(parse_request(&json!({ "path": "/up", "port": 3000 })).unwrap().is_of(&app));
        for other in [
            json!({ "path": "/", "port": 3000 }),
            json!({ "path": "/up" }),
            json!({ "path": "/up", "port": 3000, "startPeriod": 60 }),
            json!({ "path": "/up", "port": 3000, "interval": 60 }),
            json!({ "path": "/up", "port": 3000, "timeout": 60 }),
            json!({ "path": "/up", "port": 3000, "retries": 3 }),
            json!(false),
        ] {
            assert!(!parse_request(&other).unwrap().is_of(&app), "{other}");
        }
    }
}
