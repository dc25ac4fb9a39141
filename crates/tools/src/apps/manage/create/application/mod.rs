//! The creation of an application, from a repository or an image.

mod clone_key;
mod kept_settings;

use std::sync::OnceLock;

use covibe_coolify::{
    Application, ApplicationPatch, Description, Mark, NewImageApplication, NewRepositoryApplication,
};
use covibe_domain::entities::{AppKind, BuildPack};
use covibe_domain::image::ImageReference as Image;
use covibe_domain::{AppUuid, Failure};
use covibe_policy::Owned;
use covibe_workspace::{
    AnyApp, Build, CloneWay, Coolify, Create, Namesake, Workspace, before_creation, check_created,
    create_journaled, with_hosts_claimed,
};

use self::kept_settings::{check_kept, has_all, unattached_host};
use super::adopted_apps::{find, remove};
use super::answer::CreatedApp;
use super::compose::Routes;
use super::errors::other_source;
use super::params::CreateApp;
use super::repository::Code;
use super::requested_hosts::{Requested, has_hosts, url};
use super::{image, repository};
use crate::app_and_auth_hosts::HostsInUse;
use crate::apps::app_entity;
use crate::apps::compose::policy_request::check_compose_repositories;
use crate::apps::constants::{KIND, MAX_DEFAULT_NAME};
use crate::apps::manage::{envs, runtime_settings, update};
use crate::apps::run::deploy;
use crate::image_checks::check_image;
use crate::{container_limits, resource_names};

/// Creates an app from a repository of the workspace.
pub(super) async fn from_repository(
    cx: &Workspace,
    params: &CreateApp,
    repo: &str,
) -> Result<CreatedApp, Failure> {
    let pack = repository::build_pack(params);
    repository::check(params, pack)?;
    if pack == Some(BuildPack::Dockercompose) {
        check_compose_repositories(cx)?;
        envs::check_compose(&params.envs())?;
    }
    let code = before_creation(cx, Box::pin(Code::find(cx, params, repo))).await?;
    if code.composed.is_some() {
        check_compose_repositories(cx)?;
        envs::check_compose(&params.envs())?;
    }
    let default_name = code.default_name();
    let creation = ApplicationCreation::new(params, Source::Repository(Box::new(code)));
    creation.run(cx, &default_name).await
}

/// Creates an app from an image. Its default name is the last part of the image's name.
pub(super) async fn from_image(
    cx: &Workspace,
    params: &CreateApp,
    image: &str,
) -> Result<CreatedApp, Failure> {
    let image = resource_names::image("`image`", "nginx:1.27, ghcr.io/org/app:2.0", image)?;
    resource_names::check_registry(cx, "`image`", &image)?;
    check_image(cx, "`image`", &image).await?;
    let default_name: String = image.base_name().chars().take(MAX_DEFAULT_NAME).collect();
    ApplicationCreation::new(params, Source::Image(image)).run(cx, &default_name).await
}

/// The source of an application.
enum Source {
    /// A repository of the workspace.
    Repository(Box<Code>),
    /// A published image.
    Image(Image),
}

/// The creation of an application.
struct ApplicationCreation<'a> {
    params: &'a CreateApp,
    source: Source,
    /// The application, if this call created it.
    created: OnceLock<AppUuid>,
}

impl Create for ApplicationCreation<'_> {
    const KIND: &'static str = KIND;

    type Id = AppUuid;

    type Created = CreatedApp;

    fn hosts(&self, cx: &Workspace, name: &str) -> Result<Vec<String>, Failure> {
        match self.routes(cx, name)? {
            Some(routes) => Ok(routes.hosts()),
            None => Ok(vec![self.params.host(cx, name)?]),
        }
    }

    async fn find(&self, cx: &Workspace, name: &str) -> Result<Vec<Namesake<AppUuid>>, Failure> {
        find(cx, name, AppKind::Application).await
    }

    async fn create(&self, cx: &Workspace, name: &str, mark: &Mark) -> Result<AppUuid, Failure> {
        if self.params.deploys() {
            cx.coolify().await?.check_deployment_queue().await?;
        }
        let uuid = self.request(cx, name, mark, &self.hosts(cx, name)?).await?;
        Ok(self.created.get_or_init(|| uuid).clone())
    }

    async fn finish(
        &self,
        cx: &Workspace,
        name: &str,
        uuid: AppUuid,
    ) -> Result<CreatedApp, Failure> {
        let hosts = self.hosts(cx, name)?;
        let coolify = cx.coolify().await?;
        let _turn = coolify.source_turn(&uuid).await;
        let any = coolify.app(&uuid).await?;
        check_created(name, any.name())?;
        let AnyApp::Application(app) = &any else {
            return Err(other_source(name, "a compose file"));
        };
        self.refuse_other_source(app)?;
        let (written, mut is_current) = self.write(cx, &coolify, name, app, &hosts).await?;
        if let Some(volumes) = self.params.volumes()? {
            runtime_settings::write(&coolify, app, &volumes).await.map_err(Failure::in_doubt)?;
            is_current = false;
        }
        let mut warning = None;
        if !self.params.envs().is_empty() {
            let envs = envs::write_marked(cx, &coolify, &any, &self.params.envs()).await;
            warning = envs.map_err(Failure::in_doubt)?.warning;
            is_current = false;
        }
        let again = if is_current {
            None
        } else {
            Some(coolify.application(&uuid).await.map_err(Failure::in_doubt)?)
        };
        let app = again.as_ref().unwrap_or(app);
        check_kept(app, &written)?;
        let created = self.deploy(cx, &coolify, app, &hosts).await;
        let mut created = created.map_err(Failure::in_doubt)?;
        created.warnings.extend(warning);
        Ok(created)
    }

    async fn remove(&self, cx: &Workspace, uuid: AppUuid) -> Result<(), Failure> {
        remove(cx, &uuid).await
    }
}

impl<'a> ApplicationCreation<'a> {
    fn new(params: &'a CreateApp, source: Source) -> Self {
        Self { params, source, created: OnceLock::new() }
    }

    async fn run(&self, cx: &Workspace, default_name: &str) -> Result<CreatedApp, Failure> {
        let name = self.params.name.as_deref();
        Box::pin(create_journaled(cx, self, name, default_name, self.params)).await
    }

    /// Requests the creation from Coolify, if the host is free.
    async fn request(
        &self,
        cx: &Workspace,
        name: &str,
        mark: &Mark,
        hosts: &[String],
    ) -> Result<AppUuid, Failure> {
        let (coolify, namespace) = (cx.coolify().await?, cx.namespace());
        let in_use = HostsInUse::read(&coolify, None).await?;
        let requested = Requested { hosts, name, namespace: &namespace };
        requested.check_free(&in_use)?;
        let (url, description) = (url(hosts), Description::from_mark(mark));
        let limits =
            container_limits::with_default_memory(self.params.limits(cx)?, &cx.settings().compose);
        let restart_limit = coolify.restart_limit().await?;
        let created = match &self.source {
            Source::Repository(code) => {
                let organisation = cx.organisation();
                let new = repository::application(self.params, code, organisation, name, url)?;
                let routes = self.routes(cx, name)?;
                let compose_domains = routes.as_ref().map(Routes::urls).unwrap_or_default();
                let cloned = match routes {
                    Some(_) => cx.new_release_path(mark)?,
                    None => code.repo.full_name.clone(),
                };
                let new = NewRepositoryApplication {
                    description,
                    limits,
                    restart_limit,
                    compose_domains,
                    ..new
                };
                let rest = |url| repository::rest(self.params, code, url);
                clone_key::create(cx, &coolify, mark, (&code.repo, &cloned), new, rest).await
            }
            Source::Image(image) => {
                let new = image::application(self.params, image, name, url)?;
                let new = NewImageApplication { description, limits, restart_limit, ..new };
                coolify.create_image_application(&new).await
            }
        };
        created.map_err(|failure| requested.explain(failure, in_use))
    }

    /// Writes all settings of the call, because an earlier call may have begun the application with
    /// other values; none if this call created it with all of them. Returns the settings, and whether
    /// nothing was written.
    async fn write(
        &self,
        cx: &Workspace,
        coolify: &Coolify,
        name: &str,
        app: &Owned<Application>,
        hosts: &[String],
    ) -> Result<(ApplicationPatch, bool), Failure> {
        let way = cx.clone_keys().clone_way(app).await?;
        let mut patch = self.patch(cx, app, &way, hosts).await?;
        let is_own = self.created.get() == Some(&app.uuid);
        if is_own && has_hosts(app, hosts) && has_all(app, &patch) {
            return Ok((patch, true));
        }
        let update = self.update(cx, name, app, &patch, hosts);
        if let Source::Repository(code) = &self.source {
            let cloned = code.clone_path(cx, app)?;
            let on = (way, &code.repo, &*cloned);
            let url = clone_key::update(cx, coolify, app, on, (&patch, update)).await?;
            patch.git_repository = url;
        } else {
            update.await?;
        }
        Ok((patch, false))
    }

    /// Returns the URLs of the services of a compose file, if there is one.
    fn routes(&self, cx: &Workspace, name: &str) -> Result<Option<Routes>, Failure> {
        match &self.source {
            Source::Repository(code) => code.routes(cx, name),
            Source::Image(_) => Ok(None),
        }
    }

    async fn patch(
        &self,
        cx: &Workspace,
        app: &Application,
        way: &CloneWay,
        hosts: &[String],
    ) -> Result<ApplicationPatch, Failure> {
        let url = url(hosts);
        let patch = match &self.source {
            Source::Repository(code) => {
                let clone_url = cx.clone_keys().url(way, &code.clone_path(cx, app)?).await?;
                repository::patch(self.params, code, clone_url, url)?
            }
            Source::Image(image) => image::patch(self.params, image, url)?,
        };
        Ok(ApplicationPatch { limits: self.params.limits(cx)?, ..patch })
    }

    /// Sends the patch to Coolify. If the application does not have the host yet, because an earlier
    /// call began it with another one, the host must be free.
    async fn update(
        &self,
        cx: &Workspace,
        name: &str,
        app: &Owned<Application>,
        patch: &ApplicationPatch,
        hosts: &[String],
    ) -> Result<(), Failure> {
        if patch.domains.is_none() || has_hosts(app, hosts) {
            return update::application_ports::send(&cx.coolify().await?, app, patch).await;
        }
        let update = async {
            let (coolify, namespace) = (cx.coolify().await?.refreshed(), cx.namespace());
            let in_use = HostsInUse::read(&coolify, Some(app.uuid.as_str())).await?;
            let requested = Requested { hosts, name, namespace: &namespace };
            requested.check_free(&in_use)?;
            let updated = coolify.update_application(app, patch).await;
            updated.map_err(|failure| requested.explain(failure, in_use))
        };
        with_hosts_claimed(cx, hosts, update).await
    }

    fn hints(&self) -> Vec<String> {
        let CreateApp { volumes, health_check, .. } = self.params;
        let has_volumes = volumes.as_ref().is_some_and(|volumes| !volumes.is_empty());
        let plan = match &self.source {
            Source::Repository(code) => code.plan.hints.clone(),
            Source::Image(_) => Vec::new(),
        };
        let lasting = runtime_settings::hints(
            has_volumes,
            health_check.as_ref().is_some_and(runtime_settings::HealthCheckInput::is_on),
        );
        [plan, lasting].concat()
    }

    fn refuse_other_source(&self, app: &Application) -> Result<(), Failure> {
        let is_image = app.runs_image();
        if is_image == matches!(self.source, Source::Image(_)) {
            return Ok(());
        }
        Err(other_source(&app.name, if is_image { "an image" } else { "a repository" }))
    }

    /// Deploys the application if the call asks for it, and returns the answer.
    async fn deploy(
        &self,
        cx: &Workspace,
        coolify: &Coolify,
        app: &Owned<Application>,
        hosts: &[String],
    ) -> Result<CreatedApp, Failure> {
        let build = match &self.source {
            Source::Repository(code) => Build::Commit(&code.judged),
            Source::Image(_) => Build::Image,
        };
        if let Source::Repository(code) = &self.source
            && code.composed.is_some()
        {
            // Its clone URL does not name the repository.
            code.follow(cx, &app.uuid, self.params, None).await?;
        }
        let queue = deploy::queue(coolify, app, build, false);
        let queued = if self.params.deploys() { Some(queue.await?) } else { None };
        if let Source::Repository(code) = &self.source {
            let deployment = queued.as_ref().map(|queued| &queued.deployment.uuid);
            code.follow(cx, &app.uuid, self.params, deployment).await?;
        }
        let mut created = CreatedApp::new(app_entity::created_application(app, queued.is_some()));
        created.hints = self.hints();
        created.warnings = hosts.iter().filter_map(|host| unattached_host(app, host)).collect();
        created.warnings.extend(queued.as_ref().and_then(|queued| queued.warning(&app.uuid)));
        created.deployment = queued.map(|queued| queued.deployment);
        if let Source::Repository(code) = &self.source {
            code.describe(self.params, hosts, &mut created);
        }
        Ok(created)
    }
}
