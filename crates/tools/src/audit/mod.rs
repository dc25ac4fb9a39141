//! The audit of the workspace; REST only.

mod list;
mod verify;

use covibe_workspace::Tool;

/// Returns the operations of this family.
pub(crate) fn operations() -> Vec<Tool> {
    vec![Tool::from_operation::<list::ListAudit>(), Tool::from_operation::<verify::VerifyAudit>()]
}
