//! Pathway 1: from a repository of the workspace's organisation.

use covibe_coolify::{ApplicationPatch, CloneUrl, NewRepositoryApplication};
use covibe_domain::entities::BuildPack;
use covibe_domain::shell::{Branch, Ports, RepositoryName};
use covibe_domain::{Failure, Kind};
use covibe_gitea::Repo;
use covibe_workspace::{Workspace, create_journaled};
use serde_json::json;

use super::new_app::{NewApp, Source};
use super::{CreateApp, Created};
use crate::apps::compose_repositories::allow_compose_repository;
use crate::apps::envs::check_compose;
use crate::names::shell_text;

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
    let texts = params.texts()?;
    Ok(NewRepositoryApplication {
        name: name.to_owned(),
        description: None,
        organisation: organisation.to_owned(),
        repository: repository_name(repo)?,
        branch: branch(texts.branch, repo)?,
        build_pack: build_pack(params),
        ports: ports(texts.ports)?,
        domains: vec![url],
        base_directory: texts.base_directory,
        dockerfile_location: texts.dockerfile_location,
        docker_compose_location: texts.docker_compose_location,
    })
}

/// What it is told then: everything, with the clone URL that it would not take at first.
pub(super) fn patch(
    params: &CreateApp,
    repo: &Repo,
    clone_url: CloneUrl,
    url: String,
) -> Result<ApplicationPatch, Failure> {
    let (build_pack, texts) = (build_pack(params), params.texts()?);
    Ok(ApplicationPatch {
        git_repository: Some(clone_url),
        git_branch: Some(branch(texts.branch, repo)?),
        // The compose build pack gets its domains by service, and refuses this field.
        domains: (build_pack != BuildPack::Dockercompose).then(|| vec![url]),
        ports_exposes: Some(ports(texts.ports)?),
        build_pack: Some(build_pack),
        base_directory: texts.base_directory,
        dockerfile_location: texts.dockerfile_location,
        docker_compose_location: texts.docker_compose_location,
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

fn ports(asked: Option<Ports>) -> Result<Ports, Failure> {
    asked.map_or_else(|| shell_text("ports", USUAL_PORT), Ok)
}

/// The repository's name, which Gitea keeps to letters, digits and `- _ .` (1.21 to 1.25).
fn repository_name(repo: &Repo) -> Result<RepositoryName, Failure> {
    repo.name.parse().map_err(|_| {
        Failure::new(Kind::Rejected, "The repository has a name that can't be deployed.")
            .hint("Rename it: letters, digits and - _ . only.")
    })
}

/// The branch that is asked for, or the repository's default one.
fn branch(asked: Option<Branch>, repo: &Repo) -> Result<Branch, Failure> {
    let hint = "Pass a branch whose name has only letters, digits and _ . / -";
    asked.map_or_else(|| default_branch(repo, hint), Ok)
}

/// The repository's default branch, whose name is a text of the tenant's, and Git allows in it what
/// a shell would run; `hint` is what to do where it has such a name.
pub(in crate::apps) fn default_branch(repo: &Repo, hint: &str) -> Result<Branch, Failure> {
    if let Ok(branch) = repo.default_branch.parse() {
        return Ok(branch);
    }
    let message = "The repository's default branch has a name that can't be deployed.";
    Err(Failure::new(Kind::Rejected, message)
        .hint(hint)
        .detail("fields", json!({ "branch": ["has other characters"] })))
}
