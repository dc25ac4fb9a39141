//! `repos.create`.

use std::fmt;

use covibe_coolify::Mark;
use covibe_domain::Failure;
use covibe_gitea::Repo;
use covibe_operation::{Operation, Route, Spec};
use covibe_policy::Owned;
use covibe_workspace::{Create, Gitea, Namesake, Workspace, create_journaled};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::commit::{AppliedCommit, Edit, RequestedCommit, apply};
use super::errors::missing_repository;
use super::files::{File, KEYED, MAX_FILES, NewFile, decode_files, remarks};
use super::named_repository::{KIND, MAX_REPOSITORY, Urls, find};
use crate::resource_names::{REPOSITORY, VISIBLE, check_label, whole};

/// The message of the first commit.
const MESSAGE: &str = "Initial commit";

/// Create a private repository with a first commit.
#[derive(Deserialize, Serialize, JsonSchema)]
pub(crate) struct CreateRepo {
    /// Its name, such as `shop`. It must be unique in the workspace.
    #[schemars(regex(pattern = r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$"))]
    #[schemars(extend("x-rule" = "1 to 100 letters, digits and _ . -, beginning with a letter, digit or _, like shop"))]
    #[schemars(example = &"shop")]
    name: String,
    /// The files of its first commit.
    #[serde(default)]
    #[schemars(length(min = 1, max = MAX_FILES), extend("x-keyed" = json!(KEYED)))]
    files: Option<Vec<NewFile>>,
    /// A workspace repository to copy, such as `starter`.
    #[serde(default)]
    #[schemars(length(min = 1, max = MAX_REPOSITORY))]
    #[schemars(extend("x-pattern" = whole(REPOSITORY)), example = &"starter")]
    template: Option<String>,
    /// A note for people.
    #[serde(default)]
    #[schemars(length(max = 255))]
    #[schemars(extend("x-pattern" = VISIBLE), example = &"The shop's pages")]
    description: Option<String>,
}

/// The new repository.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreatedRepo {
    /// Its name.
    #[schemars(example = &"shop")]
    repo: String,
    /// Its default branch.
    #[schemars(example = &"main")]
    branch: String,
    /// The commit at the branch's tip.
    #[schemars(example = &"0123456789abcdef0123456789abcdef01234567")]
    commit: String,
    /// The URL for git clone; see gitea.credentials.
    #[schemars(example = &"https://git.example.com/vibn-mark/shop.git")]
    clone_url: String,
    /// The same over SSH, with your own deploy key.
    #[schemars(example = &"git@git.example.com:vibn-mark/shop.git")]
    ssh_url: String,
    /// Its page.
    #[schemars(example = &"https://git.example.com/vibn-mark/shop")]
    web_url: String,
    /// Mistakes in the files.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"The first line (#!) ends with CR LF, so Linux can't start it: run.sh. Write it with LF.")]
    hint: Option<String>,
}

impl Operation<Workspace> for CreateRepo {
    const SPEC: Spec =
        Spec::write("repos.create", Route::post("/repos")).creates().audits(&["name", "template"]);

    type Output = CreatedRepo;

    async fn run(self, cx: &Workspace) -> Result<CreatedRepo, Failure> {
        let description = self.description.as_deref().unwrap_or_default();
        check_label(description)?;
        let files = decode_files(self.files.as_deref().unwrap_or_default())?;
        let gitea = cx.gitea().await?;
        let template = match &self.template {
            Some(written) => Some(find(&gitea, written).await?),
            None => None,
        };
        let new = NewRepository { files, template, description };
        let creation = RepoCreation { new: &new };
        Box::pin(create_journaled(cx, &creation, Some(&self.name), &self.name, &self)).await
    }
}

/// The contents of a new repository.
pub(crate) struct NewRepository<'a> {
    /// The files of the first commit; without any and without a template, a README.
    pub(crate) files: Vec<File>,
    /// The repository that it is copied from.
    pub(crate) template: Option<Owned<Repo>>,
    pub(crate) description: &'a str,
}

impl NewRepository<'_> {
    /// Returns the workspace's repository with a name, for the journal.
    pub(crate) async fn namesakes(
        gitea: &Gitea<'_>,
        name: &str,
    ) -> Result<Vec<Namesake<RepoId>>, Failure> {
        let found = gitea.repository_named(name).await?;
        let namesake = |repo: Owned<Repo>| {
            Namesake::with_mark(RepoId::from_repo(&repo), Gitea::mark_of(&repo))
        };
        Ok(found.into_iter().map(namesake).collect())
    }

    /// Creates the repository, without its own files.
    pub(crate) async fn create(
        &self,
        gitea: &Gitea<'_>,
        name: &str,
        mark: &Mark,
    ) -> Result<RepoId, Failure> {
        let created = gitea.create_repository(name, mark, self.template.as_ref()).await?;
        Ok(RepoId::from_repo(&created))
    }

    /// Gives the repository its files and its description, and returns the commit at its tip. Each step is
    /// safe to repeat.
    pub(crate) async fn fill(
        &self,
        cx: &Workspace,
        gitea: &Gitea<'_>,
        id: &RepoId,
    ) -> Result<FilledRepository, Failure> {
        let name = &id.name;
        let found = gitea.repository_named(name).await?.filter(|repo| repo.id == id.number);
        let repo = found.ok_or_else(|| missing_repository(name))?;
        let edits = self.edits(name);
        let only_first = self.files.is_empty();
        let wanted = RequestedCommit {
            branch: None,
            message: MESSAGE,
            base: None,
            edits: &edits,
            only_first,
        };
        let AppliedCommit { branch, commit, .. } = apply(cx, gitea, &repo, wanted).await?;
        if repo.description != self.description {
            gitea.describe(&repo, self.description).await.map_err(Failure::in_doubt)?;
        }
        Ok(FilledRepository { repo, branch, commit })
    }

    /// Returns remarks on the files.
    pub(crate) fn remarks(&self) -> Vec<String> {
        remarks(self.files.iter().map(|file| (file.path.as_str(), &*file.bytes)))
    }

    /// Returns the changes of the first commit: the files, or a README if there are none.
    fn edits(&self, name: &str) -> Vec<Edit> {
        if !self.files.is_empty() {
            return self.files.iter().cloned().map(Edit::Write).collect();
        }
        let text = match self.description {
            "" => format!("# {name}\n"),
            description => format!("# {name}\n\n{description}\n"),
        };
        let (path, bytes) = ("README.md".to_owned(), text.into_bytes().into());
        vec![Edit::Write(File { path, bytes, executable: None })]
    }
}

/// A repository that was created: by its number, and the name under which it is found.
#[derive(Clone, Debug)]
pub(crate) struct RepoId {
    number: i64,
    name: String,
}

impl RepoId {
    fn from_repo(repo: &Repo) -> Self {
        Self { number: repo.id, name: repo.name.clone() }
    }
}

impl fmt::Display for RepoId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.number)
    }
}

/// A repository with its files.
pub(crate) struct FilledRepository {
    pub(crate) repo: Owned<Repo>,
    pub(crate) branch: String,
    pub(crate) commit: String,
}

/// The creation of a repository.
struct RepoCreation<'a> {
    new: &'a NewRepository<'a>,
}

impl Create for RepoCreation<'_> {
    const KIND: &'static str = KIND;

    type Id = RepoId;

    type Created = CreatedRepo;

    async fn find(&self, cx: &Workspace, name: &str) -> Result<Vec<Namesake<RepoId>>, Failure> {
        NewRepository::namesakes(&cx.gitea().await?, name).await
    }

    async fn create(&self, cx: &Workspace, name: &str, mark: &Mark) -> Result<RepoId, Failure> {
        self.new.create(&cx.gitea().await?, name, mark).await
    }

    async fn finish(&self, cx: &Workspace, _: &str, id: RepoId) -> Result<CreatedRepo, Failure> {
        let FilledRepository { repo, branch, commit } =
            self.new.fill(cx, &cx.gitea().await?, &id).await?;
        let Urls { clone, ssh, web } = Urls::for_repository(cx.gitea_address()?, &repo);
        let repo = repo.name.clone();
        let told = self.new.remarks();
        let hint = (!told.is_empty()).then(|| told.join(" "));
        Ok(CreatedRepo { repo, branch, commit, clone_url: clone, ssh_url: ssh, web_url: web, hint })
    }

    async fn remove(&self, cx: &Workspace, id: RepoId) -> Result<(), Failure> {
        remove(cx, &id).await
    }
}

/// Deletes the repository that a failed creation left.
pub(crate) async fn remove(cx: &Workspace, id: &RepoId) -> Result<(), Failure> {
    let gitea = cx.gitea().await?;
    match gitea.repository_named(&id.name).await?.filter(|repo| repo.id == id.number) {
        Some(repo) => gitea.delete_repository(&repo).await,
        None => Ok(()),
    }
}
