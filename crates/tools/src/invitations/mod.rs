//! Invitations to the company; for its admins.

mod create;
mod list;
mod revoke;

use covibe_workspace::Tool;

/// Returns the operations of this family.
pub(crate) fn operations() -> Vec<Tool> {
    vec![
        Tool::from_operation::<list::ListInvitations>(),
        Tool::from_operation::<create::CreateInvitation>(),
        Tool::from_operation::<revoke::RevokeInvitation>(),
    ]
}
