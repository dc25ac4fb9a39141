//! The action of a call: start, stop or restart.

use schemars::JsonSchema;
use serde::Deserialize;

/// The action of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "ControlAction", example = &"restart")]
pub(crate) enum Action {
    Start,
    Stop,
    Restart,
}
