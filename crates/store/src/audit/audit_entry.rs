//! Audit entries, as they are written and as they are read.

use covibe_domain::entities::KeyAccess;
use covibe_domain::{Actor, TenantId, Timestamp, WorkspaceId};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::row::{parse_some, word};

/// The calls that one audit entry stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repeats {
    /// The number of calls.
    pub count: i64,
    /// The time of the first one; that of the entry is the time of the last.
    pub since: Timestamp,
}

/// An audit entry to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// The entry's id, a random text that the caller chooses.
    pub id: String,
    /// The tenant of the call.
    pub tenant: TenantId,
    /// The workspace that it acted on.
    pub workspace: Option<WorkspaceId>,
    /// The actor of the call.
    pub actor: Option<Actor>,
    /// [`KeyAccess::Read`] if the actor could only read; absent with full access.
    pub access: Option<KeyAccess>,
    /// The call's id, which answers and logs contain too.
    pub call: String,
    /// The name of the operation.
    pub tool: String,
    /// The surface that it came through.
    pub surface: &'static str,
    /// The outcome of the call.
    pub outcome: String,
    /// The resource that it acted on.
    pub resource: Option<String>,
    /// The digest of its arguments; the arguments themselves may contain secrets.
    pub params_digest: String,
    /// The time of the call.
    pub at: Timestamp,
    /// The duration of the call, in milliseconds.
    pub duration_ms: i64,
    /// The calls that it stands for, if it is not about a single one.
    pub repeats: Option<Repeats>,
    /// The details of the call as JSON, for operations whose entries have more than the digest of their
    /// arguments.
    pub detail: Option<String>,
}

impl AuditEntry {
    /// The outcome of the entry that precedes a change.
    pub const STARTED: &str = "started";
}

/// An audit entry that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRecord {
    /// The entry's id.
    pub id: String,
    /// Its number in the chain.
    pub seq: i64,
    /// The workspace that it acted on.
    pub workspace: Option<WorkspaceId>,
    /// The actor of the call.
    pub actor: Option<Actor>,
    /// [`KeyAccess::Read`] if the actor could only read; absent with full access.
    pub access: Option<KeyAccess>,
    /// The call's id.
    pub call: String,
    /// The name of the operation.
    pub tool: String,
    /// The surface that it came through.
    pub surface: String,
    /// The outcome of the call.
    pub outcome: String,
    /// The resource that it acted on.
    pub resource: Option<String>,
    /// The digest of its arguments.
    pub params_digest: String,
    /// The time of the call.
    pub at: Timestamp,
    /// The duration of the call, in milliseconds.
    pub duration_ms: i64,
    /// The calls that it stands for, if it is not about a single one.
    pub repeats: Option<Repeats>,
    /// The details of the call as JSON, for operations whose entries have more than the digest of their
    /// arguments.
    pub detail: Option<String>,
}

/// An entry of a chain with everything that its digest covers. As JSON it is in exported files, and is given to
/// the function that appends on PostgreSQL.
#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(Clone, Debug, PartialEq))]
pub(crate) struct Row {
    pub(super) id: String,
    pub(super) tenant_id: String,
    pub(super) workspace_id: Option<String>,
    pub(super) actor_id: Option<String>,
    pub(super) call: String,
    pub(super) tool: String,
    pub(super) surface: String,
    pub(super) outcome: String,
    pub(super) resource: Option<String>,
    pub(super) params_digest: String,
    pub(super) at: i64,
    pub(super) duration_ms: i64,
    pub(super) seq: Option<i64>,
    /// The digest of the entry before it. The database does not keep it; see [`Stored`](super::stored_row::Stored).
    pub(super) previous: Option<String>,
    pub(super) digest: Option<String>,
    pub(super) access: Option<String>,
    pub(super) repeats: Option<i64>,
    pub(super) since: Option<i64>,
    pub(super) detail: Option<String>,
}

/// Converts an entry to a row that is not in a chain yet.
impl From<&AuditEntry> for Row {
    fn from(entry: &AuditEntry) -> Self {
        Self {
            id: entry.id.clone(),
            tenant_id: entry.tenant.to_string(),
            workspace_id: entry.workspace.as_ref().map(ToString::to_string),
            actor_id: entry.actor.as_ref().map(ToString::to_string),
            call: entry.call.clone(),
            tool: entry.tool.clone(),
            surface: entry.surface.to_owned(),
            outcome: entry.outcome.clone(),
            resource: entry.resource.clone(),
            params_digest: entry.params_digest.clone(),
            at: entry.at.as_millis(),
            duration_ms: entry.duration_ms,
            seq: None,
            previous: None,
            digest: None,
            access: entry.access.map(|access| access.to_string()),
            repeats: entry.repeats.map(|repeats| repeats.count),
            since: entry.repeats.map(|repeats| repeats.since.as_millis()),
            detail: entry.detail.clone(),
        }
    }
}

impl TryFrom<Row> for AuditRecord {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let repeats = |(count, since)| Repeats { count, since: Timestamp::from_millis(since) };
        let access = |text: String| word(KeyAccess::from_word(&text), "audit_log.access");
        Ok(Self {
            id: row.id,
            seq: row.seq.ok_or(Error::Corrupt("audit_log.seq"))?,
            workspace: parse_some(row.workspace_id, "audit_log.workspace_id")?,
            actor: parse_some(row.actor_id, "audit_log.actor_id")?,
            access: row.access.map(access).transpose()?,
            call: row.call,
            tool: row.tool,
            surface: row.surface,
            outcome: row.outcome,
            resource: row.resource,
            params_digest: row.params_digest,
            at: Timestamp::from_millis(row.at),
            duration_ms: row.duration_ms,
            repeats: row.repeats.zip(row.since).map(repeats),
            detail: row.detail,
        })
    }
}
