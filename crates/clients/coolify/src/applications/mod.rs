//! Applications: one container each, built from a repository or pulled as an image.

mod clone_url;
mod compose;
mod create;
mod git_url;
mod image;
mod patch;

use covibe_domain::{AppUuid, Secret, Timestamp};
use covibe_upstream::optional;
use serde::Deserialize;
use serde_json::Value;

pub use clone_url::{CloneUrl, InvalidCloneUrl};
pub use compose::DomainsError;
pub use create::{NewImageApplication, NewRepositoryApplication};
pub use git_url::GitUrl;
pub use patch::ApplicationPatch;

use crate::{BuildPack, Client, Error, Status, build_pack, listing, wire};

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
    /// What it does.
    #[serde(default)]
    pub status: Status,
    /// Its domains as comma-separated URLs; see [`Application::domains`].
    #[serde(default, deserialize_with = "wire::text")]
    pub fqdn: Option<String>,
    /// How it is built.
    #[serde(default, deserialize_with = "build_pack::optional")]
    pub build_pack: Option<BuildPack>,
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
    /// For the compose build pack: the file as Coolify last read it, which may have secrets in it.
    #[serde(default, rename = "docker_compose_raw", deserialize_with = "wire::lenient")]
    file: Option<Secret>,
    /// The commit that is deployed; `HEAD` follows the branch.
    #[serde(default, deserialize_with = "wire::text")]
    pub git_commit_sha: Option<String>,
    /// The command that installs dependencies.
    #[serde(default, deserialize_with = "wire::text")]
    pub install_command: Option<String>,
    /// The command that builds.
    #[serde(default, deserialize_with = "wire::text")]
    pub build_command: Option<String>,
    /// The command that starts.
    #[serde(default, deserialize_with = "wire::text")]
    pub start_command: Option<String>,
    /// The folder that is published.
    #[serde(default, deserialize_with = "wire::text")]
    pub publish_directory: Option<String>,
    /// How often docker has started its container again by itself, as Coolify last saw it.
    #[serde(default, deserialize_with = "wire::number")]
    pub restart_count: Option<i64>,
    /// After how many of them Coolify stops it (4.2 and later); 0 is never.
    #[serde(default, deserialize_with = "wire::number")]
    pub max_restart_count: Option<i64>,
    /// When it last came up again by itself.
    #[serde(default, deserialize_with = "wire::moment")]
    pub last_restart_at: Option<Timestamp>,
    /// When its status last changed.
    #[serde(default, deserialize_with = "wire::moment")]
    pub last_online_at: Option<Timestamp>,
    /// When Coolify last changed its record.
    #[serde(default, deserialize_with = "wire::lenient")]
    pub updated_at: Option<Timestamp>,
}

impl Application {
    /// The hosts it answers on, lower case.
    pub fn domains(&self) -> Vec<String> {
        let mut hosts = wire::hosts(self.fqdn.as_deref().unwrap_or_default());
        hosts.extend(
            self.compose_domains().iter().flat_map(|(_, urls)| wire::hosts(&urls.join(","))),
        );
        hosts
    }

    /// The URLs it answers on: scheme, host, and any port (the container's) and path. None for the
    /// compose build pack, see [`Application::compose_domains`].
    pub fn urls(&self) -> Vec<String> {
        wire::urls(self.fqdn.as_deref().unwrap_or_default())
    }

    /// For the compose build pack: service → its URLs, as [`Application::urls`]; a service whose
    /// domains were taken away is there with none.
    pub fn compose_domains(&self) -> Vec<(String, Vec<String>)> {
        compose::read(self.docker_compose_domains.as_ref())
    }

    /// For the compose build pack: its file, once Coolify has read it; not in lists, and only for
    /// tokens that may read sensitive fields. It may have secrets in it.
    pub fn compose(&self) -> Option<&str> {
        self.file.as_ref().map(Secret::expose).filter(|file| !file.is_empty())
    }

    /// Whether it runs an image that somebody has built, and has no repository of its own: the one
    /// in its record is Coolify's placeholder then.
    pub fn runs_image(&self) -> bool {
        self.build_pack == Some(BuildPack::Dockerimage)
    }

    /// Where it is cloned from; absent where it runs an image.
    pub fn git_url(&self) -> Option<&GitUrl> {
        self.git_repository.as_ref().filter(|_| !self.runs_image())
    }

    /// Whether its domains are attached by service, once Coolify has read the compose file.
    pub fn is_compose(&self) -> bool {
        self.build_pack == Some(BuildPack::Dockercompose)
    }

    /// The image it runs, with tag or digest.
    pub fn image(&self) -> Option<String> {
        let name = self.docker_registry_image_name.as_ref()?;
        Some(match &self.docker_registry_image_tag {
            Some(tag) => format!("{name}:{tag}"),
            None => name.clone(),
        })
    }
}

impl Client {
    /// Every application of the team without its compose file, at most about two seconds old.
    pub async fn applications(&self) -> Result<Vec<Application>, Error> {
        let transport = self.common();
        let fetch = async {
            let listed: Vec<Application> = listing::list(transport.get("/applications")).await?;
            Ok(listed.into_iter().map(|one| Application { file: None, ..one }).collect())
        };
        self.shared.applications.get(fetch).await
    }

    /// One application, as it is now.
    pub async fn application(&self, uuid: &AppUuid) -> Result<Application, Error> {
        self.transport.get("/applications/{uuid}").segment(uuid.as_str()).json().await
    }

    /// The same, if there is one of this id.
    pub async fn find_application(&self, uuid: &AppUuid) -> Result<Option<Application>, Error> {
        optional(self.application(uuid).await)
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
        assert_eq!((bare.status, bare.domains(), bare.image()), (Status::default(), vec![], None));
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
        let urls = ["https://a.test", "https://b.test:3000"].map(str::to_owned).to_vec();
        let mut read = app.compose_domains();
        read.sort();
        assert_eq!(read, [("db".to_owned(), vec![]), ("web".to_owned(), urls)]);
        assert!(app.urls().is_empty());
    }

    #[test]
    fn what_a_patch_wrote_and_how_it_fares_are_read() {
        let app = application(&json!({
            "fqdn": "https://A.test/v1,http://b.test:3000/", "git_commit_sha": "HEAD",
            "install_command": null, "build_command": "make", "restart_count": "3",
            "last_online_at": "2026-11-20 08:00:00", "last_restart_at": "2026-11-20T08:00:00.000000Z",
        }));
        assert_eq!(app.urls(), ["https://a.test/v1", "http://b.test:3000"]);
        assert_eq!(
            (app.build_command.as_deref(), app.install_command.as_deref()),
            (Some("make"), None)
        );
        assert_eq!((app.restart_count, app.max_restart_count), (Some(3), None));
        assert_eq!(app.last_online_at, app.last_restart_at);
        assert!(app.last_online_at.is_some());
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
