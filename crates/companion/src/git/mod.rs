//! Git, asked in repositories that may be hostile: nothing that a repository's own configuration names is run, nothing is
//! written, and nothing is fetched.
//!
//! | a repository could have run | kept from it by |
//! |---|---|
//! | a file system monitor, hooks, a pager | settings on the command line, which win over those of the repository |
//! | clean filters and filter processes, on `git status` of a file whose time changed | empty ones for each filter that the configuration names |
//! | a fetch of missing objects, a submodule's remote | no protocol is allowed, and nothing is fetched lazily |
//! | a question for a password | no terminal, and no helper that asks |
//! | another repository, by `GIT_DIR` or a folder above | the environment without `GIT_*`, and a ceiling |

mod config;
mod disabled_filters;
mod hardened_git;
mod queries;
mod remote;
mod repository_lookup;
mod status;

pub use config::RepositoryConfig;
pub use hardened_git::{Git, GitError};
pub use remote::normalize_remote;
pub use repository_lookup::{Fingerprint, Location, locate};
pub use status::{Counts, Status, Upstream};

/// The maximum number of bytes that are read from an answer of git.
pub const MAX_OUTPUT: usize = 8 * 1024 * 1024;
