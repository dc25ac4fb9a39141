//! The audit of a workspace, for its own people and keys.

use std::collections::BTreeMap;
use std::time::Duration;

use covibe_domain::entities::{AgentType, KeyScope};
use covibe_domain::{Actor, Failure, KeyId, Timestamp, boxed};
use covibe_policy::Principal;
use covibe_store::{AuditFilter, AuditRecord, Verified, VerifyOptions};

use crate::platform::Platform;

/// The audit of one workspace.
#[derive(Debug)]
pub struct WorkspaceAudit<'a> {
    platform: &'a Platform,
    principal: &'a Principal,
}

/// The name of an actor, for people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ActorName {
    /// The name of the key or the person; absent if it no longer exists.
    pub name: Option<String>,
    /// The agent that the key is for.
    pub agent: Option<AgentType>,
}

/// Audit entries, and the names of their actors.
#[derive(Debug)]
pub struct AuditPage {
    /// The entries, the latest first.
    pub entries: Vec<AuditRecord>,
    /// The names of known actors, by id.
    pub names: BTreeMap<String, ActorName>,
}

impl<'a> WorkspaceAudit<'a> {
    /// Restricts access to the audit of the principal's workspace.
    pub(crate) fn new(platform: &'a Platform, principal: &'a Principal) -> Self {
        Self { platform, principal }
    }

    /// Returns the entries of the workspace that match a filter, the latest first, at most `limit`. A tenant searches one
    /// at a time.
    #[boxed]
    pub async fn entries(&self, filter: AuditFilter, limit: i64) -> Result<AuditPage, Failure> {
        let (workspace, tenant) = (Some(self.principal.workspace.clone()), &self.principal.tenant);
        let _turn = self.platform.turns.audit_searches.acquire(tenant).await;
        let mut tx = self.platform.store.tenant_read(tenant).await?;
        let entries = tx.audit_entries(&AuditFilter { workspace, ..filter }, limit).await?;
        let actors = || entries.iter().filter_map(|entry| entry.actor.as_ref());
        let mut keys: Vec<KeyId> = actors().filter_map(key).collect();
        keys.sort_by(|a, b| a.as_str().cmp(b.as_str()));
        keys.dedup();
        let mut names = BTreeMap::new();
        for (id, name, agent) in tx.key_names(&keys).await? {
            names.insert(id.to_string(), ActorName { name, agent });
        }
        if actors().any(|actor| matches!(actor, Actor::Person(_))) {
            for member in tx.members().await? {
                let called = Some(member.user.name).filter(|name| !name.is_empty());
                let name = called.or_else(|| Some(member.user.email.to_string()));
                names.insert(member.user.id.to_string(), ActorName { name, agent: None });
            }
        }
        tx.commit().await?;
        Ok(AuditPage { entries, names })
    }

    /// Verifies the entries of the tenant's chain that are at most this old; one verification at a time.
    ///
    /// # Errors
    ///
    /// Forbidden without scope `tenant`, because the chain contains the entries of all workspaces.
    #[boxed]
    pub async fn verify(&self, age: Duration) -> Result<Verified, Failure> {
        if self.principal.scope != KeyScope::Tenant {
            return Err(Failure::forbidden(
                "The audit chain covers the whole tenant, but this access covers only one \
                 workspace.",
            )
            .hint("Ask an admin, or use a key with scope `tenant`."));
        }
        let since = Some(Timestamp::now().before(age));
        let options = VerifyOptions { since, expected: None };
        let tenant = &self.principal.tenant;
        let _turn = self.platform.turns.audit_verifications.acquire(tenant).await;
        Ok(self.platform.store.verify_audit_with(tenant, &options).await?)
    }
}

fn key(actor: &Actor) -> Option<KeyId> {
    match actor {
        Actor::Key(key) => Some(key.clone()),
        Actor::Person(_) | Actor::Operator => None,
    }
}
