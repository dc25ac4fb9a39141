//! The sizes of the volumes of docker hosts, as they were read last: all tenants share one reading of a host.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use covibe_docker_host::Address;
use covibe_domain::{Failure, Kind};
use covibe_upstream::SingleFlights;

/// The time for which sizes are kept: Docker walks the files of all volumes of a host for them.
const LIFETIME: Duration = Duration::from_secs(30);

/// The maximum number of hosts whose sizes are kept; beyond it all are forgotten.
const CAPACITY: usize = 100;

/// The sizes in bytes of the volumes of a host, by name, as far as Docker knows them.
pub(crate) type HostVolumeSizes = Arc<HashMap<String, u64>>;

/// The last sizes of the volumes of each docker host of a cell.
#[derive(Clone, Debug)]
pub(crate) struct VolumeSizes(Arc<SingleFlights<Address, HostVolumeSizes, Failure>>);

impl Default for VolumeSizes {
    fn default() -> Self {
        Self(Arc::new(SingleFlights::new(LIFETIME, CAPACITY)))
    }
}

impl VolumeSizes {
    /// Returns the sizes of a host's volumes that were read in the last 30 seconds, or waits for a reading: for one
    /// that is under way, or for `reading`. A reading continues when those who wait for it give up, so that repeated
    /// calls of impatient clients cause only one at a time. Requires a Tokio runtime.
    ///
    /// # Errors
    ///
    /// The failure of the reading.
    pub(crate) async fn read(
        &self,
        host: &Address,
        reading: impl Future<Output = Result<HostVolumeSizes, Failure>> + Send + 'static,
    ) -> Result<HostVolumeSizes, Failure> {
        if let Some(sizes) = self.0.fresh_value(host) {
            return Ok(sizes);
        }
        let (flights, host) = (Arc::clone(&self.0), host.clone());
        let task = tokio::spawn(async move { flights.get(&host, reading).await });
        task.await.unwrap_or_else(|_| Err(lost_reading()))
    }
}

/// The task of a reading ended without an outcome.
fn lost_reading() -> Failure {
    Failure::new(Kind::Upstream, "The sizes of the volumes could not be read.")
        .hint("Repeat the call.")
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Reads one volume, in ten seconds, and counts this.
    async fn slow_reading(count: Arc<AtomicUsize>) -> Result<HostVolumeSizes, Failure> {
        count.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_secs(10)).await;
        Ok(Arc::new(HashMap::from([("data".to_owned(), 1)])))
    }

    #[tokio::test(start_paused = true)]
    async fn impatient_callers_cause_one_reading_which_serves_later_ones_for_thirty_seconds() {
        let (sizes, count) = (VolumeSizes::default(), Arc::new(AtomicUsize::new(0)));
        let host = Address::Local("/run/docker.sock".into());
        for _ in 0..3 {
            let reading = sizes.read(&host, slow_reading(Arc::clone(&count)));
            let waited = tokio::time::timeout(Duration::from_secs(1), reading).await;
            assert!(waited.is_err(), "it takes longer");
        }
        let read = sizes.read(&host, slow_reading(Arc::clone(&count))).await.unwrap();
        assert_eq!(read.get("data"), Some(&1));
        tokio::time::sleep(LIFETIME / 2).await;
        assert!(sizes.read(&host, slow_reading(Arc::clone(&count))).await.is_ok());
        assert_eq!(count.load(Ordering::Relaxed), 1);
        tokio::time::sleep(LIFETIME).await;
        assert!(sizes.read(&host, slow_reading(Arc::clone(&count))).await.is_ok());
        assert_eq!(count.load(Ordering::Relaxed), 2);
    }
}
