//! The rate budget of an upstream account, counted in the database that all instances share.

use std::sync::Arc;
use std::time::Duration;

use covibe_domain::{CellName, Timestamp};
use covibe_store::{Backend, Store};
use covibe_upstream::{BoxFuture, Grant, RateBudget};

/// The fraction of the calls per minute that is held in reserve: one in this many.
const RESERVE: u32 = 10;

/// A rate budget that all instances draw from.
#[derive(Debug)]
pub struct SharedRateBudget {
    store: Store,
    name: String,
    per_minute: u32,
    burst: u32,
}

impl SharedRateBudget {
    /// Returns the budget of an upstream of a cell: the calls per minute, and the calls at once after
    /// an idle time. Returns `None` for the embedded database, which only one process uses.
    pub fn over(
        store: &Store,
        cell: &CellName,
        upstream: &str,
        (per_minute, burst): (u32, u32),
    ) -> Option<Arc<dyn RateBudget>> {
        if store.backend() == Backend::Sqlite {
            return None;
        }
        // An instance may use its grant some seconds later, in the account's next minute.
        let per_minute = per_minute - per_minute / RESERVE;
        let name = format!("{cell}/{upstream}");
        Some(Arc::new(Self { store: store.clone(), name, per_minute, burst }))
    }
}

impl RateBudget for SharedRateBudget {
    fn draw(&self, want: u32) -> BoxFuture<'_, Option<Grant>> {
        Box::pin(async move {
            let drawn = self
                .store
                .draw(&self.name, want, self.per_minute, self.burst, Timestamp::now())
                .await;
            match drawn {
                Ok(drawn) => {
                    Some(Grant { calls: drawn.granted, retry_after: jittered(drawn.retry_after) })
                }
                Err(error) => {
                    tracing::warn!(%error, upstream = self.name, "the rate budget could not be counted");
                    None
                }
            }
        })
    }
}

/// Returns a random duration of one to two times `wait`, so that waiting instances take turns.
fn jittered(wait: Duration) -> Duration {
    let [part] = covibe_crypto::random::<1>();
    wait + wait.mul_f32(f32::from(part) / 256.0)
}
