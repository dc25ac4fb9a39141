//! Tenants as their operator sees and ends them.

mod ending;
mod export;
mod moving;
mod overview;
mod suspension;

pub use self::ending::TenantDeletion;
pub use self::export::TenantRecords;
pub use self::overview::{TenantOverview, WorkspaceOverview, tenant_overview};
