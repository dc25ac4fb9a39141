//! The log of what a simulator received.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;
use serde_json::Value;

use crate::wire::{Body, Reply, Request};

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

/// What the vendor answered to a request; what a fault answers in its place is not among these.
#[derive(Clone, Debug, PartialEq)]
pub struct Answered {
    /// The HTTP method, in capitals.
    pub method: String,
    /// The whole path, without the query.
    pub path: String,
    /// The status.
    pub status: u16,
    /// The body's media type and the body, a text as a JSON string; absent when it is empty.
    pub body: Option<(&'static str, Value)>,
}

/// How many requests are kept, and how many answers; the oldest ones go first.
const KEPT: usize = 5_000;

/// The last requests, oldest first, each with a number that stays its own.
#[derive(Debug, Default)]
pub(crate) struct Log {
    entries: VecDeque<(u64, Recorded)>,
    next: u64,
    /// None unless somebody has asked for them.
    answers: Option<VecDeque<Answered>>,
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

    /// Keeps answers from now on.
    pub(crate) fn keep_answers(&mut self) {
        self.answers.get_or_insert_default();
    }

    /// Keeps an answer, where they are kept.
    pub(crate) fn keep(&mut self, request: &Request, reply: &Reply) {
        let Some(answers) = &mut self.answers else { return };
        if answers.len() == KEPT {
            answers.pop_front();
        }
        answers.push_back(Answered {
            method: request.method.clone(),
            path: request.path.clone(),
            status: reply.status,
            body: match &reply.body {
                Body::Json(value) => Some(("application/json", value.clone())),
                Body::Text(text) => Some(("text/html", Value::from(text.as_str()))),
                Body::Bytes(..) | Body::Empty | Body::Later(_) => None,
            },
        });
    }

    /// The answers since they are kept, oldest first; they are forgotten.
    pub(crate) fn take_answers(&mut self) -> Vec<Answered> {
        self.answers.as_mut().map(std::mem::take).into_iter().flatten().collect()
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
