//! Error answers: their body, which is JSON or the XML of S3, and the cause that they are read as.

use reqwest::header::{HeaderMap, LOCATION};
use serde_json::{Value, json};
use url::Url;

use super::attempt::{read, retry_after};
use super::request::Request;
use crate::error::{Cause, Conflict, Refusal};
use crate::shown_message_fields::plain_words;

/// The size limit of an error's body, in bytes.
const ERROR_BODY: usize = 256 * 1024;

impl Request {
    /// Returns the cause of an answer that is neither 2xx nor accepted.
    pub(super) async fn read_refusal(&self, response: reqwest::Response) -> Cause {
        let status = response.status().as_u16();
        let limited = (status == 429)
            .then(|| Cause::Limited { retry_after: retry_after(response.headers()), ours: false });
        if (300..400).contains(&status) {
            return read_redirect(self.transport.base(), response.headers());
        }
        let body = read(response, ERROR_BODY, self.transport.room()).await;
        let body = body.map(|(body, _)| body).unwrap_or_default();
        let body = parse_body(&body);
        if self.may_be_unsupported && is_without_route(status, body.as_ref()) {
            return Cause::Unsupported;
        }
        if matches!(status, 400 | 404 | 422) && !comes_from_upstream(status, body.as_ref()) {
            return Cause::Foreign { status };
        }
        let body = body.unwrap_or_default();
        let classify = self.transport.shared.settings.classify;
        let cause = classify(status, &body).or(limited).unwrap_or_else(|| by_status(status));
        let is_operators = match cause {
            Cause::Refused(_) => true,
            Cause::NotFound => self.method == "POST",
            Cause::Failed { status } => status == 500 && self.method == "POST",
            _ => false,
        };
        if !(self.operators && is_operators) {
            return cause;
        }
        let reason = body["message"].as_str().unwrap_or_default();
        Cause::Barred { status, reason: plain_words(reason) }
    }
}

/// Returns the body as JSON, or `None` if it is neither JSON nor the XML of S3. That XML,
/// `<Error><Code>NoSuchBucket</Code>…</Error>`, becomes `{"message": "NoSuchBucket"}`.
fn parse_body(body: &[u8]) -> Option<Value> {
    let json = serde_json::from_slice(body).ok();
    json.or_else(|| s3_code(body).map(|code| json!({ "message": code })))
}

fn s3_code(body: &[u8]) -> Option<&str> {
    let text = str::from_utf8(body).ok()?.trim_start();
    let text = match text.strip_prefix("<?xml") {
        Some(declared) => declared.split_once("?>")?.1.trim_start(),
        None => text,
    };
    let error = text.strip_prefix("<Error>")?;
    let code = error.split_once("<Code>")?.1.split_once("</Code>")?.0;
    code.bytes().all(|byte| byte.is_ascii_alphanumeric()).then_some(code)
}

/// Returns whether an error's body is one that an upstream writes, and not something in front of it: with
/// a `message`, in Google's form (`error.code`, `error.message`) or in that of OAuth 2 (RFC 6749, 5.2). Gitea 1.25 answers
/// JSON's `null` for an unknown commit.
fn comes_from_upstream(status: u16, body: Option<&Value>) -> bool {
    let Some(body) = body else { return false };
    let error = &body["error"];
    let is_google = error["message"].is_string() && error["code"] == status;
    let is_oauth = error.is_string() && body["error_description"].is_string();
    body.is_null() || body["message"].is_string() || is_google || is_oauth
}

/// Returns whether a router answered that knows no route of this path, or none with this method.
fn is_without_route(status: u16, body: Option<&Value>) -> bool {
    status == 405 || (status == 404 && body.is_none())
}

fn by_status(status: u16) -> Cause {
    match status {
        401 | 403 => Cause::Unauthorized,
        404 => Cause::NotFound,
        409 => Cause::Conflict(Conflict::Exists),
        400 | 413 | 422 => Cause::Refused(Refusal { status, ..Refusal::default() }),
        _ => Cause::Failed { status },
    }
}

/// Reads a redirect: an upstream names a path of its own API, a proxy an address.
fn read_redirect(base: &Url, headers: &HeaderMap) -> Cause {
    let location = headers.get(LOCATION).and_then(|location| location.to_str().ok());
    let own = location.and_then(|location| location.strip_prefix(base.path()));
    match own.filter(|path| path.starts_with('/')) {
        Some(path) => Cause::Renamed { to: path.to_owned() },
        None => Cause::Elsewhere,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_bodies_are_read_from_json_and_s3_xml() {
        assert_eq!(parse_body(br#"{"message":"no"}"#), Some(json!({ "message": "no" })));
        assert_eq!(parse_body(b"null"), Some(Value::Null));
        let xml =
            b"<?xml version='1.0' encoding='UTF-8'?>\n<Error><Code>NoSuchBucket</Code></Error>";
        assert_eq!(parse_body(xml), Some(json!({ "message": "NoSuchBucket" })));
        for other in ["", "<html><Code>x</Code></html>", "<Error><Code>a b</Code></Error>"] {
            assert_eq!(parse_body(other.as_bytes()), None, "{other}");
        }
    }
}
