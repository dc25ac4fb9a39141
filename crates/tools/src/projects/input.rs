//! Texts and links of a project as parameters, and their checks.

use covibe_domain::Failure;
use covibe_domain::entities::Link;
use covibe_policy::{harmless_name, repository_name};
use schemars::JsonSchema;
use serde::Deserialize;

/// The maximum length of a project's text, in characters.
pub(super) const MAX_BODY: u32 = 100_000;

/// The pattern of a text that [`check_line`] accepts, for the OpenAPI document.
pub(super) const LINE: &str = r"^[^\u0000-\u001f\u007f-\u009f]*[^\s\u0000-\u001f\u007f-\u009f][^\u0000-\u001f\u007f-\u009f]*$";

/// Fails if the text is empty, has control characters or has the form of a credential. `param` is the
/// parameter's name.
pub(super) fn check_line(param: &str, text: &str) -> Result<(), Failure> {
    if text.trim().is_empty() || text.contains(char::is_control) {
        return Err(invalid_line(param));
    }
    harmless_name(text)
}

/// Returns the name of a repository of the workspace's organisation that is written as `name` or
/// `organisation/name`. Fails if the text is not such a name, or has the form of a credential.
pub(super) fn checked_repo(written: &str, organisation: &str) -> Result<String, Failure> {
    let name = repository_name(written, organisation)?;
    harmless_name(name)?;
    Ok(name.to_owned())
}

/// Fails if the text has a NUL character, which PostgreSQL can't store.
pub(super) fn check_body(body: &str) -> Result<(), Failure> {
    if body.contains('\0') { Err(nul_in_body()) } else { Ok(()) }
}

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
    #[schemars(extend("x-rule" = "an address with http:// or https:// and without spaces, like https://example.com/design"))]
    #[schemars(example = &"https://example.com/design")]
    url: String,
}

impl From<NewLink> for Link {
    fn from(NewLink { title, url }: NewLink) -> Self {
        Self { title, url }
    }
}

/// Checks the titles of links.
pub(super) fn check_links(links: &[NewLink]) -> Result<(), Failure> {
    links
        .iter()
        .filter_map(|link| link.title.as_deref())
        .try_for_each(|title| check_line("title", title))
}

/// 400: the text is not one line.
fn invalid_line(param: &str) -> Failure {
    Failure::invalid(format!("`{param}` must be one line of text."))
}

/// 400: PostgreSQL can't store the text.
fn nul_in_body() -> Failure {
    Failure::invalid("`body` must be text; it has a NUL character.")
}

/// 400: an update without changes.
pub(super) fn no_changes() -> Failure {
    Failure::invalid("No changes given.").hint("Pass `name`, `kind`, `body`, `repo` or `links`.")
}
