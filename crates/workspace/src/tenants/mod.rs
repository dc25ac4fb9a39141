//! Tenants as their operator sees and ends them.

mod export;
mod moving;
mod overview;
mod suspension;
mod tenant_deletion;

pub use self::export::TenantRecords;
pub use self::overview::{TenantOverview, WorkspaceOverview, tenant_overview};
pub use self::tenant_deletion::TenantDeletion;
