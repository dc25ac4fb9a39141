//! API keys of the workspace; by REST alone.

mod list;
mod mint;
mod revoke;

use covibe_workspace::Tool;

/// The operations of this family.
pub(crate) fn operations() -> Vec<Tool> {
    vec![Tool::of::<list::ListKeys>(), Tool::of::<mint::MintKey>(), Tool::of::<revoke::RevokeKey>()]
}
