//! Repositories of the workspace's Gitea organisation, and their files.

pub(crate) mod commit;
pub(crate) mod create;
mod delete;
mod errors;
pub(crate) mod files;
mod list;
pub(crate) mod named_repository;
mod read;
mod tree;

use covibe_workspace::Tool;

/// Returns the operations of this family.
pub(crate) fn operations() -> Vec<Tool> {
    vec![
        Tool::from_operation::<commit::CommitFiles>(),
        Tool::from_operation::<create::CreateRepo>(),
        Tool::from_operation::<delete::DeleteRepo>(),
        Tool::from_operation::<list::ListRepos>(),
        Tool::from_operation::<read::ReadFiles>(),
        Tool::from_operation::<tree::ListTree>(),
    ]
}
