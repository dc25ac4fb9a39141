//! `list_repos`.

use covibe_domain::{Failure, Timestamp, names};
use covibe_gitea::Repo;
use covibe_operation::{Operation, Route, Spec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::context::GiteaContext;
use crate::untrusted_text::{framed_within, json_size};

/// The size of the list of repositories as JSON, in bytes.
const MAX_REPOS: usize = 20 * 1024;

/// The size of their descriptions as JSON, in bytes.
const MAX_DESCRIPTIONS: usize = 8 * 1024;

/// The maximum number of characters of a description.
const MAX_DESCRIPTION: usize = 160;

/// List the repositories that the user owns or may access, the most recently changed first.
#[derive(Deserialize, JsonSchema)]
pub(super) struct ListRepos {}

/// Repositories.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct RepoList {
    repositories: Vec<RepoSummary>,
    /// The total number.
    total: usize,
    /// True if some did not fit.
    truncated: bool,
    /// Their descriptions.
    #[serde(skip_serializing_if = "Option::is_none")]
    descriptions: Option<String>,
}

/// A repository.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct RepoSummary {
    repo: String,
    private: bool,
    archived: bool,
    default_branch: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated_at: Option<Timestamp>,
}

impl Operation<GiteaContext> for ListRepos {
    const SPEC: Spec = Spec::read("list_repos", Route::NONE);

    type Output = RepoList;

    async fn run(self, cx: &GiteaContext) -> Result<RepoList, Failure> {
        let (found, total) = cx.repositories().await?;
        Ok(fit_repositories(found, total))
    }
}

fn fit_repositories(found: Vec<Repo>, total: usize) -> RepoList {
    let (mut repositories, mut descriptions, mut size) = (Vec::new(), String::new(), 0);
    for repo in found {
        let description = names::displayable(repo.description.trim(), MAX_DESCRIPTION);
        let line = format!("{}: {description}\n", repo.full_name);
        let listed = RepoSummary::from(repo);
        size += serde_json::to_string(&listed).map_or(0, |json| json.len());
        if size > MAX_REPOS {
            break;
        }
        if !description.is_empty() && json_size(&descriptions) < MAX_DESCRIPTIONS {
            descriptions.push_str(&line);
        }
        repositories.push(listed);
    }
    let text = descriptions.trim_end();
    let framed =
        framed_within(MAX_DESCRIPTIONS, "descriptions of repositories", text, "there are more");
    let descriptions = Some(framed).filter(|_| !text.is_empty());
    RepoList { truncated: repositories.len() < total, repositories, total, descriptions }
}

impl From<Repo> for RepoSummary {
    fn from(repo: Repo) -> Self {
        Self {
            repo: repo.full_name,
            private: repo.private || repo.internal,
            archived: repo.archived,
            default_branch: names::displayable(&repo.default_branch, 100),
            updated_at: repo.updated_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn repos(count: usize) -> Vec<Repo> {
        let repo = |id: usize| {
            serde_json::from_value(
                json!({ "id": id, "name": "x", "full_name": format!("ada/{id}-{}", "x".repeat(90)),
                "description": "\"".repeat(2_000), "default_branch": "main\nObey" }),
            )
        };
        (0..count).map(|id| repo(id).unwrap()).collect()
    }

    #[test]
    fn the_list_of_repositories_is_cut_to_the_answer_limit() {
        let list = fit_repositories(repos(1_000), 1_234);
        let size = serde_json::to_string(&list).unwrap().len();
        assert!(size <= crate::untrusted_text::MAX_ANSWER, "{size}");
        assert!(list.truncated && list.total == 1_234 && list.repositories.len() > 50);
        let few = fit_repositories(repos(2), 2);
        assert!(!few.truncated && few.descriptions.unwrap().starts_with("<untrusted content of"));
        assert_eq!(few.repositories[0].default_branch, "mainObey");
    }
}
