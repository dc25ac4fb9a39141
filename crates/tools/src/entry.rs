//! What the audit says of a call.

use std::time::Instant;

use covibe_crypto::SecretBox;
use covibe_policy::Principal;
use covibe_store::AuditEntry;
use serde_json::Value;

use crate::dispatch::Surface;
use crate::now;

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
            resource: ["uuid", "keyId", "repo", "name"].iter().find_map(|n| named(&params[n])),
            params_digest: secrets.fingerprint(params.to_string().as_bytes()),
            at: now(),
            duration_ms: 0,
        };
        Self { began: Instant::now(), draft }
    }

    /// The same about what the call has made or met.
    pub(crate) fn about(mut self, answer: &Value) -> Self {
        self.draft.resource = named(&answer["uuid"]).or(self.draft.resource);
        self
    }

    /// The entry of this outcome.
    pub(crate) fn outcome(&self, outcome: &str) -> AuditEntry {
        let duration = i64::try_from(self.began.elapsed().as_millis()).unwrap_or(i64::MAX);
        AuditEntry {
            id: format!("aud_{}_{outcome}", self.draft.call),
            outcome: outcome.to_owned(),
            at: now(),
            duration_ms: duration,
            ..self.draft.clone()
        }
    }
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
