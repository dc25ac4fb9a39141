//! Pages: `page` from 1, `limit` of at most 50, with the total and the neighbours in headers.

use serde_json::Value;

use crate::wire::{Reply, Request};

/// The most a page holds: `MAX_RESPONSE_ITEMS`.
pub(super) const MOST: usize = 50;
/// What a page holds unless told: `DEFAULT_PAGING_NUM`.
pub(super) const USUAL: usize = 30;

/// The number of the page that a request asks for, and how much it holds.
pub(super) fn asked(request: &Request) -> (usize, usize) {
    let page = request.number("page").unwrap_or(1).max(1);
    let limit = request.number("limit").filter(|limit| *limit > 0).unwrap_or(USUAL).min(MOST);
    (page, limit)
}

/// The page that a request asks for.
pub(super) fn page(request: &Request, all: &[Value]) -> Reply {
    let (page, limit) = asked(request);
    let items = all.iter().skip((page - 1).saturating_mul(limit)).take(limit).cloned();
    headed(request, Reply::json(200, items.collect()), all.len())
}

/// A page with its headers.
pub(super) fn headed(request: &Request, reply: Reply, total: usize) -> Reply {
    let (page, limit) = asked(request);
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
