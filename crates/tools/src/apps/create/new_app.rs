//! An application in the making, whatever it is made of.

use std::slice;

use covibe_coolify::{Application, ApplicationPatch};
use covibe_domain::entities::AppKind;
use covibe_domain::image::ImageReference as Image;
use covibe_domain::shell::{Branch, Ports};
use covibe_domain::{AppUuid, Failure};
use covibe_gitea::Repo;
use covibe_policy::Owned;
use covibe_workspace::{AnyApp, Coolify, Create, Workspace, with_hosts_claimed};

use super::hosts::{Taken, not_kept};
use super::named::{named, other};
use super::{CreateApp, Created, KIND, image, repository};
use crate::apps::clone_url::keep_up;
use crate::apps::{deploy, envs, view};

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

    type Created = Created;

    async fn find(&self, cx: &Workspace, name: &str) -> Result<Option<AppUuid>, Failure> {
        named(cx, name, AppKind::Application).await
    }

    async fn create(&self, cx: &Workspace, name: &str) -> Result<AppUuid, Failure> {
        let host = self.params.domain(cx, name)?;
        with_hosts_claimed(cx, slice::from_ref(&host), self.make(cx, name, &host)).await
    }

    async fn finish(&self, cx: &Workspace, name: &str, uuid: AppUuid) -> Result<Created, Failure> {
        let host = self.params.domain(cx, name)?;
        let coolify = cx.coolify().await?;
        let any = coolify.app(&uuid).await?;
        let AnyApp::Application(app) = &any else { return Err(other(name, "a compose file")) };
        self.refuse_other_source(app)?;
        let mut patch = self.patch(cx, &host).await?;
        self.tell(cx, name, app, &patch, &host).await?;
        if let (Source::Repository(repo), Some(told)) = (&self.source, patch.git_repository.take())
        {
            let told = keep_up(cx, &coolify, app, &repo.name, told).await;
            patch.git_repository = Some(told.map_err(Failure::in_doubt)?);
        }
        let mut warning = None;
        if let Some(envs) = self.params.envs.as_deref().filter(|envs| !envs.is_empty()) {
            warning = envs::set(&coolify, &any, envs).await.map_err(Failure::in_doubt)?.warning;
        }
        let app = coolify.application(&uuid).await.map_err(Failure::in_doubt)?;
        refuse_unlike(&app, &patch)?;
        let created = self.complete(&coolify, app, &host).await;
        let mut created = created.map_err(Failure::in_doubt)?;
        created.warnings.extend(warning);
        Ok(created)
    }
}

impl NewApp<'_> {
    /// Makes it, if its host is free.
    async fn make(&self, cx: &Workspace, name: &str, host: &String) -> Result<AppUuid, Failure> {
        let (coolify, namespace) = (cx.coolify().await?.refreshed(), cx.namespace());
        let (taken, hosts) = (Taken::look(&coolify, None).await?, slice::from_ref(host));
        taken.refuse(hosts, name, &namespace)?;
        let url = format!("https://{host}");
        let made = match &self.source {
            Source::Repository(repo) => {
                let organisation = cx.organisation();
                let new = repository::application(self.params, repo, organisation, name, url)?;
                coolify.create_repository_application(&new).await
            }
            Source::Image(image) => {
                let new = image::application(self.params, image, name, url)?;
                coolify.create_image_application(&new).await
            }
        };
        made.map_err(|failure| taken.explain(failure, hosts, name, &namespace))
    }

    /// Tells Coolify; a host that the application does not have yet, because an earlier call began
    /// it with another one, only if it is free.
    async fn tell(
        &self,
        cx: &Workspace,
        name: &str,
        app: &Owned<Application>,
        patch: &ApplicationPatch,
        host: &String,
    ) -> Result<(), Failure> {
        if patch.domains.is_none() || app.domains().contains(host) {
            return cx.coolify().await?.update_application(app, patch).await;
        }
        let hosts = slice::from_ref(host);
        let tell = async {
            let (coolify, namespace) = (cx.coolify().await?.refreshed(), cx.namespace());
            let taken = Taken::look(&coolify, Some(app.uuid.as_str())).await?;
            taken.refuse(hosts, name, &namespace)?;
            let told = coolify.update_application(app, patch).await;
            told.map_err(|failure| taken.explain(failure, hosts, name, &namespace))
        };
        with_hosts_claimed(cx, hosts, tell).await
    }

    /// Everything that the call asks for: an unfinished application may have been begun with other
    /// values.
    async fn patch(&self, cx: &Workspace, host: &str) -> Result<ApplicationPatch, Failure> {
        let url = format!("https://{host}");
        match &self.source {
            Source::Repository(repo) => {
                repository::patch(self.params, repo, cx.clone_url(&repo.name).await?, url)
            }
            Source::Image(image) => image::patch(self.params, image, url),
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

/// Coolify answers 200 to what it does not keep; that is not to be deployed as if it were there.
fn refuse_unlike(app: &Application, told: &ApplicationPatch) -> Result<(), Failure> {
    let url = told.git_repository.as_ref();
    let image = app.image().and_then(|image| image.parse::<Image>().ok());
    let is =
        |present: &Option<String>, told: Option<&str>| told.is_none() || present.as_deref() == told;
    let kept = [
        (
            "clone URL",
            url.is_none_or(|url| app.git_url().is_some_and(|present| present.is(url.secret()))),
        ),
        ("branch", is(&app.git_branch, told.git_branch.as_ref().map(Branch::as_str))),
        ("build pack", told.build_pack.is_none_or(|pack| app.build_pack == Some(pack.into()))),
        ("ports", is(&app.ports_exposes, told.ports_exposes.as_ref().map(Ports::as_str))),
        (
            "image",
            told.image.as_ref().is_none_or(|told| image.is_some_and(|it| it.is_same_as(told))),
        ),
    ];
    match kept.into_iter().find(|(_, is_kept)| !is_kept) {
        None => Ok(()),
        Some((what, _)) => Err(Failure::conflict(format!(
            "The app has another {what} now than this call has set."
        ))
        .in_doubt()),
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
