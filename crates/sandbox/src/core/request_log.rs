//! The record of the requests that a simulator received, and of its answers.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;
use serde_json::Value;

use super::request_log_redaction;
use super::request_types::{Body, Reply, Request};

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
    /// The status of the answer; `None` while there is no answer.
    pub status: Option<u16>,
    /// The size of the answer's body in bytes; `None` while there is no answer, or if it has no
    /// length.
    pub bytes: Option<u64>,
}

impl Recorded {
    /// Records a request that has no answer yet.
    fn new(request: &Request, omit_body: bool) -> Self {
        let text = || Value::from(String::from_utf8_lossy(&request.body));
        let body = match request.body.len() {
            0 => None,
            _ if omit_body => None,
            bytes if bytes > LONGEST_BODY => Some(Value::from(format!("[{bytes} bytes]"))),
            _ => Some(request.json().unwrap_or_else(text)),
        };
        Self {
            method: request.method.clone(),
            path: request.path.clone(),
            query: request.query.clone(),
            body,
            status: None,
            bytes: None,
        }
    }

    /// Replaces secrets by a mark.
    fn redact(&mut self) {
        self.path = request_log_redaction::text(&self.path);
        for (name, value) in &mut self.query {
            *value = request_log_redaction::redact_member(name, value);
        }
        if let Some(body) = &mut self.body {
            request_log_redaction::json(body);
        }
    }

    /// Returns the approximate memory that it takes, in bytes.
    fn weight(&self) -> usize {
        let query: usize = self.query.iter().map(|(name, value)| name.len() + value.len()).sum();
        let body = self.body.as_ref().map(weight).unwrap_or_default();
        NODE + self.path.len() + query + NODE * self.query.len() + body
    }
}

/// Returns the approximate memory that a JSON value takes, in bytes.
fn weight(value: &Value) -> usize {
    let inner: usize = match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(weight).sum(),
        Value::Object(members) => {
            members.iter().map(|(name, value)| NODE + name.len() + weight(value)).sum()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    };
    NODE + inner
}

/// The memory of a value besides its text, in bytes.
const NODE: usize = 64;

/// The longest body that is kept, in bytes.
const LONGEST_BODY: usize = 1 << 20;

/// The vendor's answer to a request. The answer of a fault in its place is not recorded.
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
                Body::Bytes(..) | Body::Empty | Body::Later(_) | Body::Streamed(_) => None,
            },
        }
    }
}

/// The memory of the requests that are kept, in bytes; the oldest are dropped.
const MEMORY: usize = 32 << 20;

/// The maximum number of requests, and of answers, that are kept; the oldest are dropped.
const CAPACITY: usize = 5_000;

/// A request that is kept.
#[derive(Debug)]
struct Entry {
    number: u64,
    weight: usize,
    request: Recorded,
}

/// The last requests, oldest first, each with a number that stays its own.
#[derive(Debug, Default)]
pub(crate) struct Log {
    requests: VecDeque<Entry>,
    last_number: u64,
    /// The sum of the weights.
    memory: usize,
    keeps_secrets: bool,
    /// `None` until [`Log::keep_answers`].
    answers: Option<VecDeque<Answered>>,
}

impl Log {
    /// Adds a request and returns its number.
    pub(crate) fn add_request(&mut self, request: &Request, omit_body: bool) -> u64 {
        let mut request = Recorded::new(request, omit_body);
        if !self.keeps_secrets {
            request.redact();
        }
        self.last_number += 1;
        let (number, weight) = (self.last_number, request.weight());
        self.memory += weight;
        self.requests.push_back(Entry { number, weight, request });
        while self.requests.len() > CAPACITY || self.memory > MEMORY {
            let Some(oldest) = self.requests.pop_front() else { break };
            self.memory -= oldest.weight;
        }
        number
    }

    /// Records requests with their secrets from now on.
    pub(crate) fn keep_secrets(&mut self) {
        self.keeps_secrets = true;
    }

    /// Notes the status and the size of the answer to the request with that number.
    pub(crate) fn set_answer(&mut self, number: u64, status: u16, bytes: Option<u64>) {
        let mut newest_first = self.requests.iter_mut().rev();
        if let Some(entry) = newest_first.find(|entry| entry.number == number) {
            entry.request.status = Some(status);
            entry.request.bytes = bytes;
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
    pub(crate) fn requests(&self) -> impl Iterator<Item = &Recorded> {
        self.requests.iter().map(|entry| &entry.request)
    }

    /// Removes the requests.
    pub(crate) fn clear(&mut self) {
        self.requests.clear();
        self.memory = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(body: Vec<u8>) -> Request {
        Request { body, ..Request::without_body("POST", "/api/v1/projects") }
    }

    #[test]
    fn the_newest_requests_are_kept_within_the_limit_of_memory() {
        let mut log = Log::default();
        // Each number of the list takes 32 times the memory of its text.
        let body = serde_json::to_vec(&vec![0; 100_000]).unwrap();
        for _ in 0..50 {
            log.add_request(&request(body.clone()), false);
        }
        let last = log.add_request(&request(vec![b'a'; 8 << 20]), false);
        assert!(log.memory <= MEMORY && log.requests.len() < 10, "{}", log.requests.len());
        assert_eq!(log.requests.back().map(|entry| entry.number), Some(last));
        assert_eq!(log.requests().last().unwrap().body, Some(Value::from("[8388608 bytes]")));
        log.clear();
        assert_eq!(log.memory, 0);
    }
}
