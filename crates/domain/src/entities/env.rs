//! An environment variable of an app.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Revealed;

/// An environment variable as the agent sees it; `value` is absent where it is shown only once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "the flags of a variable are independent")]
pub struct EnvVar {
    /// Its name.
    pub key: String,
    /// Its value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Revealed>,
    /// For preview deployments.
    pub is_preview: bool,
    /// Given to the build as well.
    pub is_build_time: bool,
    /// Taken as it is, without `$VAR` being replaced.
    pub is_literal: bool,
    /// Holds several lines.
    pub is_multiline: bool,
    /// Never shown again.
    pub is_shown_once: bool,
    /// Made by Coolify for the compose file that refers to it; absent where it is not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_generated: bool,
}
