//! Attempts that end before their timeout because a test says so.

use std::fmt;
use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// Ends attempts early, as if their timeout had passed.
///
/// The default never does. With [`Expiry::by_hand`] a test can let one attempt time out and give
/// all others as long as a busy machine needs.
#[derive(Clone, Default)]
pub struct Expiry(Option<Arc<Mutex<Vec<Attempt>>>>);

/// An attempt that has not ended.
struct Attempt {
    method: &'static str,
    path: String,
    end: oneshot::Sender<()>,
}

impl Expiry {
    /// Creates one that ends attempts when [`Self::expire`] is called.
    pub fn by_hand() -> Self {
        Self(Some(Arc::default()))
    }

    /// Lets the attempts with these methods and paths time out now; returns how many there were.
    pub fn expire(&self, is_chosen: impl Fn(&str, &str) -> bool) -> usize {
        let Some(attempts) = &self.0 else { return 0 };
        let mut attempts = lock(attempts);
        let ended = attempts.extract_if(.., |one| is_chosen(one.method, &one.path));
        ended.filter_map(|one| one.end.send(()).ok()).count()
    }

    /// Waits until this attempt is to end.
    pub(crate) async fn wait_for_expiry(&self, method: &'static str, path: String) {
        let Some(attempts) = &self.0 else { return pending().await };
        let (end, ended) = oneshot::channel();
        {
            let mut attempts = lock(attempts);
            attempts.retain(|one| !one.end.is_closed());
            attempts.push(Attempt { method, path, end });
        }
        // The sender is dropped only when it is used, or when this is no longer waited for.
        let _ended = ended.await;
    }
}

impl fmt::Debug for Expiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Expiry").field(&self.0.is_some()).finish()
    }
}

fn lock(attempts: &Mutex<Vec<Attempt>>) -> MutexGuard<'_, Vec<Attempt>> {
    attempts.lock().unwrap_or_else(PoisonError::into_inner)
}
