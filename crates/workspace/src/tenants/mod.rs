//! Tenants as their operator sees and ends them.

mod overview;
mod people_changes;
mod suspension;
mod tenant_deletion;
mod tenant_export;
mod workspace_move;

pub use self::overview::{TenantOverview, WorkspaceOverview, tenant_overview};
pub use self::tenant_deletion::TenantDeletion;
pub use self::tenant_export::TenantRecords;
