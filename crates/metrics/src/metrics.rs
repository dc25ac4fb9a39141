//! The metrics of a server.

use std::fmt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use covibe_dispatch::Dispatcher;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, text};
use prometheus_client::registry::Registry;

use crate::page::Page;
use crate::sources::{Edge, Sources};
use crate::{background, calls, server, upstreams};

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

impl Collector for Sources {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut page = Page(encoder);
        calls::write(self, &mut page)?;
        upstreams::write(self, &mut page)?;
        background::write(self, &mut page)?;
        server::write(self, &mut page)
    }
}
