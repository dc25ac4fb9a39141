//! Changes to a service.

use std::fmt;

use covibe_domain::{ServiceUuid, boxed};
use covibe_upstream::{Cause, Effect, Error};
use serde_json::{Map, Value, json};

use super::create::encode_base64;
use super::request_body::{self, Unshown};
use crate::client::Client;

/// The changes to a service; `None` keeps a value. Its `Debug` does not show the file.
#[derive(Clone, Default)]
pub struct ServicePatch {
    /// Its name, at most 255 characters.
    pub name: Option<String>,
    /// Its description.
    pub description: Option<String>,
    /// Its compose file.
    pub compose: Option<String>,
    /// Compose services with their comma-separated absolute URLs; an empty text removes them. A
    /// service that is not named keeps its own.
    pub urls: Option<Vec<(String, String)>>,
    /// Puts its containers on the destination's network too, where databases are.
    pub connect_to_docker_network: Option<bool>,
}

impl fmt::Debug for ServicePatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServicePatch")
            .field("name", &self.name)
            .field("description", &self.description)
            .field("compose", &self.compose.as_ref().map(|_| Unshown))
            .field("urls", &self.urls)
            .field("connect_to_docker_network", &self.connect_to_docker_network)
            .finish()
    }
}

impl ServicePatch {
    /// Returns whether its URLs may be refused after something else was written.
    fn is_several(&self) -> bool {
        let urls = self.urls.as_ref().map_or(0, Vec::len);
        urls > 1 || (urls == 1 && self.body().len() > 1)
    }

    fn body(&self) -> Map<String, Value> {
        let fields = [
            ("name", self.name.as_ref().map(|name| json!(name))),
            ("description", self.description.as_ref().map(|text| json!(text))),
            ("docker_compose_raw", self.compose.as_ref().map(|file| json!(encode_base64(file)))),
            ("urls", self.urls.as_ref().map(|urls| request_body::urls(urls))),
            ("connect_to_docker_network", self.connect_to_docker_network.map(|on| json!(on))),
        ];
        let set = fields.into_iter().filter_map(|(field, value)| Some((field.to_owned(), value?)));
        set.collect()
    }
}

impl Client {
    /// Changes a service; an empty patch sends nothing.
    ///
    /// It takes effect with the next restart, see [`Client::restart_service`]. When Coolify refuses
    /// a URL, it has written everything else, and the valid URLs (beta.473 to 4.3.11): the error's
    /// effect is [`Effect::Possible`] then; read the service again.
    #[boxed]
    pub async fn update_service(
        &self,
        uuid: &ServiceUuid,
        patch: &ServicePatch,
    ) -> Result<(), Error> {
        let body = patch.body();
        if body.is_empty() {
            return Ok(());
        }
        let _changing = self.changing();
        let request = self.transport.patch("/services/{uuid}").segment(uuid.as_str());
        let written = request.body(Value::Object(body)).repeatable().execute().await;
        written.map_err(|error| if patch.is_several() { mark_partial(error) } else { error })
    }
}

/// Marks a refusal that may come after a part was written.
fn mark_partial(error: Error) -> Error {
    match error.cause {
        Cause::Refused(_) | Cause::Conflict(_) => Error { effect: Effect::Possible, ..error },
        _ => error,
    }
}
