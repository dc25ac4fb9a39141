//! The audit of changes of a tenant's people that nobody calls for in a workspace: who joins, and whose account gets
//! another owner.
//!
//! The changes are those of forms and of commands of the server. Operations have entries as calls of their workspace, and
//! changes that follow WorkOS those of `audit/copied_changes.rs`.

use covibe_domain::{Actor, Failure, TenantId, UserId, boxed};
use covibe_identity::RevokedKey;

use crate::audit::{Author, Draft, RequestId};
use crate::platform::Platform;
use crate::scoped::record_revocations;

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

    /// Writes down the keys that ended with the right of a person to have them, each in the audit of its workspace.
    ///
    /// # Errors
    ///
    /// Unready if the audit does not have all entries.
    #[boxed]
    pub async fn record_ended_keys(
        &self,
        author: &Author,
        keys: &[RevokedKey],
        of: &UserId,
    ) -> Result<(), Failure> {
        record_revocations(self, author, keys, of.as_str()).await
    }
}
