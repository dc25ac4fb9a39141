//! Failures of commands that run without their clients.

use std::time::Duration;

use covibe_domain::{CommandId, Failure, Kind};

/// The time after which another command may have ended.
const RETRY_AFTER: Duration = Duration::from_secs(10);

/// The workspace runs as many as it may.
pub(crate) fn too_many(most: u32) -> Failure {
    let message = format!("{most} detached commands of the workspace are already running.");
    Failure::new(Kind::Limited, message)
        .hint(
            "Nothing was run. Wait with apps.exec_result until one of them ends, end one with apps.exec_cancel, or repeat \
             the call without `detach`. apps.exec_list returns their ids.",
        )
        .retry_after(RETRY_AFTER)
}

/// The server is shutting down.
pub(super) fn stopping_server() -> Failure {
    Failure::unready("The server is shutting down.")
        .hint("Nothing was run. Repeat the call in a few seconds.")
        .retry_after(RETRY_AFTER)
}

/// The resource has no such command.
pub(crate) fn unknown_command(id: &CommandId) -> Failure {
    Failure::not_found(format!("The resource has no command with the id {id}.")).hint(
        "apps.exec_list returns the ids of a resource's commands. Results are kept for a day, at \
         most the newest 20 of a workspace.",
    )
}

/// The output cannot be sealed.
pub(super) fn unsealable_output() -> Failure {
    Failure::unready("The output of the command could not be stored.")
        .hint("The operator's log has the reason.")
}

/// The output cannot be opened.
pub(super) fn unopenable_output() -> Failure {
    Failure::unready("The output of the command cannot be decrypted.").hint(
        "Tell the operator: the server's secrets key is not the one that encrypted it. Run the \
         command again if that is safe.",
    )
}
