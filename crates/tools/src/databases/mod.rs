//! Databases, of the eight flavors that Coolify runs.

mod create;
mod get;
mod list;
mod view;

use crate::registry::Tool;

/// The operations of this family.
pub(crate) fn operations() -> Vec<Tool> {
    vec![
        Tool::of::<create::CreateDatabase>(),
        Tool::of::<get::GetDatabase>(),
        Tool::of::<list::ListDatabases>(),
    ]
}
