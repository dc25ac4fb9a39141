//! Links of a project as parameters.

use covibe_domain::Failure;
use covibe_domain::entities::Link;
use schemars::JsonSchema;
use serde::Deserialize;

use super::text::{LINE, check_line};

/// A link.
#[derive(Deserialize, JsonSchema)]
// No schema has the name of the function that makes another one in Go: `NewLink`.
#[serde(rename_all = "camelCase")]
#[schemars(rename = "LinkInput")]
pub(super) struct NewLink {
    /// The title.
    #[serde(default)]
    #[schemars(length(min = 1, max = 100))]
    #[schemars(extend("x-pattern" = LINE), example = &"Design")]
    title: Option<String>,
    /// http or https, without a user or password.
    #[schemars(
        length(max = 500),
        regex(pattern = r"^https?://[A-Za-z0-9._:\[\]-]+([/?#][!-~]*)?$")
    )]
    #[schemars(extend("x-rule" = "an address with http:// or https:// and without blanks, like https://example.com/design"))]
    #[schemars(example = &"https://example.com/design")]
    url: String,
}

impl From<NewLink> for Link {
    fn from(NewLink { title, url }: NewLink) -> Self {
        Self { title, url }
    }
}

/// Checks the titles of links.
pub(super) fn check(links: &[NewLink]) -> Result<(), Failure> {
    links
        .iter()
        .filter_map(|link| link.title.as_deref())
        .try_for_each(|title| check_line("title", title))
}
