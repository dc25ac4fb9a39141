//! The creation of an app from files: a private repository with them, and the app of it.
//!
//! The journal keeps the repository's entry open until the app is there, so that a repeated call goes on
//! with this repository and this app.

use covibe_coolify::Mark;
use covibe_domain::entities::{AppKind, BuildPack};
use covibe_domain::shell::RepoPath;
use covibe_domain::{AppUuid, Failure, Kind};
use covibe_policy::resource_name;
use covibe_repository::Places;
use covibe_workspace::{
    AnyApp, Create, DeploymentPlace, Namesake, Workspace, before_creation, create_journaled,
    judge_files,
};
use parking_lot::Mutex;

use super::answer::CreatedApp;
use super::application::from_repository;
use super::errors::{missing_name, taken_name};
use super::existing::find;
use super::params::CreateApp;
use super::repository;
use crate::apps::deployments;
use crate::apps::kind::KIND;
use crate::apps::repository_build::DOCKERFILE;
use crate::apps::view;
use crate::own_repository::own_repository;
use crate::repos::create::{Filled, NewRepository, RepoId, remove};
use crate::repos::files::{File, NewFile, decoded};
use crate::repos::kind;

/// What nixpacks knows a program by, in the folder that is built; beside one, an `index.html` is a part of
/// the program.
const PROGRAMS: [&str; 16] = [
    "package.json",
    "requirements.txt",
    "pyproject.toml",
    "Pipfile",
    "main.py",
    "go.mod",
    "Cargo.toml",
    "Gemfile",
    "composer.json",
    "index.php",
    "deno.json",
    "mix.exs",
    "pom.xml",
    "build.gradle",
    "Procfile",
    "nixpacks.toml",
];

/// Creates a repository of the app's name with these files, and the app of it.
pub(super) async fn create(
    cx: &Workspace,
    params: &CreateApp,
    files: &[NewFile],
) -> Result<CreatedApp, Failure> {
    let name = params.name.as_deref().ok_or_else(missing_name)?;
    resource_name(name)?;
    let files = decoded(files)?;
    let of_repository = of_repository(params, name, &files);
    repository::check(&of_repository)?;
    check(&of_repository, &files)?;
    // A domain outside the namespace is refused before anything is recorded.
    params.host(cx, name)?;
    before_creation(cx, cx.check_builds()).await?;
    let new = NewRepository { files, template: None, description: "" };
    let place = Mutex::default();
    let creation = FilesCreation { params: &of_repository, app: name, new: &new, place };
    Box::pin(create_journaled(cx, &creation, Some(name), name, params)).await
}

/// Returns the same call for the repository that the files will be in.
fn of_repository(params: &CreateApp, name: &str, files: &[File]) -> CreateApp {
    let mut params = params.clone();
    (params.files, params.repo) = (None, Some(name.to_owned()));
    let is_told = params.build_pack.is_some()
        || params.dockerfile_location.is_some()
        || params.docker_compose_location.is_some();
    if !is_told {
        let folder = params.base_directory.as_deref().unwrap_or_default().trim_matches('/');
        params.build_pack = build_pack(folder, files);
        params.ports = params.ports.or_else(|| exposed(params.build_pack, folder, files));
    }
    params
}

/// Returns the build pack of what is in a folder; `None` for the default one.
fn build_pack(folder: &str, files: &[File]) -> Option<BuildPack> {
    let has = |name: &str| file(folder, name, files).is_some();
    if has("Dockerfile") {
        Some(BuildPack::Dockerfile)
    } else if has("index.html") && !PROGRAMS.into_iter().any(has) {
        Some(BuildPack::Static)
    } else {
        None
    }
}

/// Returns the first port that a Dockerfile exposes.
fn exposed(pack: Option<BuildPack>, folder: &str, files: &[File]) -> Option<String> {
    let dockerfile =
        file(folder, "Dockerfile", files).filter(|_| pack == Some(BuildPack::Dockerfile))?;
    let text = std::str::from_utf8(&dockerfile.bytes).ok()?;
    let words = text.lines().filter_map(|line| {
        let (word, rest) = line.trim().split_once(char::is_whitespace)?;
        word.eq_ignore_ascii_case("EXPOSE").then_some(rest)
    });
    let ports = words.flat_map(str::split_whitespace).filter_map(|port| {
        let number = port.strip_suffix("/tcp").unwrap_or(port);
        number.parse::<u16>().ok().filter(|number| *number > 0)
    });
    ports.map(|port| port.to_string()).next()
}

fn file<'a>(folder: &str, name: &str, files: &'a [File]) -> Option<&'a File> {
    let path = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
    files.iter().find(|file| file.path == path)
}

/// Judges the files before anything is made of them.
fn check(params: &CreateApp, files: &[File]) -> Result<(), Failure> {
    let texts = params.shell_texts()?;
    let locations = [&texts.dockerfile_location, &texts.docker_compose_location];
    let places = Places {
        folder: texts.base_directory.as_ref().map_or("", RepoPath::as_str),
        files: locations.into_iter().flatten().map(RepoPath::as_str).collect(),
        dockerfile: (repository::build_pack(params) == BuildPack::Dockerfile)
            .then(|| texts.dockerfile_location.as_ref().map_or(DOCKERFILE, RepoPath::as_str)),
    };
    judge_files(files.iter().map(|file| (file.path.as_str(), &*file.bytes)), &places)
}

/// The creation of a repository and its app.
struct FilesCreation<'a> {
    /// The call, for the repository.
    params: &'a CreateApp,
    /// The name of the app.
    app: &'a str,
    new: &'a NewRepository<'a>,
    /// Where the app is deployed, if this call makes the repository.
    place: Mutex<Option<DeploymentPlace>>,
}

impl Create for FilesCreation<'_> {
    const KIND: &'static str = kind::KIND;

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
            let place = cx.coolify().await?.deployment_place().await?;
            *self.place.lock() = Some(place);
        }
        self.new.create(&cx.gitea().await?, name, mark).await
    }

    async fn finish(&self, cx: &Workspace, _: &str, id: RepoId) -> Result<CreatedApp, Failure> {
        let Filled { repo, .. } = self.new.fill(cx, &cx.gitea().await?, &id).await?;
        let place = self.place.lock().take();
        let creating = Box::pin(from_repository(cx, self.params, &repo.name, place));
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
    if cx.journal().has(KIND, name).await? {
        return Ok(None);
    }
    let coolify = cx.coolify().await?.refreshed();
    let applications = coolify.applications().await?;
    let Some(uuid) = applications.iter().find(|app| app.name == name).map(|app| &app.uuid) else {
        return Ok(None);
    };
    let AnyApp::Application(app) = coolify.app(uuid).await? else { return Ok(None) };
    let path = own_repository(cx, &app)?;
    if !path.is_some_and(|path| path.eq_ignore_ascii_case(repository)) {
        return Ok(None);
    }
    let newest = newest_deployment(cx, uuid).await?;
    Ok(Some(CreatedApp {
        app: view::application(&app),
        deployment: newest,
        services: Vec::new(),
        changes: Vec::new(),
        needed_envs: None,
        hints: Vec::new(),
        warnings: Vec::new(),
    }))
}

async fn newest_deployment(
    cx: &Workspace,
    uuid: &AppUuid,
) -> Result<Option<covibe_domain::entities::Deployment>, Failure> {
    let newest = cx.deployments(uuid, 1).await?.and_then(|all| all.into_iter().next());
    Ok(newest.map(deployments::view))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(files: &[(&str, &str)]) -> Vec<File> {
        let file = |(path, text): &(&str, &str)| File {
            path: (*path).to_owned(),
            bytes: text.as_bytes().to_vec(),
        };
        files.iter().map(file).collect()
    }

    #[test]
    fn a_page_is_a_site_and_a_program_an_app() {
        let pack = |folder: &str, paths: &[&str]| {
            build_pack(folder, &files(&paths.iter().map(|path| (*path, "")).collect::<Vec<_>>()))
        };
        assert_eq!(pack("", &["index.html", "style.css"]), Some(BuildPack::Static));
        assert_eq!(pack("", &["index.html", "Dockerfile"]), Some(BuildPack::Dockerfile));
        for program in PROGRAMS {
            assert_eq!(pack("", &["index.html", program]), None, "{program}");
        }
        assert_eq!(pack("", &["public/index.html"]), None);
        assert_eq!(pack("public", &["public/index.html", "package.json"]), Some(BuildPack::Static));
    }

    #[test]
    fn the_port_is_the_one_that_the_dockerfile_exposes() {
        let port = |text| exposed(Some(BuildPack::Dockerfile), "", &files(&[("Dockerfile", text)]));
        assert_eq!(port("FROM a\nEXPOSE 8080 9090\n").as_deref(), Some("8080"));
        assert_eq!(port("from a\n  expose 53/udp 80/tcp").as_deref(), Some("80"));
        assert_eq!(port("FROM a\nEXPOSE $PORT\n# EXPOSE 1\n"), None);
    }
}
