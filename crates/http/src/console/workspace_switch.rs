//! The choice of another workspace, in any company of the person's.

use covibe_console::paths;
use covibe_domain::{Failure, Kind};

use super::flash::CompletedAction;
use super::workspace_and_rights::Workplace;
use crate::people::PageResult;

/// Takes the person to the workspace whose slug was sent, if it is one of theirs.
pub(super) async fn choose(at: &Workplace) -> PageResult {
    let identity = at.dispatcher.identity();
    let chosen = identity.person_caller(&at.signed_in, Some(at.form.text("slug"))).await;
    let chosen =
        chosen.map_err(|why| if why.kind == Kind::Forbidden { not_a_member() } else { why });
    let workspace = chosen?.workspace;
    identity.place_session(&at.signed_in, &workspace.tenant, Some(&workspace.id)).await?;
    at.go(paths::OVERVIEW, CompletedAction::Switched)
}

fn not_a_member() -> Failure {
    Failure::forbidden("You are not a member of this workspace.")
        .hint("Ask an admin of your company to add you.")
}
