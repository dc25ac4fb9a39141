//! The judgement of whether a commit may be built: by its tree, and by the few files in it that act on the host.
//!
//! Coolify builds a repository in a helper container that holds the host's Docker socket. It writes
//! files of its own into the clone, also through symbolic links, runs git and nixpacks in it, and lets
//! a shell read the variables of a nixpacks plan (seen with Coolify 4.3.11). So a repository can run
//! commands as root on the host, whatever its Dockerfile says. Of a Dockerfile only the labels are
//! judged: what a build may do in its own container is the operator's decision.
//!
//! Pure: a [`Survey`] gets the entries of a tree, says which blobs it needs, and returns the
//! [`Verdict`].
//!
//! | module | what it judges |
//! |---|---|
//! | `symbolic_links` | symbolic links |
//! | `git_folders` | folders that git would take for a repository |
//! | `files::gitattributes` | `.gitattributes` |
//! | `files::dockerfile` | the labels in the Dockerfile that an app is built by |
//! | `files::nixpacks` | `nixpacks.toml` and `nixpacks.json` |
//! | `files::submodules` | submodules and `.gitmodules` |
//! | `app_paths` | the paths that an app names within its repository |
//! | `build_pack_detection`, `files::exposed_port` | nothing: how a folder can be built, and the port that its Dockerfile exposes |
//!
//! The tree is read by the commit's hash, which no push can change afterwards
//! (`workspace/src/scoped/gitea/commit_verdict`). `Coolify::enqueue` takes an image or a `Judged` commit, which only
//! `Workspace::judge` returns and which is set as `git_commit_sha` before the deployment is handed over. Code that
//! deploys a repository without a verdict does not compile.

mod app_paths;
mod build_pack_detection;
mod commit_verdict;
mod files;
mod git_folders;
mod repository_problem;
mod reserved_file_names;
mod symbolic_links;
mod tree_entry;
mod tree_survey;

pub use app_paths::{Places, check_location, joined};
pub use build_pack_detection::Detected;
pub use commit_verdict::Verdict;
pub use files::exposed_port::Exposed;
pub use files::submodules::{MAX_SUBMODULES, Submodule};
pub use repository_problem::{Problem, Problems};
pub use tree_entry::{Entry, Mode};
pub use tree_survey::{MAX_BLOB, MAX_BLOBS, MAX_PATHS, Survey};
