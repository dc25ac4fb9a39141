//! The author of audit entries, and the entries of their work besides those of calls.

use std::time::Duration;

use covibe_domain::{Actor, TenantId, Timestamp};
use covibe_store::{AuditEntry, RevokedKey, WorkspaceRecord};
use serde_json::json;

use super::request_id::random_id;
use crate::clock::millis;

/// The actor to whom work is attributed that has audit entries of its own, such as a provisioning run.
#[derive(Clone, Debug)]
pub struct Author {
    pub(crate) tenant: TenantId,
    pub(super) actor: Option<Actor>,
    pub(super) surface: &'static str,
}

impl Author {
    /// Returns the author of work that the server itself does for a workspace of this tenant.
    pub(crate) fn server(tenant: &TenantId) -> Self {
        Self { tenant: tenant.clone(), actor: None, surface: "server" }
    }

    /// Returns the author of work that the operator does for a workspace of this tenant with a command of the server.
    pub(crate) fn operator(tenant: &TenantId) -> Self {
        Self { tenant: tenant.clone(), actor: Some(Actor::Operator), surface: "cli" }
    }

    /// Returns the author of a change of this tenant's people that nobody calls for in a workspace.
    pub(crate) fn with_actor(
        tenant: &TenantId,
        actor: Option<Actor>,
        surface: &'static str,
    ) -> Self {
        Self { tenant: tenant.clone(), actor, surface }
    }

    /// Returns whether the entries are in the audit of this tenant.
    pub fn is_of(&self, tenant: &TenantId) -> bool {
        self.tenant == *tenant
    }

    /// Returns the entry of a part of the work; `call` is the id that the parts share.
    pub(crate) fn entry(
        &self,
        workspace: &WorkspaceRecord,
        call: &str,
        tool: &str,
        outcome: &str,
        duration: Duration,
    ) -> AuditEntry {
        AuditEntry {
            workspace: Some(workspace.id.clone()),
            resource: Some(workspace.slug.to_string()),
            duration_ms: millis(duration),
            ..self.tenant_entry(call, tool, outcome)
        }
    }

    /// Returns the entry of a part of work on the tenant itself.
    pub(crate) fn tenant_entry(&self, call: &str, tool: &str, outcome: &str) -> AuditEntry {
        AuditEntry {
            id: format!("aud_{}", random_id()),
            tenant: self.tenant.clone(),
            workspace: None,
            actor: self.actor.clone(),
            access: None,
            call: call.to_owned(),
            tool: tool.to_owned(),
            surface: self.surface,
            outcome: outcome.to_owned(),
            resource: Some(self.tenant.to_string()),
            params_digest: String::new(),
            at: Timestamp::now(),
            duration_ms: 0,
            repeats: None,
            detail: None,
        }
    }

    /// Returns the entry of a check that found a resource which reaches beyond the workspace.
    pub(crate) fn guard_entry(
        &self,
        workspace: &WorkspaceRecord,
        resource: &str,
        outcome: &str,
    ) -> AuditEntry {
        self.entry_about(workspace, resource, "guard", outcome)
    }

    /// Returns the entry of a stray: a resource that the upstream delivered after its creation had been repeated.
    pub(crate) fn stray_entry(
        &self,
        workspace: &WorkspaceRecord,
        resource: &str,
        outcome: &str,
    ) -> AuditEntry {
        self.entry_about(workspace, resource, "stray", outcome)
    }

    /// Returns the entry of a key that ended because it was minted with a key that was revoked, or that ended with its
    /// workspace or with the right of its person: the id of this key, workspace or person is `with`.
    ///
    /// The key, which ends once, determines the id and the time: the audit takes a second entry of it for the first one.
    pub(super) fn revocation_entry(&self, of: &RevokedKey, with: &str) -> AuditEntry {
        AuditEntry {
            id: format!("aud_{}_ok", of.id),
            workspace: Some(of.workspace.clone()),
            resource: Some(of.id.to_string()),
            at: of.at,
            detail: Some(json!({ "revokedWith": with }).to_string()),
            ..self.tenant_entry(of.id.as_str(), "keys.revoke", "ok")
        }
    }

    /// Returns the entry of an action on a resource.
    pub(crate) fn deed_entry(
        &self,
        workspace: &WorkspaceRecord,
        resource: &str,
        deed: &str,
    ) -> AuditEntry {
        self.entry_about(workspace, resource, deed, "ok")
    }

    fn entry_about(
        &self,
        workspace: &WorkspaceRecord,
        resource: &str,
        tool: &str,
        outcome: &str,
    ) -> AuditEntry {
        let entry = self.entry(workspace, &random_id(), tool, outcome, Duration::ZERO);
        AuditEntry { resource: Some(resource.to_owned()), ..entry }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_entry_of_an_ended_key_has_one_id_and_time_whoever_writes_it() {
        let at = Timestamp::from_millis(7);
        let workspace = "ws_mark1".parse().unwrap();
        let key = RevokedKey { id: "key_0001".parse().unwrap(), name: None, workspace, at };
        let tenant = "ten_acme".parse().unwrap();
        let written = Author::operator(&tenant).revocation_entry(&key, "usr_bob1");
        let again = Author::server(&tenant).revocation_entry(&key, "usr_bob1");
        assert_eq!((&written.id, written.at), (&again.id, again.at));
        assert_eq!(again.at, at);
        assert_eq!(written.detail.as_deref(), Some(r#"{"revokedWith":"usr_bob1"}"#));
    }
}
