//! `GET /api/cookbook/{recipe}`: the recipes for callers without MCP, the same text as its resources.
//!
//! Like the OpenAPI document it contains nothing about a workspace, so that it needs no key.

use std::sync::Arc;

use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, Resource, web};
use covibe_operation::Document;
use covibe_operation::cookbook::{Cookbook, INDEX, LazyCookbook, PATH};

use crate::responses;

/// The time for which a client may cache a recipe: it changes with the server's version.
const CACHE: HeaderValue = HeaderValue::from_static("public, max-age=300");

const MARKDOWN: Document =
    Document { media_type: "text/markdown; charset=utf-8", file_name: "recipe.md" };

/// Returns the route. Without a recipe it serves the list of them.
pub(crate) fn resource(cookbook: &Arc<LazyCookbook>) -> Resource {
    let cookbook = Arc::clone(cookbook);
    let get = web::get().to(move |request: HttpRequest| {
        let name = request.match_info().get("recipe").unwrap_or(INDEX);
        std::future::ready(page(&cookbook, name))
    });
    let root = PATH.trim_end_matches('/').to_owned();
    web::resource([root, format!("{PATH}{{recipe}}")])
        .route(get)
        .default_service(web::to(|| responses::wrong_method("GET")))
}

fn page(cookbook: &Cookbook, name: &str) -> HttpResponse {
    let Some(page) = cookbook.pages().iter().find(|page| page.name == name) else {
        return responses::failure(&cookbook.unknown_name(name));
    };
    let mut response = responses::document(200, &MARKDOWN, page.text.clone());
    response.headers_mut().insert(CACHE_CONTROL, CACHE);
    response
}
