//! An environment variable of an app.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Revealed;

/// An environment variable as agents see it. `value` is absent if it is shown only once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "the flags of a variable are independent")]
pub struct EnvVar {
    /// Its name.
    #[schemars(example = &"LOG_LEVEL")]
    pub key: String,
    /// Its value.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"info")]
    pub value: Option<Revealed>,
    /// Whether it applies to preview deployments.
    pub is_preview: bool,
    /// Whether the build gets it, too.
    pub is_build_time: bool,
    /// Whether `$VAR` in it is not replaced.
    pub is_literal: bool,
    /// Whether it has several lines.
    pub is_multiline: bool,
    /// Whether it is never shown again.
    pub is_shown_once: bool,
    /// Whether read-only keys see its value; absent if not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_public: bool,
    /// Whether Coolify generated it for the compose file; absent if not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_generated: bool,
}
