//! Parameters of a deletion.

use covibe_coolify::Volumes;
use schemars::JsonSchema;
use serde::Deserialize;

/// The maximum length of a confirmation: that of a name in Coolify.
pub(crate) const MAX_CONFIRM: u32 = 255;

/// The fate of the volumes.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum WithVolumes {
    // No doc comment: it would add a schema to every listing.
    Delete,
}

/// Returns the choice for the volumes; they are kept by default.
pub(crate) fn volumes(asked: Option<WithVolumes>) -> Volumes {
    asked.map_or(Volumes::Keep, |WithVolumes::Delete| Volumes::Delete)
}
