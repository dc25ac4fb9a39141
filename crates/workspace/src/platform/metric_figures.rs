//! The numbers and times of all tenants together that the metrics show.

use std::sync::Arc;
use std::time::{Duration, Instant};

use covibe_store::{OperationalFigures, Store};
use tokio::sync::Mutex;
use tokio::time::timeout;

/// The age up to which figures are returned again: however often somebody asks for the metrics, the database counts once a
/// minute.
const FRESH: Duration = Duration::from_mins(1);

/// The time that the database may take to count.
const TIME: Duration = Duration::from_secs(2);

/// The figures as they were counted last, and when; none if they could not be counted.
#[derive(Debug, Default)]
pub(super) struct LastFigures(Mutex<Option<(Instant, Option<Arc<OperationalFigures>>)>>);

impl LastFigures {
    /// Returns the figures, at most a minute old; `None` if the database does not count them in time.
    pub(super) async fn get(&self, store: &Store) -> Option<Arc<OperationalFigures>> {
        let mut last = self.0.lock().await;
        if let Some((at, figures)) = &*last
            && at.elapsed() < FRESH
        {
            return figures.clone();
        }
        let counted = match timeout(TIME, store.operational_figures()).await {
            Ok(Ok(figures)) => Some(Arc::new(figures)),
            Ok(Err(error)) => {
                tracing::warn!(%error, "the figures for the metrics could not be computed");
                None
            }
            Err(_) => {
                tracing::warn!("the figures for the metrics were not computed in time");
                None
            }
        };
        *last = Some((Instant::now(), counted.clone()));
        counted
    }
}
