//! Failures of Coolify's, told to somebody who set the token.

use covibe_coolify::{Cause, Error};
use covibe_domain::Failure;

/// The token that Coolify needs.
const TOKEN: &str = "Set COOLIFY_API_TOKEN to a token of Coolify with the abilities read, read:sensitive and \
    deploy, and start this server again.";

/// Returns the failure of a call. The person who can mend the token or the address is the one who set it.
pub(super) fn explained(error: Error) -> Failure {
    let cause = error.cause.clone();
    let failure = Failure::from(error);
    match cause {
        Cause::Unauthorized => {
            let message = "Coolify rejected COOLIFY_API_TOKEN.".to_owned();
            Failure { message, ..failure }.hint(TOKEN).permanent()
        }
        Cause::Operator(trouble) => {
            let message = format!("Coolify cannot be used: {}.", trouble.what);
            let fix = trouble.fix.replace(
                "read, read:sensitive, write and deploy",
                "read, read:sensitive and deploy",
            );
            Failure { message, ..failure }.hint(format!("Tell a person: {fix}.")).permanent()
        }
        _ => failure,
    }
}
