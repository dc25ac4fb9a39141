//! Checks the resource that an upstream returned for a creation.

use covibe_domain::{Failure, Kind};

/// Checks the name of the resource whose id an upstream returned for a creation under this name. No other resource of
/// the workspace has the name.
///
/// # Errors
///
/// Upstream, in doubt, if the resource has another name: the answer is about something else.
pub fn check_created(name: &str, found: &str) -> Result<(), Failure> {
    if found == name {
        return Ok(());
    }
    let message = "The upstream answered the creation with the id of another resource.";
    Err(Failure::new(Kind::Upstream, message).in_doubt())
}
