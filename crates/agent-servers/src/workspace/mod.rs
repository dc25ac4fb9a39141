//! The workspace server: one folder of this machine, and commands in it.
//!
//! | module | subject |
//! |---|---|
//! | `context` | the settings, and the only way to the rest |
//! | `files` | the folder: paths, and files that are read and written beneath it |
//! | `search` | the parallel walk that honours ignore files |
//! | `commands` | the shell |
//! | `push` | git: commits, and pushes to Gitea |
//!
//! Links are followed where they stay beneath the root; the walk follows none, and none is written through.

mod bounded_texts;
mod commands;
mod context;
mod execute_command;
mod files;
mod find_files;
mod git_commit_and_push;
mod list_directory;
mod push;
mod read_file;
mod replace_in_file;
mod search;
mod search_code;
mod write_file;

use covibe_operation::{Part, Tool};

pub use context::WorkspaceContext;

use self::execute_command::ExecuteCommand;
use self::find_files::FindFiles;
use self::git_commit_and_push::GitCommitAndPush;
use self::list_directory::ListDirectory;
use self::read_file::ReadFile;
use self::replace_in_file::ReplaceInFile;
use self::search_code::SearchCode;
use self::write_file::WriteFile;
use crate::confinement::Confinement;

/// The sentence that a description has more where commands are not confined.
const NOT_CONFINED: &str =
    "\nCommands are NOT confined on this machine: they can read and write whatever the user can.";

/// Returns the tools, for a context that has that of this server.
pub fn tools<Cx: Part<WorkspaceContext> + Sync + 'static>() -> Vec<Tool<Cx>> {
    let execute =
        Tool::running_in_part::<WorkspaceContext, ExecuteCommand>().published(|description, _| {
            if !Confinement::is_supported() {
                description.push_str(NOT_CONFINED);
            }
        });
    vec![
        Tool::running_in_part::<WorkspaceContext, ReadFile>(),
        Tool::running_in_part::<WorkspaceContext, WriteFile>(),
        Tool::running_in_part::<WorkspaceContext, ReplaceInFile>(),
        Tool::running_in_part::<WorkspaceContext, ListDirectory>(),
        Tool::running_in_part::<WorkspaceContext, FindFiles>(),
        Tool::running_in_part::<WorkspaceContext, SearchCode>(),
        execute,
        Tool::running_in_part::<WorkspaceContext, GitCommitAndPush>(),
    ]
}
