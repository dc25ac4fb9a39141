//! The audit entries of one call, before their outcomes are known.

use std::time::{Duration, Instant};

use covibe_domain::entities::KeyAccess;
use covibe_domain::secret::{has_credential_form, without_secrets};
use covibe_domain::{Actor, TenantId, Timestamp, UserId, WorkspaceId};
use covibe_policy::Principal;
use covibe_store::{AuditEntry, Repeats, WorkspaceRecord};
use serde_json::{Map, Value, json};

use super::entry_author::Author;
use super::request_id::{RequestId, random_id};
use crate::clock::millis;

/// The entries of one call, complete except for the outcome.
#[derive(Clone, Debug)]
pub struct Draft {
    start: Instant,
    /// The first part of the ids of the entries.
    number: String,
    entry: AuditEntry,
}

impl Draft {
    /// Starts the entries of a call that begins now.
    pub(crate) fn new(
        principal: &Principal,
        tool: &str,
        surface: &'static str,
        request: Option<&RequestId>,
    ) -> Self {
        let number = request.map_or_else(random_id, RequestId::number_call);
        let call = request.map_or_else(|| number.clone(), RequestId::recorded_id);
        let (tenant, actor) = (principal.tenant.clone(), Some(principal.actor.clone()));
        let entry = AuditEntry {
            workspace: Some(principal.workspace.clone()),
            access: Some(principal.access()).filter(|access| *access == KeyAccess::Read),
            resource: None,
            ..Author { tenant, actor, surface }.tenant_entry(&call, tool, "")
        };
        Self { start: Instant::now(), number, entry }
    }

    /// Starts the entries of a change of a tenant that begins now, and that nobody calls for in a workspace.
    pub(crate) fn for_tenant(author: &Author, tool: &str, request: Option<&RequestId>) -> Self {
        let number = request.map_or_else(random_id, RequestId::number_call);
        let call = request.map_or_else(|| number.clone(), RequestId::recorded_id);
        Self { start: Instant::now(), number, entry: author.tenant_entry(&call, tool, "") }
    }

    /// Starts the entries of an action of the server itself in a workspace, which begins now.
    pub(crate) fn server(
        workspace: &WorkspaceRecord,
        tool: &str,
        request: Option<&RequestId>,
    ) -> Self {
        let number = request.map_or_else(random_id, RequestId::number_call);
        let call = request.map_or_else(|| number.clone(), RequestId::recorded_id);
        let author = Author::server(&workspace.tenant);
        let entry = author.entry(workspace, &call, tool, "", Duration::ZERO);
        Self { start: Instant::now(), number, entry }
    }

    /// Adds the digest of the parameters.
    pub(crate) fn with_digest(mut self, params_digest: String) -> Self {
        self.entry.params_digest = params_digest;
        self
    }

    /// Adds the resource that the parameters name. Call it only with parameters that passed the check and contain uuids
    /// in place of names: before that, an id may be a secret in the wrong place.
    #[must_use]
    pub fn with_named_resource(mut self, params: &Value) -> Self {
        let names =
            ["uuid", "keyId", "projectId", "userId", "invitationId", "linkId", "repo", "name"];
        self.entry.resource = names.iter().find_map(|name| plain_name(&params[name]));
        self
    }

    /// Adds the resource that the answer names by its uuid or its id, since others may have its name; for a new
    /// workspace, the slug and the id of its first key.
    #[must_use]
    pub fn with_answered_resource(mut self, answer: &Value) -> Self {
        let first_key = plain_name(&answer["slug"]).zip(plain_name(&answer["key"]["id"]));
        let first_key = first_key.map(|(slug, key)| format!("{slug}/{key}"));
        let mut ids = [&answer["uuid"], &answer["id"]].into_iter();
        let found = first_key.or_else(|| ids.find_map(plain_name));
        self.entry.resource = found.or(self.entry.resource);
        self
    }

    /// Adds the person who calls, and whom the call is about: they have just got an account.
    #[must_use]
    pub fn with_newcomer(mut self, user: &UserId) -> Self {
        self.entry.actor = Some(Actor::Person(user.clone()));
        self.entry.resource = Some(user.to_string());
        self
    }

    /// Adds the named parameters in clear, as a JSON object, to the entry of the start.
    #[must_use]
    pub fn with_detail(mut self, names: &[&str], params: &Value) -> Self {
        let told = names.iter().filter_map(|name| {
            let text = params.get(name)?.as_str()?;
            Some(((*name).to_owned(), Value::from(audited_text(text))))
        });
        let told: Map<_, _> = told.collect();
        self.entry.detail = (!told.is_empty()).then(|| Value::Object(told).to_string());
        self
    }

    /// Adds a commit in clear to the entry of the start. Its hash has the form of a Gitea token, so pass only a hash
    /// from Gitea, never one from a caller.
    #[must_use]
    pub(crate) fn with_commit(mut self, commit: &str) -> Self {
        self.entry.detail = Some(json!({ "commit": commit }).to_string());
        self
    }

    /// Returns the tenant of the call.
    pub(crate) fn tenant(&self) -> &TenantId {
        &self.entry.tenant
    }

    /// Returns the author of the call.
    pub fn author(&self) -> Author {
        let AuditEntry { tenant, actor, surface, .. } = &self.entry;
        Author { tenant: tenant.clone(), actor: actor.clone(), surface }
    }

    /// Returns the draft for several calls of the workspace, by any keys and to any tools.
    #[must_use]
    pub fn for_several(&self) -> Self {
        let entry = AuditEntry {
            actor: None,
            access: None,
            tool: "several".to_owned(),
            surface: "server",
            resource: None,
            ..self.entry.clone()
        };
        Self { entry, start: self.start, number: self.number.clone() }
    }

    /// Returns the tenant and the workspace of the call.
    pub fn tenant_and_workspace(&self) -> (&TenantId, Option<&WorkspaceId>) {
        (&self.entry.tenant, self.entry.workspace.as_ref())
    }

    /// Returns the actor and the tool of the call.
    pub fn actor_and_tool(&self) -> (Option<&Actor>, &str) {
        (self.entry.actor.as_ref(), &self.entry.tool)
    }

    /// Returns the entry of several calls with this outcome, from `since` to `last`.
    pub fn repeated_entry(
        &self,
        outcome: &str,
        count: i64,
        since: Timestamp,
        last: Timestamp,
    ) -> AuditEntry {
        let call = random_id();
        AuditEntry {
            id: format!("aud_{call}_{outcome}"),
            call,
            params_digest: String::new(),
            at: last,
            duration_ms: 0,
            repeats: Some(Repeats { count, since }),
            ..self.clone().outcome(outcome)
        }
    }

    /// Returns the entry with this outcome.
    pub fn outcome(self, outcome: &str) -> AuditEntry {
        let Self { start, number, entry } = self;
        AuditEntry {
            id: format!("aud_{number}_{outcome}"),
            outcome: outcome.to_owned(),
            at: Timestamp::now(),
            duration_ms: millis(start.elapsed()),
            detail: entry.detail.filter(|_| outcome == AuditEntry::STARTED),
            ..entry
        }
    }
}

/// The maximum length of a text in the entry of a call, in bytes.
const MOST_TOLD: usize = 1_000;

/// Returns a text as the audit stores it: without parts that look like secrets, and shortened.
pub(crate) fn audited_text(text: &str) -> String {
    let mut text = without_secrets(text);
    let kept = text.floor_char_boundary(MOST_TOLD);
    if kept < text.len() {
        text.truncate(kept);
        text.push('…');
    }
    text
}

/// Returns a text that can only be an id or a name; `None` for other texts, which may be a credential, or a URL that
/// contains one.
fn plain_name(value: &Value) -> Option<String> {
    let text = value.as_str()?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
    let is_name = text.len() <= 100 && text.chars().all(plain) && !has_credential_form(text);
    is_name.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use covibe_domain::entities::KeyScope;

    use super::*;

    fn principal() -> Principal {
        Principal {
            tenant: "ten_acme".parse().unwrap(),
            workspace: "ws_mark1".parse().unwrap(),
            slug: "mark".parse().unwrap(),
            actor: Actor::Operator,
            scope: KeyScope::Workspace,
            granted: KeyAccess::Full,
            session: None,
            narrowed: false,
        }
    }

    #[test]
    fn the_start_entry_has_the_command_without_secrets() {
        let principal = principal();
        let draft = Draft::new(&principal, "apps.exec", "mcp", None);
        let params =
            json!({ "command": "TOKEN=x ls", "service": "web", "uuid": "u", "user": null });
        let draft = draft.with_detail(&["command", "service", "user"], &params);
        let detail = draft.clone().outcome(AuditEntry::STARTED).detail;
        let expected = r#"{"command":"TOKEN=[hidden] ls","service":"web"}"#;
        assert_eq!(detail.as_deref(), Some(expected));
        assert_eq!(draft.clone().outcome("ok").detail, None);
        let long = json!({ "command": "ä".repeat(2_000) });
        let detail = draft.with_detail(&["command"], &long).outcome(AuditEntry::STARTED).detail;
        assert!(detail.is_some_and(|detail| detail.len() < 1_100 && detail.contains('…')));
    }

    #[test]
    fn the_commit_of_a_push_is_recorded_although_it_looks_like_a_token() {
        let principal = principal();
        let commit = "0f".repeat(20);
        let draft = Draft::new(&principal, "push", "server", None).with_commit(&commit);
        let detail = draft.outcome(AuditEntry::STARTED).detail.unwrap();
        assert_eq!(detail, format!(r#"{{"commit":"{commit}"}}"#));
    }

    #[test]
    fn plain_name_returns_names_and_rejects_urls_and_credentials() {
        assert_eq!(plain_name(&json!("vibn-mark/my-site")).as_deref(), Some("vibn-mark/my-site"));
        assert_eq!(
            plain_name(&json!("https://mark-bot:0123@git.test/vibn-mark/my-site.git")),
            None
        );
        assert_eq!(plain_name(&json!("a".repeat(101))), None);
        assert_eq!(plain_name(&json!("vibn_sk_abc")), None);
        assert_eq!(plain_name(&json!(format!("shop-{}", "0f".repeat(20)))), None);
    }
}
