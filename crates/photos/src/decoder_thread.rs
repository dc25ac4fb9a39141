//! The thread on which uploads are decoded.

use std::io;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::runtime::{Builder, Runtime};

/// The time without an upload after which the thread would end. It must not: see [`DecoderThread`].
const KEEP_ALIVE: Duration = Duration::from_hours(365 * 24);

/// One thread for all decoding, which begins with the first upload.
///
/// An allocator keeps the most memory that a thread has ever used at once. On the threads of the server's runtime, which
/// take turns, 24 MiB of pixels would stay for each of them.
#[derive(Debug, Default)]
pub(crate) struct DecoderThread(Mutex<Option<Runtime>>);

impl DecoderThread {
    /// Does work on the thread, and returns its result. Work that has begun goes on if the caller leaves.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> io::Result<T> {
        let work = self.spawn(work)?;
        Ok(work.await?)
    }

    fn spawn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> io::Result<tokio::task::JoinHandle<T>> {
        let mut runtime = self.0.lock();
        let runtime = match &mut *runtime {
            Some(runtime) => runtime,
            none => none.insert(build()?),
        };
        Ok(runtime.spawn_blocking(work))
    }
}

impl Drop for DecoderThread {
    fn drop(&mut self) {
        // A runtime that is dropped waits for its threads, which asynchronous code may not do.
        if let Some(runtime) = self.0.get_mut().take() {
            runtime.shutdown_background();
        }
    }
}

/// Returns a runtime whose only thread is the one for blocking work.
fn build() -> io::Result<Runtime> {
    let mut builder = Builder::new_current_thread();
    builder.thread_name("photos").max_blocking_threads(1).thread_keep_alive(KEEP_ALIVE).build()
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn all_decoding_runs_on_a_single_thread_that_outlives_panics() {
        let decoder = DecoderThread::default();
        let mut threads = std::collections::HashSet::new();
        for _ in 0..20 {
            threads.insert(decoder.run(|| thread::current().id()).await.unwrap());
        }
        assert_eq!(threads.len(), 1);
        assert!(!threads.contains(&thread::current().id()));
        let broken = decoder.run(|| panic!("it is broken")).await;
        assert!(broken.is_err());
        assert!(decoder.run(|| ()).await.is_ok(), "the thread goes on");
    }
}
