//! Tenants as their operator sees and ends them.

mod export;
mod overview;
mod suspension;
mod tenant_deletion;
mod workspace_move;

pub use self::export::TenantRecords;
pub use self::overview::{TenantOverview, WorkspaceOverview, tenant_overview};
pub use self::tenant_deletion::TenantDeletion;
