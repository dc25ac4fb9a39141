//! The organisation's repositories and their content, for callers who read and change them.

mod commit;
mod content;
mod repositories;

pub use commit::{Landed, WantedCommit};
pub use content::{CommitAt, Head, RepoTree, branch_name};
pub use repositories::RepoPage;
