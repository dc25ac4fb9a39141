//! The chain of a tenant's entries: each contains the digest of the one before it.

use sha2::{Digest, Sha256};

use super::audit_entry::Row;

/// The name of the encoding, which the digest covers; another encoding has another name.
const ENCODING: &[u8] = b"covibe audit entry 1";

/// The head of a chain: the number and digest of its last entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// The number of the last entry; 0 before the first.
    pub(crate) seq: i64,
    /// Its digest in hexadecimal digits; zeros before the first.
    pub(crate) digest: String,
}

impl Default for Head {
    fn default() -> Self {
        Self { seq: 0, digest: "0".repeat(64) }
    }
}

impl Head {
    /// Appends a row to the chain: sets its number and digests, and makes it the head.
    pub(super) fn chain(&mut self, row: &mut Row) {
        self.seq = self.seq.saturating_add(1);
        row.seq = Some(self.seq);
        row.previous = Some(std::mem::take(&mut self.digest));
        self.digest = digest(row);
        row.digest = Some(self.digest.clone());
    }
}

/// Returns the SHA-256 of all columns except the digest itself, each with its length, so that no
/// two rows have the same encoding.
pub(super) fn digest(row: &Row) -> String {
    // Without `..`, so that adding a column requires a decision here.
    let Row {
        id,
        tenant_id,
        workspace_id,
        actor_id,
        call,
        tool,
        surface,
        outcome,
        resource,
        params_digest,
        at,
        duration_ms,
        seq,
        previous,
        digest: _,
        access,
        repeats,
        since,
        detail,
    } = row;
    let mut hash = Sha256::new_with_prefix(ENCODING);
    for text in [detail, access] {
        add(&mut hash, text.as_ref().map(String::as_bytes));
    }
    for number in [*repeats, *since] {
        add_number(&mut hash, number);
    }
    for text in [id, tenant_id, call, tool, surface, outcome, params_digest] {
        add(&mut hash, Some(text.as_bytes()));
    }
    for text in [workspace_id, actor_id, resource, previous] {
        add(&mut hash, text.as_ref().map(String::as_bytes));
    }
    for number in [Some(*at), Some(*duration_ms), *seq] {
        add_number(&mut hash, number);
    }
    hex::encode(hash.finalize())
}

fn add_number(hash: &mut Sha256, number: Option<i64>) {
    add(hash, number.map(i64::to_be_bytes).as_ref().map(<[u8; 8]>::as_slice));
}

/// Adds a value with its length plus one; an absent value has length 0.
fn add(hash: &mut Sha256, value: Option<&[u8]>) {
    let length = value.map_or(0, |value| value.len() as u64 + 1);
    hash.update(length.to_be_bytes());
    hash.update(value.unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use covibe_domain::Timestamp;

    use super::super::audit_entry::AuditEntry;
    use super::*;

    /// Returns an entry that is appended to the chain with this head.
    fn row(head: &mut Head) -> Row {
        let mut row = Row::from(&AuditEntry {
            id: "aud_1".to_owned(),
            tenant: "ten_acme".parse().unwrap(),
            workspace: None,
            actor: None,
            access: None,
            call: "call".to_owned(),
            tool: "apps.list".to_owned(),
            surface: "mcp",
            outcome: "ok".to_owned(),
            resource: None,
            params_digest: String::new(),
            at: Timestamp::from_millis(1),
            duration_ms: 2,
            repeats: None,
            detail: None,
        });
        head.chain(&mut row);
        row
    }

    #[test]
    fn changing_any_column_changes_the_digest() {
        let changes: [fn(&mut Row); 22] = [
            |_| {},
            |row| row.id.push('x'),
            |row| row.tenant_id.push('x'),
            |row| row.workspace_id = Some(String::new()),
            |row| row.actor_id = Some(String::new()),
            |row| row.call.push('x'),
            |row| row.tool.push('x'),
            |row| row.surface.push('x'),
            |row| row.outcome.push('x'),
            |row| row.resource = Some(String::new()),
            |row| row.params_digest.push('x'),
            |row| row.at += 1,
            |row| row.duration_ms += 1,
            |row| row.seq = Some(2),
            |row| row.previous = None,
            |row| row.access = Some(String::new()),
            |row| row.access = Some("read".to_owned()),
            |row| row.repeats = Some(2),
            |row| row.since = Some(2),
            |row| row.detail = Some(String::new()),
            |row| row.detail = Some("{}".to_owned()),
            // A letter moves to the next column.
            |row| (row.call, row.tool) = ("cal".to_owned(), "lapps.list".to_owned()),
        ];
        let digests: BTreeSet<_> = changes
            .iter()
            .map(|change| {
                let mut row = row(&mut Head::default());
                change(&mut row);
                digest(&row)
            })
            .collect();
        assert_eq!(digests.len(), changes.len());
    }

    /// Later releases must be able to verify what is written today.
    #[test]
    fn the_digest_of_a_known_entry_does_not_change() {
        let mut head = Head::default();
        row(&mut head);
        assert_eq!(head.digest, "3c518988c9fa6c4c8c3c9e5054aa573552ff1b41d653647bd69c788a6c9e6865");
        let second = row(&mut head);
        assert_eq!((second.seq, head.seq), (Some(2), 2));
        assert_ne!(second.previous, second.digest);
    }
}
