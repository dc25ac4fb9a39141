//! The repositories behind the API: real ones, bare, each a directory named by its id.
//!
//! Nothing in here needs the lock of the Gitea's state. A handler finds the repository and checks
//! what the caller may do with it; a [`Job`](crate::core::request_types::Job) does the rest.

mod bare_repository;
mod branch_move_listener;
mod branch_protection;
mod commit;
mod history;
mod http_backend;
mod merge;
mod noticed_branches;
mod push_queue;
mod receive_pack;
mod repository_folders;
mod tags;
mod tree;

pub(crate) mod safe_git_names;

pub(crate) use bare_repository::BareRepository;
pub(crate) use branch_move_listener::{Listener, Moved};
pub(crate) use branch_protection::Protection;
pub(crate) use commit::{Commit, FileChange, Identity};
pub(crate) use history::CommitInfo;
pub(crate) use http_backend::GitRequest;
pub(crate) use repository_folders::Repositories;
pub(crate) use tree::TreeEntry;
