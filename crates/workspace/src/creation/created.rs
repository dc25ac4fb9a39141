//! Whether what an upstream answered a creation with is what was created.

use covibe_domain::{Failure, Kind};

/// Checks the name of the resource that has the id with which an upstream answered a creation under this
/// name. No other resource of the workspace has it.
///
/// # Errors
///
/// Upstream, in doubt, if the resource has another name: the answer is about something else.
pub fn check_created(name: &str, found: &str) -> Result<(), Failure> {
    if found == name {
        return Ok(());
    }
    let message = "The creation was answered with the id of another resource.";
    Err(Failure::new(Kind::Upstream, message).in_doubt())
}
