//! A link of a project, as a caller writes it.

use covibe_domain::Failure;
use covibe_domain::entities::Link;
use schemars::JsonSchema;
use serde::Deserialize;

use super::check_name;

/// A link.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewLink {
    #[serde(default)]
    #[schemars(length(min = 1, max = 100))]
    title: Option<String>,
    /// With http or https, and without a user or password.
    #[schemars(
        length(max = 500),
        regex(pattern = r"^https?://[A-Za-z0-9._:\[\]-]+([/?#][!-~]*)?$")
    )]
    url: String,
}

impl From<NewLink> for Link {
    fn from(NewLink { title, url }: NewLink) -> Self {
        Self { title, url }
    }
}

/// Refuses links that are not fit to be kept.
pub(super) fn check(links: &[NewLink]) -> Result<(), Failure> {
    links
        .iter()
        .filter_map(|link| link.title.as_deref())
        .try_for_each(|title| check_name("title", title))
}
