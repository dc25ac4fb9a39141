//! API keys: recognised, minted, listed, revoked.

mod authenticate;
mod cache;
mod keys;
mod last_used;

use std::sync::Arc;

use covibe_domain::Timestamp;
use covibe_domain::entities::Step;
use covibe_policy::Principal;
use covibe_store::{Store, WorkspaceRecord};

pub use authenticate::Refusal;
pub use keys::{KeyRequest, NewApiKey};

/// Who calls, and the record of the one workspace that the key acts on.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The key and whose it is.
    pub principal: Principal,
    /// The workspace as it was at most a second ago.
    pub workspace: Arc<WorkspaceRecord>,
    /// The steps of its set-up, likewise.
    pub steps: Arc<[Step]>,
}

/// The keeper of keys.
#[derive(Debug)]
pub struct Identity {
    store: Store,
    cache: cache::Cache,
    last_used: last_used::LastUsed,
}

impl Identity {
    /// A keeper over this store. Needs a tokio runtime: it writes `last_used_at` from the
    /// background, and stops when it is dropped.
    pub fn new(store: Store) -> Arc<Self> {
        let last_used = last_used::LastUsed::start(store.clone());
        Arc::new(Self { store, cache: cache::Cache::default(), last_used })
    }

    /// Writes down what `last_used_at` still waits for; called when the server stops.
    pub async fn flush(&self) {
        self.last_used.flush(&self.store).await;
    }
}

/// The present moment.
fn now() -> Timestamp {
    std::time::SystemTime::now().into()
}
