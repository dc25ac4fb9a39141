//! Auth providers, from the allowlist.

mod create;
mod list;
mod view;

use crate::registry::Tool;

/// The operations of this family.
pub(crate) fn operations() -> Vec<Tool> {
    vec![Tool::of::<create::CreateAuth>(), Tool::of::<list::ListAuth>()]
}
