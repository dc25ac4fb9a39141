//! A service in Coolify's answers.

use std::sync::{Arc, OnceLock};

use covibe_compose::{ListedService, listed_services};
use covibe_domain::{Secret, ServerUuid, ServiceUuid, Timestamp};
use covibe_upstream::Identified;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::description::Description;
use super::destination::server_of_destination;
use super::resource_status::{Status, seen_since};
use crate::answer_reading;

/// A service.
#[derive(Clone, Debug, Deserialize)]
pub struct Service {
    /// Its id.
    pub uuid: ServiceUuid,
    /// Its name.
    #[serde(default, deserialize_with = "answer_reading::name")]
    pub name: String,
    /// Its description.
    #[serde(default)]
    pub description: Description,
    /// When it was created.
    #[serde(default, deserialize_with = "answer_reading::lenient")]
    pub created_at: Option<Timestamp>,
    /// The template it was made of; absent where it was made of a file.
    #[serde(default, deserialize_with = "answer_reading::text")]
    pub service_type: Option<String>,
    /// The numeric id of its environment, by which tenancy is checked.
    #[serde(default, deserialize_with = "answer_reading::number")]
    pub environment_id: Option<i64>,
    /// The server that it runs on; `None` where the answer does not say.
    #[serde(default, rename = "destination", deserialize_with = "server_of_destination")]
    pub server: Option<ServerUuid>,
    /// The joint state and health of its containers.
    #[serde(default)]
    pub status: Status,
    /// Its containers that may have domains.
    #[serde(default)]
    pub applications: Vec<ServiceApplication>,
    /// Its containers that Coolify takes for databases, by their image.
    #[serde(default)]
    pub databases: Vec<ServiceDatabase>,
    /// True if its containers are also on the destination's network, where databases are.
    #[serde(default, deserialize_with = "answer_reading::flag")]
    pub connect_to_docker_network: bool,
    /// Its compose file, which may contain secrets.
    #[serde(default, rename = "docker_compose_raw")]
    file: File,
    /// The file that Coolify generates of it for docker.
    #[serde(default, rename = "docker_compose")]
    generated: File,
    /// When Coolify last changed its record.
    #[serde(default, deserialize_with = "answer_reading::lenient")]
    pub updated_at: Option<Timestamp>,
    /// A digest of its images, domains, volumes and variables as they were when Coolify last began
    /// to start it; `None` if it never did, or the release has none
    /// (`Service::isConfigurationChanged`, 4.3.11).
    #[serde(default, deserialize_with = "answer_reading::text")]
    pub config_hash: Option<String>,
}

/// A compose file: its text, or only its length if it is too long for a list.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum File {
    Text(Text),
    Length(usize),
    None(IgnoredAny),
}

/// The text of a compose file. All copies of a service share it, because lists copy the services
/// that were kept at each call.
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "Secret")]
struct Text(Arc<SharedText>);

#[derive(Debug)]
struct SharedText {
    text: Secret,
    /// The file's services, once they were read.
    services: OnceLock<Vec<ListedService>>,
}

impl From<Secret> for Text {
    fn from(text: Secret) -> Self {
        Self(Arc::new(SharedText { text, services: OnceLock::new() }))
    }
}

impl File {
    fn text(&self) -> Option<&str> {
        match self {
            Self::Text(file) => Some(file.0.text.expose()).filter(|file| !file.is_empty()),
            Self::Length(_) | Self::None(_) => None,
        }
    }
}

impl Default for File {
    fn default() -> Self {
        Self::Length(0)
    }
}

/// A container of a service that may have domains.
#[derive(Clone, Debug, Deserialize)]
pub struct ServiceApplication {
    /// Its id, by which Coolify changes it.
    #[serde(default, deserialize_with = "answer_reading::text")]
    pub(crate) uuid: Option<String>,
    /// True if the state of the service ignores it.
    #[serde(default, deserialize_with = "answer_reading::flag")]
    #[serde(rename = "exclude_from_status")]
    pub is_excluded: bool,
    /// Its name in the compose file.
    #[serde(default, deserialize_with = "answer_reading::name")]
    pub name: String,
    /// Its domains as comma-separated URLs.
    #[serde(default, deserialize_with = "answer_reading::text")]
    pub fqdn: Option<String>,
    /// The image it runs, as the compose file names it.
    #[serde(default, deserialize_with = "answer_reading::text")]
    pub image: Option<String>,
    /// Its state and health.
    #[serde(default)]
    pub status: Status,
    /// When Coolify last looked and found a change, or confirmed that there was none.
    #[serde(default, deserialize_with = "answer_reading::moment")]
    pub last_online_at: Option<Timestamp>,
}

/// A container of a service that Coolify takes for a database; it can't have domains.
#[derive(Clone, Debug, Deserialize)]
pub struct ServiceDatabase {
    /// Its id, by which Coolify lists its mounts.
    #[serde(default, deserialize_with = "answer_reading::text")]
    pub(crate) uuid: Option<String>,
    /// Its name in the compose file.
    #[serde(default, deserialize_with = "answer_reading::name")]
    pub name: String,
    /// The image it runs, as the compose file names it.
    #[serde(default, deserialize_with = "answer_reading::text")]
    pub image: Option<String>,
    /// Its state and health.
    #[serde(default)]
    pub status: Status,
    /// When Coolify last looked and found a change, or confirmed that there was none.
    #[serde(default, deserialize_with = "answer_reading::moment")]
    pub last_online_at: Option<Timestamp>,
}

/// A file that Coolify writes on the host for a container of a service.
#[derive(Clone, Debug)]
pub struct ServiceFile {
    /// The name of the container in the compose file.
    pub service: String,
    /// The path in the container.
    pub target: String,
    /// Its content; `None` if Coolify does not return it.
    pub content: Option<Secret>,
}

impl Identified for Service {
    fn is_about(&self, segments: &[String]) -> bool {
        segments == [self.uuid.as_str()]
    }
}

impl Service {
    /// Returns whether it was made of a template, not of a file.
    pub fn is_template(&self) -> bool {
        self.service_type.is_some()
    }

    /// Returns the file that Coolify generated of it for docker when it last parsed it, as
    /// [`Service::compose`]. It may contain secrets.
    pub fn generated(&self) -> Option<&str> {
        self.generated.text()
    }

    /// Returns its compose file as Coolify rewrote it, without comments and anchors. Only
    /// tokens that may read sensitive fields get it. It may contain secrets.
    pub fn compose(&self) -> Option<&str> {
        self.file.text()
    }

    /// Returns the services of its compose file in their order; none without a file, or if it can't
    /// be read. They are read once for all copies of this service: a long file takes milliseconds.
    pub fn file_services(&self) -> &[ListedService] {
        match &self.file {
            File::Text(Text(file)) => {
                file.services.get_or_init(|| listed_services(file.text.expose()))
            }
            File::Length(_) | File::None(_) => &[],
        }
    }

    /// Takes over the compose file, and what was read of it, of an earlier answer about the same
    /// service if the file is the same.
    pub(crate) fn share_file(&mut self, earlier: &Self) {
        if self.file.text().is_some() && self.file.text() == earlier.file.text() {
            self.file.clone_from(&earlier.file);
        }
    }

    /// Returns the approximate length of its compose file in bytes.
    pub fn file_length(&self) -> usize {
        match &self.file {
            File::Text(file) => file.0.text.expose().len(),
            File::Length(length) => *length,
            File::None(_) => 0,
        }
    }

    /// Returns the name of the container with this id.
    pub(crate) fn container_name(&self, uuid: &str) -> Option<&str> {
        let applications = self.applications.iter().map(|one| (&one.uuid, &one.name));
        let databases = self.databases.iter().map(|one| (&one.uuid, &one.name));
        let mut all = applications.chain(databases);
        all.find(|(own, _)| own.as_deref() == Some(uuid)).map(|(_, name)| name.as_str())
    }

    /// Returns whether it has containers. A service whose creation broke off has none.
    pub fn has_containers(&self) -> bool {
        !self.applications.is_empty() || !self.databases.is_empty()
    }

    /// Returns the service without the file that Coolify generates.
    pub(crate) fn without_generated(self) -> Self {
        Self { generated: File::default(), ..self }
    }

    /// Returns when Coolify last looked at any of its containers.
    pub fn last_online_at(&self) -> Option<Timestamp> {
        let applications = self.applications.iter().map(|each| each.last_online_at);
        let databases = self.databases.iter().map(|each| each.last_online_at);
        self.seen_at(applications.chain(databases).flatten().max())
    }

    /// Returns when Coolify last looked at one of its containers, according to its row; `None` if
    /// it never did.
    pub fn seen_at(&self, last_online_at: Option<Timestamp>) -> Option<Timestamp> {
        seen_since(self.created_at, last_online_at)
    }

    /// Returns the hosts it answers on, in lower case.
    pub fn domains(&self) -> Vec<String> {
        self.applications
            .iter()
            .filter_map(|application| application.fqdn.as_deref())
            .flat_map(answer_reading::hosts)
            .collect()
    }
}

impl ServiceApplication {
    /// Returns the URLs it answers on, as [`crate::Application::urls`].
    pub fn urls(&self) -> Vec<String> {
        answer_reading::urls(self.fqdn.as_deref().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_service_with_missing_fields_is_read_and_debug_output_hides_its_file() {
        let value = json!({ "uuid": "zg4cwgc44ogc08804000gggo", "docker_compose_raw": "hunter2",
            "applications": [{ "name": "web", "fqdn": "https://A.test:3000", "status": "running:healthy:excluded" }],
            "databases": [{ "name": "db", "image": "postgres:16", "status": "exited" }] });
        let service: Service = serde_json::from_value(value).unwrap();
        assert_eq!((service.compose(), service.is_template()), (Some("hunter2"), false));
        assert!(!format!("{service:?}").contains("hunter2"));
        assert_eq!(service.applications[0].urls(), ["https://a.test:3000"]);
        assert_eq!(service.applications[0].status, Status::parse("running:healthy"));
        assert_eq!(service.databases[0].status, Status::parse("exited"));
        let value = json!({ "uuid": "zg4cwgc44ogc08804000gggo", "service_type": "pocketbase" });
        let bare: Service = serde_json::from_value(value).unwrap();
        assert_eq!((bare.compose(), bare.is_template(), bare.updated_at), (None, true, None));
    }

    #[test]
    fn clones_of_a_service_share_its_file_and_its_parsed_services() {
        let service = with_file("services: { web: {}, db: {} }");
        let copy = service.clone();
        assert!(std::ptr::eq(copy.compose().unwrap(), service.compose().unwrap()));
        let names: Vec<_> = service.file_services().iter().map(|each| &each.name).collect();
        assert_eq!(names, ["web", "db"]);
        assert!(std::ptr::eq(copy.file_services(), service.file_services()));
    }

    fn with_file(file: &str) -> Service {
        let uuid = "zg4cwgc44ogc08804000gggo";
        serde_json::from_value(json!({ "uuid": uuid, "docker_compose_raw": file })).unwrap()
    }

    #[test]
    fn a_service_shares_its_file_with_an_earlier_answer_only_if_it_is_the_same() {
        let earlier = with_file("services: { web: {} }");
        let mut same = with_file("services: { web: {} }");
        same.share_file(&earlier);
        assert!(std::ptr::eq(same.file_services(), earlier.file_services()));
        let mut changed = with_file("services: { db: {} }");
        changed.share_file(&earlier);
        assert_eq!(changed.file_services()[0].name, "db");
        let mut without = with_file("");
        without.share_file(&with_file(""));
        assert_eq!(without.compose(), None);
    }
}
