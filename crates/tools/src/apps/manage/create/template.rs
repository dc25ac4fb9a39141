//! The creation of an app from a template of Coolify's.
//!
//! Coolify makes a service of the template, which is not started. Its file is then read back, rewritten
//! and judged like one that a caller passes, and replaced. If the file is refused, the call that made
//! the service deletes it; a repeated call does not, because an earlier one may have started it.

use std::sync::OnceLock;

use covibe_compose::{Compose, StoredVariables};
use covibe_coolify::{Description, Mark, NewService, Service, ServicePatch, Volumes};
use covibe_domain::entities::{AppKind, Provider};
use covibe_domain::{AppUuid, Failure};
use covibe_operation::similar_names;
use covibe_policy::Owned;
use covibe_workspace::{Coolify, Create, Namesake, Workspace, check_created, create_journaled};
use serde_json::Value;

use super::adopted_apps::{find, remove, service_of};
use super::answer::CreatedApp;
use super::compose::{ComposeCreation, targets};
use super::errors::{
    discarded_template, provider_template, template_file_failure, unfinished_template,
    unknown_template,
};
use super::params::CreateApp;
use super::requested_hosts::Requested;
use crate::app_and_auth_hosts::HostsInUse;
use crate::apps::app_urls::Address;
use crate::apps::compose::container_exclusion::exclude_lost;
use crate::apps::compose::container_exclusion::include_returned;
use crate::apps::compose::policy_request::{compose, request};
use crate::apps::compose::stored_files::read_stored_files;
use crate::apps::compose::variable_rows::VariableRows;
use crate::apps::constants::{KIND, MAX_DEFAULT_NAME};
use crate::apps::errors::invisible_file;
use crate::apps::manage::envs::{check_compose, check_no_previews, check_references};
use crate::apps::manage::update::moved_urls::removed_urls;
use crate::deletion::follow;

/// The number of similar names that a failure lists.
const MAX_NEAR: usize = 8;

/// Creates an app from a template.
pub(super) async fn create(
    cx: &Workspace,
    params: &CreateApp,
    template: &str,
) -> Result<CreatedApp, Failure> {
    let template = &template_name(template);
    if let Some(provider) = Provider::from_word(&template.to_ascii_lowercase()) {
        return Err(provider_template(provider.as_str()));
    }
    if template.is_empty() {
        return Err(unknown_template(template, &[]));
    }
    check_compose(&params.envs())?;
    check_no_previews(&params.envs())?;
    let creation = TemplateCreation { params, template, discarding: OnceLock::new() };
    let default_name: String = template.to_lowercase().chars().take(MAX_DEFAULT_NAME).collect();
    let name = params.name.as_deref();
    // A domain outside the namespace is refused before anything is recorded.
    creation.hosts(cx, name.unwrap_or(&default_name))?;
    Box::pin(create_journaled(cx, &creation, name, &default_name, params)).await
}

/// Returns a name as Coolify spells its templates: letters, digits and `-`.
fn template_name(template: &str) -> String {
    let dashed = template.trim().replace([' ', '_', '.'], "-");
    let kept = dashed.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-');
    kept.collect::<String>().trim_matches('-').to_owned()
}

/// The creation of an app from a template.
struct TemplateCreation<'a> {
    params: &'a CreateApp,
    template: &'a str,
    /// Set once a service that is refused is being deleted.
    discarding: OnceLock<()>,
}

impl Create for TemplateCreation<'_> {
    const KIND: &'static str = KIND;

    type Id = AppUuid;

    type Created = CreatedApp;

    /// They do not depend on the template's services.
    fn hosts(&self, cx: &Workspace, name: &str) -> Result<Vec<String>, Failure> {
        match &self.params.compose_domains {
            Some(domains) => domains.iter().map(|each| each.host(cx, name)).collect(),
            None => Ok(vec![self.params.host(cx, name)?]),
        }
    }

    async fn find(&self, cx: &Workspace, name: &str) -> Result<Vec<Namesake<AppUuid>>, Failure> {
        find(cx, name, AppKind::Service).await
    }

    async fn create(&self, cx: &Workspace, name: &str, mark: &Mark) -> Result<AppUuid, Failure> {
        let service = self.request(cx, name, mark, &self.hosts(cx, name)?).await?;
        let coolify = cx.coolify().await?;
        match self.read_creation(cx, &coolify, &service).await {
            Ok(_) => Ok(AppUuid::from(&service.uuid)),
            Err(refused) => Err(self.discard(cx, &coolify, &service, refused).await),
        }
    }

    fn is_discarding(&self) -> bool {
        self.discarding.get().is_some()
    }

    async fn finish(
        &self,
        cx: &Workspace,
        name: &str,
        uuid: AppUuid,
    ) -> Result<CreatedApp, Failure> {
        let coolify = cx.coolify().await?;
        let app = coolify.app(&uuid).await?;
        check_created(name, app.name())?;
        let service = service_of(&app, name, Some(self.template))?;
        // An earlier call may have started it, so what is refused now is not deleted.
        let judged = self.read_creation(cx, &coolify, service).await;
        let creation = judged.map_err(|refused| unfinished_template(refused, name))?;
        replace_file(cx, &coolify, service, &creation, name).await?;
        creation.finish(cx, name, uuid).await
    }

    async fn remove(&self, cx: &Workspace, uuid: AppUuid) -> Result<(), Failure> {
        remove(cx, &uuid).await
    }
}

impl<'a> TemplateCreation<'a> {
    /// Requests the creation from Coolify, if the hosts are free, and returns what Coolify made.
    async fn request(
        &self,
        cx: &Workspace,
        name: &str,
        mark: &Mark,
        hosts: &[String],
    ) -> Result<Owned<Service>, Failure> {
        let (coolify, namespace) = (cx.coolify().await?, cx.namespace());
        if self.params.deploys() {
            coolify.check_deployment_queue().await?;
        }
        let in_use = HostsInUse::read(&coolify, None).await?;
        Requested { hosts, name, namespace: &namespace }.check_free(&in_use)?;
        let new = NewService {
            name: name.to_owned(),
            description: Description::from_mark(mark),
            service_type: self.template.to_owned(),
            urls: Vec::new(),
        };
        let created = coolify.create_service(&new).await;
        let uuid = created.map_err(|failure| self.explain(failure))?;
        coolify.service(&uuid).await.map_err(Failure::in_doubt)
    }

    /// Deletes a service that this call made and whose file is refused, and returns why it is. Nothing of
    /// it ever ran.
    async fn discard(
        &self,
        cx: &Workspace,
        coolify: &Coolify,
        service: &Owned<Service>,
        refused: Failure,
    ) -> Failure {
        if let Err(failure) = coolify.delete_service(service, Volumes::Delete).await {
            return failure.in_doubt();
        }
        if follow(cx, || coolify.has_service(service)).await {
            return refused;
        }
        self.discarding.get_or_init(|| ());
        discarded_template(refused, &service.name)
    }

    /// Names the templates that are similar to one that Coolify does not have.
    fn explain(&self, failure: Failure) -> Failure {
        let Some(Value::Array(known)) = failure.details.get("known") else { return failure };
        let known = known.iter().filter_map(Value::as_str);
        unknown_template(self.template, &similar_names(self.template, known, MAX_NEAR))
    }

    /// Reads the file of a service, and returns how the service is to be.
    ///
    /// # Errors
    ///
    /// 422 if the file is refused.
    async fn read_creation(
        &self,
        cx: &Workspace,
        coolify: &Coolify,
        service: &Owned<Service>,
    ) -> Result<ComposeCreation<'a>, Failure> {
        let file = service.compose().ok_or_else(invisible_file)?;
        let files = read_stored_files(coolify, service, file).await;
        let (variables, secret) = (self.params.variables(), self.params.secret());
        let mut request = request(cx, Some(&service.name), variables, secret);
        request.files = files.map_err(Failure::in_doubt)?;
        let explain = |failure| template_file_failure(failure, self.template);
        let mut compose = compose(cx, file, request).await.map_err(explain)?;
        keep_paths(&mut compose, service);
        let targets = targets(self.params, &compose).map_err(explain)?;
        let variables = StoredVariables::from_file(compose.text());
        check_references(&variables, &[], &self.params.envs())?;
        Ok(ComposeCreation {
            params: self.params,
            compose,
            template: Some(self.template),
            targets,
            created: OnceLock::new(),
        })
    }
}

/// Adds the paths of URLs that the file no longer declares, because an earlier call has rewritten it:
/// they are in the URLs that Coolify made of the template.
fn keep_paths(compose: &mut Compose, service: &Service) {
    for container in &service.applications {
        let is_known = compose.paths.iter().any(|(name, _)| *name == container.name);
        let urls = container.urls();
        let path = urls.iter().find_map(|url| Some(Address::parse(url)?.path_of_template()));
        if let Some(path) = path.filter(|path| !is_known && !path.is_empty()) {
            compose.paths.push((container.name.clone(), path));
        }
    }
}

/// Replaces the template's file by the one that is sent, and removes what Coolify would keep of it: the
/// variables first, because the template's file distinguishes them from a caller's.
async fn replace_file(
    cx: &Workspace,
    coolify: &Coolify,
    service: &Owned<Service>,
    creation: &ComposeCreation<'_>,
    name: &str,
) -> Result<(), Failure> {
    let (file, services) = (creation.file(cx, name), &creation.compose.services);
    if service.compose() != Some(&file) {
        VariableRows::read(coolify, service).await?.follow(coolify, service, &file).await?;
    }
    let excluded = exclude_lost(coolify, service, services).await?;
    if excluded || service.compose() != Some(&file) {
        let urls = Some(removed_urls(service, services)).filter(|urls| !urls.is_empty());
        let patch = ServicePatch { compose: Some(file), urls, ..ServicePatch::default() };
        coolify.update_service(service, &patch).await?;
    }
    include_returned(coolify, service, services).await.map(|_| ())
}
