//! A body that is sent byte by byte as it is, with the headers that belong to exactly these bytes.

use bytes::Bytes;
use covibe_domain::Secret;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderName};

use super::transport::header;
use crate::error::Cause;

/// Bytes that were signed, and the headers of their signature.
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
    pub(super) fn put(
        &self,
        request: reqwest::RequestBuilder,
    ) -> Result<reqwest::RequestBuilder, Cause> {
        let request = request.header(CONTENT_TYPE, self.media_type).header(ACCEPT, self.media_type);
        let with_headers = self.headers.iter().try_fold(request, |request, (name, text)| {
            let value = header("", text).map_err(|_| Cause::Unauthorized)?;
            Ok(request.header(HeaderName::from_static(name), value))
        })?;
        Ok(with_headers.body(self.bytes.clone()))
    }
}
