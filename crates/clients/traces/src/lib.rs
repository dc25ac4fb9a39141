//! Traces of calls, sent to a collector over OTLP: HTTP with JSON, as the specification of OTLP 1.x describes.
//!
//! Two spans are made: one of each call of an operation, and one of each request to an upstream within it. They have the
//! names that the semantic conventions of OpenTelemetry 1.40 give, and never a parameter, an address with its values, or
//! an answer. A collector that is away costs nothing but its traces: they wait in a bounded queue and are dropped when it
//! is full.

mod collector_connection;

use std::time::Duration;

use covibe_domain::TRACE_TARGET;
use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{BatchConfigBuilder, BatchSpanProcessor, SdkTracerProvider};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::registry::LookupSpan;
use url::Url;

use crate::collector_connection::Client;

/// The maximum number of spans that wait for the collector.
const QUEUE: usize = 4_096;

/// The time between two batches.
const INTERVAL: Duration = Duration::from_secs(5);

/// The time that the last spans have when the server stops.
const LAST: Duration = Duration::from_secs(3);

/// Traces cannot be sent.
#[derive(Debug, thiserror::Error)]
#[error("traces cannot be sent: {0}")]
pub struct TracesError(String);

/// The sender of traces. It has to learn that the server stops, so that the last ones leave.
#[derive(Clone, Debug)]
pub struct Traces(SdkTracerProvider);

impl Traces {
    /// Creates it for the base address of a collector, such as `http://collector:4318`; the spans go to `v1/traces`
    /// below it. It needs a Tokio runtime, on which it connects when there is something to send.
    ///
    /// # Errors
    ///
    /// The runtime or the certificates of this machine are missing.
    pub fn new(
        collector: &Url,
        service: &'static str,
        version: &'static str,
    ) -> Result<Self, TracesError> {
        let endpoint = format!("{}/v1/traces", collector.as_str().trim_end_matches('/'));
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Client::new().map_err(|error| TracesError(error.to_string()))?)
            .with_protocol(Protocol::HttpJson)
            .with_endpoint(endpoint)
            .build()
            .map_err(|error| TracesError(error.to_string()))?;
        let batches = BatchConfigBuilder::default().with_max_queue_size(QUEUE);
        let batches = batches.with_scheduled_delay(INTERVAL).build();
        let processor = BatchSpanProcessor::builder(exporter).with_batch_config(batches).build();
        let resource = Resource::builder_empty().with_service_name(service);
        let resource = resource.with_attribute(KeyValue::new("service.version", version)).build();
        let provider = SdkTracerProvider::builder().with_span_processor(processor);
        Ok(Self(provider.with_resource(resource).build()))
    }

    /// Returns the layer that makes the spans of `tracing` traces. Others than those of calls are left out.
    pub fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: tracing::Subscriber + for<'span> LookupSpan<'span>,
    {
        let tracer = self.0.tracer("covibe");
        tracing_opentelemetry::layer()
            .with_tracer(tracer)
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_level(false)
            .with_tracked_inactivity(false)
            .with_filter(filter_fn(|metadata| metadata.target() == TRACE_TARGET))
    }

    /// Sends what waits, for three seconds at most. It blocks the thread.
    pub fn shut_down(&self) {
        // A collector that is away keeps no server from stopping.
        let _unsent = self.0.shutdown_with_timeout(LAST);
    }
}
