//! The log of what a simulator received.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;
use serde_json::Value;

/// A request as it arrived; the `Authorization` header is never kept.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Recorded {
    /// The HTTP method, in capitals.
    pub method: String,
    /// The whole path, without the query.
    pub path: String,
    /// The query's parameters.
    pub query: BTreeMap<String, String>,
    /// The body: as JSON where it is JSON, as a JSON string else; absent when empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// The status that was answered; none when nothing was answered (yet).
    pub status: Option<u16>,
}

/// How many requests are kept; the oldest ones go first.
const KEPT: usize = 5_000;

/// The last requests, oldest first, each with a number that stays its own.
#[derive(Debug, Default)]
pub(crate) struct Log {
    entries: VecDeque<(u64, Recorded)>,
    next: u64,
}

impl Log {
    /// Keeps a request and returns its number.
    pub(crate) fn push(&mut self, recorded: Recorded) -> u64 {
        if self.entries.len() == KEPT {
            self.entries.pop_front();
        }
        self.next += 1;
        self.entries.push_back((self.next, recorded));
        self.next
    }

    /// Notes what the request of that number was answered.
    pub(crate) fn answered(&mut self, number: u64, status: u16) {
        if let Some((_, entry)) = self.entries.iter_mut().rev().find(|(at, _)| *at == number) {
            entry.status = Some(status);
        }
    }

    /// All of them, oldest first.
    pub(crate) fn all(&self) -> Vec<Recorded> {
        self.entries.iter().map(|(_, entry)| entry.clone()).collect()
    }

    /// Forgets all of them.
    pub(crate) fn clear(&mut self) {
        self.entries.clear();
    }
}
