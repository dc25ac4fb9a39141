//! The helper container in which Coolify builds a repository, with the host's Docker socket in it.
//!
//! | module | what it does |
//! |---|---|
//! | `checkout` | resolves the branch and clones the repository |
//! | `git_remote` | the Git server that it is cloned from |
//! | `repository_clone` | a clone on disk, as git writes it |
//! | `build_breaches` | what the build writes and runs in the clone, and what of it takes over the host |
//! | `detection` | what nixpacks takes a folder for, and what a build says that can't begin |
//! | `dockerfile` | the mistakes in a Dockerfile, and what its image runs |
//! | `nixpacks` | the plan of a repository for nixpacks |
//! | `submodules` | the submodules that a clone fetches |

mod build_breaches;
mod checkout;
mod detection;
mod dockerfile;
mod git_remote;
mod nixpacks;
mod repository_clone;
mod submodules;

pub(crate) use build_breaches::Build;
pub(crate) use checkout::{PendingCheckout, Source};
pub(crate) use dockerfile::Plan;
pub(crate) use git_remote::clone_failure;
