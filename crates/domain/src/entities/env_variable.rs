//! An environment variable of an app.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Revealed;

/// An environment variable as agents see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "the flags of a variable are independent")]
pub struct EnvVar {
    /// Its name.
    #[schemars(example = &"LOG_LEVEL")]
    pub key: String,
    /// Its value; absent if it is shown only once.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"info")]
    pub value: Option<Revealed>,
    /// True if it applies to preview deployments.
    pub is_preview: bool,
    /// True if the build gets it, too.
    pub is_build_time: bool,
    /// True if references such as `$VAR` in its value are not expanded.
    pub is_literal: bool,
    /// True if its value has several lines.
    pub is_multiline: bool,
    /// True if its value is never shown after it was set.
    pub is_shown_once: bool,
    /// True if read-only keys see its value; otherwise absent.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_public: bool,
    /// True if Coolify generated it for the compose file; otherwise absent.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_generated: bool,
}
