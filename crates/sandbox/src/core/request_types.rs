//! Requests and replies without the HTTP server's types, so that simulators are plain functions.

use std::collections::BTreeMap;
use std::fmt;

use actix_web::web::Bytes;
use percent_encoding::percent_decode_str;
use serde_json::Value;
use tokio::sync::mpsc;

/// A received request.
#[derive(Clone)]
pub(crate) struct Request {
    /// The HTTP method, in capitals.
    pub(crate) method: String,
    /// The whole path.
    pub(crate) path: String,
    /// The path below the API's prefix, with its leading slash; the whole path elsewhere.
    pub(crate) endpoint: String,
    /// The decoded segments of an API path below the prefix; empty for any other path.
    pub(crate) segments: Vec<String>,
    /// The decoded query.
    pub(crate) query: BTreeMap<String, String>,
    /// The `Authorization` header.
    pub(crate) authorization: Option<String>,
    /// The other headers, by their name in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    /// The body.
    pub(crate) body: Vec<u8>,
    /// True if serving it breaks off in the middle.
    pub(crate) breaks_off: bool,
}

impl Request {
    /// Returns the method and the segments, for a `match`.
    pub(crate) fn route(&self) -> (&str, Vec<&str>) {
        (&self.method, self.segments.iter().map(String::as_str).collect())
    }

    /// Returns a header by its name in lower case; empty when it is absent.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// Returns whether the body's media type is JSON.
    pub(crate) fn has_json_type(&self) -> bool {
        self.header("content-type").contains("json")
    }

    /// Returns whether the path is below the API's prefix.
    pub(crate) fn is_api(&self) -> bool {
        !self.segments.is_empty()
    }

    /// Parses the body as JSON.
    pub(crate) fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// Returns a parameter of the JSON body or else of the query.
    pub(crate) fn input(&self, name: &str) -> Option<Value> {
        self.json()
            .and_then(|body| body.get(name).cloned())
            .or_else(|| self.query.get(name).map(|text| Value::from(text.as_str())))
            .filter(|value| !value.is_null())
    }

    /// Returns a whole number of the query.
    pub(crate) fn number(&self, name: &str) -> Option<usize> {
        self.query.get(name)?.parse().ok()
    }

    /// Returns a switch of the query that is on by default.
    pub(crate) fn is_on(&self, name: &str) -> bool {
        !matches!(self.query.get(name).map(String::as_str), Some("false" | "0" | "off" | "no"))
    }
}

#[cfg(test)]
impl Request {
    /// Returns a request without a query, headers and a body.
    pub(crate) fn without_body(method: &str, path: &str) -> Self {
        let (endpoint, segments) = split_path(path, "/api/v1/");
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            endpoint,
            segments,
            query: BTreeMap::new(),
            authorization: None,
            headers: BTreeMap::new(),
            body: Vec::new(),
            breaks_off: false,
        }
    }
}

/// Splits a path into its endpoint and segments below the prefix.
pub(crate) fn split_path(path: &str, api_prefix: &str) -> (String, Vec<String>) {
    let decode = |segment: &str| percent_decode_str(segment).decode_utf8_lossy().into_owned();
    let below = path.strip_prefix(api_prefix);
    let segments = below.map(|rest| rest.trim_end_matches('/').split('/').map(decode).collect());
    let endpoint = path.strip_prefix(api_prefix.trim_end_matches('/')).unwrap_or(path);
    (endpoint.to_owned(), segments.unwrap_or_default())
}

/// The answer to a request.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Body,
}

/// The body of a reply.
#[derive(Debug)]
pub(crate) enum Body {
    Json(Value),
    /// A text, sent as HTML.
    Text(String),
    /// A media type and bytes.
    Bytes(String, Vec<u8>),
    Empty,
    /// A reply that a job still has to produce, without the vendor's lock.
    Later(Job),
    /// A body that is sent while it is produced.
    Streamed(Streamed),
}

/// A body that is sent while it is produced.
#[derive(Debug)]
pub(crate) struct Streamed {
    pub(crate) media_type: &'static str,
    pub(crate) chunks: mpsc::Receiver<Bytes>,
    /// True if the connection serves nothing else from here on: with 101 if the client asks for an
    /// upgrade, otherwise without a length and without chunks.
    pub(crate) takes_over: bool,
}

/// Work that produces a reply; it may block.
pub(crate) struct Job(Box<dyn FnOnce() -> ReplyResult + Send>);

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Job")
    }
}

/// A reply, whether it is a success or not: `Err` is a refusal that ends a request early.
pub(crate) type ReplyResult = Result<Reply, Reply>;

impl Reply {
    /// Returns a JSON reply.
    pub(crate) fn json(status: u16, body: Value) -> Self {
        Self { status, headers: Vec::new(), body: Body::Json(body) }
    }

    /// Returns a 200 with a text, sent as HTML.
    pub(crate) fn text(text: &str) -> Self {
        Self { status: 200, headers: Vec::new(), body: Body::Text(text.to_owned()) }
    }

    /// Returns a reply without a body.
    pub(crate) fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Body::Empty }
    }

    /// Returns a reply that a job produces after the vendor's lock is released.
    pub(crate) fn later(job: impl FnOnce() -> ReplyResult + Send + 'static) -> Self {
        Self { status: 202, headers: Vec::new(), body: Body::Later(Job(Box::new(job))) }
    }

    /// Runs the job, if there is one, and returns the final reply. Blocks as long as the job does.
    pub(crate) fn finish(mut self) -> Self {
        let Body::Later(Job(job)) = self.body else { return self };
        let mut reply = job().unwrap_or_else(|refusal| refusal).finish();
        reply.headers.append(&mut self.headers);
        reply
    }

    /// Adds a header.
    pub(crate) fn header(mut self, name: &'static str, value: &impl ToString) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_below_the_prefix_are_split_and_decoded() {
        let split = |path: &str| split_path(path, "/api/v1/");
        assert_eq!(split("/api/v1/a/b%2Fc/"), ("/a/b%2Fc/".into(), vec!["a".into(), "b/c".into()]));
        assert_eq!(split("/org/repo.git"), ("/org/repo.git".into(), Vec::new()));
    }
}
