//! Repositories of the workspace's Gitea organisation, and their files.

pub(crate) mod commit;
pub(crate) mod create;
mod delete;
mod errors;
pub(crate) mod files;
mod find;
pub(crate) mod kind;
mod list;
mod read;
mod tree;
mod urls;

use covibe_workspace::Tool;

/// Returns the operations of this family.
pub(crate) fn operations() -> Vec<Tool> {
    vec![
        Tool::of::<commit::CommitFiles>(),
        Tool::of::<create::CreateRepo>(),
        Tool::of::<delete::DeleteRepo>(),
        Tool::of::<list::ListRepos>(),
        Tool::of::<read::ReadFiles>(),
        Tool::of::<tree::ListTree>(),
    ]
}
