//! `repos.delete`.

use std::collections::BTreeSet;

use covibe_domain::{Failure, Kind};
use covibe_gitea::Repo;
use covibe_operation::{Operation, Route, Spec};
use covibe_policy::{Owned, confirm};
use covibe_workspace::{Gitea, RepoPage, Workspace};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::errors::used_by_apps;
use super::named_repository::{KIND, MAX_REPOSITORY, find};
use crate::own_repository::own_repository;
use crate::resource_names::{REPOSITORY, whole};

/// The tool that lists repositories.
const LOOK: &str = "repos.list";

/// Delete a repository for good, with its history, issues and wiki. Refused while an app uses it.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct DeleteRepo {
    /// The repository's name, such as `shop`.
    #[schemars(length(min = 1, max = MAX_REPOSITORY))]
    #[schemars(extend("x-pattern" = whole(REPOSITORY)), example = &"shop")]
    repo: String,
    /// Its exact name: without it, nothing is deleted.
    #[serde(default)]
    #[schemars(length(max = MAX_REPOSITORY))]
    #[schemars(example = &"shop")]
    confirm: Option<String>,
}

/// The result of deleting a repository.
#[derive(Serialize, JsonSchema)]
pub(crate) struct DeletedRepo {
    /// Its name.
    #[schemars(example = &"shop")]
    repo: String,
    /// True if it is gone.
    deleted: bool,
}

impl Operation<Workspace> for DeleteRepo {
    const SPEC: Spec =
        Spec::destroy("repos.delete", Route::delete("/repos/{repo}")).audits(&["repo"]);

    type Output = DeletedRepo;

    async fn run(self, cx: &Workspace) -> Result<DeletedRepo, Failure> {
        let gitea = cx.gitea().await?;
        let repo = find(&gitea, &self.repo).await?;
        confirm(self.confirm.as_deref(), &repo.name, LOOK)?;
        let apps = apps_of(cx, &gitea, &repo).await?;
        if !apps.is_empty() {
            return Err(used_by_apps(&repo.name, &apps));
        }
        gitea.delete_repository(&repo).await?;
        // An unfinished creation of it must not be resumed for the next one of this name.
        let forgotten = cx.journal().forget(KIND, &repo.name, &repo.id.to_string()).await;
        forgotten.map_err(Failure::in_doubt)?;
        Ok(DeletedRepo { repo: repo.name.clone(), deleted: true })
    }
}

/// Returns the apps that are built from a repository, even by a former name of it.
async fn apps_of(
    cx: &Workspace,
    gitea: &Gitea<'_>,
    repo: &Owned<Repo>,
) -> Result<Vec<Value>, Failure> {
    let applications = cx.coolify().await?.refreshed().applications().await?;
    let mut built = Vec::new();
    for app in &applications {
        built.extend(own_repository(cx, app).await?.map(|path| (path.to_ascii_lowercase(), app)));
    }
    let own = repo.full_name.to_ascii_lowercase();
    let others = built.iter().map(|(path, _)| path.clone()).filter(|path| *path != own);
    let mut names = former_names(gitea, others.collect(), repo).await?;
    names.insert(own);
    let used = built.iter().filter(|(path, _)| names.contains(path));
    Ok(used.map(|(_, app)| json!({ "uuid": app.uuid, "name": app.name })).collect())
}

/// Returns those of these names that a repository had before: no repository has them now, and they lead to it.
async fn former_names(
    gitea: &Gitea<'_>,
    mut names: BTreeSet<String>,
    repo: &Repo,
) -> Result<BTreeSet<String>, Failure> {
    let (mut page, mut seen) = (1, BTreeSet::new());
    while !names.is_empty() {
        let RepoPage { repos, .. } = gitea.repositories(page).await?;
        let known = seen.len();
        seen.extend(repos.iter().map(|present| present.id));
        // It was the last page, or Gitea ignores the page.
        if seen.len() == known {
            break;
        }
        for present in &repos {
            names.remove(&present.full_name.to_ascii_lowercase());
        }
        page += 1;
    }
    let mut former = BTreeSet::new();
    for name in names {
        if leads_to(gitea, &name, repo).await? {
            former.insert(name);
        }
    }
    Ok(former)
}

/// Returns whether a repository was renamed to this one.
async fn leads_to(gitea: &Gitea<'_>, path: &str, repo: &Repo) -> Result<bool, Failure> {
    match gitea.present_repository(path).await {
        Ok((present, _)) => Ok(present.id == repo.id),
        Err(missing)
            if matches!(missing.kind, Kind::NotFound | Kind::Forbidden | Kind::Invalid) =>
        {
            Ok(false)
        }
        Err(failure) => Err(failure),
    }
}
