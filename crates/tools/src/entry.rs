//! What the audit says of a call.

use std::time::{Duration, Instant};

use covibe_crypto::SecretBox;
use covibe_domain::{KeyId, TenantId};
use covibe_policy::Principal;
use covibe_store::{AuditEntry, WorkspaceRecord};
use serde_json::Value;

use crate::dispatch::Surface;
use crate::now;

/// On whose behalf something is done that leaves entries of its own.
#[derive(Clone, Debug)]
pub(crate) struct By {
    pub(crate) tenant: TenantId,
    key: Option<KeyId>,
    surface: &'static str,
}

impl By {
    /// The server itself, for a workspace of this tenant.
    pub(crate) fn server(tenant: &TenantId) -> Self {
        Self { tenant: tenant.clone(), key: None, surface: "server" }
    }

    /// The entry of a part of it; `call` is what the parts have in common.
    pub(crate) fn entry(
        &self,
        workspace: &WorkspaceRecord,
        call: &str,
        tool: &str,
        outcome: &str,
        duration: Duration,
    ) -> AuditEntry {
        AuditEntry {
            id: format!("aud_{}", call_id()),
            tenant: self.tenant.clone(),
            workspace: Some(workspace.id.clone()),
            key: self.key.clone(),
            call: call.to_owned(),
            tool: tool.to_owned(),
            surface: self.surface,
            outcome: outcome.to_owned(),
            resource: Some(workspace.slug.to_string()),
            params_digest: String::new(),
            at: now(),
            duration_ms: millis(duration),
        }
    }
}

/// The entries of one call: all of them but for their outcomes.
pub(crate) struct Entry {
    began: Instant,
    draft: AuditEntry,
}

impl Entry {
    /// The entries of a call that begins now. Arguments are in them by fingerprint: they may hold
    /// secrets.
    pub(crate) fn begin(
        secrets: &SecretBox,
        principal: &Principal,
        tool: &str,
        params: &Value,
        surface: Surface,
    ) -> Self {
        let draft = AuditEntry {
            id: String::new(),
            tenant: principal.tenant.clone(),
            workspace: Some(principal.workspace.clone()),
            key: Some(principal.key.clone()),
            call: call_id(),
            tool: tool.to_owned(),
            surface: surface.as_str(),
            outcome: String::new(),
            resource: None,
            params_digest: secrets.fingerprint(params.to_string().as_bytes()),
            at: now(),
            duration_ms: 0,
        };
        Self { began: Instant::now(), draft }
    }

    /// The same about what the call names, once its parameters have passed: before that, a secret
    /// may stand where an id belongs.
    pub(crate) fn on(mut self, params: &Value) -> Self {
        let names = ["uuid", "keyId", "projectId", "repo", "name"];
        self.draft.resource = names.iter().find_map(|name| named(&params[name]));
        self
    }

    /// The same about what the call has made or met.
    pub(crate) fn about(mut self, answer: &Value) -> Self {
        self.draft.resource = named(&answer["uuid"]).or(self.draft.resource);
        self
    }

    /// On whose behalf it is.
    pub(crate) fn by(&self) -> By {
        let AuditEntry { tenant, key, surface, .. } = &self.draft;
        By { tenant: tenant.clone(), key: key.clone(), surface }
    }

    /// The entry of this outcome.
    pub(crate) fn outcome(&self, outcome: &str) -> AuditEntry {
        AuditEntry {
            id: format!("aud_{}_{outcome}", self.draft.call),
            outcome: outcome.to_owned(),
            at: now(),
            duration_ms: millis(self.began.elapsed()),
            ..self.draft.clone()
        }
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// An id that sorts by time: entries are appended to the audit's index instead of scattered in it.
fn call_id() -> String {
    format!("{:012x}{}", now().as_millis(), hex::encode(covibe_crypto::random::<8>()))
}

/// A text that can only be an id or a name: anything else may be a URL with a token inside.
fn named(value: &Value) -> Option<String> {
    let text = value.as_str()?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
    (text.len() <= 100 && text.chars().all(plain)).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_ids_and_names_are_named() {
        assert_eq!(named(&json!("vibn-mark/my-site")).as_deref(), Some("vibn-mark/my-site"));
        assert_eq!(named(&json!("https://mark-bot:0123@git.test/vibn-mark/my-site.git")), None);
        assert_eq!(named(&json!("a".repeat(101))), None);
    }
}
