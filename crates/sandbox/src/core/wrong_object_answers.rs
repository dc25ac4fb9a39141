//! Answers about another object than the requested one, as a broken cache in front of an upstream gives them.

use std::borrow::Cow;

use parking_lot::Mutex;
use serde_json::Value;

use super::request_types::{Body, Reply, Request, split_path};

/// Pairs of a requested object and the one that the answer is about: parts of paths of one or more whole segments.
#[derive(Debug, Default)]
pub(crate) struct Confusion {
    pairs: Mutex<Vec<(String, String)>>,
    /// The uuid that creations are answered with.
    created: Mutex<Option<String>>,
}

impl Confusion {
    /// Answers about `other` whenever a request names `asked`.
    pub(crate) fn add(&self, asked: &str, other: &str) {
        self.pairs.lock().push((asked.to_owned(), other.to_owned()));
    }

    /// Answers creations with this uuid.
    pub(crate) fn of_creations(&self, uuid: &str) {
        *self.created.lock() = Some(uuid.to_owned());
    }

    /// Answers about the requested objects again.
    pub(crate) fn clear(&self) {
        self.pairs.lock().clear();
        *self.created.lock() = None;
    }

    /// Returns the request that is served in place of one that only reads.
    pub(crate) fn of_request<'a>(
        &self,
        request: &'a Request,
        api_prefix: fn(&str) -> &str,
    ) -> Cow<'a, Request> {
        let pairs = self.pairs.lock();
        if request.method != "GET" || pairs.is_empty() {
            return Cow::Borrowed(request);
        }
        let mut request = request.clone();
        for (asked, other) in &*pairs {
            request.path = replaced(&request.path, asked, other);
        }
        (request.endpoint, request.segments) = split_path(&request.path, api_prefix(&request.path));
        Cow::Owned(request)
    }

    /// Returns the reply in place of the one to a request that changes something. The request itself took effect on
    /// the object that it named.
    pub(crate) fn of_reply(&self, request: &Request, mut reply: Reply) -> Reply {
        if let (false, Body::Json(value)) = (request.method == "GET", &mut reply.body) {
            for (asked, other) in &*self.pairs.lock() {
                swap(value, asked, other);
            }
            let created = self.created.lock();
            if let (201, Some(own), Some(other)) = (reply.status, value.get_mut("uuid"), &*created)
            {
                *own = Value::from(other.as_str());
            }
        }
        reply
    }
}

/// Replaces whole segments of a path.
fn replaced(path: &str, asked: &str, other: &str) -> String {
    let swapped = format!("{path}/").replace(&format!("/{asked}/"), &format!("/{other}/"));
    swapped.strip_suffix('/').unwrap_or(&swapped).to_owned()
}

/// Replaces every text that is exactly this one.
fn swap(value: &mut Value, asked: &str, other: &str) {
    match value {
        Value::String(text) if text == asked => other.clone_into(text),
        Value::Array(items) => items.iter_mut().for_each(|item| swap(item, asked, other)),
        Value::Object(members) => members.values_mut().for_each(|one| swap(one, asked, other)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_whole_path_segments_are_swapped() {
        let confusion = Confusion::default();
        confusion.add("a/b", "c/d");
        let read = |path: &str| {
            let request = Request::without_body("GET", path);
            confusion.of_request(&request, |_| "/api/v1/").path.clone()
        };
        assert_eq!(read("/api/v1/repos/a/b"), "/api/v1/repos/c/d");
        assert_eq!(read("/api/v1/repos/a/b/hooks"), "/api/v1/repos/c/d/hooks");
        assert_eq!(read("/api/v1/repos/a/bc"), "/api/v1/repos/a/bc");
        confusion.clear();
        assert_eq!(read("/api/v1/repos/a/b"), "/api/v1/repos/a/b");
    }

    #[test]
    fn a_change_reaches_the_named_object_but_its_answer_is_swapped() {
        let confusion = Confusion::default();
        confusion.add("a", "b");
        let change = Request::without_body("PATCH", "/api/v1/applications/a");
        assert_eq!(confusion.of_request(&change, |_| "/api/v1/").path, change.path);
        let reply = confusion.of_reply(&change, Reply::json(200, json!({ "uuid": ["a", "ab"] })));
        let Body::Json(body) = reply.body else { panic!("JSON") };
        assert_eq!(body, json!({ "uuid": ["b", "ab"] }));
    }
}
