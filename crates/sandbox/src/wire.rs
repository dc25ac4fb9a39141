//! A request and a reply without the HTTP server's types, so that simulators are plain functions.

use std::collections::BTreeMap;
use std::fmt;

use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::record::Recorded;

/// The headers that are kept of a request, beside `Authorization`.
pub(crate) const HEADERS: [&str; 3] = ["content-encoding", "content-type", "git-protocol"];

/// The path of every vendor's API.
pub(crate) const API: &str = "/api/v1/";

/// What arrived.
#[derive(Clone)]
pub(crate) struct Request {
    /// In capitals.
    pub(crate) method: String,
    /// The whole path.
    pub(crate) path: String,
    /// The segments after `/api/v1`, decoded; empty for any other path.
    pub(crate) parts: Vec<String>,
    /// The query, decoded.
    pub(crate) query: BTreeMap<String, String>,
    /// The `Authorization` header.
    pub(crate) authorization: Option<String>,
    /// Other headers that matter, by their name in small letters: those of [`HEADERS`].
    pub(crate) headers: BTreeMap<&'static str, String>,
    /// The body.
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// The method and the segments, to be matched on.
    pub(crate) fn route(&self) -> (&str, Vec<&str>) {
        (&self.method, self.parts.iter().map(String::as_str).collect())
    }

    /// One of [`HEADERS`]; empty when it is absent.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// Whether the body says that it is JSON.
    pub(crate) fn says_json(&self) -> bool {
        self.header("content-type").contains("json")
    }

    /// Whether it is for the vendor's API.
    pub(crate) fn is_api(&self) -> bool {
        self.path.starts_with(API)
    }

    /// Whether the body is of git's own protocol: long, and nothing to read.
    fn is_git(&self) -> bool {
        self.header("content-type").starts_with("application/x-git-")
    }

    /// The body as JSON, where it is.
    pub(crate) fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// A parameter of the body or else of the query.
    pub(crate) fn input(&self, name: &str) -> Option<Value> {
        self.json()
            .and_then(|body| body.get(name).cloned())
            .or_else(|| self.query.get(name).map(|text| Value::from(text.as_str())))
            .filter(|value| !value.is_null())
    }

    /// A whole number of the query.
    pub(crate) fn number(&self, name: &str) -> Option<usize> {
        self.query.get(name)?.parse().ok()
    }

    /// A switch of the query that is on unless it is told off.
    pub(crate) fn is_on(&self, name: &str) -> bool {
        !matches!(self.query.get(name).map(String::as_str), Some("false" | "0" | "off" | "no"))
    }

    /// The request as the log keeps it.
    pub(crate) fn recorded(&self) -> Recorded {
        let text = || Value::from(String::from_utf8_lossy(&self.body));
        Recorded {
            method: self.method.clone(),
            path: self.path.clone(),
            query: self.query.clone(),
            body: (!self.body.is_empty() && !self.is_git())
                .then(|| self.json().unwrap_or_else(text)),
            status: None,
        }
    }
}

/// The segments of a path after `/api/v1`.
pub(crate) fn parts(path: &str) -> Vec<String> {
    let decode = |part: &str| percent_decode_str(part).decode_utf8_lossy().into_owned();
    path.strip_prefix(API)
        .map(|rest| rest.trim_end_matches('/').split('/').map(decode).collect())
        .unwrap_or_default()
}

/// What is answered.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Body,
}

/// What an answer carries.
#[derive(Debug)]
pub(crate) enum Body {
    Json(Value),
    Text(String),
    /// Bytes and their media type.
    Bytes(String, Vec<u8>),
    Empty,
    /// What is found out only now, without the vendor's lock.
    Later(Job),
}

/// Work that makes an answer; it may take its time and block.
pub(crate) struct Job(Box<dyn FnOnce() -> Answer + Send>);

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Job")
    }
}

/// An answer either way: `Err` is the refusal that ends a request early.
pub(crate) type Answer = Result<Reply, Reply>;

impl Reply {
    /// A JSON answer.
    pub(crate) fn json(status: u16, body: Value) -> Self {
        Self { status, headers: Vec::new(), body: Body::Json(body) }
    }

    /// A plain text.
    pub(crate) fn text(text: &str) -> Self {
        Self { status: 200, headers: Vec::new(), body: Body::Text(text.to_owned()) }
    }

    /// An answer without a body.
    pub(crate) fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Body::Empty }
    }

    /// An answer that a job makes once the vendor's lock is free again.
    pub(crate) fn later(job: impl FnOnce() -> Answer + Send + 'static) -> Self {
        Self { status: 202, headers: Vec::new(), body: Body::Later(Job(Box::new(job))) }
    }

    /// The answer itself, after the job if there is one; blocks as long as that takes.
    pub(crate) fn finished(mut self) -> Self {
        let Body::Later(Job(job)) = self.body else { return self };
        let mut made = job().unwrap_or_else(|refusal| refusal).finished();
        made.headers.append(&mut self.headers);
        made
    }

    /// The same with one more header.
    pub(crate) fn header(mut self, name: &'static str, value: &impl ToString) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }
}
