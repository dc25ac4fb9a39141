//! The requests to Coolify for an app that is built from a repository.

use covibe_compose::Compose;
use covibe_coolify::{
    Application, ApplicationPatch, CloneUrl, Description, Limits, NewRepositoryApplication,
};
use covibe_domain::entities::BuildPack;
use covibe_domain::shell::{Branch, RepositoryName};
use covibe_domain::{AppUuid, DeploymentUuid, Failure, names as domain_names};
use covibe_gitea::Repo;
use covibe_policy::Owned;
use covibe_repository::{Exposed, Places};
use covibe_workspace::{JudgedCommit, Workspace};

use super::answer::CreatedApp;
use super::compose::{RoutedService, Routes, describe_services, targets};
use super::errors::{declared_in_file, undeployable_repository_name, unexpected_parameter};
use super::params::CreateApp;
use crate::apps::compose::file_changes::{FileChange, NeededEnvs, placeholder_hints};
use crate::apps::compose::repository_compose::{self, ComposePlace, Composed};
use crate::apps::constants::{MAX_DEFAULT_NAME, STATIC_PORT};
use crate::apps::repository::build_plan::{BuildParams, BuildPlan};
use crate::apps::repository::followed_branch::follow_new;
use crate::apps::repository::git_source::deployable_branch;
use crate::apps::repository::repository_build::check_dockerfile;

/// A repository of the workspace, and the branch to build.
pub(super) struct Code {
    pub(in crate::apps) repo: Owned<Repo>,
    pub(in crate::apps) branch: Branch,
    /// The commit at its tip.
    pub(super) judged: JudgedCommit,
    /// The plan by which it is built.
    pub(super) plan: BuildPlan,
    /// Its compose file with the services that get a domain, if it is described by one.
    pub(super) composed: Option<(Compose, Vec<RoutedService>)>,
}

impl Code {
    /// Finds the repository, and the branch that the call names or the default one.
    pub(super) async fn find(
        cx: &Workspace,
        params: &CreateApp,
        written: &str,
    ) -> Result<Self, Failure> {
        let gitea = cx.gitea().await?;
        let repo = gitea.repository(written).await?;
        let tip = gitea.resolve(&repo, params.branch.as_deref()).await?;
        let hint = "Pass a branch whose name has only letters, digits and the characters _ . / -";
        let branch = deployable_branch(&tip, hint)?;
        let (examined, texts) = (cx.examine(&repo, &tip.commit).await?, params.shell_texts()?);
        // Problems of the commit itself come before those of missing files.
        examined.judge(true, &Places::default())?;
        let asked = BuildParams { pack: build_pack(params), ..texts.build_params(params) };
        let plan = BuildPlan::from_verdict(cx, &asked, &examined.verdict)?;
        check(params, Some(plan.pack))?;
        let Some(location) = &plan.compose else {
            let judged = examined.judge(true, &asked.places(plan.pack))?;
            return Ok(Self { repo, branch, judged, plan, composed: None });
        };
        let place = ComposePlace { base: asked.folder, location: location.as_str() };
        let name = params.name.clone().unwrap_or_else(|| default_name(&repo));
        let given = params.compose_inputs(&name);
        let Composed { judged, compose } =
            Box::pin(repository_compose::read(cx, &repo, (&examined, true), place, &given)).await?;
        let mut targets = targets(params, &compose)?;
        for target in targets.iter_mut().filter(|target| target.port.is_none()) {
            // Where the compose file names no port, the Dockerfile does.
            let mut builds = compose.builds.iter();
            let built = builds.find(|(service, _)| *service == target.service);
            let exposed =
                built.and_then(|(_, file)| examined.verdict.exposed_port(asked.folder, file));
            target.port = match exposed {
                Some(Exposed::Port(port)) => Some(port),
                _ => None,
            };
        }
        Ok(Self { repo, branch, judged, plan, composed: Some((compose, targets)) })
    }

    /// Returns the default name of the app: that of the repository, or one that is derived from it
    /// where an app can't have it.
    pub(super) fn default_name(&self) -> String {
        default_name(&self.repo)
    }

    /// Returns the URLs of the services of the compose file, if there is one, for an app with this name.
    pub(super) fn routes(&self, cx: &Workspace, name: &str) -> Result<Option<Routes>, Failure> {
        let Some((_, targets)) = &self.composed else { return Ok(None) };
        Routes::new(targets, name, &cx.namespace()).map(Some)
    }

    /// Returns the path of the repository that Coolify clones for this app.
    pub(super) fn clone_path(&self, cx: &Workspace, app: &Application) -> Result<String, Failure> {
        match self.composed {
            Some(_) => cx.release_path(app),
            None => Ok(self.repo.full_name.clone()),
        }
    }

    /// Makes the app follow the branch, from the commit that was judged on.
    pub(super) async fn follow(
        &self,
        cx: &Workspace,
        app: &AppUuid,
        params: &CreateApp,
        deployment: Option<&DeploymentUuid>,
    ) -> Result<(), Failure> {
        let commit = self.judged.source().commit.as_str();
        let how = (params.auto_deploy.unwrap_or(true), deployment);
        follow_new(cx, app, (&self.repo, self.branch.as_str(), commit), how).await
    }

    /// Adds the facts about the compose file, if there is one, to an answer about an app with these hosts.
    pub(super) fn describe(&self, params: &CreateApp, hosts: &[String], created: &mut CreatedApp) {
        let Some((compose, targets)) = &self.composed else { return };
        // The clone URL leads to the release repository.
        created.app.repo = Some(self.repo.name.clone());
        let routed = |name: &str| targets.iter().any(|target| target.service == name);
        let domains = |name: &str| if routed(name) { hosts.to_vec() } else { Vec::new() };
        created.services = describe_services(params, compose, domains);
        created.changes = compose.changes.iter().map(FileChange::from).collect();
        created.needed_envs = NeededEnvs::from_needed(&compose.needed);
        created.hints.clone_from(&self.plan.hints);
        created.hints.extend(placeholder_hints(&compose.placeholders));
        created.hints.extend_from_slice(&compose.hints);
    }
}

fn default_name(repo: &Repo) -> String {
    if is_app_name(&repo.name) { repo.name.clone() } else { domain_names::label(&repo.name) }
}

/// Refuses parameters that do not go with the build pack.
pub(super) fn check(params: &CreateApp, build_pack: Option<BuildPack>) -> Result<(), Failure> {
    let texts = params.shell_texts()?;
    if let Some(location) = &texts.dockerfile_location {
        check_dockerfile("dockerfileLocation", location)?;
    }
    let first = texts.ports.and_then(|ports| ports.numbers().next());
    if build_pack == Some(BuildPack::Static) && first.is_some_and(|port| port != STATIC_PORT) {
        let hint = format!("Leave it out: a static site listens on port {STATIC_PORT}.");
        return Err(unexpected_parameter("ports", "buildPack static", &hint));
    }
    let of_services = [
        ("composeService", params.compose_service.is_some()),
        ("composeDomains", params.compose_domains.is_some()),
    ];
    let is_other = build_pack.is_some_and(|pack| pack != BuildPack::Dockercompose);
    if let Some((name, _)) = of_services.into_iter().find(|(_, is_given)| is_other && *is_given) {
        let hint = "Leave it out, or pass `buildPack` dockercompose.";
        return Err(unexpected_parameter(name, "an app of one container", hint));
    }
    let in_file = [
        ("volumes", params.volumes.is_some()),
        ("healthCheck", params.health_check.is_some()),
        ("limits", params.limits.is_some()),
    ];
    match in_file.into_iter().find(|(_, is_given)| *is_given) {
        Some((name, _)) if build_pack == Some(BuildPack::Dockercompose) => {
            Err(unexpected_parameter(name, "buildPack dockercompose", declared_in_file(name)))
        }
        _ => Ok(()),
    }
}

/// Returns the request that creates the application.
pub(super) fn application(
    params: &CreateApp,
    code: &Code,
    organisation: &str,
    name: &str,
    url: String,
) -> Result<NewRepositoryApplication, Failure> {
    let mut texts = params.shell_texts()?;
    Ok(NewRepositoryApplication {
        name: name.to_owned(),
        description: Description::default(),
        organisation: organisation.to_owned(),
        repository: repository_name(&code.repo)?,
        private_key: None,
        branch: code.branch.clone(),
        build_pack: code.plan.pack,
        base_directory: texts.base_directory.take(),
        dockerfile_location: texts.dockerfile_location.take(),
        docker_compose_location: code.plan.compose.clone(),
        compose_domains: Vec::new(),
        ports: code.plan.ports.clone(),
        domains: vec![url],
        limits: Limits::default(),
        restart_limit: None,
    })
}

/// Returns the settings that Coolify does not accept at the creation.
pub(super) fn rest(
    params: &CreateApp,
    code: &Code,
    clone_url: CloneUrl,
) -> Result<ApplicationPatch, Failure> {
    Ok(ApplicationPatch {
        git_repository: Some(clone_url),
        source: Some(code.judged.source().clone()),
        health_check: params.health_check()?,
        ..ApplicationPatch::default()
    })
}

/// Returns all settings, in case an earlier call began the application with other values.
pub(super) fn patch(
    params: &CreateApp,
    code: &Code,
    clone_url: CloneUrl,
    url: String,
) -> Result<ApplicationPatch, Failure> {
    let (build_pack, mut texts) = (code.plan.pack, params.shell_texts()?);
    Ok(ApplicationPatch {
        git_branch: Some(code.branch.clone()),
        // The compose build pack refuses this field: its domains are set by service.
        domains: (build_pack != BuildPack::Dockercompose).then(|| vec![url]),
        build_pack: Some(build_pack),
        base_directory: texts.base_directory.take(),
        dockerfile_location: texts.dockerfile_location.take(),
        docker_compose_location: code.plan.compose.clone(),
        ports_exposes: Some(code.plan.ports.clone()),
        ..rest(params, code, clone_url)?
    })
}

/// Returns the build pack that the call names, or the one that its other parameters imply.
pub(super) fn build_pack(params: &CreateApp) -> Option<BuildPack> {
    let compose = params.docker_compose_location.is_some().then_some(BuildPack::Dockercompose);
    let dockerfile = params.dockerfile_location.is_some().then_some(BuildPack::Dockerfile);
    params.build_pack.or(compose).or(dockerfile)
}

/// Returns the repository's name, which Gitea limits to letters, digits and `- _ .` (1.21 to 1.25).
fn repository_name(repo: &Repo) -> Result<RepositoryName, Failure> {
    repo.name.parse().map_err(|_| undeployable_repository_name())
}

/// Returns whether an app can have this name; see [`crate::resource_names::NAME`].
fn is_app_name(name: &str) -> bool {
    name.len() <= MAX_DEFAULT_NAME && name.starts_with(|c: char| c.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_app_name_starts_with_a_letter_or_digit() {
        assert!(is_app_name("my-site") && is_app_name("0"));
        for name in ["-dash", "_x", "", &"a".repeat(64)] {
            assert!(!is_app_name(name), "{name}");
        }
    }
}
