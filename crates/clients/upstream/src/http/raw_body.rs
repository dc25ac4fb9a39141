//! The bodies of requests in other formats than JSON, which a list of allowed fields does not see.

use bytes::Bytes;
use covibe_domain::Secret;
use reqwest::RequestBuilder;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderName};
use url::form_urlencoded;

use super::upstream_account::header;
use crate::error::Cause;

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

/// Bytes that were signed, which are sent as they are, and the headers of their signature.
///
/// It has no `Debug`, because the bytes may hold personal data.
pub struct SignedBody {
    /// The media type, of the answer too.
    pub media_type: &'static str,
    /// The headers by their name in lower case.
    pub headers: Vec<(&'static str, Secret)>,
    /// The body.
    pub bytes: Bytes,
}

impl SignedBody {
    /// Adds the body and its headers to a request. A text that no header can carry fails as
    /// unauthorized.
    pub(super) fn put(&self, request: RequestBuilder) -> Result<RequestBuilder, Cause> {
        let request = request.header(CONTENT_TYPE, self.media_type).header(ACCEPT, self.media_type);
        let with_headers = self.headers.iter().try_fold(request, |request, (name, text)| {
            let value = header("", text).map_err(|_| Cause::Unauthorized)?;
            Ok(request.header(HeaderName::from_static(name), value))
        })?;
        Ok(with_headers.body(self.bytes.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn form_fields_are_url_encoded() {
        let Payload::Form(form) = Payload::form(&[("a b", "c&d"), ("e", "\u{e4}")]) else {
            panic!("it is a form");
        };
        assert_eq!(form.expose(), "a+b=c%26d&e=%C3%A4");
    }
}
