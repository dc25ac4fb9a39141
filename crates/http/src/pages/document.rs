//! A document that is the same for every client, and that clients may keep.

use actix_web::http::header::{
    CACHE_CONTROL, ETAG, EntityTag, Header as _, HeaderValue, IfNoneMatch,
};
use actix_web::{HttpRequest, HttpResponse, Resource, web};
use covibe_operation::surface::digest_of;
use serde_json::Value;

use crate::answer;

/// A document, its path and the tag of its version.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    path: &'static str,
    text: web::Bytes,
    tag: EntityTag,
}

impl Document {
    /// Creates a document at this path.
    pub(crate) fn new(path: &'static str, value: &Value) -> Self {
        let text = value.to_string();
        let tag = EntityTag::new_strong(digest_of(&text));
        Self { path, text: web::Bytes::from(text), tag }
    }

    /// Returns the route. A client that has the current version gets 304.
    pub(crate) fn resource(&self) -> Resource {
        let document = self.clone();
        let get = web::get()
            .to(move |request: HttpRequest| std::future::ready(document.response(&request)));
        web::resource(self.path).route(get).default_service(web::to(|| answer::wrong_method("GET")))
    }

    fn response(&self, request: &HttpRequest) -> HttpResponse {
        let is_current = match IfNoneMatch::parse(request) {
            Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|tag| tag.weak_eq(&self.tag)),
            _ => false,
        };
        let mut response = if is_current {
            HttpResponse::NotModified().finish()
        } else {
            answer::json_text(200, self.text.clone())
        };
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        if let Ok(tag) = HeaderValue::try_from(self.tag.to_string()) {
            headers.insert(ETAG, tag);
        }
        response
    }
}
