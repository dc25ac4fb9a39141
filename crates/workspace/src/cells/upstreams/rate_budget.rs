//! The rate budget of an upstream account, counted in the database that all instances share.

use std::sync::Arc;
use std::time::Duration;

use covibe_domain::{CellName, Timestamp};
use covibe_store::{Backend, Store};
use covibe_upstream::{BoxFuture, Grant, Rate, RateBudget};

/// The fraction of the calls per minute that is held in reserve: one in this many.
const RESERVE: u32 = 10;

/// A rate budget that all instances draw from.
#[derive(Debug)]
pub struct SharedRateBudget {
    store: Store,
    name: String,
}

impl SharedRateBudget {
    /// Returns the budget of an upstream of a cell. Returns `None` for the embedded database, which
    /// only one process uses.
    pub fn for_upstream(
        store: &Store,
        cell: &CellName,
        upstream: &str,
    ) -> Option<Arc<dyn RateBudget>> {
        if store.backend() == Backend::Sqlite {
            return None;
        }
        let name = format!("{cell}/{upstream}");
        Some(Arc::new(Self { store: store.clone(), name }))
    }
}

impl RateBudget for SharedRateBudget {
    fn draw(&self, want: u32, rate: Rate) -> BoxFuture<'_, Option<Grant>> {
        Box::pin(async move {
            // An instance may use its grant some seconds later, in the account's next minute.
            let per_minute = rate.per_minute - rate.per_minute / RESERVE;
            let now = Timestamp::now();
            let drawn = self.store.draw(&self.name, want, per_minute, rate.burst, now).await;
            match drawn {
                Ok(drawn) => {
                    Some(Grant { calls: drawn.granted, retry_after: jittered(drawn.retry_after) })
                }
                Err(error) => {
                    tracing::warn!(%error, upstream = self.name, "calls could not be counted in the rate budget");
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
