//! The fields of a form that a page sent.

use std::collections::BTreeMap;
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::Payload;
use covibe_dispatch::HeldBody;
use covibe_domain::{Failure, Secret};
use url::form_urlencoded;

use crate::buffered_body::BodyLimit;

/// The bounds of a form. The longest of the pages has some fields of a line each.
const LIMIT: BodyLimit = BodyLimit {
    noun: "form",
    most: 16 * 1024,
    size: "16 KiB",
    hint: "Enter less text.",
    within: Duration::from_secs(10),
};

/// The maximum number of its fields.
const MAX_FIELDS: usize = 100;

/// The fields of a form.
#[derive(Default)]
pub(crate) struct Fields(BTreeMap<String, String>);

impl Fields {
    /// Reads a form.
    ///
    /// # Errors
    ///
    /// Invalid if it is no form or has a field twice, too large above 16 KiB, limited if other bodies take too much
    /// memory, a timeout after 10 seconds.
    pub(crate) async fn read(
        request: &HttpRequest,
        payload: Payload,
        held: HeldBody,
    ) -> Result<Self, Failure> {
        let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let is_form =
            kind.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
        if !is_form {
            return Err(Failure::invalid("This URL accepts only the form of its own page."));
        }
        let body = LIMIT.read(request, payload, held).await?;
        let mut fields = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(&body.bytes).take(MAX_FIELDS) {
            if fields.insert(name.into_owned(), value.into_owned()).is_some() {
                return Err(Failure::invalid("The form contains a field twice."));
            }
        }
        Ok(Self(fields))
    }

    /// Returns what was entered in a field without the spaces around it; empty if it is missing.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.0.get(name).map(|value| value.trim()).unwrap_or_default()
    }

    /// Returns what was entered in a field for a secret, as it is.
    pub(crate) fn copy_secret(&self, name: &str) -> Secret {
        Secret::new(self.0.get(name).cloned().unwrap_or_default())
    }

    /// Takes what was entered in a field for a secret, as it is.
    pub(crate) fn secret(&mut self, name: &str) -> Secret {
        Secret::new(self.0.remove(name).unwrap_or_default())
    }
}
