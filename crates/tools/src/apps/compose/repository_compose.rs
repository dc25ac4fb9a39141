//! Apps that run several containers of the workspace's own code: the compose file of a repository, as it is judged and
//! rewritten for the deployment of a commit.

use covibe_compose::{Compose, Repository, Request};
use covibe_coolify::{Application, Env};
use covibe_domain::{Failure, Secret};
use covibe_gitea::Repo;
use covibe_policy::Owned;
use covibe_repository::{Places, joined};
use covibe_workspace::{Coolify, ExaminedCommit, JudgedCommit, ReleasedFile, Workspace};
use serde_json::json;

use crate::apps::compose::policy_request::{compose, request};
use crate::apps::compose::repository_files::{FileIndex, Files};
use crate::apps::database_network;
use crate::image_checks::check_compose_images;

/// The path of the compose file of an app that names none, as Coolify has it.
pub(in crate::apps) const LOCATION: &str = "/docker-compose.yaml";

/// The place of an app in its repository: the folder that is built, and its compose file below that.
#[derive(Clone, Copy)]
pub(in crate::apps) struct ComposePlace<'a> {
    pub(in crate::apps) base: &'a str,
    pub(in crate::apps) location: &'a str,
}

impl<'a> ComposePlace<'a> {
    /// Returns the place of an app.
    pub(in crate::apps) fn from_app(app: &'a Application) -> Self {
        let location = app.docker_compose_location.as_deref().filter(|it| !it.is_empty());
        Self {
            base: app.base_directory.as_deref().unwrap_or_default(),
            location: location.unwrap_or(LOCATION),
        }
    }

    /// Returns the places that an app with this compose file names.
    pub(in crate::apps) fn places(self, compose: &'a Compose) -> Places<'a> {
        let dockerfiles = compose.builds.iter().map(|(_, file)| file.as_str()).collect();
        Places { folder: self.base, files: vec![self.location], dockerfiles }
    }

    /// Returns the path of the compose file from the root.
    fn path(self) -> String {
        joined(self.base, self.location)
    }
}

/// The facts beside the files by which a compose file is judged.
pub(in crate::apps) struct ComposeInputs<'a> {
    pub(in crate::apps) name: &'a str,
    /// The variables whose values are known, and the names of those that are shown once.
    pub(in crate::apps) variables: Vec<(&'a str, &'a str)>,
    pub(in crate::apps) secret: Vec<&'a str>,
    /// The values of all variables that can be read.
    pub(in crate::apps) values: Vec<&'a str>,
    /// True if there are variables whose values can't be read.
    pub(in crate::apps) has_unreadable: bool,
    /// The file that was deployed last.
    pub(in crate::apps) present: Option<&'a str>,
    /// The volumes that the call lets the file take from where they are mounted.
    pub(in crate::apps) confirmed: &'a [String],
}

/// A commit that was judged, with its compose file.
pub(in crate::apps) struct Composed {
    pub(in crate::apps) judged: JudgedCommit,
    pub(in crate::apps) compose: Compose,
}

/// Judges a commit for an app, with the compose file that it has at this place.
///
/// # Errors
///
/// Rejected, with every problem of the commit or of the file.
pub(in crate::apps) async fn judge(
    cx: &Workspace,
    coolify: &Coolify,
    app: &Owned<Application>,
    (place, confirmed): (ComposePlace<'_>, &[String]),
    (repo, examined, follows_branch): (&Owned<Repo>, &ExaminedCommit, bool),
) -> Result<JudgedCommit, Failure> {
    let envs = coolify.envs(app).await?;
    let value = |env: &Env| env.value.as_ref().map(Secret::expose).map(str::to_owned);
    let known: Vec<_> = envs
        .iter()
        .filter(|env| !env.is_preview && !env.is_shown_once)
        .filter_map(|env| Some((env.key.as_str(), value(env)?)))
        .collect();
    let secret = envs.iter().filter(|env| !env.is_preview && env.is_shown_once);
    let is_unreadable = |env: &Env| !env.is_preview && (env.is_shown_once || env.value.is_none());
    let given = ComposeInputs {
        name: &app.name,
        variables: known.iter().map(|(key, value)| (*key, value.as_str())).collect(),
        secret: secret.map(|env| env.key.as_str()).collect(),
        values: envs.iter().filter_map(|env| env.value.as_ref()).map(Secret::expose).collect(),
        has_unreadable: envs.iter().any(is_unreadable),
        present: app.compose(),
        confirmed,
    };
    let composed = read(cx, repo, (examined, follows_branch), place, &given).await?;
    Ok(composed.judged)
}

/// Reads the compose file of a commit, and judges both.
pub(in crate::apps) async fn read(
    cx: &Workspace,
    repo: &Owned<Repo>,
    (examined, follows_branch): (&ExaminedCommit, bool),
    place: ComposePlace<'_>,
    given: &ComposeInputs<'_>,
) -> Result<Composed, Failure> {
    // What is wrong with the commit itself comes before what is wrong with one file of it.
    examined.judge(follows_branch, &Places::default())?;
    if !examined.verdict.submodules().is_empty() {
        return Err(has_submodules());
    }
    let tree = cx.gitea().await?.tree(repo, examined.commit()).await?;
    if !tree.is_whole() {
        return Err(too_many_files(tree.total));
    }
    let files = Files::from_commit(repo, tree);
    let (path, compose) = judge_compose_file(cx, &files, place, given).await?;
    let text = compose.text_for(given.name, cx.slug().as_str());
    let texts: Vec<_> = given.values.iter().copied().chain([text.as_str()]).collect();
    let names_one = database_network::names_database(&cx.coolify().await?, &texts).await?;
    let file = ReleasedFile {
        path,
        // A value that can't be read may name one.
        needs_network: (names_one || !given.has_unreadable).then_some(names_one),
        warnings: compose.warnings.clone(),
        confirmed: given.confirmed.iter().filter(|name| is_line(name)).cloned().collect(),
        text: Secret::new(text),
    };
    let judged = examined.judge(follows_branch, &place.places(&compose))?.with_file(file);
    Ok(Composed { judged, compose })
}

/// Reads and judges the compose file among these files. Returns it with its path.
///
/// # Errors
///
/// Rejected, with every problem.
pub(in crate::apps) async fn judge_compose_file(
    cx: &Workspace,
    files: &Files<'_>,
    place: ComposePlace<'_>,
    given: &ComposeInputs<'_>,
) -> Result<(String, Compose), Failure> {
    let path = place.path();
    let text = files.compose_file(cx, &path).await?;
    let repository = Repository::new(place.base, place.location);
    let (repository, index) = files.surroundings(cx, repository, &text).await?;
    let request = Request {
        present: given.present.map(str::to_owned),
        confirmed: given.confirmed.to_vec(),
        repository: Some(repository),
        ..request(cx, Some(given.name), given.variables.clone(), given.secret.clone())
    };
    let judged = compose(cx, &text, request).await;
    let compose = judged.map_err(|failure| name_file_in_failure(failure, &path))?;
    check_compose_images(cx, &compose).await?;
    check_dockerfiles(&index, place, &compose)?;
    Ok((path, compose))
}

/// Checks that there is a Dockerfile for each service that is built.
fn check_dockerfiles(
    files: &FileIndex,
    place: ComposePlace<'_>,
    compose: &Compose,
) -> Result<(), Failure> {
    let path = |file: &str| ComposePlace { location: file, ..place }.path();
    let missing = |(_, file): &&(String, String)| !files.has(&path(file));
    let Some((service, file)) = compose.builds.iter().find(missing) else { return Ok(()) };
    let file = path(file);
    Err(Failure::rejected(format!("The repository has no {file} to build {service} from."))
        .hint("Commit it, or correct the service's build.context or build.dockerfile."))
}

/// Returns whether a name can be kept in a line of its own, as the name of a volume can.
fn is_line(name: &str) -> bool {
    !name.is_empty() && !name.contains(char::is_control)
}

/// Names the file in a failure that speaks of a call's text.
fn name_file_in_failure(mut failure: Failure, path: &str) -> Failure {
    failure.message = failure.message.replacen("composeRaw", path, 1);
    failure.detail("file", json!(path))
}

/// 422: submodules are not in the release.
fn has_submodules() -> Failure {
    Failure::rejected("A repository with submodules can't be deployed from its compose file.")
        .hint("Copy the files of the submodules into the repository.")
}

/// 422: the tree is too large to be looked at.
fn too_many_files(total: usize) -> Failure {
    Failure::rejected(format!("The repository has {total} files, too many for its compose file."))
        .hint("Remove generated and installed files, such as node_modules, from the repository.")
}
