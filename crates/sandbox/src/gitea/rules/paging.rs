//! Pages: `page` from 1, `limit` of at most 50, with the total and links in headers.

use serde_json::Value;

use crate::core::request_types::{Reply, Request};

/// The largest page: `MAX_RESPONSE_ITEMS`.
pub(crate) const MAX_LIMIT: usize = 50;
/// The default size of a page: `DEFAULT_PAGING_NUM`.
pub(crate) const DEFAULT_LIMIT: usize = 30;

/// Returns the page and the limit that a request asks for.
pub(crate) fn requested(request: &Request) -> (usize, usize) {
    let page = request.number("page").unwrap_or(1).max(1);
    let limit = request.number("limit").filter(|limit| *limit > 0);
    let limit = limit.unwrap_or(DEFAULT_LIMIT).min(MAX_LIMIT);
    (page, limit)
}

/// Returns the page of `all` that a request asks for.
pub(crate) fn page(request: &Request, all: &[Value]) -> Reply {
    let (page, limit) = requested(request);
    let items = all.iter().skip((page - 1).saturating_mul(limit)).take(limit).cloned();
    with_headers(request, Reply::json(200, items.collect()), all.len())
}

/// Adds the headers of a page.
pub(crate) fn with_headers(request: &Request, reply: Reply, total: usize) -> Reply {
    let (page, limit) = requested(request);
    let last = total.div_ceil(limit).max(1);
    let reply = reply.header("X-Total-Count", &total);
    match links(&request.path, page, limit, last) {
        links if links.is_empty() => reply,
        links => reply.header("Link", &links),
    }
}

fn links(path: &str, page: usize, limit: usize, last: usize) -> String {
    let link = |to: usize, rel: &str| format!("<{path}?limit={limit}&page={to}>; rel=\"{rel}\"");
    let mut links = Vec::new();
    if page < last {
        links.extend([link(page + 1, "next"), link(last, "last")]);
    }
    if page > 1 {
        links.extend([link(1, "first"), link(page - 1, "prev")]);
    }
    links.join(",")
}
