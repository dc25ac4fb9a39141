//! The gitea server: issues, repositories and files of a Gitea, by a user's token.
//!
//! | module | content |
//! |---|---|
//! | `account` | the user, as variables give it; pushes and the runner act as it, too |
//! | `context` | the only way to Gitea, and its failures in words for the person who set the token |
//! | `repo_name` | repositories as callers name them |
//! | `resolved_repository` | repositories as Gitea names them, and the former names that protect them, too |
//! | `issue_list` | issues in an answer |

mod account;
mod close_issue;
mod context;
mod create_issue;
mod issue_list;
mod list_issues;
mod list_repos;
mod read_repo_file;
mod repo_name;
mod resolved_repository;

use covibe_operation::{Part, Tool};

use self::close_issue::CloseIssue;
use self::create_issue::CreateIssue;
use self::list_issues::{ListAllIssues, ListIssues};
use self::list_repos::ListRepos;
use self::read_repo_file::ReadRepoFile;

pub use self::account::GiteaAccount;
pub use self::context::GiteaContext;

/// Returns the tools, for a context that has that of this server.
pub fn tools<Cx: Part<GiteaContext> + Sync + 'static>() -> Vec<Tool<Cx>> {
    vec![
        Tool::running_in_part::<GiteaContext, CreateIssue>(),
        Tool::running_in_part::<GiteaContext, ListIssues>(),
        Tool::running_in_part::<GiteaContext, CloseIssue>(),
        Tool::running_in_part::<GiteaContext, ListRepos>(),
        Tool::running_in_part::<GiteaContext, ListAllIssues>(),
        Tool::running_in_part::<GiteaContext, ReadRepoFile>(),
    ]
}
