//! The repositories that stay private: `exclude.json`, marks in repositories, and the decision.
//!
//! The decision is made on this machine, before anything is noted: in the hook, in the bridge and in the watcher. What
//! cannot be decided is excluded.
//!
//! ```json
//! { "version": 1,
//!   "repositories": [{ "common_dir": "/home/ada/diary/.git", "roots": ["5d41…"] }],
//!   "globs": ["~/private/**"], "remotes": ["github.com/ada/*"],
//!   "include_only": false, "included": [] }
//! ```
//!
//! | a repository is private | because of |
//! |---|---|
//! | at its place, with all its worktrees | `common_dir` |
//! | at another place, after it was moved | `roots`, its first commits, or [`GIT_MARKER`], which moves with it |
//! | below a path, with such a remote | `globs`, `remotes` |
//! | unless it is named | `include_only` |
//! | while nobody can tell | a file that cannot be read, or of a later version |
//! | for everybody who has it | [`MARKER`] in its worktree, or `covibe.exclude` in its configuration |

mod commands;
mod exclude_file;
mod exclusion_changes;
mod exclusion_decision;
mod glob;
mod purge;

pub use commands::{Listing, change_exclusions, list_exclusions, set_include_only};
pub use exclude_file::{EXCLUSIONS, ExcludedRepository, Exclusions};
pub use exclusion_changes::{Change, Target};
pub use exclusion_decision::{Facts, Reason, is_excluded};
pub use glob::matches_inside;
pub use purge::{Purged, purge_repository};

/// The file in a worktree that excludes its repository.
pub const MARKER: &str = ".covibe-exclude";

/// The file in a git directory that excludes its repository. It moves with the repository.
pub const GIT_MARKER: &str = "covibe-exclude";
