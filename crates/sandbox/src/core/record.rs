//! The record of the requests that a simulator received, and of the answers that it gave.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;
use serde_json::Value;

use super::wire::{Body, Reply, Request};

/// A request as it arrived, without its headers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Recorded {
    /// The HTTP method, in capitals.
    pub method: String,
    /// The whole path, without the query.
    pub path: String,
    /// The query's parameters.
    pub query: BTreeMap<String, String>,
    /// The body: JSON as itself, anything else as a JSON string; absent when empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// The status of the answer; none while there is no answer.
    pub status: Option<u16>,
    /// The size of the answer's body in bytes; none while there is no answer, or when it has no
    /// length.
    pub bytes: Option<u64>,
}

impl Recorded {
    /// Records a request that has no answer yet.
    pub(crate) fn new(request: &Request, omit_body: bool) -> Self {
        let text = || Value::from(String::from_utf8_lossy(&request.body));
        let has_body = !request.body.is_empty() && !omit_body;
        Self {
            method: request.method.clone(),
            path: request.path.clone(),
            query: request.query.clone(),
            body: has_body.then(|| request.json().unwrap_or_else(text)),
            status: None,
            bytes: None,
        }
    }
}

/// The vendor's answer to a request. What a fault answers in its place is not recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct Answered {
    /// The HTTP method, in capitals.
    pub method: String,
    /// The whole path, without the query.
    pub path: String,
    /// The status.
    pub status: u16,
    /// The media type and the body, a text as a JSON string; absent when there is none.
    pub body: Option<(&'static str, Value)>,
}

impl Answered {
    fn new(request: &Request, reply: &Reply) -> Self {
        Self {
            method: request.method.clone(),
            path: request.path.clone(),
            status: reply.status,
            body: match &reply.body {
                Body::Json(value) => Some(("application/json", value.clone())),
                Body::Text(text) => Some(("text/html", Value::from(text.as_str()))),
                Body::Bytes(..) | Body::Empty | Body::Later(_) => None,
            },
        }
    }
}

/// How many requests, and how many answers, are kept; the oldest are dropped.
const CAPACITY: usize = 5_000;

/// The last requests, oldest first, each with a number that stays its own.
#[derive(Debug, Default)]
pub(crate) struct Log {
    requests: VecDeque<(u64, Recorded)>,
    last_number: u64,
    /// None until [`Log::keep_answers`].
    answers: Option<VecDeque<Answered>>,
}

impl Log {
    /// Adds a request and returns its number.
    pub(crate) fn add_request(&mut self, request: Recorded) -> u64 {
        if self.requests.len() == CAPACITY {
            self.requests.pop_front();
        }
        self.last_number += 1;
        self.requests.push_back((self.last_number, request));
        self.last_number
    }

    /// Notes the status and the size that the request with that number was answered with.
    pub(crate) fn set_answer(&mut self, number: u64, status: u16, bytes: Option<u64>) {
        let mut newest_first = self.requests.iter_mut().rev();
        if let Some((_, request)) = newest_first.find(|(at, _)| *at == number) {
            request.status = Some(status);
            request.bytes = bytes;
        }
    }

    /// Keeps answers from now on.
    pub(crate) fn keep_answers(&mut self) {
        self.answers.get_or_insert_default();
    }

    /// Adds an answer, if answers are kept.
    pub(crate) fn add_answer(&mut self, request: &Request, reply: &Reply) {
        let Some(answers) = &mut self.answers else { return };
        if answers.len() == CAPACITY {
            answers.pop_front();
        }
        answers.push_back(Answered::new(request, reply));
    }

    /// Removes and returns the answers, oldest first.
    pub(crate) fn take_answers(&mut self) -> Vec<Answered> {
        self.answers.as_mut().map(std::mem::take).into_iter().flatten().collect()
    }

    /// Returns the requests, oldest first.
    pub(crate) fn requests(&self) -> Vec<Recorded> {
        self.requests.iter().map(|(_, request)| request.clone()).collect()
    }

    /// Removes the requests.
    pub(crate) fn clear(&mut self) {
        self.requests.clear();
    }
}
