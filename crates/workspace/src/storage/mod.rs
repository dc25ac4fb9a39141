//! Object storage: a bucket for a workspace, with an account and a key for this bucket only.
//!
//! | module | what it contains |
//! |---|---|
//! | `storage_view` | the storage of a workspace, for operations |
//! | `storage_lease` | the right to work on it, which only one call has at a time |
//! | `storage_operations` | a call that works on it, for operations that use a key |
//! | `cloud_setup` | accounts, buckets and grants, each searched for before it is created |
//! | `bucket_keys` | keys: created, stored with their secrets, and removed if their secrets are lost |
//! | `removal` | the removal of a workspace's storage, which never removes objects |
//! | `premade_storage` | a bucket and a key that the operator created |
//! | `sealed_secret` | the secret of a key, as it is stored |
//!
//! A call holds the lease of the row in `workspace_storage` (`held`). The name of a bucket is committed before it
//! is tried, so that a killed call leaves no unknown bucket; the secret of a key is committed with its id, sealed
//! for both. Google shows a secret once: a key whose answer was lost can't be used, and every other key of the
//! account than the current and the replaced one is removed. A policy is changed only as it was read, by its tag,
//! and is read again afterwards. `storage_injections` has the apps that got a key, written down before their
//! variables are, so that a rotation misses none.

mod bucket_keys;
mod cloud_setup;
mod errors;
mod google_propagation;
mod premade_storage;
mod removal;
mod sealed_secret;
mod storage_lease;
mod storage_operations;
mod storage_view;

pub use premade_storage::{PremadeStorage, give_storage};
pub use removal::remove_storage;
pub(crate) use removal::{check_removable, remove_with_workspace};
pub(crate) use sealed_secret::{ResealOutcome, discard_google_secret, reseal, sealed_by};
pub use storage_operations::{StorageKey, StorageWork};
pub use storage_view::{Storage, StorageView};
