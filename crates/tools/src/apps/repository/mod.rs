//! The repositories that apps are built from.
//!
//! | module | contents |
//! |---|---|
//! | `git_source`, `rewire_git` | the clone URL, branch and commit of an app, and their renewal |
//! | `repository_build`, `build_plan` | the judgement on a commit, and what it says about the build |
//! | `followed_branch` | the branch whose pushes deploy the app |

pub(in crate::apps) mod build_plan;
pub(in crate::apps) mod followed_branch;
pub(in crate::apps) mod git_source;
pub(in crate::apps) mod repository_build;
mod rewire_git;

use covibe_workspace::Tool;

/// The operations of this room.
pub(super) fn operations() -> Vec<Tool> {
    vec![Tool::from_operation::<rewire_git::RewireGit>()]
}
