//! The workspace's API keys; REST only.

mod list;
mod mint;
mod revoke;

use covibe_workspace::Tool;

pub(crate) use mint::MintedKey;

/// Returns the operations of this family.
pub(crate) fn operations() -> Vec<Tool> {
    vec![
        Tool::from_operation::<list::ListKeys>(),
        Tool::from_operation::<mint::MintKey>(),
        Tool::from_operation::<revoke::RevokeKey>(),
    ]
}
