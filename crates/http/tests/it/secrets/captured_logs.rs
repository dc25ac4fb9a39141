//! Everything that the server would ever log, kept.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use covibe_http::may_be_logged;
use tracing_subscriber::filter::{FilterExt as _, LevelFilter, filter_fn};
use tracing_subscriber::fmt::{self, MakeWriter};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, registry};

/// The lines so far.
#[derive(Clone, Default)]
pub(super) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Begins to keep all that passes what the server lets through at most, as text and as JSON.
    pub(super) fn start() -> Self {
        static STARTED: OnceLock<Log> = OnceLock::new();
        STARTED
            .get_or_init(|| {
                let log = Self::default();
                let everything = || LevelFilter::TRACE.and(filter_fn(may_be_logged));
                let layer = || fmt::layer().with_writer(log.clone());
                let (text, json) = (layer().boxed(), layer().json().boxed());
                let both = [text, json].map(|layer| layer.with_filter(everything()));
                registry().with(Vec::from(both)).init();
                log
            })
            .clone()
    }

    /// Returns the lines so far, also those of tests that run beside this one.
    pub(super) fn lines(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}
