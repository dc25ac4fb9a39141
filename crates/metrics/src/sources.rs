//! Where the metrics come from.

use std::fmt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use covibe_dispatch::Dispatcher;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, text};
use prometheus_client::registry::Registry;

use crate::page::Page;
use crate::{calls, server, upstreams};

/// What only the surfaces of a server and its process know.
pub trait Edge: Send + Sync + 'static {
    /// Returns how many connections there are.
    fn connections(&self) -> usize;

    /// Returns how many requests were refused before anybody looked at their key, by reason.
    fn refused(&self) -> Vec<(&'static str, u64)>;

    /// Returns how many lines of the log were dropped.
    fn dropped_lines(&self) -> u64;
}

/// The metrics of a server, from its start on.
#[derive(Debug)]
pub struct Metrics(Registry);

impl Metrics {
    /// Creates the metrics of a server that starts now.
    pub fn new(dispatcher: Arc<Dispatcher>, edge: impl Edge) -> Self {
        let mut registry = Registry::default();
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let started = since.as_secs_f64();
        registry.register_collector(Box::new(Sources {
            dispatcher,
            edge: Box::new(edge),
            started,
        }));
        Self(registry)
    }

    /// Returns all of them as a page in the OpenMetrics text form, which Prometheus reads.
    pub fn page(&self) -> String {
        let mut page = String::new();
        match text::encode(&mut page, &self.0) {
            Ok(()) => page,
            // A `String` takes everything that is written.
            Err(_) => String::new(),
        }
    }
}

/// What is read for each page.
pub(crate) struct Sources {
    pub(crate) dispatcher: Arc<Dispatcher>,
    pub(crate) edge: Box<dyn Edge>,
    /// When the server started, in seconds since 1970.
    pub(crate) started: f64,
}

impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sources")
    }
}

impl Collector for Sources {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut page = Page(encoder);
        calls::write(self, &mut page)?;
        upstreams::write(self, &mut page)?;
        server::write(self, &mut page)
    }
}
