//! An application in the making, whatever it is made of.

use covibe_coolify::{Application, ApplicationPatch, Image};
use covibe_domain::entities::AppKind;
use covibe_domain::{AppUuid, Failure, Secret};
use covibe_gitea::Repo;
use covibe_policy::Owned;

use super::hosts::{Taken, not_kept};
use super::named::{named, other};
use super::{CreateApp, Created, KIND, image, repository};
use crate::apps::{deploy, envs, view};
use crate::context::{AnyApp, Coolify, Workspace};
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
    const KIND: &'static str = KIND;

    type Id = AppUuid;

    type Made = Created;

    async fn find(&self, cx: &Workspace, name: &str) -> Result<Option<AppUuid>, Failure> {
        named(cx, name, AppKind::Application).await
    }

    async fn create(&self, cx: &Workspace, name: &str) -> Result<AppUuid, Failure> {
        let (host, namespace) = (self.params.domain(cx, name)?, cx.namespace());
        let coolify = cx.coolify().await?;
        let taken = Taken::look(&coolify, None).await?;
        let (url, hosts) = (format!("https://{host}"), [host]);
        taken.refuse(&hosts, name, &namespace)?;
        let made = match &self.source {
            Source::Repository(repo) => {
                let organisation = &cx.record().gitea_org;
                let new = repository::application(self.params, repo, organisation, name, url)?;
                coolify.create_repository_application(&new).await
            }
            Source::Image(image) => {
                let new = image::application(self.params, image, name, url);
                coolify.create_image_application(&new).await
            }
        };
        made.map_err(|failure| taken.explain(failure, &hosts, name, &namespace))
    }

    async fn finish(&self, cx: &Workspace, name: &str, uuid: AppUuid) -> Result<Created, Failure> {
        let host = self.params.domain(cx, name)?;
        let coolify = cx.coolify().await?;
        let any = coolify.app(&uuid).await?;
        let AnyApp::Application(app) = &any else { return Err(other(name, "a compose file")) };
        self.refuse_other_source(app)?;
        let patch = self.patch(cx, &host).await?;
        coolify.update_application(app, &patch).await?;
        let kept_up = self.keep_up(cx, &coolify, app, patch.git_repository).await;
        kept_up.map_err(Failure::in_doubt)?;
        if let Some(envs) = self.params.envs.as_deref().filter(|envs| !envs.is_empty()) {
            envs::set(&coolify, &any, envs).await.map_err(Failure::in_doubt)?;
        }
        let app = coolify.application(&uuid).await.map_err(Failure::in_doubt)?;
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
        Err(other(&app.name, if is_image { "an image" } else { "a repository" }))
    }

    /// What follows once the application is as the call asks for.
    async fn complete(
        &self,
        coolify: &Coolify,
        app: Owned<Application>,
        host: &str,
    ) -> Result<Created, Failure> {
        let deployment = match self.params.instant_deploy {
            Some(false) => None,
            _ => Some(deploy::deploy(coolify, &app, false).await?.into_deployment()),
        };
        let warnings = domain_lost(&app, host).into_iter().collect();
        let (services, hints) = (Vec::new(), Vec::new());
        Ok(Created { app: view::app(&app), deployment, services, hints, warnings })
    }
}

/// Why the domain does not lead to the application, where it does not.
fn domain_lost(app: &Application, host: &str) -> Option<String> {
    if app.domains().iter().any(|domain| domain == host) {
        return None;
    }
    Some(if app.is_compose() {
        format!(
            "The domain {host} is not attached yet: Coolify attaches the domains of a compose file by \
             service, once it has read the file. Deploy, then call apps.domains.set with a service."
        )
    } else {
        not_kept(host)
    })
}
