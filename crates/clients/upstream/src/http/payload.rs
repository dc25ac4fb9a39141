//! Bodies in other formats than JSON, which a list of allowed fields does not see.

use bytes::Bytes;
use covibe_domain::Secret;
use reqwest::RequestBuilder;
use reqwest::header::CONTENT_TYPE;
use url::form_urlencoded;

use super::request::Request;

/// The media type of a form.
const FORM: &str = "application/x-www-form-urlencoded";

/// A body.
pub(super) enum Payload {
    /// A form, encoded; it may hold secrets.
    Form(Secret),
    /// Bytes of this media type.
    Bytes(&'static str, Bytes),
}

impl Payload {
    /// Adds the body and its media type.
    pub(super) fn put(&self, request: RequestBuilder) -> RequestBuilder {
        match self {
            Self::Form(form) => request.header(CONTENT_TYPE, FORM).body(form.expose().to_owned()),
            Self::Bytes(media_type, bytes) => {
                request.header(CONTENT_TYPE, *media_type).body(bytes.clone())
            }
        }
    }
}

impl Request {
    /// Sets the body to a form, whose values are ours.
    pub fn form(mut self, fields: &[(&str, &str)]) -> Self {
        let encoded = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.payload = Some(Payload::Form(Secret::new(encoded)));
        self
    }

    /// Sets the body to bytes of this media type.
    pub fn bytes(mut self, media_type: &'static str, bytes: Vec<u8>) -> Self {
        self.payload = Some(Payload::Bytes(media_type, bytes.into()));
        self
    }
}
