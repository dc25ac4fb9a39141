//! `apps.create`: from files, a repository of the workspace, an image, a compose file, or a template.

mod adopted_apps;
mod answer;
mod application;
mod compose;
mod errors;
mod files;
mod image;
mod params;
mod repository;
mod requested_hosts;
mod source;
mod template;

use covibe_domain::Failure;
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::Workspace;

use self::answer::CreatedApp;
use self::source::SourceParam;
use crate::apps::manage::envs::{IGNORED_IN_ITEMS, check};

pub(in crate::apps) use self::params::CreateApp;

impl Operation<Workspace> for CreateApp {
    const SPEC: Spec = Spec::write("apps.create", Route::post("/apps"))
        .creates()
        .ignores(IGNORED_IN_ITEMS)
        .switches(&["healthCheck"]);

    type Output = CreatedApp;

    async fn run(self, cx: &Workspace) -> Result<CreatedApp, Failure> {
        check(&self.envs())?;
        self.shell_texts()?;
        self.volumes()?;
        self.health_check()?;
        self.limits(cx)?;
        cx.know_domains(self.hosts_written()).await?;
        match SourceParam::from_params(&self)? {
            SourceParam::Files(given) => files::create(cx, &self, given).await,
            SourceParam::Repository(repo) => application::from_repository(cx, &self, repo).await,
            SourceParam::Image(image) => application::from_image(cx, &self, image).await,
            SourceParam::Compose(file) => compose::create(cx, &self, file).await,
            SourceParam::Template(name) => template::create(cx, &self, name).await,
        }
    }
}
