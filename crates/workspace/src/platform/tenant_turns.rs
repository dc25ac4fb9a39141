//! The turns of tenants to do work that takes long of what all of them share.

use covibe_domain::TenantId;

use crate::cells::Turns;

/// The turns of each tenant: one call of a tenant does the work at a time, and the others wait.
#[derive(Debug, Default)]
pub(crate) struct TenantTurns {
    /// Searching the audit: without an index of what is searched for, it may read the whole chain.
    pub(crate) audit_searches: Turns<TenantId>,
    /// Verifying the audit's chain.
    pub(crate) audit_verifications: Turns<TenantId>,
    /// Searching domains, each of which is a call of the registrar, who answers few at once.
    pub(crate) domain_searches: Turns<TenantId>,
}
