//! The metrics of a server.

use std::fmt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use covibe_dispatch::Dispatcher;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, text};
use prometheus_client::registry::Registry;

use crate::metric_sources::{Edge, Folders, Sources};
use crate::text_exposition::Page;
use crate::{background_work, calls, installation_and_server};

/// The metrics of a server, from its start on.
#[derive(Debug)]
pub struct Metrics {
    sources: Arc<Sources>,
    registry: Registry,
}

/// The sources as the registry has them.
#[derive(Debug)]
struct Collected(Arc<Sources>);

impl Metrics {
    /// Creates the metrics of a server that starts now.
    pub fn new(dispatcher: Arc<Dispatcher>, edge: impl Edge, folders: Folders) -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let sources = Sources::new(dispatcher, Box::new(edge), since.as_secs_f64(), folders);
        let (sources, mut registry) = (Arc::new(sources), Registry::default());
        registry.register_collector(Box::new(Collected(Arc::clone(&sources))));
        Self { sources, registry }
    }

    /// Returns all of them as a page in the OpenMetrics text form, which Prometheus asks for.
    pub async fn page(&self) -> String {
        self.sources.ask_database().await;
        let mut page = String::new();
        match text::encode(&mut page, &self.registry) {
            Ok(()) => page,
            // A `String` takes everything that is written.
            Err(_) => String::new(),
        }
    }
}

impl Collector for Collected {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut page = Page(encoder);
        calls::write(&self.0, &mut page)?;
        background_work::write(&self.0, &mut page)?;
        installation_and_server::write(&self.0, &mut page)
    }
}
