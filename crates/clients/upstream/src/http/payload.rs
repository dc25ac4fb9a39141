//! A body in another format than JSON, which a list of allowed fields does not see.

use bytes::Bytes;
use covibe_domain::Secret;
use reqwest::RequestBuilder;
use reqwest::header::CONTENT_TYPE;
use url::form_urlencoded;

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
    /// Encodes a form.
    pub(super) fn form(fields: &[(&str, &str)]) -> Self {
        let encoded = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        Self::Form(Secret::new(encoded))
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_encoded() {
        let Payload::Form(form) = Payload::form(&[("a b", "c&d"), ("e", "\u{e4}")]) else {
            panic!("it is a form");
        };
        assert_eq!(form.expose(), "a+b=c%26d&e=%C3%A4");
    }
}
