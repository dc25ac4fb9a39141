//! The repositories behind the API: real ones, bare, each a directory named by its id.
//!
//! Nothing in here needs the lock of the Gitea's state. A handler finds the repository and checks
//! what the caller may do with it; a [`Job`](crate::core::request_types::Job) does the rest.

mod bare;
mod branch_move_listener;
mod commit;
mod history;
mod http_backend;
mod merge;
mod noticed_branches;
mod protection;
mod push_queue;
mod receive_pack;
mod repository_folders;
mod tags;
mod tree;

pub(crate) mod names;

pub(crate) use bare::BareRepository;
pub(crate) use branch_move_listener::{Listener, Moved};
pub(crate) use commit::{Commit, FileChange, Identity};
pub(crate) use history::CommitInfo;
pub(crate) use http_backend::GitRequest;
pub(crate) use protection::Protection;
pub(crate) use repository_folders::Repositories;
pub(crate) use tree::TreeEntry;
