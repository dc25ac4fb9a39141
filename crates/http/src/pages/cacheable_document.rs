//! A document that is the same for every client, and that clients may cache.

use std::sync::{Arc, LazyLock};

use actix_web::http::header::EntityTag;
use actix_web::{HttpRequest, HttpResponse, Resource, web};
use covibe_operation::surface::digest_of;
use serde_json::Value;

use crate::connection::Streamed;
use crate::responses;

/// A document and its path. It is generated when it is first requested, because that takes as long as
/// the rest of a start.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    path: &'static str,
    content: Arc<LazyLock<Content, Generator>>,
}

/// The function that generates a document.
type Generator = Box<dyn FnOnce() -> Content + Send>;

/// The text of a document and the tag of its version.
#[derive(Debug)]
struct Content {
    text: web::Bytes,
    tag: EntityTag,
}

impl Document {
    /// Creates a document at this path.
    pub(crate) fn new(path: &'static str, value: impl FnOnce() -> Value + Send + 'static) -> Self {
        let generate: Generator = Box::new(move || {
            let text = value().to_string();
            let tag = EntityTag::new_strong(digest_of(&text));
            Content { text: web::Bytes::from(text), tag }
        });
        Self { path, content: Arc::new(LazyLock::new(generate)) }
    }

    /// Returns the route. A client that has the current version gets 304.
    pub(crate) fn resource(&self) -> Resource {
        let document = self.clone();
        let get = web::get()
            .to(move |request: HttpRequest| std::future::ready(document.response(&request)));
        web::resource(self.path)
            .route(get)
            .default_service(web::to(|| responses::wrong_method("GET")))
    }

    fn response(&self, request: &HttpRequest) -> HttpResponse {
        let Content { text, tag } = &**self.content;
        let mut response = responses::cacheable(request, tag, text.clone());
        response.extensions_mut().insert(Streamed::SHARED);
        response
    }
}
