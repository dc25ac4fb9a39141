//! What a call does.

use schemars::JsonSchema;
use serde::Deserialize;

// What to do. No doc comments: they would add a schema to every listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "ControlAction", title = "What to do.", example = &"restart")]
pub(crate) enum Action {
    Start,
    Stop,
    Restart,
}
