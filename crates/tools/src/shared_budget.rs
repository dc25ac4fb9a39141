//! The budget of an upstream's account, counted in the database that all instances share.

use std::sync::Arc;
use std::time::Duration;

use covibe_store::{Backend, Store};
use covibe_upstream::{BoxFuture, Budget, Grant};

use crate::now;

/// The part of a minute's calls that is not given out.
const HELD_BACK: u32 = 10;

/// A budget of this name in the database.
#[derive(Debug)]
pub struct SharedBudget {
    store: Store,
    name: &'static str,
    per_minute: u32,
    burst: u32,
}

impl SharedBudget {
    /// The budget of this name, of so many calls a minute and so many at once after a rest; none
    /// for the embedded database, which only one process uses.
    pub fn over(
        store: &Store,
        name: &'static str,
        (per_minute, burst): (u32, u32),
    ) -> Option<Arc<dyn Budget>> {
        if store.backend() == Backend::Sqlite {
            return None;
        }
        // An instance may use what it has drawn some seconds later, in the account's next minute.
        let per_minute = per_minute - per_minute / HELD_BACK;
        Some(Arc::new(Self { store: store.clone(), name, per_minute, burst }))
    }
}

impl Budget for SharedBudget {
    fn draw(&self, want: u32) -> BoxFuture<'_, Option<Grant>> {
        Box::pin(async move {
            let drawn = self.store.draw(self.name, want, self.per_minute, self.burst, now()).await;
            match drawn {
                Ok(drawn) => {
                    Some(Grant { calls: drawn.granted, retry_after: scattered(drawn.retry_after) })
                }
                Err(error) => {
                    tracing::warn!(%error, upstream = self.name, "the budget was not counted");
                    None
                }
            }
        })
    }
}

/// Up to twice as long: of instances that wait for the same call, not always the same one is to
/// come first.
fn scattered(wait: Duration) -> Duration {
    let [part] = covibe_crypto::random::<1>();
    wait + wait.mul_f32(f32::from(part) / 256.0)
}
