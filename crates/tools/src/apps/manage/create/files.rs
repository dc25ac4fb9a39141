//! The creation of an app from files: a private repository with them, and the app of it.
//!
//! The journal keeps the repository's entry open until the app is there, so that a repeated call goes on
//! with this repository and this app.

use covibe_coolify::Mark;
use covibe_domain::entities::AppKind;
use covibe_domain::{AppUuid, Failure, Kind};
use covibe_policy::resource_name;
use covibe_repository::Places;
use covibe_workspace::{
    AnyApp, Create, Namesake, Workspace, before_creation, create_journaled, examine_files,
    judge_files,
};

use super::adopted_apps::find;
use super::answer::CreatedApp;
use super::application::from_repository;
use super::compose::targets;
use super::errors::{missing_name, taken_name};
use super::params::CreateApp;
use super::repository;
use crate::apps::app_entity;
use crate::apps::compose::policy_request::check_compose_repositories;
use crate::apps::compose::repository_compose::{self, ComposePlace};
use crate::apps::compose::repository_files::Files;
use crate::apps::constants::KIND;
use crate::apps::manage::envs::check_compose;
use crate::apps::repository::build_plan::{BuildParams, BuildPlan};
use crate::apps::run::deployments;
use crate::own_repository::own_repository;
use crate::repos::create::{FilledRepository, NewRepository, RepoId, remove};
use crate::repos::files::{File, NewFile, decode_files};
use crate::repos::named_repository::KIND as REPOSITORY;

/// Creates a repository of the app's name with these files, and the app of it.
pub(super) async fn create(
    cx: &Workspace,
    params: &CreateApp,
    files: &[NewFile],
) -> Result<CreatedApp, Failure> {
    let name = params.name.as_deref().ok_or_else(missing_name)?;
    resource_name(name)?;
    let files = decode_files(files)?;
    let of_repository = params.with_repository(name);
    check(cx, &of_repository, &files, name).await?;
    // A domain outside the namespace is refused before anything is recorded.
    params.host(cx, name)?;
    before_creation(cx, cx.check_builds()).await?;
    let new = NewRepository { files, template: None, description: "" };
    let creation = FilesCreation { params: &of_repository, app: name, new: &new };
    Box::pin(create_journaled(cx, &creation, Some(name), name, params)).await
}

/// Judges the files before anything is made of them.
async fn check(
    cx: &Workspace,
    params: &CreateApp,
    files: &[File],
    name: &str,
) -> Result<(), Failure> {
    let copies = files.to_vec();
    let examine =
        move || examine_files(copies.iter().map(|file| (file.path.as_str(), &*file.bytes)));
    let verdict = cx.run_judgement(examine).await?;
    judge_files(&verdict, &Places::default())?;
    let (pack, texts) = (repository::build_pack(params), params.shell_texts()?);
    let asked = BuildParams { pack, ..texts.build_params(params) };
    let plan = BuildPlan::from_verdict(cx, &asked, &verdict)?;
    repository::check(params, Some(plan.pack))?;
    judge_files(&verdict, &asked.places(plan.pack))?;
    let Some(location) = &plan.compose else { return Ok(()) };
    check_compose_repositories(cx)?;
    check_compose(&params.envs())?;
    let place = ComposePlace { base: asked.folder, location: location.as_str() };
    let (files, given) = (Files::from_call(files), params.compose_inputs(name));
    let (_, compose) =
        Box::pin(repository_compose::judge_compose_file(cx, &files, place, &given)).await?;
    judge_files(&verdict, &place.places(&compose))?;
    targets(params, &compose).map(drop)
}

/// The creation of a repository and its app.
struct FilesCreation<'a> {
    /// The call, for the repository.
    params: &'a CreateApp,
    /// The name of the app.
    app: &'a str,
    new: &'a NewRepository<'a>,
}

impl Create for FilesCreation<'_> {
    const KIND: &'static str = REPOSITORY;

    type Id = RepoId;

    type Created = CreatedApp;

    async fn find(&self, cx: &Workspace, name: &str) -> Result<Vec<Namesake<RepoId>>, Failure> {
        NewRepository::namesakes(&cx.gitea().await?, name).await
    }

    async fn create(&self, cx: &Workspace, name: &str, mark: &Mark) -> Result<RepoId, Failure> {
        // A repository for an app that can't be made would only be in the way.
        if !find(cx, self.app, AppKind::Application).await?.is_empty() {
            return Err(taken_name(self.app));
        }
        if self.params.deploys() {
            cx.coolify().await?.check_deployment_queue().await?;
        }
        self.new.create(&cx.gitea().await?, name, mark).await
    }

    async fn finish(&self, cx: &Workspace, _: &str, id: RepoId) -> Result<CreatedApp, Failure> {
        let FilledRepository { repo, .. } = self.new.fill(cx, &cx.gitea().await?, &id).await?;
        let creating = Box::pin(from_repository(cx, self.params, &repo.name));
        let created = match creating.await {
            Err(taken) if taken.kind == Kind::Conflict && !taken.is_in_doubt() => {
                made_before(cx, self.app, &repo.full_name).await?.ok_or(taken)
            }
            created => created,
        };
        let mut created = created?;
        let then = match self.params.auto_deploy {
            Some(false) => "then call apps.deploy",
            _ => "which deploys the app",
        };
        let name = &repo.name;
        created.hints.push(format!(
            "The files are in the repository {name}: change them with repos.commit or git push, {then}."
        ));
        created.hints.extend(self.new.remarks());
        Ok(created)
    }

    async fn remove(&self, cx: &Workspace, id: RepoId) -> Result<(), Failure> {
        remove(cx, &id).await
    }
}

/// Returns the app of this name that is built from this repository, if an earlier call finished it: one
/// that was killed before it could say so.
async fn made_before(
    cx: &Workspace,
    name: &str,
    repository: &str,
) -> Result<Option<CreatedApp>, Failure> {
    if cx.journal().has_entry(KIND, name).await? {
        return Ok(None);
    }
    let coolify = cx.coolify().await?.refreshed();
    let applications = coolify.applications().await?;
    let Some(uuid) = applications.iter().find(|app| app.name == name).map(|app| &app.uuid) else {
        return Ok(None);
    };
    let AnyApp::Application(app) = coolify.app(uuid).await? else { return Ok(None) };
    let path = own_repository(cx, &app).await?;
    if !path.is_some_and(|path| path.eq_ignore_ascii_case(repository)) {
        return Ok(None);
    }
    let newest = newest_deployment(cx, uuid).await?;
    let is_open = newest.as_ref().is_some_and(|newest| newest.status.is_open());
    let made = CreatedApp::new(app_entity::created_application(&app, is_open));
    Ok(Some(CreatedApp { deployment: newest, ..made }))
}

async fn newest_deployment(
    cx: &Workspace,
    uuid: &AppUuid,
) -> Result<Option<covibe_domain::entities::Deployment>, Failure> {
    let newest = cx.deployments(uuid, 1).await?.and_then(|all| all.into_iter().next());
    Ok(newest.map(deployments::view))
}
