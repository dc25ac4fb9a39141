//! `GET …/invitations`.

use covibe_domain::Failure;
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::Workspace;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::view::Invitation;

/// List the open invitations to the company.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct ListInvitations {}

/// The open invitations, newest first.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Invitations {
    /// The invitations.
    invitations: Vec<Invitation>,
}

impl Operation<Workspace> for ListInvitations {
    const SPEC: Spec =
        Spec::read("invitations.list", Route::get("/invitations")).for_admins().early();

    type Output = Invitations;

    async fn run(self, cx: &Workspace) -> Result<Invitations, Failure> {
        let open = cx.people().invitations().await?;
        Ok(Invitations { invitations: open.into_iter().map(Invitation::from).collect() })
    }
}
