//! The choice of another workspace.

use covibe_console::paths;
use covibe_domain::Failure;

use super::done::Done;
use super::workplace::Workplace;
use crate::people::Answer;

/// Takes the person to the workspace whose slug was sent, if it is one of theirs.
pub(super) async fn choose(at: &Workplace) -> Answer {
    let chosen = at.standing.workspace(&at.signed_in, Some(at.form.text("slug")));
    let (record, _) = chosen.ok_or_else(not_a_member)?;
    let identity = at.dispatcher.identity();
    identity.place_session(&at.signed_in, &at.standing.tenant, Some(&record.id)).await?;
    at.go(paths::OVERVIEW, Done::Switched)
}

fn not_a_member() -> Failure {
    Failure::forbidden("You are not a member of this workspace.")
        .hint("Ask an admin of your company to add you.")
}
