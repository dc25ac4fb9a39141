//! The gitea server: issues, repositories and files of a Gitea, by a user's token.
//!
//! | module | content |
//! |---|---|
//! | `context` | the only way to Gitea, and its failures in words for the person who set the token |
//! | `repo_name` | repositories as callers name them |
//! | `repository` | repositories as Gitea names them, and the former names that protect them, too |
//! | `issue_list` | issues in an answer |

mod close_issue;
mod context;
mod create_issue;
mod issue_list;
mod list_issues;
mod list_repos;
mod read_repo_file;
mod repo_name;
mod repository;

use covibe_operation::{Part, Tool};

use self::close_issue::CloseIssue;
use self::create_issue::CreateIssue;
use self::list_issues::{ListAllIssues, ListIssues};
use self::list_repos::ListRepos;
use self::read_repo_file::ReadRepoFile;

pub use self::context::GiteaContext;

/// Returns the tools, for a context that has that of this server.
pub fn tools<Cx: Part<GiteaContext> + Sync + 'static>() -> Vec<Tool<Cx>> {
    vec![
        Tool::of_part::<GiteaContext, CreateIssue>(),
        Tool::of_part::<GiteaContext, ListIssues>(),
        Tool::of_part::<GiteaContext, CloseIssue>(),
        Tool::of_part::<GiteaContext, ListRepos>(),
        Tool::of_part::<GiteaContext, ListAllIssues>(),
        Tool::of_part::<GiteaContext, ReadRepoFile>(),
    ]
}
