//! Requests, and what a server answers.

use bytes::Bytes;
use hyper::HeaderMap;
use hyper::header::HeaderName;
use serde_json::Value;

/// A request of a check.
#[derive(Clone, Debug)]
pub struct Request {
    pub(super) method: &'static str,
    pub(super) path: String,
    pub(super) headers: Vec<(&'static str, Bytes)>,
    pub(super) body: Bytes,
    pub(super) most: usize,
}

/// The maximum number of bytes of a body that are read.
const MOST: usize = 1024 * 1024;

impl Request {
    /// Creates a request for a path.
    pub fn new(method: &'static str, path: impl Into<String>) -> Self {
        Self { method, path: path.into(), headers: Vec::new(), body: Bytes::new(), most: MOST }
    }

    /// Creates a `GET`.
    pub fn get(path: impl Into<String>) -> Self {
        Self::new("GET", path)
    }

    /// Creates a `POST` of a JSON text, which may be malformed.
    pub fn post(path: impl Into<String>, body: impl Into<Bytes>) -> Self {
        Self { body: body.into(), ..Self::new("POST", path) }
            .header("content-type", "application/json")
    }

    /// Sends it with another method.
    #[must_use]
    pub const fn with_method(mut self, method: &'static str) -> Self {
        self.method = method;
        self
    }

    /// Adds a header; one that is there stays there.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<Bytes>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Replaces a header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Bytes>) -> Self {
        self.headers.retain(|(each, _)| *each != name);
        self.header(name, value)
    }

    /// Sets the most bytes of the body that are read.
    #[must_use]
    pub const fn at_most(mut self, bytes: usize) -> Self {
        self.most = bytes;
        self
    }

    /// Returns the method and the path, without a query.
    pub fn endpoint(&self) -> String {
        let path = self.path.split('?').next().unwrap_or_default();
        format!("{} {path}", self.method)
    }
}

/// An answer with its whole body.
#[derive(Clone, Debug)]
pub struct HttpAnswer {
    /// The method and the path of the request.
    pub endpoint: String,
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// The number of connections that were tried.
    pub attempts: u32,
}

impl HttpAnswer {
    /// Returns a header's value, if it is text.
    pub fn header(&self, name: &'static str) -> Option<&str> {
        self.headers.get(HeaderName::from_static(name))?.to_str().ok()
    }

    /// Returns every value of a header.
    pub fn all(&self, name: &'static str) -> Vec<&str> {
        let values = self.headers.get_all(HeaderName::from_static(name)).into_iter();
        values.filter_map(|value| value.to_str().ok()).collect()
    }

    /// Returns the body, if it is JSON by its content type and by its content.
    pub fn json(&self) -> Option<Value> {
        let kind = self.header("content-type")?;
        let is_json = kind.split(';').next().is_some_and(|kind| kind.trim() == "application/json");
        serde_json::from_slice(&self.body).ok().filter(|_| is_json)
    }

    /// Returns a line about the answer: its status, its content type, and the beginning of its body.
    pub fn summary(&self) -> String {
        let kind = self.header("content-type").unwrap_or("no content type");
        let body = String::from_utf8_lossy(&self.body);
        let body: String = body.chars().take(200).collect();
        format!("{} {kind} {body}", self.status).trim_end().to_owned()
    }
}
