//! The organisation's repositories and their content, for callers who read and change them.

mod commit;
mod content;
mod repositories;

pub use commit::{LandedCommit, WantedCommit};
pub use content::{CommitAt, CommitPosition, RepoTree, branch_name};
pub use repositories::RepoPage;
