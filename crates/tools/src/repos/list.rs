//! `repos.list`.

use covibe_domain::{Failure, Timestamp, names};
use covibe_gitea::Repo;
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::{GiteaAddress, Workspace};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::errors::bad_cursor;
use super::named_repository::Urls;

/// The longest description that a list shows, in characters.
const MAX_DESCRIPTION: usize = 200;

/// List the workspace's repositories.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct ListRepos {
    /// `next` from the previous answer. Default: the first page.
    #[serde(default)]
    #[schemars(length(min = 1, max = 20))]
    #[schemars(example = &"2-50")]
    next: Option<String>,
}

/// The repositories of the workspace.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Repos {
    /// The repositories.
    repos: Vec<RepoSummary>,
    /// Pass as `next` to get the rest.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"2-50")]
    next: Option<String>,
}

/// A repository.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct RepoSummary {
    /// Its name.
    #[schemars(example = &"shop")]
    repo: String,
    /// Its description.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schemars(example = &"The shop's pages")]
    description: String,
    /// Its default branch.
    #[schemars(example = &"main")]
    branch: String,
    /// True if it has no commits.
    empty: bool,
    /// True if it is read-only.
    archived: bool,
    /// True if repos.create can take it as a template.
    template: bool,
    /// The time of its last change.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"2026-11-20T08:00:00Z")]
    updated_at: Option<Timestamp>,
    /// Its page.
    #[schemars(example = &"https://git.example.com/vibn-mark/shop")]
    web_url: String,
}

impl Operation<Workspace> for ListRepos {
    const SPEC: Spec = Spec::read("repos.list", Route::get("/repos"));

    type Output = Repos;

    async fn run(self, cx: &Workspace) -> Result<Repos, Failure> {
        let Cursor { page, seen } = Cursor::parse(self.next.as_deref())?;
        let (gitea, address) = (cx.gitea().await?, cx.gitea_address()?);
        let found = gitea.repositories(page).await?;
        let seen = seen + found.repos.len();
        let is_cut = !found.repos.is_empty() && seen < found.total;
        let repos = found.repos.iter().map(|repo| summary(address, repo)).collect();
        Ok(Repos { repos, next: is_cut.then(|| format!("{}-{seen}", page + 1)) })
    }
}

fn summary(address: &GiteaAddress, repo: &Repo) -> RepoSummary {
    RepoSummary {
        repo: repo.name.clone(),
        description: names::displayable(&repo.description, MAX_DESCRIPTION),
        branch: repo.default_branch.clone(),
        empty: repo.empty,
        archived: repo.archived,
        template: repo.template,
        updated_at: repo.updated_at,
        web_url: Urls::for_repository(address, repo).web,
    }
}

/// The position where a list continues: the page of Gitea, whose size the instance sets, and the number of
/// repositories on the pages before it.
struct Cursor {
    page: usize,
    seen: usize,
}

impl Cursor {
    fn parse(next: Option<&str>) -> Result<Self, Failure> {
        let Some(next) = next else { return Ok(Self { page: 1, seen: 0 }) };
        let (page, seen) = next.split_once('-').ok_or_else(bad_cursor)?;
        let number = |text: &str| text.parse::<usize>().map_err(|_| bad_cursor());
        match (number(page)?, number(seen)?) {
            (0, _) => Err(bad_cursor()),
            (page, seen) => Ok(Self { page, seen }),
        }
    }
}
