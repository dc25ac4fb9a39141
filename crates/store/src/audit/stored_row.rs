//! A row of the table of entries, which keeps nothing that other rows or columns have.

use diesel::prelude::*;
use diesel::result::Error as Diesel;

use super::audit_entry::{AuditRecord, Row};
use crate::error::{Error, Result};
use crate::schema::audit_log as table;

/// An entry as it is stored: without the digest of the entry before it, and with digests as bytes. On
/// PostgreSQL, `append_audit()` writes the same.
// Each row binds all columns, because they share a prepared statement.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = table, treat_none_as_default_value = false)]
pub(super) struct Stored {
    id: String,
    tenant_id: String,
    workspace_id: Option<String>,
    actor_id: Option<String>,
    /// `None` if the entry's id contains it.
    call: Option<String>,
    tool: String,
    surface: String,
    outcome: String,
    resource: Option<String>,
    params_digest: Option<Vec<u8>>,
    at: i64,
    duration_ms: i64,
    seq: i64,
    digest: Vec<u8>,
    access: Option<String>,
    repeats: Option<i64>,
    since: Option<i64>,
    detail: Option<String>,
}

/// Returns the id of the call that an entry's id contains: `aud_`, the call's id, `_` and the outcome.
fn contained_call<'a>(id: &'a str, outcome: &str) -> Option<&'a str> {
    id.strip_prefix("aud_")?.strip_suffix(outcome)?.strip_suffix('_')
}

/// Returns the bytes of a digest in hexadecimal digits.
fn bytes(digest: &str) -> QueryResult<Vec<u8>> {
    hex::decode(digest).map_err(|error| Diesel::SerializationError(Box::new(error)))
}

/// Returns the error for an entry that is in no chain.
fn unchained_entry() -> Diesel {
    Diesel::SerializationError("the entry has no number or no digest".into())
}

impl Stored {
    /// Returns the row of an entry that is in its chain.
    pub(super) fn from_row(row: Row) -> QueryResult<Self> {
        let is_contained = contained_call(&row.id, &row.outcome) == Some(&row.call);
        let params_digest = Some(row.params_digest).filter(|digest| !digest.is_empty());
        Ok(Self {
            id: row.id,
            tenant_id: row.tenant_id,
            workspace_id: row.workspace_id,
            actor_id: row.actor_id,
            call: (!is_contained).then_some(row.call),
            tool: row.tool,
            surface: row.surface,
            outcome: row.outcome,
            resource: row.resource,
            params_digest: params_digest.as_deref().map(bytes).transpose()?,
            at: row.at,
            duration_ms: row.duration_ms,
            seq: row.seq.ok_or_else(unchained_entry)?,
            digest: bytes(&row.digest.ok_or_else(unchained_entry)?)?,
            access: row.access,
            repeats: row.repeats,
            since: row.since,
            detail: row.detail,
        })
    }
}

/// Converts a row to the entry, which lacks the digest of the entry before it.
impl From<Stored> for Row {
    fn from(row: Stored) -> Self {
        // Where nothing is contained, somebody changed the row, and its digest does not match.
        let contained = || contained_call(&row.id, &row.outcome).unwrap_or_default().to_owned();
        Self {
            call: row.call.unwrap_or_else(contained),
            id: row.id,
            tenant_id: row.tenant_id,
            workspace_id: row.workspace_id,
            actor_id: row.actor_id,
            tool: row.tool,
            surface: row.surface,
            outcome: row.outcome,
            resource: row.resource,
            params_digest: row.params_digest.map(hex::encode).unwrap_or_default(),
            at: row.at,
            duration_ms: row.duration_ms,
            seq: Some(row.seq),
            previous: None,
            digest: Some(hex::encode(row.digest)),
            access: row.access,
            repeats: row.repeats,
            since: row.since,
            detail: row.detail,
        }
    }
}

/// Converts rows to what readers of the audit see.
pub(super) fn records(rows: Vec<Stored>) -> Result<Vec<AuditRecord>> {
    rows.into_iter().map(|row| Row::from(row).try_into()).collect::<Result<_, Error>>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: &str, call: &str, outcome: &str) -> Row {
        let texts = serde_json::json!({
            "id": id, "tenant_id": "ten_acme", "call": call, "tool": "apps.get", "surface": "mcp",
            "outcome": outcome, "params_digest": "0a".repeat(32), "at": 1, "duration_ms": 2, "seq": 3,
            "digest": "b0".repeat(32),
        });
        serde_json::from_value(texts).unwrap()
    }

    #[test]
    fn stored_rows_are_read_back_unchanged() {
        for (id, call, outcome, is_contained) in [
            ("aud_0192ab_ok", "0192ab", "ok", true),
            ("aud_0192ab_not_found", "0192ab", "not_found", true),
            ("aud_0192ab_ok", "trace-7", "ok", false),
            ("aud_0192ab", "0192ab", "ok", false),
            ("aud__ok", "", "ok", true),
            ("aud_ok", "", "ok", false),
            ("aud_a_ok_ok", "a", "ok", false),
            ("", "", "", false),
        ] {
            let stored = Stored::from_row(row(id, call, outcome)).unwrap();
            assert_eq!(stored.call.is_none(), is_contained, "{id} {call}");
            assert_eq!(Row::from(stored), row(id, call, outcome));
        }
        let without = Row { params_digest: String::new(), ..row("a", "b", "c") };
        assert_eq!(Row::from(Stored::from_row(without.clone()).unwrap()), without);
        let foreign = Row { params_digest: "no digest".to_owned(), ..row("a", "b", "c") };
        assert!(Stored::from_row(foreign).is_err());
        let unchained = Row { digest: None, ..row("a", "b", "c") };
        assert!(Stored::from_row(unchained).is_err());
    }
}
