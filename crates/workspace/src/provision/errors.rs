//! Failures about resources on Gitea that cannot be used.

use covibe_domain::Failure;

/// The name belongs to something that was not created for the workspace.
pub(super) fn taken_name(what: &str, name: &str) -> Failure {
    Failure::conflict(format!("The name of the Gitea {what} {name} is taken by somebody else."))
        .hint("Tell the operator to rename it in Gitea, or roll this workspace back and choose another slug.")
}

/// Another organisation got the name during the setup.
pub(super) fn moved_organisation(name: &str) -> Failure {
    let message = format!("The Gitea organisation {name} was renamed while it was being set up.");
    Failure::conflict(message).hint("Repeat the call. If the problem persists, tell the operator.")
}

/// A resource of the workspace has another name now.
pub(super) fn renamed_resource(what: &str, name: &str, new: &str) -> Failure {
    let new = covibe_domain::names::displayable(new, 60);
    Failure::conflict(format!("The Gitea {what} {name} was renamed to {new}."))
        .hint("Tell the operator to rename it back.")
}
