//! Apps that run several containers of the workspace's own code: the compose file of a repository, as it is judged and
//! rewritten for the deployment of a commit.

use std::collections::{BTreeMap, HashSet};

use covibe_compose::{CommittedFile, Compose, Repository, Request, named_paths};
use covibe_coolify::{Application, Env};
use covibe_domain::{Failure, Secret};
use covibe_gitea::{Repo, TreeEntry};
use covibe_policy::Owned;
use covibe_repository::{Places, joined};
use covibe_workspace::{Coolify, ExaminedCommit, JudgedCommit, ReleasedFile, RepoTree, Workspace};
use serde_json::json;

use crate::apps::compose::policy_request::{compose, request};
use crate::apps::database_network;
use crate::image_checks::check_compose_images;
use crate::repos::files::File;

/// The size limit of a compose file, in bytes.
const MAX_FILE: usize = 256 << 10;

/// The size limit of all files that become part of it, in bytes.
const MAX_TEXTS: usize = 128 << 10;

/// The maximum number of files of one folder that become part of it.
const MAX_FILES: usize = 50;

/// The maximum number of paths that it may name, and the most files that are read for it: each is a call to Gitea.
const MAX_READS: usize = 500;

/// The mode of a symbolic link in a tree.
const LINK: &str = "120000";

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
    let files = Files::Committed { cx, repo, tree: &tree };
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
    let text = files.compose_file(&path).await?;
    let repository = files.repository(place, &text).await?;
    let request = Request {
        present: given.present.map(str::to_owned),
        confirmed: given.confirmed.to_vec(),
        repository: Some(repository),
        ..request(cx, Some(given.name), given.variables.clone(), given.secret.clone())
    };
    let judged = compose(cx, &text, request).await;
    let compose = judged.map_err(|failure| name_file_in_failure(failure, &path))?;
    check_compose_images(cx, &compose).await?;
    files.check_dockerfiles(place, &compose)?;
    Ok((path, compose))
}

/// The files that a compose file is among.
pub(in crate::apps) enum Files<'a> {
    /// Those of a commit.
    Committed { cx: &'a Workspace, repo: &'a Owned<Repo>, tree: &'a RepoTree },
    /// Those of a call that are to become one.
    Given(&'a [File]),
}

impl Files<'_> {
    /// Returns the paths of the plain files.
    fn paths(&self) -> Vec<&str> {
        match self {
            Self::Committed { tree, .. } => {
                let files = tree.entries.iter().filter(|entry| is_file(entry));
                files.map(|entry| entry.path.as_str()).collect()
            }
            Self::Given(files) => files.iter().map(|file| file.path.as_str()).collect(),
        }
    }

    /// Returns the paths of the symbolic links.
    fn links(&self) -> Vec<&str> {
        let Self::Committed { tree, .. } = self else { return Vec::new() };
        let links = tree.entries.iter().filter(|entry| entry.mode == LINK);
        links.map(|entry| entry.path.as_str()).collect()
    }

    async fn compose_file(&self, path: &str) -> Result<String, Failure> {
        if !self.paths().contains(&path) {
            return Err(no_compose_file(path));
        }
        let text = self.text(path, MAX_FILE).await?;
        text.ok_or_else(|| {
            Failure::rejected(format!("{path} exceeds 256 KiB or is not UTF-8 text."))
                .hint("Split the app, or write the file in UTF-8.")
        })
    }

    /// Returns what the compose file can name: the texts of its files, as far as they can become part of it.
    async fn repository(&self, place: ComposePlace<'_>, text: &str) -> Result<Repository, Failure> {
        let (mut repository, all) = (Repository::new(place.base, place.location), self.paths());
        let known: HashSet<_> = all.iter().copied().collect();
        let named = named_paths(text, &repository, |path| known.contains(path));
        if named.len() > MAX_READS {
            return Err(names_too_much());
        }
        let in_images = named.iter().filter(|(_, is_part)| !**is_part);
        for file in in_images.flat_map(|(path, _)| all.iter().filter(|file| is_at(file, path))) {
            repository.add(file, CommittedFile::Other);
        }
        self.read_into(&mut repository, &named, &all).await?;
        let is_named =
            |link: &&str| named.keys().any(|path| is_at(link, path) || is_at(path, link));
        for link in self.links().into_iter().filter(is_named) {
            repository.add(link, CommittedFile::Link);
        }
        Ok(repository)
    }

    /// Reads the texts that can become part of the compose file.
    async fn read_into(
        &self,
        repository: &mut Repository,
        named: &BTreeMap<String, bool>,
        all: &[&str],
    ) -> Result<(), Failure> {
        let (mut reads, mut left) = (0, MAX_TEXTS);
        for (path, _) in named.iter().filter(|(_, is_part)| **is_part) {
            let files: Vec<_> = all.iter().filter(|file| is_at(file, path)).collect();
            let is_small = files.len() <= MAX_FILES;
            reads += if is_small { files.len() } else { 0 };
            if reads > MAX_READS {
                return Err(names_too_much());
            }
            for file in files {
                let text = if is_small { self.text(file, left).await? } else { None };
                left -= text.as_ref().map_or(0, String::len);
                repository.add(file, text.map_or(CommittedFile::Other, CommittedFile::Text));
            }
        }
        Ok(())
    }

    /// Returns the text of a file; `None` if it has more bytes than that, or is not text.
    async fn text(&self, path: &str, most: usize) -> Result<Option<String>, Failure> {
        let bytes = match self {
            Self::Given(files) => {
                let is_it = |file: &&File| file.path == path && file.bytes.len() <= most;
                files.iter().find(is_it).map(|file| file.bytes.to_vec())
            }
            Self::Committed { cx, repo, tree } => {
                let is_small = |entry: &TreeEntry| entry.size.is_none_or(|it| it <= most as u64);
                let is_it = |entry: &&TreeEntry| entry.path == path && is_small(entry);
                match tree.entries.iter().find(is_it) {
                    Some(entry) => cx.gitea().await?.blob(repo, &entry.hash, most).await?,
                    None => None,
                }
            }
        };
        let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
        Ok(text.filter(|text| !text.contains('\0')))
    }

    fn check_dockerfiles(&self, place: ComposePlace<'_>, compose: &Compose) -> Result<(), Failure> {
        let paths = self.paths();
        let path = |file: &str| ComposePlace { location: file, ..place }.path();
        let missing = |(_, file): &&(String, String)| !paths.contains(&path(file).as_str());
        let Some((service, file)) = compose.builds.iter().find(missing) else { return Ok(()) };
        let file = path(file);
        Err(Failure::rejected(format!("The repository has no {file} to build {service} from."))
            .hint("Commit it, or correct the service's build.context or build.dockerfile."))
    }
}

fn is_file(entry: &TreeEntry) -> bool {
    entry.mode.starts_with("100")
}

/// Returns whether a path is this one or below it.
fn is_at(path: &str, folder: &str) -> bool {
    let rest = path.strip_prefix(folder);
    folder.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
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

/// 422: there is no such compose file.
fn no_compose_file(path: &str) -> Failure {
    Failure::rejected(format!("The repository has no file {path}."))
        .hint("Commit it, or pass the right `dockerComposeLocation`, relative to `baseDirectory`.")
}

/// 422: reading everything that the file names would take too many calls.
fn names_too_much() -> Failure {
    let message = format!(
        "The compose file refers to more than {MAX_READS} paths or files of its repository."
    );
    Failure::rejected(message).hint("Split the app, or build images that contain the files.")
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
