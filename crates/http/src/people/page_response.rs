//! Pages as responses: HTML with the headers that every page has.

use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use actix_web::{HttpRequest, HttpResponse};
use covibe_console::{CONTENT_SECURITY_POLICY, Markup, Problem, pages, paths};
use covibe_domain::Failure;

use crate::responses;

/// The headers of every page besides those of every response: it is shown in no frame, and tells no other site
/// where its visitors came from.
const HEADERS: [(&str, &str); 4] = [
    ("content-security-policy", CONTENT_SECURITY_POLICY),
    ("x-frame-options", "DENY"),
    ("cross-origin-opener-policy", "same-origin"),
    ("referrer-policy", "same-origin"),
];

/// Returns a page.
pub(crate) fn page(status: u16, markup: Markup) -> HttpResponse {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    let mut response = HttpResponse::build(status);
    for header in HEADERS {
        response.insert_header(header);
    }
    response.content_type("text/html; charset=utf-8").body(markup.into_string())
}

/// Answers a request for a path that has no route: with a page where a browser asks for one.
pub(crate) fn no_such_page(request: &HttpRequest) -> HttpResponse {
    if !responses::wants_page(request.headers()) || request.path().starts_with("/api/") {
        return responses::no_such_path(request);
    }
    let why = Problem::new("There is nothing at this address.")
        .hint("Check the address for typing errors. The page may have been removed.");
    let action = Some(("Open the console", paths::OVERVIEW));
    page(404, pages::error_pages::bare_failure("Page not found", &why, action))
}

/// Returns a page that a link with a token leads to: not even pages of ours learn its address.
pub(crate) fn secret_page(status: u16, markup: Markup) -> HttpResponse {
    let mut response = page(status, markup);
    let value = actix_web::http::header::HeaderValue::from_static("no-referrer");
    response.headers_mut().insert(actix_web::http::header::REFERRER_POLICY, value);
    response
}

/// Returns a redirect to a path of ours, after a form was sent.
pub(crate) fn see_other(path: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((LOCATION, path)).finish()
}

/// Returns a page with the status of a failure, which it tells of.
pub(crate) fn refused_form(why: &Failure, markup: Markup) -> HttpResponse {
    responses::with_retry(page(why.kind.status(), markup), why)
}

/// Returns the page that tells of a failure, without the console around it.
pub(crate) fn failure_page(failure: &Failure, request_id: &str) -> HttpResponse {
    let why = Problem::from(failure).of_request(request_id);
    refused_form(failure, pages::error_pages::bare_failure("That did not work", &why, None))
}
