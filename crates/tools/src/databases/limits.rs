//! Limits of a database's container.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// 0 is unlimited.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[schemars(rename = "DatabaseLimits")]
pub(super) struct Limits {
    /// Like 512m.
    #[serde(default)]
    #[schemars(regex(pattern = r"^(0|([6-9]|[1-9]\d{1,5})m|[1-9]\d{0,2}g)$"))]
    #[schemars(example = &"512m")]
    pub(super) memory: Option<String>,
    #[serde(default)]
    #[schemars(regex(pattern = r"^\d{1,3}(\.\d{1,2})?$"))]
    #[schemars(title = "The number of CPUs.", example = &"0.5")]
    pub(super) cpus: Option<String>,
}

impl From<Limits> for covibe_coolify::Limits {
    fn from(limits: Limits) -> Self {
        Self { memory: limits.memory, cpus: limits.cpus }
    }
}
