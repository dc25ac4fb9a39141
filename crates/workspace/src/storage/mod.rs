//! Object storage: a bucket for a workspace, with an account and a key that may use nothing else.
//!
//! | module | what it contains |
//! |---|---|
//! | `own` | the storage of a workspace, as operations see it |
//! | `held` | the right to work on it, which one call has at a time |
//! | `working` | a call that works on it: what operations do with a key |
//! | `making` | accounts, buckets and grants, each looked at before it is made |
//! | `keys` | keys: made, stored with their secrets, and removed if nobody knows their secrets |
//! | `removing` | the end of a workspace's storage, which never destroys objects |
//! | `premade` | a bucket and a key that the operator made |
//! | `sealed` | the secret of a key, as it is stored |
//!
//! A call holds the lease of the row in `workspace_storage` (`held`). The name of a bucket is committed before it
//! is tried, so that a killed call leaves no unknown bucket; the secret of a key is committed with its id, sealed
//! for both. Google shows a secret once: a key whose answer was lost can't be used, and every other key of the
//! account than the present and the replaced one is removed. A policy is changed only as it was read, by its tag,
//! and is read again afterwards. `storage_injections` has the apps that got a key, written down before their
//! variables are, so that a rotation misses none.

mod errors;
mod held;
mod keys;
mod making;
mod own;
mod premade;
mod removing;
mod sealed;
mod settling;
mod working;

pub use own::{Storage, StorageView};
pub use premade::{PremadeStorage, give_storage};
pub use removing::remove_storage;
pub(crate) use removing::{check_removable, remove_with_workspace};
pub(crate) use sealed::{Renewed, reseal, sealed_by};
pub use working::{StorageKey, StorageWork};
