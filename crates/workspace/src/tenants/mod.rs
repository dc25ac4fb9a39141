//! Tenants as their operator sees and ends them.

mod overview;
mod suspension;

pub use self::overview::{TenantOverview, WorkspaceOverview, tenant_overview};
