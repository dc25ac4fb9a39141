//! Walking along a chain.

use super::extent::Extent;
use crate::audit::audit_entry::Row;
use crate::audit::chain::{Head, digest};

/// The number of the first invalid entry, and what is wrong with it.
pub(crate) type Problem = (i64, String);

/// The part of the chain that has been verified.
pub(crate) struct Walk {
    /// The last valid entry.
    pub(crate) reached: Head,
}

impl Walk {
    /// Verifies the next entries of the database, which does not keep the digest of the entry before each, up
    /// to the first problem. Returns it.
    pub(super) fn steps(&mut self, rows: &mut [Row]) -> Option<Problem> {
        rows.iter_mut().find_map(|row| {
            row.previous = Some(self.reached.digest.clone());
            self.step(row)
        })
    }

    /// Verifies the next entry. Returns the problem if it does not continue the chain.
    pub(crate) fn step(&mut self, row: &Row) -> Option<Problem> {
        let seq = row.seq.unwrap_or_default();
        let expected = self.reached.seq.saturating_add(1);
        let problem = if seq > expected {
            return Some((expected, missing_entries(expected, seq.saturating_sub(1))));
        } else if seq < expected {
            "has the same number as another one"
        } else if row.digest.as_deref() != Some(&digest(row)) {
            "was changed or moved, or the one before it was replaced: its digest does not match its content"
        } else if row.previous.as_deref() != Some(&self.reached.digest) {
            "does not continue the entry before it: one of the two was replaced"
        } else {
            self.reached = Head { seq, digest: row.digest.clone().unwrap_or_default() };
            return None;
        };
        Some((seq, format!("entry {seq} {problem}")))
    }

    /// Returns the problem of a chain whose entries are valid but do not end at its head.
    pub(super) fn check_end(&self, extent: &Extent) -> Option<Problem> {
        let Head { seq, digest } = &self.reached;
        let next = seq.saturating_add(1);
        if *seq < extent.head.seq {
            return Some((next, missing_entries(next, extent.head.seq)));
        }
        if *digest != extent.head.digest {
            return Some((*seq, format!("entry {seq} does not match the chain's head")));
        }
        let beyond = || format!("entry {} is beyond the chain's head", extent.last);
        (extent.last > *seq).then(|| (extent.last, beyond()))
    }
}

fn missing_entries(from: i64, to: i64) -> String {
    if from == to {
        format!("entry {from} is missing")
    } else {
        format!("entries {from} to {to} are missing")
    }
}
