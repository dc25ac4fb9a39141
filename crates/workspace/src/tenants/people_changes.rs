//! The audit of changes of a tenant's people that nobody calls for in a workspace: who joins, and whose account gets
//! another owner.
//!
//! The changes are those of forms and of commands of the server. Operations have entries as calls of their workspace, and
//! changes that follow WorkOS those of `audit/copied_changes.rs`.

use covibe_domain::{Actor, TenantId};

use crate::audit::{Author, Draft, RequestId};
use crate::platform::Platform;

impl Platform {
    /// Starts the audit entries of a change of a tenant's people that begins now; without an actor for somebody who has no
    /// account yet.
    pub fn audit_people(
        &self,
        tenant: &TenantId,
        actor: Option<Actor>,
        tool: &str,
        surface: &'static str,
        request: Option<&RequestId>,
    ) -> Draft {
        Draft::for_tenant(&Author::with_actor(tenant, actor, surface), tool, request)
    }
}
