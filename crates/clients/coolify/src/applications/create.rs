//! New applications.

use covibe_domain::entities::BuildPack;
use covibe_domain::image::ImageReference;
use covibe_domain::shell::{Branch, Ports, RepoPath, RepositoryName};
use covibe_domain::{AppUuid, PrivateKeyUuid, boxed};
use covibe_upstream::Error;
use serde_json::{Map, Value, json};

use super::built_image;
use crate::answer_reading::Created;
use crate::client::{Client, Placement};
use crate::container_limits::Limits;
use crate::records::Description;

/// An application that is built from a repository.
#[derive(Clone, Debug)]
pub struct NewRepositoryApplication {
    /// Its name, at most 255 characters.
    pub name: String,
    /// Its description.
    pub description: Description,
    /// The repository's owner.
    pub organisation: String,
    /// The repository's name.
    pub repository: RepositoryName,
    /// The key that it is cloned with over SSH, for ever; over HTTPS without one.
    pub private_key: Option<PrivateKeyUuid>,
    /// The branch to deploy.
    pub branch: Branch,
    /// Its build pack.
    pub build_pack: BuildPack,
    /// The ports that the container listens on.
    pub ports: Ports,
    /// Absolute URLs, whose scheme decides on TLS. Not for `dockercompose`, which Coolify gives
    /// domains by service, once it has read the compose file.
    pub domains: Vec<String>,
    /// The URLs of the services of a compose file. Coolify takes them before it has read the file only here (seen with
    /// 4.3.11).
    pub compose_domains: Vec<(String, String)>,
    /// The folder to build.
    pub base_directory: Option<RepoPath>,
    /// The path of the Dockerfile.
    pub dockerfile_location: Option<RepoPath>,
    /// The path of the compose file.
    pub docker_compose_location: Option<RepoPath>,
    /// The limits of its container; without a limit by default.
    pub limits: Limits,
    /// The number of times that Docker may restart its container; Coolify's own limit by default.
    /// See
    /// [`ApplicationPatch::restart_limit`](super::ApplicationPatch::restart_limit).
    pub restart_limit: Option<u32>,
}

/// An application that runs an image.
#[derive(Clone, Debug)]
pub struct NewImageApplication {
    /// Its name, at most 255 characters.
    pub name: String,
    /// Its description.
    pub description: Description,
    /// The image.
    pub image: ImageReference,
    /// The ports that the container listens on.
    pub ports: Ports,
    /// Absolute URLs, whose scheme decides on TLS.
    pub domains: Vec<String>,
    /// The limits of its container; without a limit by default.
    pub limits: Limits,
    /// The number of times that Docker may restart its container; Coolify's own limit by default.
    /// See
    /// [`ApplicationPatch::restart_limit`](super::ApplicationPatch::restart_limit).
    pub restart_limit: Option<u32>,
}

impl Client {
    /// Makes an application of a repository, and does not deploy it.
    ///
    /// Its clone URL has no credentials yet and a host that does not exist: up to 4.1.2 Coolify
    /// drops both from `/applications/public`, and its rule for new URLs refuses what a private
    /// instance may need (addresses, `.local`, users of SSH other than `git`). A patch with the full URL
    /// must follow.
    #[boxed]
    pub async fn create_repository_application(
        &self,
        at: &Placement,
        new: &NewRepositoryApplication,
    ) -> Result<AppUuid, Error> {
        let mut body = self.place(at).await?;
        common(&mut body, &new.name, &new.description, &new.ports);
        let (path, start) = source(new.private_key.as_ref());
        let repository = format!("{start}{}/{}.git", new.organisation, new.repository);
        body.insert("is_auto_deploy_enabled".to_owned(), json!(false));
        set(&mut body, "git_repository", Some(repository));
        set(&mut body, "git_branch", Some(String::from(new.branch.clone())));
        set(&mut body, "build_pack", Some(new.build_pack.to_string()));
        set(&mut body, "base_directory", text(new.base_directory.as_ref()));
        set(&mut body, "dockerfile_location", text(new.dockerfile_location.as_ref()));
        new.limits.add_to(&mut body);
        set(&mut body, "max_restart_count", new.restart_limit);
        set(&mut body, "docker_compose_location", text(new.docker_compose_location.as_ref()));
        if new.build_pack == BuildPack::Dockercompose {
            let domain = |(name, urls): &(String, String)| json!({ "name": name, "domain": urls });
            let all: Vec<_> = new.compose_domains.iter().map(domain).collect();
            set(&mut body, "docker_compose_domains", (!all.is_empty()).then_some(all));
        } else {
            domains(&mut body, &new.domains);
        }
        set(&mut body, "private_key_uuid", new.private_key.as_ref().map(ToString::to_string));
        self.create_application(path, body).await
    }

    /// Makes an application of an image, and does not deploy it.
    #[boxed]
    pub async fn create_image_application(
        &self,
        at: &Placement,
        new: &NewImageApplication,
    ) -> Result<AppUuid, Error> {
        let mut body = self.place(at).await?;
        common(&mut body, &new.name, &new.description, &new.ports);
        let (name, tag) = built_image::parts(&new.image);
        set(&mut body, "docker_registry_image_name", Some(name));
        set(&mut body, "docker_registry_image_tag", tag.map(str::to_owned));
        new.limits.add_to(&mut body);
        set(&mut body, "max_restart_count", new.restart_limit);
        domains(&mut body, &new.domains);
        self.create_application("/applications/dockerimage", body).await
    }

    async fn create_application(
        &self,
        path: &'static str,
        body: Map<String, Value>,
    ) -> Result<AppUuid, Error> {
        let _changing = self.changing();
        Ok(self.transport.post(path).body(Value::Object(body)).json::<Created<_>>().await?.uuid)
    }
}

/// Returns the path of a creation, and the beginning of its clone URL.
const fn source(key: Option<&PrivateKeyUuid>) -> (&'static str, &'static str) {
    match key {
        Some(_) => ("/applications/private-deploy-key", "git@git.invalid:"),
        None => ("/applications/public", "https://git.invalid/"),
    }
}

fn common(body: &mut Map<String, Value>, name: &str, description: &Description, ports: &Ports) {
    set(body, "name", Some(name.to_owned()));
    set(body, "description", description.for_creation());
    set(body, "ports_exposes", Some(ports.to_string()));
    body.insert("instant_deploy".to_owned(), json!(false));
    body.insert("autogenerate_domain".to_owned(), json!(false));
}

fn text(path: Option<&RepoPath>) -> Option<String> {
    path.map(RepoPath::to_string)
}

fn domains(body: &mut Map<String, Value>, domains: &[String]) {
    if !domains.is_empty() {
        set(body, "domains", Some(domains.join(",")));
    }
}

fn set(body: &mut Map<String, Value>, field: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        body.insert(field.to_owned(), value.into());
    }
}
