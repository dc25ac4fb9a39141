//! An application in the making, whatever it is made of.

use covibe_coolify::{Application, ApplicationPatch, Image};
use covibe_domain::{AppUuid, Failure, Secret};
use covibe_gitea::Repo;
use covibe_policy::Owned;

use super::{CreateApp, Created, image, repository};
use crate::apps::envs::writes;
use crate::apps::{deploy, view};
use crate::context::{Coolify, Workspace};
use crate::creation::Create;

/// What an application is made of.
pub(super) enum Source {
    /// Code of the workspace.
    Repository(Owned<Repo>),
    /// An image that somebody has built.
    Image(Image),
}

/// An application to be made.
pub(super) struct NewApp<'a> {
    /// What the call asks for.
    pub(super) params: &'a CreateApp,
    /// What it is made of.
    pub(super) source: Source,
}

impl Create for NewApp<'_> {
    const KIND: &'static str = "application";

    type Id = AppUuid;

    type Made = Created;

    async fn find(&self, cx: &Workspace, name: &str) -> Result<Option<AppUuid>, Failure> {
        let apps = cx.coolify().await?.now().applications().await?;
        Ok(apps.iter().find(|app| app.name == name).map(|app| app.uuid.clone()))
    }

    async fn create(&self, cx: &Workspace, name: &str) -> Result<AppUuid, Failure> {
        let url = format!("https://{}", self.params.domain(cx, name)?);
        let coolify = cx.coolify().await?;
        match &self.source {
            Source::Repository(repo) => {
                let organisation = &cx.record().gitea_org;
                let new = repository::application(self.params, repo, organisation, name, url)?;
                coolify.create_repository_application(&new).await
            }
            Source::Image(image) => {
                let new = image::application(self.params, image, name, url);
                coolify.create_image_application(&new).await
            }
        }
    }

    async fn finish(&self, cx: &Workspace, name: &str, uuid: AppUuid) -> Result<Created, Failure> {
        let host = self.params.domain(cx, name)?;
        let coolify = cx.coolify().await?;
        let app = coolify.application(&uuid).await?;
        self.refuse_other_source(&app)?;
        let patch = self.patch(cx, &host).await?;
        coolify.update_application(&app, &patch).await?;
        self.keep_up(cx, &coolify, &app, patch.git_repository).await?;
        self.complete(&coolify, app, &host).await.map_err(Failure::in_doubt)
    }
}

impl NewApp<'_> {
    /// Everything that the call asks for: an unfinished application may have been begun with other
    /// values.
    async fn patch(&self, cx: &Workspace, host: &str) -> Result<ApplicationPatch, Failure> {
        let url = format!("https://{host}");
        match &self.source {
            Source::Repository(repo) => {
                repository::patch(self.params, repo, cx.clone_url(&repo.name).await?, url)
            }
            Source::Image(image) => Ok(image::patch(self.params, image, url)),
        }
    }

    /// The bot's token may have been replaced while Coolify was told of it: whoever replaced it may
    /// have looked for applications that clone with it before this one did.
    async fn keep_up(
        &self,
        cx: &Workspace,
        coolify: &Coolify,
        app: &Owned<Application>,
        mut told: Option<Secret>,
    ) -> Result<(), Failure> {
        let Source::Repository(repo) = &self.source else { return Ok(()) };
        loop {
            let present = Some(cx.clone_url(&repo.name).await?);
            if told == present {
                return Ok(());
            }
            told.clone_from(&present);
            let patch = ApplicationPatch { git_repository: present, ..ApplicationPatch::default() };
            coolify.update_application(app, &patch).await?;
        }
    }

    /// An application of the other pathway has the name: to turn it into this one would break it.
    fn refuse_other_source(&self, app: &Application) -> Result<(), Failure> {
        let is_image = app.runs_image();
        if is_image == matches!(self.source, Source::Image(_)) {
            return Ok(());
        }
        let source = if is_image { "an image" } else { "a repository" };
        Err(Failure::conflict(format!("There is an app named {} from {source}.", app.name))
            .hint("Pass another name."))
    }

    /// What follows once the application is as the call asks for.
    async fn complete(
        &self,
        coolify: &Coolify,
        app: Owned<Application>,
        host: &str,
    ) -> Result<Created, Failure> {
        if let Some(envs) = self.params.envs.as_deref().filter(|envs| !envs.is_empty()) {
            let present = coolify.envs(&app).await?;
            coolify.upsert_envs(&app, &writes(envs, &present)).await?;
        }
        let app = coolify.application(&app.uuid).await?;
        let deployment = match self.params.instant_deploy {
            Some(false) => None,
            _ => Some(deploy::deploy(coolify, &app, false).await?.into_deployment()),
        };
        let warnings = domain_lost(&app, host).into_iter().collect();
        Ok(Created { app: view::app(&app), deployment, warnings })
    }
}

/// Coolify answers 200 and drops the domains when the server is a build server or has no proxy.
fn domain_lost(app: &Application, host: &str) -> Option<String> {
    if app.domains().iter().any(|domain| domain == host) {
        return None;
    }
    let why = if app.is_compose() {
        "is not attached yet: Coolify attaches the domains of a compose app by service, once it \
         has read the compose file."
    } else {
        "did not persist: the server that Coolify deploys to has no proxy or is marked as a build \
         server. Tell the operator."
    };
    Some(format!("The domain {host} {why}"))
}
