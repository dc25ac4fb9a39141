//! Applications: one container each, built from a repository or pulled as an image.

mod create;
mod git_url;
mod image;
mod patch;

use covibe_domain::{AppUuid, Timestamp};
use serde::Deserialize;
use serde_json::Value;

pub use create::{NewImageApplication, NewRepositoryApplication};
pub use git_url::GitUrl;
pub use image::{Image, InvalidImage};
pub use patch::ApplicationPatch;

use crate::wire::{self, Listing};
use crate::{Client, Error, status};

/// An application as Coolify has it.
#[derive(Clone, Debug, Deserialize)]
pub struct Application {
    /// Its id.
    pub uuid: AppUuid,
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// Its description.
    #[serde(default, deserialize_with = "wire::text")]
    pub description: Option<String>,
    /// The environment it is in: what a tenant check compares.
    #[serde(default, deserialize_with = "wire::number")]
    pub environment_id: Option<i64>,
    /// Coolify's joined status text; see [`Application::state`].
    #[serde(default, deserialize_with = "wire::text")]
    pub status: Option<String>,
    /// Its domains as comma-separated URLs; see [`Application::domains`].
    #[serde(default, deserialize_with = "wire::text")]
    pub fqdn: Option<String>,
    /// `nixpacks`, `static`, `dockerfile`, `dockercompose`, `dockerimage`, `railpack`.
    #[serde(default, deserialize_with = "wire::text")]
    pub build_pack: Option<String>,
    /// The repository, in Coolify's answers verbatim and with any token inside.
    #[serde(default, deserialize_with = "wire::lenient")]
    pub git_repository: Option<GitUrl>,
    /// The branch that is deployed.
    #[serde(default, deserialize_with = "wire::text")]
    pub git_branch: Option<String>,
    /// The image's name; ends with `@sha256` when the tag is a digest.
    #[serde(default, deserialize_with = "wire::text")]
    pub docker_registry_image_name: Option<String>,
    /// The image's tag, or the digest's digits.
    #[serde(default, deserialize_with = "wire::text")]
    pub docker_registry_image_tag: Option<String>,
    /// The ports that the container listens on, separated by commas.
    #[serde(default, deserialize_with = "wire::text")]
    pub ports_exposes: Option<String>,
    /// The folder of the repository that is built.
    #[serde(default, deserialize_with = "wire::text")]
    pub base_directory: Option<String>,
    /// Where the Dockerfile is.
    #[serde(default, deserialize_with = "wire::text")]
    pub dockerfile_location: Option<String>,
    /// Where the compose file is.
    #[serde(default, deserialize_with = "wire::text")]
    pub docker_compose_location: Option<String>,
    /// For the compose build pack: a JSON object in a text, service → domain.
    #[serde(default, deserialize_with = "wire::lenient")]
    docker_compose_domains: Option<Value>,
    /// When Coolify last changed its record.
    #[serde(default, deserialize_with = "wire::lenient")]
    pub updated_at: Option<Timestamp>,
}

impl Application {
    /// Its state (`running`, `exited`, `starting`, `restarting`, `degraded`, `paused`, `unknown`)
    /// and its health (`healthy`, `unhealthy`, `unknown`).
    pub fn state(&self) -> (&'static str, &'static str) {
        status::split(self.status.as_deref().unwrap_or_default())
    }

    /// The hosts it answers on, lower case.
    pub fn domains(&self) -> Vec<String> {
        let mut hosts = wire::hosts(self.fqdn.as_deref().unwrap_or_default());
        hosts.extend(self.compose_domains());
        hosts
    }

    /// Whether it runs an image that somebody has built, and has no repository of its own: the one
    /// in its record is Coolify's placeholder then.
    pub fn runs_image(&self) -> bool {
        self.build_pack.as_deref() == Some("dockerimage")
    }

    /// Whether its domains are attached by service, once Coolify has read the compose file.
    pub fn is_compose(&self) -> bool {
        self.build_pack.as_deref() == Some("dockercompose")
    }

    /// The image it runs, with tag or digest.
    pub fn image(&self) -> Option<String> {
        let name = self.docker_registry_image_name.as_ref()?;
        Some(match &self.docker_registry_image_tag {
            Some(tag) => format!("{name}:{tag}"),
            None => name.clone(),
        })
    }

    fn compose_domains(&self) -> Vec<String> {
        let parsed = match &self.docker_compose_domains {
            Some(Value::String(text)) => serde_json::from_str(text).unwrap_or(Value::Null),
            Some(value) => value.clone(),
            None => Value::Null,
        };
        let Value::Object(services) = parsed else { return Vec::new() };
        services
            .values()
            .filter_map(|service| service["domain"].as_str())
            .flat_map(wire::hosts)
            .collect()
    }
}

impl Client {
    /// Every application of the team, at most about two seconds old.
    pub async fn applications(&self) -> Result<Vec<Application>, Error> {
        let transport = self.common();
        let fetch = async { Ok(transport.get("/applications").json::<Listing<_>>().await?.0) };
        self.shared.applications.get(fetch).await
    }

    /// One application, as it is now.
    pub async fn application(&self, uuid: &AppUuid) -> Result<Application, Error> {
        self.transport.get("/applications/{uuid}").segment(uuid.as_str()).json().await
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn application(members: &Value) -> Application {
        let mut value = json!({ "uuid": "zg4cwgc44ogc08804000gggo" });
        value.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn all_but_the_id_may_be_missing_or_odd() {
        let bare = application(&json!({}));
        assert_eq!(
            (bare.state(), bare.domains(), bare.image()),
            (("unknown", "unknown"), vec![], None)
        );
        let odd = application(
            &json!({ "fqdn": null, "git_repository": 7, "environment_id": "12", "updated_at": "soon",
            "docker_compose_domains": "not json", "unheard_of": {} }),
        );
        assert_eq!((odd.environment_id, odd.updated_at, odd.domains()), (Some(12), None, vec![]));
    }

    #[test]
    fn compose_domains_are_json_in_a_text() {
        let app = application(&json!({ "docker_compose_domains":
            r#"{"web":{"domain":"https://a.test,https://b.test:3000"},"db":{"domain":null}}"# }));
        assert_eq!(app.domains(), ["a.test", "b.test"]);
    }

    #[test]
    fn an_image_has_its_tag_or_digest() {
        let image = |name: &str, tag: Value| {
            application(
                &json!({ "docker_registry_image_name": name, "docker_registry_image_tag": tag }),
            )
            .image()
        };
        assert_eq!(image("nginx", json!("alpine")).as_deref(), Some("nginx:alpine"));
        assert_eq!(image("nginx@sha256", json!("ab12")).as_deref(), Some("nginx@sha256:ab12"));
        assert_eq!(image("nginx", json!(null)).as_deref(), Some("nginx"));
    }

    #[test]
    fn nothing_shows_the_token_of_the_clone_url() {
        let app = application(
            &json!({ "git_repository": "https://mark-bot:0123456789@git.test/vibn-mark/site.git" }),
        );
        assert!(!format!("{app:?}").contains("0123456789"));
        assert_eq!(app.git_repository.unwrap().repo_path().as_deref(), Some("vibn-mark/site"));
    }
}
