//! Failures of Gitea's, told to somebody who set the token.

use covibe_domain::Failure;
use covibe_gitea::{Cause, Error};

/// The reasons why Gitea rejects a token.
const TOKEN: &str = "The token is invalid, lacks a scope (write:issue, read:repository, read:user), or its user may not \
    do this in the repository. Set GITEA_API_TOKEN to another one, or ask a person.";

/// Returns the failure of a call. The person who can mend the token is the one who set it.
pub(super) fn explained(error: Error) -> Failure {
    match error.cause.clone() {
        Cause::Unauthorized => {
            let message = "Gitea rejected GITEA_API_TOKEN for this call.".to_owned();
            Failure { message, ..Failure::from(error) }.hint(TOKEN).permanent()
        }
        // It was resolved a moment ago.
        Cause::Renamed { .. } => Failure::conflict("The repository was renamed at this moment.")
            .hint("Nothing was changed. Repeat the call."),
        _ => Failure::from(error),
    }
}
