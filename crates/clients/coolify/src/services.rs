//! Services: compose stacks, here those of Coolify's templates.

use covibe_domain::ServiceUuid;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::wire::{self, Created, Listing};
use crate::{Client, Error, Placement, status};

/// A service; lists come without its applications.
#[derive(Clone, Debug, Deserialize)]
pub struct Service {
    /// Its id.
    pub uuid: ServiceUuid,
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// The template it was made of.
    #[serde(default, deserialize_with = "wire::text")]
    pub service_type: Option<String>,
    /// The environment it is in: what a tenant check compares.
    #[serde(default, deserialize_with = "wire::number")]
    pub environment_id: Option<i64>,
    /// Coolify's joined status text; see [`Service::state`].
    #[serde(default, deserialize_with = "wire::text")]
    pub status: Option<String>,
    /// Its containers that may have domains; empty in lists.
    #[serde(default)]
    pub applications: Vec<ServiceApplication>,
}

/// A container of a service.
#[derive(Clone, Debug, Deserialize)]
pub struct ServiceApplication {
    /// Its name in the compose file.
    #[serde(default)]
    pub name: String,
    /// Its domains as comma-separated URLs.
    #[serde(default, deserialize_with = "wire::text")]
    pub fqdn: Option<String>,
}

/// A service to make of a template.
#[derive(Clone, Debug)]
pub struct NewService {
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: Option<String>,
    /// The template.
    pub service_type: String,
    /// Starts it at once.
    pub instant_deploy: bool,
    /// Compose service → comma-separated absolute URLs; a port in one is the container's.
    pub urls: Vec<(String, String)>,
}

impl Service {
    /// Its state and health, as [`crate::Application::state`].
    pub fn state(&self) -> (&'static str, &'static str) {
        status::split(self.status.as_deref().unwrap_or_default())
    }

    /// The hosts it answers on, lower case.
    pub fn domains(&self) -> Vec<String> {
        self.applications
            .iter()
            .filter_map(|application| application.fqdn.as_deref())
            .flat_map(wire::hosts)
            .collect()
    }
}

impl Client {
    /// Every service of the team without its applications, at most about two seconds old.
    pub async fn services(&self) -> Result<Vec<Service>, Error> {
        let transport = self.common();
        let fetch = async { Ok(transport.get("/services").json::<Listing<_>>().await?.0) };
        self.shared.services.get(fetch).await
    }

    /// One service with its applications, as it is now.
    pub async fn service(&self, uuid: &ServiceUuid) -> Result<Service, Error> {
        self.transport.get("/services/{uuid}").segment(uuid.as_str()).json().await
    }

    /// Makes a service of a template; a template that this Coolify lacks is refused as field `type`.
    pub async fn create_service(
        &self,
        at: &Placement,
        new: &NewService,
    ) -> Result<ServiceUuid, Error> {
        let mut body = self.place(at).await?;
        body.insert("type".to_owned(), json!(new.service_type));
        body.insert("name".to_owned(), json!(new.name));
        body.insert("instant_deploy".to_owned(), json!(new.instant_deploy));
        if let Some(description) = &new.description {
            body.insert("description".to_owned(), json!(description));
        }
        if !new.urls.is_empty() {
            let urls: Vec<_> =
                new.urls.iter().map(|(name, url)| json!({ "name": name, "url": url })).collect();
            body.insert("urls".to_owned(), Value::Array(urls));
        }
        let _changing = self.shared.services.changing();
        Ok(self
            .transport
            .post("/services")
            .body(&Value::Object(body))
            .json::<Created<_>>()
            .await?
            .uuid)
    }
}
