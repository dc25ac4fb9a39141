//! Helpers of the pages: parameters, forms, and redirects.

use std::collections::BTreeMap;

use url::{Url, form_urlencoded};

use crate::core::request_types::{Reply, Request};

/// Returns the parameters of a request: of the query, or of the form that is sent.
pub(super) fn parameters(request: &Request) -> BTreeMap<String, String> {
    if request.method == "POST" {
        form_urlencoded::parse(&request.body).into_owned().collect()
    } else {
        request.query.clone()
    }
}

/// Sends a browser on, with these parameters added.
pub(super) fn redirect(to: &str, parameters: &[(&str, &str)]) -> Option<Reply> {
    let mut url = Url::parse(to).ok()?;
    if !parameters.is_empty() {
        url.query_pairs_mut().extend_pairs(parameters);
    }
    Some(Reply::empty(302).header("Location", &url))
}

/// The path of the page about an address that is not configured.
pub(in crate::workos) const UNKNOWN_REDIRECT: &str = "redirect-uri-invalid";

/// Sends a browser to the page about an address that is not configured, which WorkOS has on another host.
pub(super) fn unknown_redirect(url: &str) -> Reply {
    Reply::empty(302).header("Location", &format!("{url}/{UNKNOWN_REDIRECT}"))
}

/// Answers a request for that page. Its status does not show the error.
pub(in crate::workos) fn redirect_unknown() -> Reply {
    Reply::text(
        "<!doctype html><html data-hak-page=\"redirect-uri-invalid\"><title>Invalid Redirect URI</title></html>",
    )
}

/// Returns a page with a form that asks for an address, and sends these parameters along.
pub(super) fn form(title: &str, path: &str, parameters: &BTreeMap<String, String>) -> Reply {
    let mut hidden = String::new();
    for (name, value) in parameters {
        let (name, value) = (text(name), text(value));
        hidden.extend(["<input type=hidden name=\"", &name, "\" value=\"", &value, "\">"]);
    }
    Reply::text(&format!(
        "<!doctype html><html lang=en><title>{title}</title><h1>{title}</h1>\
         <form method=post action=\"{path}\">{hidden}\
         <label>Email <input name=email type=email></label>\
         <button name=answer value=approve>Continue</button>\
         <button name=answer value=deny>Cancel</button></form></html>"
    ))
}

fn text(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;");
    escaped.replace('>', "&gt;").replace('"', "&quot;")
}
