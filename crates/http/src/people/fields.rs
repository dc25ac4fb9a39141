//! The fields of a form that a page sent.

use std::collections::BTreeMap;
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{BytesMut, Payload};
use covibe_domain::{Failure, Kind, Secret};
use futures_util::StreamExt as _;
use url::form_urlencoded;

/// The maximum size of a form.
const MAX: usize = 64 * 1024;

/// The maximum number of its fields.
const MAX_FIELDS: usize = 100;

/// The timeout for receiving it.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The fields of a form.
#[derive(Default)]
pub(crate) struct Fields(BTreeMap<String, String>);

impl Fields {
    /// Reads a form.
    ///
    /// # Errors
    ///
    /// Invalid if it is no form or has a field twice, too large above 64 KiB, a timeout after 10 seconds.
    pub(crate) async fn read(request: &HttpRequest, payload: Payload) -> Result<Self, Failure> {
        let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let is_form =
            kind.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
        if !is_form {
            return Err(Failure::invalid("This address takes the form of its page."));
        }
        let slow = |_| Failure::new(Kind::Timeout, "The form did not arrive in time.");
        let body = tokio::time::timeout(TIMEOUT, collect(payload)).await.map_err(slow)??;
        let mut fields = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(&body).take(MAX_FIELDS) {
            if fields.insert(name.into_owned(), value.into_owned()).is_some() {
                return Err(Failure::invalid("The form has a field twice."));
            }
        }
        Ok(Self(fields))
    }

    /// Returns what was entered in a field without the spaces around it; empty if it is missing.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.0.get(name).map(|value| value.trim()).unwrap_or_default()
    }

    /// Returns what was entered in a field for a secret, as it is.
    pub(crate) fn kept(&self, name: &str) -> Secret {
        Secret::new(self.0.get(name).cloned().unwrap_or_default())
    }

    /// Takes what was entered in a field for a secret, as it is.
    pub(crate) fn secret(&mut self, name: &str) -> Secret {
        Secret::new(self.0.remove(name).unwrap_or_default())
    }
}

async fn collect(mut payload: Payload) -> Result<BytesMut, Failure> {
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| Failure::invalid("The form is incomplete."))?;
        if body.len() + chunk.len() > MAX {
            return Err(Failure::new(Kind::TooLarge, "The form is larger than 64 KiB."));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
