//! Invitations to the company; for its admins.

mod create;
mod list;
mod revoke;
mod view;

use covibe_workspace::Tool;

/// Returns the operations of this family.
pub(crate) fn operations() -> Vec<Tool> {
    vec![
        Tool::of::<list::ListInvitations>(),
        Tool::of::<create::CreateInvitation>(),
        Tool::of::<revoke::RevokeInvitation>(),
    ]
}
