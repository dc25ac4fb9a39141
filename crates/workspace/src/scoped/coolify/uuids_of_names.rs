//! Resources by name: callers give the exact name of an app, a database or an auth provider wherever its
//! uuid is expected.

use covibe_coolify::{Application, Database, Service};
use covibe_domain::entities::{AppKind, Flavor};
use covibe_domain::{Failure, ResourceKind};
use serde_json::{Value, json};

use super::Coolify;
use super::apps_of_both_kinds::is_app;
use super::resource_origin::Marked;
use crate::scoped::resource_access_errors::{ambiguous_name, unknown_name};

/// A resource of the workspace that a text may mean.
#[derive(Clone, Debug)]
struct Candidate {
    uuid: String,
    name: String,
    /// Coolify's word for what it is, such as `service` or `redis`.
    kind: String,
    /// The family of the tools for it.
    family: &'static str,
}

impl Candidate {
    fn new<T: Marked>(it: &T, kind: &str, family: &'static str) -> Self {
        let (uuid, name) = (it.id().to_owned(), it.name().to_owned());
        Self { uuid, name, kind: kind.to_owned(), family }
    }

    /// Returns it as failures list it.
    fn to_json(&self) -> Value {
        let Self { uuid, name, kind, family } = self;
        json!({ "uuid": uuid, "name": name, "kind": kind, "family": family })
    }
}

impl Coolify {
    /// Returns the uuid of the workspace's resource that a text gives by its uuid or its exact name, among the
    /// resources of this kind. One that had the name alone when all were listed last, and has it now, is not compared with
    /// the others again, unless the call `destroys`.
    ///
    /// # Errors
    ///
    /// Not found, with the most similar names; conflict with the candidates if there are several.
    pub(crate) async fn uuid_of(
        &self,
        kind: ResourceKind,
        text: &str,
        destroys: bool,
    ) -> Result<String, Failure> {
        if !destroys && let Some(uuid) = self.known_uuid(kind, text).await? {
            return Ok(uuid);
        }
        let found = self.listed_uuid(kind, text).await;
        let (names, workspace) = (&self.cell.resources.names, &self.origins.record.id);
        match &found {
            Ok(uuid) if uuid != text => names.note(workspace, kind, text, uuid),
            _ => names.forget(workspace, kind, text),
        }
        found
    }

    /// Returns the uuid of the resource that had this name when all were listed last, if it still has it.
    ///
    /// # Errors
    ///
    /// Coolify does not answer: a list of all would take it longer.
    async fn known_uuid(&self, kind: ResourceKind, name: &str) -> Result<Option<String>, Failure> {
        let known = self.cell.resources.names.uuid(&self.origins.record.id, kind, name);
        let Some(known) = known else { return Ok(None) };
        match self.present_name(kind, &known).await {
            Ok(present) => Ok(present.filter(|present| present == name).map(|_| known)),
            Err(failure) if failure.is_retryable() => Err(failure),
            Err(_) => Ok(None),
        }
    }

    /// Reads the current name of a resource; `None` if only a list of all resources contains it.
    async fn present_name(
        &self,
        kind: ResourceKind,
        uuid: &str,
    ) -> Result<Option<String>, Failure> {
        let name = match kind {
            ResourceKind::App => {
                self.app(&uuid.parse().map_err(unknown_uuid)?).await?.name().to_owned()
            }
            ResourceKind::Database => {
                self.database(&uuid.parse().map_err(unknown_uuid)?).await?.name.clone()
            }
            ResourceKind::Provider => {
                self.service(&uuid.parse().map_err(unknown_uuid)?).await?.name.clone()
            }
            ResourceKind::Hosted => return Ok(None),
        };
        Ok(Some(name))
    }

    /// Returns the uuid of the resource that a text means among all of this kind.
    async fn listed_uuid(&self, kind: ResourceKind, text: &str) -> Result<String, Failure> {
        if self.changes {
            // A name may have gone to another resource in the last two seconds.
            self.client.forget_contents();
        }
        let mut present = self.candidates(kind).await?;
        let mut found = choose(kind, text, &present)?;
        if found.is_none() {
            // Another instance of this server may have created it in the last two seconds.
            self.client.forget_contents();
            present = self.candidates(kind).await?;
            found = choose(kind, text, &present)?;
        }
        found.ok_or_else(|| unknown_name(kind, text, present.iter().map(|it| it.name.as_str())))
    }

    async fn candidates(&self, kind: ResourceKind) -> Result<Vec<Candidate>, Failure> {
        match kind {
            ResourceKind::App => self.apps_by_name().await,
            ResourceKind::Database => self.databases_by_name().await,
            ResourceKind::Provider => self.providers_by_name().await,
            ResourceKind::Hosted => {
                let mut all = self.apps_by_name().await?;
                all.extend(self.databases_by_name().await?);
                all.extend(self.providers_by_name().await?);
                Ok(all)
            }
        }
    }

    async fn apps_by_name(&self) -> Result<Vec<Candidate>, Failure> {
        let (applications, services) = (self.applications().await?, self.compose_apps().await?);
        let [application, service] = [AppKind::Application, AppKind::Service].map(AppKind::as_str);
        let of_application = |it| Candidate::new::<Application>(it, application, "apps");
        let of_service = |it| Candidate::new::<Service>(it, service, "apps");
        let applications = applications.iter().map(|it| of_application(it));
        Ok(applications.chain(services.iter().map(|it| of_service(it))).collect())
    }

    async fn databases_by_name(&self) -> Result<Vec<Candidate>, Failure> {
        let kind = |it: &Database| it.flavor.map_or("other", Flavor::as_str);
        let databases = self.databases().await?;
        Ok(databases.iter().map(|it| Candidate::new(&**it, kind(it), "databases")).collect())
    }

    async fn providers_by_name(&self) -> Result<Vec<Candidate>, Failure> {
        let kind = |it: &Service| it.service_type.clone().unwrap_or_default();
        let services = self.services().await?;
        let providers = services.iter().filter(|service| !is_app(service));
        Ok(providers.map(|it| Candidate::new(&**it, &kind(it), "auth")).collect())
    }
}

/// Returns the failure for a noted text that is not a valid uuid.
fn unknown_uuid<E>(_: E) -> Failure {
    Failure::not_found("The resource no longer exists.")
        .hint("List what exists, then use its uuid.")
}

/// Returns the uuid of the candidate that a text means; `None` if it means none of them.
fn choose(
    kind: ResourceKind,
    text: &str,
    candidates: &[Candidate],
) -> Result<Option<String>, Failure> {
    if candidates.iter().any(|each| each.uuid == text) {
        return Ok(Some(text.to_owned()));
    }
    let named: Vec<_> = candidates.iter().filter(|each| each.name == text).collect();
    match named[..] {
        [] => Ok(None),
        [one] => Ok(Some(one.uuid.clone())),
        _ => Err(ambiguous_name(kind, text, named.iter().map(|it| it.to_json()).collect())),
    }
}
