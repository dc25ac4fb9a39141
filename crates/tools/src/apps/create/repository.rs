//! Pathway 1: from a repository of the workspace's organisation.

use covibe_coolify::{ApplicationPatch, NewRepositoryApplication};
use covibe_domain::entities::BuildPack;
use covibe_domain::{Failure, Kind, Secret};
use covibe_gitea::Repo;
use covibe_workspace::{Workspace, create_journaled};
use serde_json::json;

use super::new_app::{NewApp, Source};
use super::{CreateApp, Created};
use crate::apps::compose_repositories::allow_compose_repository;
use crate::apps::envs::check_compose;
use crate::names::is_branch;

/// The port that nixpacks' and most other frameworks listen on.
const USUAL_PORT: &str = "3000";

/// Creates one.
pub(super) async fn create(
    cx: &Workspace,
    params: &CreateApp,
    repo: &str,
) -> Result<Created, Failure> {
    if build_pack(params) == BuildPack::Dockercompose {
        allow_compose_repository(cx)?;
        check_compose(params.envs.as_deref().unwrap_or_default())?;
    }
    let repo = cx.gitea()?.repository(repo).await?;
    let fallback = repo.name.clone();
    let creation = NewApp { params, source: Source::Repository(repo) };
    Box::pin(create_journaled(cx, &creation, params.name.as_deref(), &fallback, params)).await
}

/// What Coolify is told at first.
pub(super) fn application(
    params: &CreateApp,
    repo: &Repo,
    organisation: &str,
    name: &str,
    url: String,
) -> Result<NewRepositoryApplication, Failure> {
    Ok(NewRepositoryApplication {
        name: name.to_owned(),
        description: None,
        organisation: organisation.to_owned(),
        repository: repo.name.clone(),
        branch: branch(params, repo)?,
        build_pack: build_pack(params),
        ports: ports(params),
        domains: vec![url],
        base_directory: params.base_directory.clone(),
        dockerfile_location: params.dockerfile_location.clone(),
        docker_compose_location: params.docker_compose_location.clone(),
    })
}

/// What it is told then: everything, with the clone URL that it would not take at first.
pub(super) fn patch(
    params: &CreateApp,
    repo: &Repo,
    clone_url: Secret,
    url: String,
) -> Result<ApplicationPatch, Failure> {
    let build_pack = build_pack(params);
    Ok(ApplicationPatch {
        git_repository: Some(clone_url),
        git_branch: Some(branch(params, repo)?),
        // The compose build pack gets its domains by service, and refuses this field.
        domains: (build_pack != BuildPack::Dockercompose).then(|| vec![url]),
        ports_exposes: Some(ports(params)),
        build_pack: Some(build_pack),
        base_directory: params.base_directory.clone(),
        dockerfile_location: params.dockerfile_location.clone(),
        docker_compose_location: params.docker_compose_location.clone(),
        ..ApplicationPatch::default()
    })
}

fn build_pack(params: &CreateApp) -> BuildPack {
    params.build_pack.unwrap_or(if params.docker_compose_location.is_some() {
        BuildPack::Dockercompose
    } else if params.dockerfile_location.is_some() {
        BuildPack::Dockerfile
    } else {
        BuildPack::Nixpacks
    })
}

fn ports(params: &CreateApp) -> String {
    params.ports.clone().unwrap_or_else(|| USUAL_PORT.to_owned())
}

/// The branch that is asked for, or the repository's default one.
fn branch(params: &CreateApp, repo: &Repo) -> Result<String, Failure> {
    let hint = "Pass a branch whose name has only letters, digits and _ . / -";
    params.branch.clone().map_or_else(|| default_branch(repo, hint), Ok)
}

/// The repository's default branch, whose name is a text of the tenant's, and Git allows in it what
/// a shell would run; `hint` is what to do where it has such a name.
pub(in crate::apps) fn default_branch(repo: &Repo, hint: &str) -> Result<String, Failure> {
    if is_branch(&repo.default_branch) {
        return Ok(repo.default_branch.clone());
    }
    let message = "The repository's default branch has a name that can't be deployed.";
    Err(Failure::new(Kind::Rejected, message)
        .hint(hint)
        .detail("fields", json!({ "branch": ["has other characters"] })))
}
