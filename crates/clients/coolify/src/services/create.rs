//! New services.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use covibe_domain::{ServiceUuid, boxed};
use serde_json::{Map, Value, json};

use super::request_body::{self as parts, Unshown};
use crate::answer_reading::Created;
use crate::client::{Client, Placement};
use crate::records::Description;
use covibe_upstream::Error;

/// A service to make of a template. It is not started.
#[derive(Clone, Debug)]
pub struct NewService {
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: Description,
    /// The template.
    pub service_type: String,
    /// Compose services with their comma-separated absolute URLs; a port in one is the container's.
    pub urls: Vec<(String, String)>,
}

/// A service to make of a compose file. It is not started; its `Debug` does not show the file.
#[derive(Clone)]
pub struct NewComposeService {
    /// Its name, at most 255 characters.
    pub name: String,
    /// Its description.
    pub description: Description,
    /// The compose file.
    pub compose: String,
    /// Compose services with their comma-separated absolute URLs; a port in one is the container's. One that
    /// the file does not have, or that is a database, makes Coolify refuse it all.
    pub urls: Vec<(String, String)>,
}

impl fmt::Debug for NewComposeService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewComposeService")
            .field("name", &self.name)
            .field("description", &self.description)
            .field("compose", &Unshown)
            .field("urls", &self.urls)
            .finish()
    }
}

impl Client {
    /// Creates a service of a template; a template that this Coolify lacks is refused as field
    /// `type`.
    #[boxed]
    pub async fn create_service(
        &self,
        at: &Placement,
        new: &NewService,
    ) -> Result<ServiceUuid, Error> {
        let mut body = self.place(at).await?;
        body.insert("type".to_owned(), json!(new.service_type));
        common(&mut body, &new.name, &new.description, &new.urls);
        self.post_service(body).await
    }

    /// Creates a service of a compose file. When its URLs are refused, Coolify removes it again.
    ///
    /// Coolify refuses commands in names, images and volumes as field `docker_compose_raw`, and
    /// answers a file that is not YAML with a 500.
    #[boxed]
    pub async fn create_compose_service(
        &self,
        at: &Placement,
        new: &NewComposeService,
    ) -> Result<ServiceUuid, Error> {
        let mut body = self.place(at).await?;
        body.insert("docker_compose_raw".to_owned(), json!(encode_base64(&new.compose)));
        common(&mut body, &new.name, &new.description, &new.urls);
        self.post_service(body).await
    }

    async fn post_service(&self, body: Map<String, Value>) -> Result<ServiceUuid, Error> {
        let _changing = self.changing();
        let request = self.transport.post("/services").body(Value::Object(body));
        Ok(request.json::<Created<_>>().await?.uuid)
    }
}

/// Encodes as Base64 in the form that Coolify accepts: it decodes, encodes again, and compares.
pub(super) fn encode_base64(file: &str) -> String {
    STANDARD.encode(file)
}

fn common(
    body: &mut Map<String, Value>,
    name: &str,
    description: &Description,
    urls: &[(String, String)],
) {
    body.insert("name".to_owned(), json!(name));
    body.insert("instant_deploy".to_owned(), json!(false));
    if let Some(description) = description.for_creation() {
        body.insert("description".to_owned(), json!(description));
    }
    if !urls.is_empty() {
        body.insert("urls".to_owned(), parts::urls(urls));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_compose_file_is_encoded_as_padded_base64_and_hidden_from_debug_output() {
        assert_eq!(encode_base64("services: {}"), "c2VydmljZXM6IHt9");
        assert_eq!(encode_base64("a"), "YQ==");
        let new = NewComposeService {
            name: "stack".to_owned(),
            description: Description::default(),
            compose: "hunter2".to_owned(),
            urls: Vec::new(),
        };
        assert!(!format!("{new:?}").contains("hunter2"));
    }
}
