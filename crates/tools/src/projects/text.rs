//! Checks of the texts of a project.

use covibe_domain::Failure;
use covibe_policy::{harmless_name, repository_name};

use super::errors::{invalid_line, nul_in_body};

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
