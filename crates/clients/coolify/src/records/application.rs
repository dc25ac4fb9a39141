//! An application in Coolify's answers.

use covibe_domain::{AppUuid, Secret, ServerUuid, Timestamp};
use covibe_upstream::Identified;
use serde::Deserialize;
use serde_json::Value;

use super::application_settings::{BuildPack, Switches, compose_domains, optional_build_pack};
use super::container_labels::{self, ContainerKind};
use super::description::Description;
use super::destination::server_of_destination;
use super::git_url::GitUrl;
use super::resource_status::{RunState, Status, seen_since};
use crate::answer_reading;

/// An application in Coolify's answers.
#[derive(Clone, Debug, Deserialize)]
pub struct Application {
    /// Its id.
    pub uuid: AppUuid,
    /// Its name.
    #[serde(default, deserialize_with = "answer_reading::name")]
    pub name: String,
    /// Its description.
    #[serde(default)]
    pub description: Description,
    /// When it was created.
    #[serde(default, deserialize_with = "answer_reading::lenient")]
    pub created_at: Option<Timestamp>,
    /// The numeric id of its environment, by which tenancy is checked.
    #[serde(default, deserialize_with = "answer_reading::number")]
    pub environment_id: Option<i64>,
    /// The server that it runs on; `None` where the answer does not say.
    #[serde(default, rename = "destination", deserialize_with = "server_of_destination")]
    pub server: Option<ServerUuid>,
    /// The state and health of its container.
    #[serde(default)]
    pub status: Status,
    /// Its domains as comma-separated URLs; see [`Application::domains`]. A longer text than is read is absent.
    #[serde(default, deserialize_with = "answer_reading::lenient")]
    pub fqdn: Option<String>,
    /// Its build pack.
    #[serde(default, deserialize_with = "optional_build_pack")]
    pub build_pack: Option<BuildPack>,
    /// The clone URL, verbatim, with any token in it.
    #[serde(default, deserialize_with = "answer_reading::lenient")]
    pub git_repository: Option<GitUrl>,
    /// The branch that is deployed.
    #[serde(default, deserialize_with = "answer_reading::text")]
    pub git_branch: Option<String>,
    /// The image's name; ends with `@sha256` when the tag is a digest.
    #[serde(default, deserialize_with = "answer_reading::text")]
    pub docker_registry_image_name: Option<String>,
    /// The image's tag, or the digest's digits.
    #[serde(default, deserialize_with = "answer_reading::text")]
    pub docker_registry_image_tag: Option<String>,
    /// The ports that the container listens on, separated by commas.
    #[serde(default, deserialize_with = "answer_reading::text")]
    pub ports_exposes: Option<String>,
    /// The folder of the repository that is built.
    #[serde(default, deserialize_with = "answer_reading::text")]
    pub base_directory: Option<String>,
    /// The path of the Dockerfile.
    #[serde(default, deserialize_with = "answer_reading::text")]
    pub dockerfile_location: Option<String>,
    /// The path of the compose file.
    #[serde(default, deserialize_with = "answer_reading::text")]
    pub docker_compose_location: Option<String>,
    /// For the compose build pack: the domains by service, a JSON object in a text.
    #[serde(default, deserialize_with = "answer_reading::lenient")]
    docker_compose_domains: Option<Value>,
    /// The compose build pack's file as Coolify last read it, which may contain secrets.
    #[serde(default, rename = "docker_compose_raw", deserialize_with = "answer_reading::lenient")]
    file: Option<Secret>,
    /// The commit that is deployed; `HEAD` follows the branch.
    #[serde(default, deserialize_with = "answer_reading::text")]
    pub git_commit_sha: Option<String>,
    /// The paths whose changes a push must have to deploy; see [`crate::BuildSource`].
    #[serde(default, deserialize_with = "answer_reading::text")]
    pub(crate) watch_paths: Option<String>,
    /// The switches for deployments and their sources; lists do not have them.
    #[serde(default, deserialize_with = "answer_reading::lenient")]
    pub(crate) settings: Option<Switches>,
    /// The command that installs dependencies.
    #[serde(default, deserialize_with = "answer_reading::text")]
    pub install_command: Option<String>,
    /// The command that builds.
    #[serde(default, deserialize_with = "answer_reading::text")]
    pub build_command: Option<String>,
    /// The command that starts.
    #[serde(default, deserialize_with = "answer_reading::text")]
    pub start_command: Option<String>,
    /// The folder that is published.
    #[serde(default, deserialize_with = "answer_reading::text")]
    pub publish_directory: Option<String>,
    /// True if Coolify checks a new container before it removes the old one.
    #[serde(default, deserialize_with = "answer_reading::flag")]
    pub health_check_enabled: bool,
    /// The path that it requests.
    #[serde(default, deserialize_with = "answer_reading::text")]
    pub health_check_path: Option<String>,
    /// The port that it requests; absent for the first of the ports.
    #[serde(default, deserialize_with = "answer_reading::number")]
    pub health_check_port: Option<i64>,
    /// The seconds from one request to the next.
    #[serde(default, deserialize_with = "answer_reading::number")]
    pub health_check_interval: Option<i64>,
    /// The seconds to wait for an answer.
    #[serde(default, deserialize_with = "answer_reading::number")]
    pub health_check_timeout: Option<i64>,
    /// The number of failed requests in a row that make it unhealthy.
    #[serde(default, deserialize_with = "answer_reading::number")]
    pub health_check_retries: Option<i64>,
    /// The seconds from the start in which failed checks do not count.
    #[serde(default, deserialize_with = "answer_reading::number")]
    pub health_check_start_period: Option<i64>,
    /// The labels by which the proxy finds it, one a line; for tokens that may read sensitive fields.
    #[serde(default, rename = "custom_labels", deserialize_with = "answer_reading::lenient")]
    labels: Option<Secret>,
    /// The memory that its container may use; 0 is no limit.
    #[serde(default, deserialize_with = "answer_reading::text")]
    pub limits_memory: Option<String>,
    /// The CPUs that its container may use; 0 is no limit.
    #[serde(default, deserialize_with = "answer_reading::text")]
    pub limits_cpus: Option<String>,
    /// The number of times that Docker has restarted its container, as Coolify last saw it.
    #[serde(default, deserialize_with = "answer_reading::number")]
    pub restart_count: Option<i64>,
    /// The number of restarts after which Coolify stops it (4.2 and later); 0 means never.
    #[serde(default, deserialize_with = "answer_reading::number")]
    pub max_restart_count: Option<i64>,
    /// When docker last restarted its container.
    #[serde(default, deserialize_with = "answer_reading::moment")]
    pub last_restart_at: Option<Timestamp>,
    /// When Coolify last looked and found a change, or confirmed that there was none.
    #[serde(default, deserialize_with = "answer_reading::moment")]
    pub(crate) last_online_at: Option<Timestamp>,
    /// When Coolify last changed its record.
    #[serde(default, deserialize_with = "answer_reading::lenient")]
    pub updated_at: Option<Timestamp>,
}

impl Identified for Application {
    fn is_about(&self, segments: &[String]) -> bool {
        segments == [self.uuid.as_str()]
    }
}

impl Application {
    /// Returns the hosts it answers on, in lower case.
    pub fn domains(&self) -> Vec<String> {
        let mut hosts = answer_reading::hosts(self.fqdn.as_deref().unwrap_or_default());
        hosts.extend(
            self.compose_domains()
                .iter()
                .flat_map(|(_, urls)| answer_reading::hosts(&urls.join(","))),
        );
        hosts
    }

    /// Returns the URLs it answers on: scheme, host, and any port (the container's) and path. Empty for the compose
    /// build pack, see [`Application::compose_domains`].
    pub fn urls(&self) -> Vec<String> {
        answer_reading::urls(self.fqdn.as_deref().unwrap_or_default())
    }

    /// Returns, for the compose build pack, each service with its URLs as in [`Application::urls`]. A service whose
    /// domains were removed has none.
    pub fn compose_domains(&self) -> Vec<(String, Vec<String>)> {
        compose_domains(self.docker_compose_domains.as_ref())
    }

    /// Returns, for the compose build pack, its file once Coolify has read it. Lists do not have it, and only tokens
    /// that may read sensitive fields get it. It may contain secrets.
    pub fn compose(&self) -> Option<&str> {
        self.file.as_ref().map(Secret::expose).filter(|file| !file.is_empty())
    }

    /// Returns the ports that the proxy sends requests to; `None` where its labels are not known, as in lists.
    pub fn routed_ports(&self) -> Option<Vec<u16>> {
        const LABEL: &str = ".loadbalancer.server.port=";
        let labels = self.labels.as_ref()?.expose();
        let ports = labels.lines().filter_map(|line| line.split_once(LABEL)?.1.parse().ok());
        Some(ports.collect())
    }

    /// Returns whether Coolify gives its container a label with this value. Those of the proxy are known only to
    /// tokens that may read sensitive fields, and not in lists.
    pub fn sets_label(&self, key: &str, value: &str) -> bool {
        let has_line = |labels: &Secret| container_labels::has_line(labels.expose(), key, value);
        ContainerKind::Application.sets_label(key) || self.labels.as_ref().is_some_and(has_line)
    }

    /// Returns whether Coolify has stopped it because its container crashed too often. Its container and the
    /// container's log are gone then (4.3.11).
    pub fn is_given_up(&self) -> bool {
        let most = self.max_restart_count.unwrap_or(10);
        self.status.state == RunState::Exited
            && most > 0
            && self.restart_count.is_some_and(|count| count >= most)
    }

    /// Returns whether Docker may restart its container this often; 0 is no limit.
    pub fn has_restart_limit(&self, limit: u32) -> bool {
        self.max_restart_count == Some(i64::from(limit))
    }

    /// Returns whether it runs an image that was built elsewhere. The repository in its record is Coolify's
    /// placeholder then.
    pub fn runs_image(&self) -> bool {
        self.build_pack == Some(BuildPack::Dockerimage)
    }

    /// Returns its clone URL; `None` where it runs an image.
    pub fn git_url(&self) -> Option<&GitUrl> {
        self.git_repository.as_ref().filter(|_| !self.runs_image())
    }

    /// Returns whether it is built by the compose build pack, so that its domains are attached by service once Coolify
    /// has read the file.
    pub fn is_compose(&self) -> bool {
        self.build_pack == Some(BuildPack::Dockercompose)
    }

    /// Returns whether the containers of its compose file are on the network of the destination; `None` where that is not
    /// known, as in lists.
    pub fn connects_to_network(&self) -> Option<bool> {
        self.settings.as_ref().map(|switches| switches.connects)
    }

    /// Returns when Coolify looked at it last; `None` if it never did.
    pub fn last_online_at(&self) -> Option<Timestamp> {
        seen_since(self.created_at, self.last_online_at)
    }

    /// Returns the application without its compose file, as lists have it.
    pub(crate) fn without_file(self) -> Self {
        Self { file: None, labels: None, ..self }
    }

    /// Returns the image it runs, with tag or digest.
    pub fn image(&self) -> Option<String> {
        let name = self.docker_registry_image_name.as_ref()?;
        Some(match &self.docker_registry_image_tag {
            Some(tag) => format!("{name}:{tag}"),
            None => name.clone(),
        })
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
    fn an_application_with_missing_or_malformed_fields_is_read_with_defaults() {
        let bare = application(&json!({}));
        assert_eq!((bare.status, bare.domains(), bare.image()), (Status::default(), vec![], None));
        let odd = application(
            &json!({ "fqdn": 20_000, "git_repository": 7, "environment_id": "12", "updated_at": "soon",
            "docker_compose_domains": "not json", "unheard_of": {} }),
        );
        assert_eq!((odd.environment_id, odd.updated_at, odd.domains()), (Some(12), None, vec![]));
    }

    #[test]
    fn compose_domains_are_read_from_json_in_a_string() {
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
    fn urls_commands_and_restarts_are_read() {
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
    fn ports_of_the_proxy_are_read_from_labels() {
        let labels = "traefik.enable=true\n\
                      traefik.http.services.http-0-u.loadbalancer.server.port=8080\n\
                      traefik.http.services.https-0-u.loadbalancer.server.port=8080";
        let app = application(&json!({ "custom_labels": labels }));
        assert_eq!(app.routed_ports(), Some(vec![8080, 8080]));
        assert_eq!(app.without_file().routed_ports(), None);
        assert_eq!(application(&json!({})).routed_ports(), None);
    }

    #[test]
    fn an_app_counts_as_crashed_for_good_only_if_it_exited_at_its_restart_limit() {
        let is_given_up = |status: &str, count: i64, most: Value| {
            let members =
                json!({ "status": status, "restart_count": count, "max_restart_count": most });
            application(&members).is_given_up()
        };
        assert!(is_given_up("exited", 10, json!(10)) && is_given_up("exited", 10, json!(null)));
        assert!(!is_given_up("exited", 3, json!(10)) && !is_given_up("exited", 99, json!(0)));
        assert!(!is_given_up("restarting:unknown", 10, json!(10)));
    }

    #[test]
    fn an_image_is_read_with_its_tag_or_digest() {
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
    fn debug_output_hides_the_token_of_the_clone_url() {
        let app = application(
            &json!({ "git_repository": "https://mark-bot:0123456789@git.test/vibn-mark/site.git" }),
        );
        assert!(!format!("{app:?}").contains("0123456789"));
        assert_eq!(app.git_repository.unwrap().repo_path().as_deref(), Some("vibn-mark/site"));
    }
}
