//! What Coolify gets for an app that is built from a repository.

use covibe_coolify::{ApplicationPatch, CloneUrl, NewRepositoryApplication};
use covibe_domain::Failure;
use covibe_domain::entities::BuildPack;
use covibe_domain::shell::{Branch, RepositoryName};
use covibe_gitea::Repo;

use super::errors::undeployable_repository_name;
use super::params::CreateApp;
use crate::apps::git::default_branch;

/// The port that nixpacks and most frameworks listen on.
const DEFAULT_PORT: &str = "3000";

/// Returns the request that creates the application.
pub(super) fn application(
    params: &CreateApp,
    repo: &Repo,
    organisation: &str,
    name: &str,
    url: String,
) -> Result<NewRepositoryApplication, Failure> {
    let mut texts = params.shell_texts()?;
    Ok(NewRepositoryApplication {
        name: name.to_owned(),
        description: None,
        organisation: organisation.to_owned(),
        repository: repository_name(repo)?,
        branch: branch(texts.branch.take(), repo)?,
        build_pack: build_pack(params),
        base_directory: texts.base_directory.take(),
        dockerfile_location: texts.dockerfile_location.take(),
        docker_compose_location: texts.docker_compose_location.take(),
        ports: texts.ports_or(DEFAULT_PORT)?,
        domains: vec![url],
    })
}

/// Returns the patch that follows it: all settings, in case an earlier call began the application
/// with other values, and the clone URL, which Coolify does not accept at creation.
pub(super) fn patch(
    params: &CreateApp,
    repo: &Repo,
    clone_url: CloneUrl,
    url: String,
) -> Result<ApplicationPatch, Failure> {
    let (build_pack, mut texts) = (build_pack(params), params.shell_texts()?);
    Ok(ApplicationPatch {
        git_repository: Some(clone_url),
        git_branch: Some(branch(texts.branch.take(), repo)?),
        // The compose build pack refuses this field: its domains are set by service.
        domains: (build_pack != BuildPack::Dockercompose).then(|| vec![url]),
        build_pack: Some(build_pack),
        base_directory: texts.base_directory.take(),
        dockerfile_location: texts.dockerfile_location.take(),
        docker_compose_location: texts.docker_compose_location.take(),
        ports_exposes: Some(texts.ports_or(DEFAULT_PORT)?),
        ..ApplicationPatch::default()
    })
}

/// Returns the build pack that the call names, or the one that its other parameters imply.
pub(super) fn build_pack(params: &CreateApp) -> BuildPack {
    params.build_pack.unwrap_or(if params.docker_compose_location.is_some() {
        BuildPack::Dockercompose
    } else if params.dockerfile_location.is_some() {
        BuildPack::Dockerfile
    } else {
        BuildPack::Nixpacks
    })
}

/// Returns the repository's name, which Gitea limits to letters, digits and `- _ .` (1.21 to 1.25).
fn repository_name(repo: &Repo) -> Result<RepositoryName, Failure> {
    repo.name.parse().map_err(|_| undeployable_repository_name())
}

/// Returns the branch that the call names, or the repository's default one.
fn branch(named: Option<Branch>, repo: &Repo) -> Result<Branch, Failure> {
    let hint = "Pass a branch whose name has only letters, digits and _ . / -";
    named.map_or_else(|| default_branch(repo, hint), Ok)
}
